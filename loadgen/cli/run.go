package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"syscall"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/scenario"
)

// run does what the command line asks for and returns the exit code.
func (app *App) run(p process) int {
	if command := app.command(p.args); command != nil {
		return command.run(app, p)
	}
	unwatch := p.endAtSignal() // a configuration file may be a pipe that nobody writes to
	c, err := app.configure(p)
	unwatch()
	p.jsonLog = c.wantsJSON(p)
	switch {
	case c.values.help:
		return app.print(p, func(w io.Writer) { app.writeHelp(w, c.options) })
	case c.values.version:
		return app.print(p, func(w io.Writer) { fmt.Fprintf(w, "%s %s\n", app.Name, app.version()) })
	case err != nil:
		return app.refuse(p.beside(slog.LevelError), err)
	case c.values.list:
		return app.print(p, func(w io.Writer) { writeList(w, app.User) })
	case c.values.worker:
		fmt.Fprintf(p.beside(slog.LevelWarn), "%s: %s has nothing to do: one process uses every core, and the master runs the load\n", app.Name, c.where("worker"))
		return exitOK
	}
	s := &session{config: c, process: p, screen: newScreen(p.stderr)}
	return s.do()
}

// print writes a text to standard output and returns the exit code. Who reads
// no further has seen enough.
func (app *App) print(p process, write func(io.Writer)) int {
	var text bytes.Buffer
	write(&text)
	if _, err := p.stdout.Write(text.Bytes()); err != nil && !errors.Is(err, syscall.EPIPE) {
		return app.refuse(p.beside(slog.LevelError), err)
	}
	return exitOK
}

// refuse prints the one line about a start that cannot be.
func (app *App) refuse(w io.Writer, err error) int {
	fmt.Fprintf(w, "%s: %s\n", app.Name, escapeControls(oneLine(err.Error())))
	if usage, ok := errors.AsType[*UsageError](err); ok {
		return usage.exitCode()
	}
	return exitFailure
}

// session is one start of the command that makes load or prints a plan.
type session struct {
	*config
	process
	screen      *screen
	text        io.Writer // tables and progress: the screen, or lines of JSON into it
	log         *slog.Logger
	jsonHandler *datadog.LogHandler // nil: the log is text
	lines       web.Log             // the log's last lines, for the page
	exporter    *datadog.Exporter   // nil: nothing is sent to Datadog

	jobs   jobs
	runner loadgen.Runner // what all runs have in common
	plan   *loadgen.Plan  // of the program's own schedule
	load   *load          // nil: none is made
	brief  *brief.Brief   // of the last run
}

func (s *session) do() int {
	closeLog, err := s.openLog()
	if err != nil {
		return s.refuse(err)
	}
	defer closeLog()
	ctx, unwatch := s.untilSignal(s.log)
	defer unwatch()
	s.screen.Until(ctx)
	if err := s.prepare(ctx); err != nil {
		return s.refuse(errors.Join(err, s.jobs.close()))
	}
	code := s.act(ctx)
	if err := s.jobs.close(); err != nil {
		s.log.Error("clean-up failed", "error", err)
		code = max(code, exitFailure)
	}
	return code
}

// prepare builds all that a run needs and checks that it can be.
func (s *session) prepare(ctx context.Context) error {
	if _, err := s.schedule(); err != nil {
		return err
	}
	pace, err := s.pacer()
	if err != nil {
		return err
	}
	if err := s.checkPlaces(); err != nil {
		return err
	}
	v := &s.values
	s.runner = loadgen.Runner{Name: s.app.Name, Pace: pace, Seed: v.seed, StopTimeout: v.stopTimeout, Logger: s.log}
	s.jobs = jobs{make: func(host string) (*Job, error) {
		return s.app.New(ctx, Settings{
			Host: host, Timeout: v.timeout, Wire: v.wire, OwnConnections: v.ownConns, MaxConnections: v.maxConns,
			Seed: v.seed, Demo: v.demo, Datadog: s.tracing(), Log: s.log, way: &v.target.way,
		})
	}}
	if err := s.jobs.open(v.host); err != nil {
		return err
	}
	own, err := s.runnerFor(loadgen.Order{Planned: true})
	if err != nil {
		return err
	}
	if err := s.checkTasks(own); err != nil {
		return err
	}
	if s.plan, err = own.Plan(); errors.Is(err, loadgen.ErrTasks) {
		return &UsageError{Where: s.app.User, Problem: err.Error()}
	} else if err != nil {
		return err
	}
	if err := s.checkFiles(); err != nil {
		return err
	}
	return s.checkClaims()
}

// checkTasks refuses a script without tasks and weights that do not fit it,
// with the name of the setting that says so.
func (s *session) checkTasks(own loadgen.Runner) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the script panics before the run: %v", fault)
			_, _ = s.beside(slog.LevelError).Write(debug.Stack())
		}
	}()
	script := stream.Key{Seed: s.values.seed, Purpose: stream.Script, User: 1}
	user, err := own.NewUser(scenario.Env{User: 1, Rand: script.Rand()})
	if err != nil {
		return err
	}
	tasks := user.Tasks()
	if len(tasks) == 0 {
		return &UsageError{Where: s.app.User, Problem: "has no tasks", Accepts: "at least one"}
	}
	if err := sound(tasks); err != nil {
		return &UsageError{Where: s.app.User, Problem: err.Error()}
	}
	return s.checkWeights(own.Schedule, tasks)
}

// sound finds what is wrong with the tasks themselves, whatever the mix.
func sound(tasks []scenario.Task) error {
	mix := map[string]float64{}
	for i, t := range tasks {
		if mix[t.Name] = 1; t.Do == nil {
			return fmt.Errorf("task %d, %q, has no Do", i+1, t.Name)
		}
	}
	_, err := scenario.NewDispatcher(tasks, mix)
	return err
}

// act prints what was asked for, or makes load.
func (s *session) act(ctx context.Context) int {
	v := &s.values
	if v.plan {
		for _, line := range s.remarks() { // what the log holds is not for a plan
			fmt.Fprintf(s.beside(slog.LevelWarn), "%s: %s\n", s.app.Name, line)
		}
	}
	mix := s.plan.Shares(len(s.plan.Phases()) - 1)
	var err error
	switch {
	case v.plan:
		err = s.plan.WriteText(s.stdout)
	case v.taskRatio:
		err = writeTaskRatio(s.stdout, s.app.User, mix)
	case v.taskRatioJSON:
		err = writeTaskRatioJSON(s.stdout, s.app.User, mix)
	default:
		return s.makeLoad(ctx)
	}
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		return s.refuse(err)
	}
	return exitOK
}
