package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/locust"
	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/scenario"
)

// session is one start of the command that makes load or prints a plan.
type session struct {
	config      *config
	values      *values // of config
	process     process
	screen      *terminal.Screen
	text        io.Writer // tables and progress: the screen, or lines of JSON into it
	log         *slog.Logger
	jsonHandler slog.Handler // nil: the log is text
	pageLog     web.Log      // the log's last lines, for the page
	started     []started    // parts

	schedule phase.Schedule // as the settings have it
	jobs     jobs
	runner   loadgen.Runner // what all runs have in common
	plan     *loadgen.Plan  // of the program's own schedule
	board    *board         // of the load; nil: none is made
	brief    *brief.Brief   // of the last run
}

func (s *session) do() int {
	closeLog, err := s.openLog()
	if err != nil {
		return s.refuse(err)
	}
	defer closeLog()
	ctx, unwatch := s.process.untilSignal(s.log)
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

func (s *session) refuse(err error) int { return s.config.app.refuse(s.process, err) }

// prepare builds what a run needs and checks that it can run.
func (s *session) prepare(ctx context.Context) (err error) {
	if s.schedule, err = s.config.schedule(); err != nil {
		return err
	}
	pace, err := s.config.pacer()
	if err != nil {
		return err
	}
	if err := cmp.Or(s.checkPlaces(), s.checkParts()); err != nil {
		return err
	}
	app, v := s.config.app, s.values
	s.runner = loadgen.Runner{Name: app.Name, Pace: pace, Seed: v.seed.V, StopTimeout: v.stopTimeout.V, Logger: s.log}
	s.jobs.make = func(host string) (*Job, error) {
		return app.New(ctx, Settings{
			Host: host, Timeout: v.timeout.V, Wire: v.wire.V, OwnConnections: v.ownConns.V, MaxConnections: v.maxConns.V,
			Seed: v.seed.V, Demo: v.demo.V, Parts: s.partNames(), Log: s.log, way: &s.config.way,
		})
	}
	if err := s.jobs.open(v.host.V); err != nil {
		return err
	}
	return s.makePlan()
}

// makePlan builds the plan of the program's own schedule, and refuses one that
// cannot be run or cannot answer what is asked of it.
func (s *session) makePlan() error {
	own, err := s.runnerFor(loadgen.StartRequest{Planned: true})
	if err != nil {
		return err
	}
	if err := own.Schedule.Validate(); err != nil { // the job may have added hooks
		return &setting.Error{Where: "schedule", Problem: err.Error()}
	}
	if err := s.checkTasks(own); err != nil {
		return err
	}
	if s.plan, err = own.Plan(); errors.Is(err, loadgen.ErrTasks) {
		return &setting.Error{Where: s.config.app.User, Problem: err.Error()}
	} else if err != nil {
		return err
	}
	if err := s.config.checkOpenFiles(s.plan.Users()); err != nil {
		return err
	}
	claims := &s.values.effect.claims
	if err := claims.V.Check(s.plan); err != nil {
		return &setting.Error{Where: claims.Name(), Problem: strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	return nil
}

// checkTasks refuses a script without tasks and weights that do not fit it,
// with the name of the setting that says so.
func (s *session) checkTasks(own loadgen.Runner) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the script panics before the run: %v", fault)
			_, _ = s.process.notes(slog.LevelError).Write(debug.Stack())
		}
	}()
	script := stream.Key{Seed: s.values.seed.V, Purpose: stream.Script, User: 1}
	user, err := own.NewUser(scenario.Env{User: 1, Rand: script.Rand()})
	if err != nil {
		return err
	}
	tasks := user.Tasks()
	if len(tasks) == 0 {
		return &setting.Error{Where: s.config.app.User, Problem: "has no tasks", Accepts: "at least one"}
	}
	if err := sound(tasks); err != nil {
		return &setting.Error{Where: s.config.app.User, Problem: err.Error()}
	}
	return s.config.checkWeights(own.Schedule, tasks)
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

// runnerFor makes the runner of one start.
func (s *session) runnerFor(o loadgen.StartRequest) (loadgen.Runner, error) {
	r := s.runner
	if err := s.jobs.to(o.Host); err != nil {
		return r, err
	}
	r.NewUser, r.Schedule = s.jobs.now.NewUser, s.phases(o)
	if s.jobs.now.Schedule != nil {
		r.Schedule = s.jobs.now.Schedule(r.Schedule)
	}
	if o.Planned {
		r.Guard = s.values.effect.claims.V.Guard()
	}
	return r, nil
}

// manualName is the phase of a run that was started with its own number of users.
const manualName = "manual"

// phases are the program's own, or one with the users that are asked for and the
// mix and pace of the last one.
func (s *session) phases(o loadgen.StartRequest) phase.Schedule {
	if o.Planned {
		return slices.Clone(s.schedule)
	}
	last := s.schedule[len(s.schedule)-1]
	return phase.Schedule{{Name: manualName, Users: o.Users, SpawnRate: o.SpawnRate, Weights: last.Weights, Pace: last.Pace}}
}

// remarks are lines for the log: on the settings, on a design that cannot answer,
// and on open files that may not suffice.
func (s *session) remarks() []string {
	lines := slices.Concat(s.config.remarks(), s.idleParts())
	if why := effect.Foresee(s.plan.Phases()); why != "" {
		lines = append(lines, "this run can have no verdict: "+why)
	}
	if why := s.config.shortOfFiles(s.plan.Users()); why != "" {
		lines = append(lines, why)
	}
	return lines
}

// act prints what was asked for, or makes load.
func (s *session) act(ctx context.Context) int {
	v, app := &s.values.output, s.config.app
	if v.plan.V {
		for _, line := range s.remarks() { // what the log holds is not for a plan
			fmt.Fprintf(s.process.notes(slog.LevelWarn), "%s: %s\n", app.Name, line)
		}
	}
	mix := tasksOf(s.plan.Shares(len(s.plan.Phases()) - 1))
	var err error
	switch {
	case v.plan.V:
		err = s.plan.WriteText(s.process.stdout)
	case v.taskRatio.V:
		err = locust.WriteRatios(s.process.stdout, app.User, mix)
	case v.taskRatioJSON.V:
		err = locust.WriteRatiosJSON(s.process.stdout, app.User, mix)
	default:
		return s.makeLoad(ctx)
	}
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		return s.refuse(err)
	}
	return exitOK
}
