package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// run does what the command line asks for and returns the exit code.
func (app *App) run(p process) int {
	if command := app.command(p.args); command != nil {
		return command.run(app, p)
	}
	c, err := app.configure(p)
	switch {
	case c.values.help:
		app.writeHelp(p.stdout, c.options)
		return exitOK
	case c.values.version:
		fmt.Fprintf(p.stdout, "%s %s\n", app.Name, app.version())
		return exitOK
	case err != nil:
		return app.refuse(p.stderr, err)
	case c.values.list:
		writeList(p.stdout, app.User)
		return exitOK
	case c.values.worker:
		fmt.Fprintf(p.stderr, "%s: %s has nothing to do: one process uses every core, and the master runs the load\n", app.Name, c.where("worker"))
		return exitOK
	}
	s := &session{config: c, process: p, screen: newScreen(p.stderr)}
	return s.do()
}

// refuse prints the one line about a start that cannot be.
func (app *App) refuse(w io.Writer, err error) int {
	fmt.Fprintf(w, "%s: %s\n", app.Name, oneLine(err.Error()))
	if usage, ok := errors.AsType[*UsageError](err); ok {
		return usage.exitCode()
	}
	return exitFailure
}

// session is one start of the command that makes load or prints a plan.
type session struct {
	*config
	process
	screen *screen
	log    *slog.Logger
	job    *Job
	host   string // the target in messages
	runner loadgen.Runner
	plan   *loadgen.Plan
}

func (s *session) do() int {
	closeLog, err := s.openLog()
	if err != nil {
		return s.app.refuse(s.stderr, err)
	}
	defer closeLog()
	ctx, unwatch := s.untilSignal(s.log)
	defer unwatch()
	if err := s.prepare(ctx); err != nil {
		return s.app.refuse(s.stderr, errors.Join(err, s.close()))
	}
	code := s.act(ctx)
	if err := s.close(); err != nil {
		s.log.Error("clean-up failed", "error", err)
		code = max(code, exitFailure)
	}
	return code
}

// openLog sets the logger up, as the options say.
func (s *session) openLog() (func(), error) {
	v := &s.values
	if v.skipLogSetup {
		s.log = slog.Default()
		return func() {}, nil
	}
	if v.logFile == "" {
		handler := newLogHandler(s.screen, levels[v.logLevel], s.app.Name)
		handler.below = s.width() > 0
		s.log = slog.New(handler)
		return func() {}, nil
	}
	file, err := os.OpenFile(v.logFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, &UsageError{Where: s.where("logfile"), Problem: errors.Unwrap(err).Error()}
	}
	s.log = slog.New(newLogHandler(file, levels[v.logLevel], s.app.Name))
	return func() { _ = file.Close() }, nil // every line is already written
}

// prepare builds all that a run needs and checks that it can be.
func (s *session) prepare(ctx context.Context) error {
	schedule, err := s.schedule()
	if err != nil {
		return err
	}
	pace, err := s.pacer()
	if err != nil {
		return err
	}
	for _, file := range s.files() {
		if err := ready(file.path); err != nil {
			return &UsageError{Where: s.where(file.flag), Problem: err.Error()}
		}
	}
	v := &s.values
	s.job, err = s.app.New(ctx, Settings{Host: v.host, Timeout: v.timeout, Seed: v.seed, Demo: v.demo, Log: s.log})
	if err != nil {
		return err
	}
	if s.job.Schedule != nil {
		schedule = s.job.Schedule(schedule)
	}
	s.host = v.host
	if s.job.Host != "" {
		s.host = s.job.Host
	}
	s.runner = loadgen.Runner{
		Name: s.app.Name, NewUser: s.job.NewUser, Pace: pace, Schedule: schedule, Seed: v.seed,
		StopTimeout: v.stopTimeout, Logger: s.log,
	}
	if err := s.checkTasks(); err != nil {
		return err
	}
	s.plan, err = s.runner.Plan()
	return err
}

// checkTasks refuses a script without tasks and weights that do not fit it,
// with the name of the setting that says so.
func (s *session) checkTasks() error {
	script := dist.Key{Seed: s.values.seed, Purpose: dist.Script, User: 1}
	user, err := s.job.NewUser(scenario.Env{User: 1, Rand: script.Rand()})
	if err != nil {
		return err
	}
	tasks := user.Tasks()
	if len(tasks) == 0 {
		return &UsageError{Where: s.app.User, Problem: "has no tasks", Accepts: "at least one"}
	}
	return s.checkWeights(s.runner.Schedule, tasks)
}

// act prints what was asked for, or runs the load.
func (s *session) act(ctx context.Context) int {
	v := &s.values
	mix := s.plan.Shares(len(s.runner.Schedule) - 1)
	var err error
	switch {
	case v.plan:
		err = s.plan.WriteText(s.stdout)
	case v.taskRatio:
		err = writeTaskRatio(s.stdout, s.app.User, mix)
	case v.taskRatioJSON:
		err = writeTaskRatioJSON(s.stdout, s.app.User, mix)
	default:
		s.screen.Release()
		return s.load(ctx)
	}
	if err != nil {
		return s.app.refuse(s.stderr, err)
	}
	return exitOK
}

// load runs the schedule and reports.
func (s *session) load(ctx context.Context) int {
	s.log.Info(fmt.Sprintf("Starting Locust-compatible %s %s", s.app.Name, s.app.version()))
	for _, remark := range s.remarks() {
		s.log.Warn(remark)
	}
	wait := s.probe(ctx)
	s.watch()
	sum, err := s.runner.Run(ctx)
	wait()
	s.screen.Live("")
	if sum == nil {
		return s.app.refuse(s.stderr, err)
	}
	if err == nil && ctx.Err() == nil {
		s.log.Info("--run-time limit reached, shutting down")
	}
	code := s.report(sum)
	s.log.Info(fmt.Sprintf("Shutting down (exit code %d)", code))
	return code
}

// watch connects the runner to the log and to the screen.
func (s *session) watch() {
	first := s.runner.Schedule[0]
	end, _ := s.runner.Schedule.End()
	lines := &narrator{log: s.log, user: s.app.User}
	lines.begin(report.PhaseInfo{Users: first.Users, SpawnRate: first.SpawnRate}, end)
	show := &progress{screen: s.screen, width: s.width, next: plainEvery}
	s.runner.Watch = func(snapshot *report.Snapshot) {
		lines.follow(snapshot)
		if !s.values.onlySummary {
			show.show(snapshot)
		}
	}
}

// probe warns when the target cannot be reached, without holding the run up.
// The function it returns waits for the check to end.
func (s *session) probe(ctx context.Context) func() {
	if s.host == "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var check sync.WaitGroup
	check.Go(func() {
		if why := unreachable(ctx, s.host); why != "" && ctx.Err() == nil {
			s.log.Warn(fmt.Sprintf("%s cannot be reached (%s); the run goes on, and every request counts as a failure until it can", s.host, why))
		}
	})
	return func() { cancel(); check.Wait() }
}

func (s *session) close() error {
	if s.job == nil || s.job.Close == nil {
		return nil
	}
	return s.job.Close()
}

// command is the one that the first argument names; nil if none.
func (app *App) command(args []string) *Command {
	for i := range app.Commands {
		if len(args) > 0 && args[0] == app.Commands[i].Name {
			return &app.Commands[i]
		}
	}
	return nil
}

// run reads the command's own options and runs it until a signal.
func (command *Command) run(app *App, p process) int {
	var help bool
	sub := &App{Name: app.Name + " " + command.Name}
	options := append((&App{Options: command.Options}).ownOptions(), Option{Flag: "help", Short: "h", Switch: true, group: groupOutput,
		Accepts: acceptsBool, Help: "print this text and exit", Set: Var(&help, Bool)})
	if _, err := resolve(options, sources{args: p.args[1:], env: p.env}, nil); err != nil {
		return sub.refuse(p.stderr, err)
	}
	if help {
		sub.writeHelp(p.stdout, options)
		return exitOK
	}
	log := slog.New(newLogHandler(p.stderr, slog.LevelInfo, app.Name))
	ctx, unwatch := p.untilSignal(log)
	defer unwatch()
	if err := command.Run(ctx, log); err != nil && !errors.Is(err, errInterrupted) {
		return sub.refuse(p.stderr, err)
	}
	return exitOK
}
