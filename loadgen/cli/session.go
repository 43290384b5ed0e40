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
	"github.com/gensim/load-generator/loadgen/cli/internal/classes"
	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/capacity/account"
	"github.com/gensim/load-generator/report/effect/looks"
	"github.com/gensim/load-generator/report/locust"
	"github.com/gensim/load-generator/report/look"
	"github.com/gensim/load-generator/report/outline"
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
	checked     bool         // their settings are

	schedule phase.Schedule // as the settings have it
	jobs     jobs
	runner   loadgen.Runner  // what all runs have in common
	plan     *loadgen.Plan   // of the program's own schedule
	looks    *look.Plan      // at which it may be decided; nil: at its end alone
	board    *board          // of the load; nil: none is made
	kindsSet kindsSet        // by hand, for the next run
	brief    *brief.Brief    // of the last run
	found    *account.Search // of a search for a capacity
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
	if p := s.config.worker(); p != nil && !s.onPaper() {
		return s.workFor(ctx, p)
	}
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
	if s.config.worker() == nil { // which writes no files
		err = s.checkPlaces()
	}
	if err == nil && !s.checked {
		err = s.checkParts()
	}
	if err != nil {
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
	own, err := s.runnerFor(loadgen.StartRequest{Planned: true, Kinds: s.config.picks(nil)})
	if err != nil {
		return err
	}
	if err := own.Schedule.Validate(); err != nil { // the job may have added hooks
		return &setting.Error{Where: "schedule", Problem: err.Error()}
	}
	if err := cmp.Or(s.config.checkCrossed(own.Schedule), s.checkTasks(own)); err != nil {
		return err
	}
	if s.plan, err = own.Plan(); errors.Is(err, loadgen.ErrTasks) {
		return &setting.Error{Where: s.config.app.User, Problem: err.Error()}
	} else if err != nil {
		return err
	}
	if err := s.checkOpenFiles(); err != nil {
		return err
	}
	claims := &s.values.effect.claims
	if s.values.climb.Asked() {
		return nil // checkSearch has seen them
	}
	if err := claims.V.Check(s.plan); err != nil {
		return &setting.Error{Where: claims.Name(), Problem: strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	return s.planLooks()
}

// checkOpenFiles refuses a plan that this process has too few open files for. What its
// share of several would need is not known before all are there.
func (s *session) checkOpenFiles() error {
	users := s.plan.Users()
	if s.config.clustered() {
		users = 0
	}
	return s.config.checkOpenFiles(users)
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
	if own.Kinds != nil {
		return s.checkKinds(own)
	}
	user, err := s.trial(scenario.Kind{NewUser: own.NewUser})
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

// trial makes a user who never acts, to learn its tasks: the first one of a kind that has no other. The plan says later
// whether all users can be made.
func (s *session) trial(k scenario.Kind) (scenario.User, error) {
	script := stream.Key{Seed: s.values.seed.V, Purpose: stream.Script, User: 1}
	user, err := k.NewUser(scenario.Env{User: 1, Kind: k.Name, Index: 1, Seat: 1, Life: 1, Users: 1, Most: 1, Rand: script.Rand()})
	if err != nil && k.Name != "" {
		err = fmt.Errorf("kind %q: %w", k.Name, err)
	}
	return user, err
}

// checkTaskLists refuses tasks that are set of kinds which do not have them, also of kinds that do not take part.
func (s *session) checkTaskLists() error {
	for _, c := range s.config.users {
		tasks, err := s.tasksOf(c, s.jobs.now.Kinds)
		if err != nil {
			return err
		}
		if err := c.Check(tasks); err != nil && tasks != nil {
			return &setting.Error{Where: s.values.locust.configUsers.Where(), Problem: err.Error()}
		}
	}
	return nil
}

// tasksOf are the tasks of the kind of which some are set; nil if none are, or if there is no such kind.
func (s *session) tasksOf(c classes.Config, kinds []scenario.Kind) ([]scenario.Task, error) {
	i := slices.IndexFunc(kinds, func(k scenario.Kind) bool { return k.Name == c.Class })
	if i < 0 || kinds[i].NewUser == nil || c.Tasks == nil {
		return nil, nil
	}
	user, err := s.trial(kinds[i])
	if err != nil || user == nil {
		return nil, err
	}
	return user.Tasks(), nil
}

// checkKinds refuses settings that do not fit the kinds of users, with the name of the one that says so. The plan
// refuses the rest.
func (s *session) checkKinds(own loadgen.Runner) error {
	if err := s.checkTaskLists(); err != nil {
		return err
	}
	plain, err := classes.Pick(s.jobs.now.Kinds, classes.Names(own.Kinds))
	if err != nil {
		return err
	}
	if err := s.config.checkMixes(own.Schedule, own.Kinds, plain); err != nil {
		return err
	}
	var known []phase.KindTasks
	for _, k := range own.Kinds {
		if k.NewUser == nil {
			return nil
		}
		user, err := s.trial(k)
		if err != nil {
			return err
		}
		if user == nil {
			return nil
		}
		tasks := user.Tasks()
		if len(tasks) == 0 {
			return &setting.Error{Where: k.Name, Problem: "has no tasks", Accepts: "at least one"}
		}
		known = append(known, phase.KindTasks{Kind: k, Tasks: tasks})
	}
	return s.config.checkMixesOfTasks(own.Schedule, known)
}

// sound finds what is wrong with the tasks themselves, whatever the mix.
func sound(tasks []scenario.Task) error {
	mix := map[string]float64{}
	for i, t := range tasks {
		mix[t.Name] = 1
		switch j, err := scenario.NewJourney(t); {
		case err != nil:
			return fmt.Errorf("task %d, %q: %w", i+1, t.Name, err)
		case j == nil && t.Do == nil:
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
	r.SetUp, r.TearDown = s.jobs.now.SetUp, s.jobs.now.TearDown
	more, err := kindSettings(o.KindSettings)
	if err != nil {
		return r, err
	}
	if r.Kinds, err = s.config.kinds(s.jobs.now.Job, more, s.config.picks(o.Kinds), cmp.Or(o.Host, s.values.host.V, s.jobs.now.Host)); err != nil {
		return r, err
	}
	r.NewUser, r.Figures, r.Schedule = s.jobs.now.NewUser, s.jobs.now.Figures, s.phases(o)
	if s.jobs.now.Schedule != nil {
		r.Schedule = s.jobs.now.Schedule(r.Schedule)
	}
	if o.Planned && !s.values.climb.Asked() {
		r.Guard = s.values.effect.claims.V.Guard()
		if s.looks != nil {
			r.Looks, r.Decide = s.looks, looks.Judge(s.config.judged())
		}
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
	last, p := s.schedule[len(s.schedule)-1], phase.Phase{Users: o.Users, SpawnRate: o.SpawnRate}
	if own, err := stages(o.Stages); err == nil && own.curve != nil { // the request is valid
		p = s.config.shaped(own)
		p.For = o.RunTime
	}
	p.Name, p.Weights, p.Pace, p.Kinds, p.Paces = manualName, last.Weights, last.Pace, last.Kinds, last.Paces
	return phase.Schedule{p}
}

// remarks are lines for the log: on the settings, on a design that cannot answer,
// and on open files that may not suffice.
func (s *session) remarks() []string {
	lines := slices.Concat(s.config.remarks(), s.idleParts())
	if why := effect.Foresee(s.plan.Phases()); why != "" {
		lines = append(lines, "this run can have no verdict: "+why)
	}
	if v := &s.values.effect; len(s.plan.Phases()) < 2 {
		for _, from := range []*setting.Source{&v.primary.Source, &v.margin.Source, &v.confidence.Source} {
			if from.Given() {
				lines = append(lines, from.Where()+" has no effect: this plan has no baseline and intervention")
			}
		}
	}
	if why := s.config.shortOfFiles(s.plan.Users()); why != "" && !s.config.clustered() {
		lines = append(lines, why)
	}
	return lines
}

// classes are the kinds of users of a phase as Locust's formats take them.
func (s *session) classes(kinds []phase.KindForecast, mix []scenario.Share) []outline.Class {
	if kinds == nil {
		return []outline.Class{{Name: s.config.app.User, Share: 1, Weight: 1, Tasks: loadgen.Tasks(mix)}}
	}
	return s.weighed(loadgen.Classes(kinds))
}

// weighed adds what the program's kinds of users weigh.
func (s *session) weighed(classes []outline.Class) []outline.Class {
	if classes == nil {
		return nil
	}
	own, _ := s.config.kinds(s.jobs.own.Job, s.kindsSet.configs(), nil, s.values.host.V) // the plan has been made of them
	for i := range classes {
		for _, x := range own {
			if x.Name == classes[i].Name {
				classes[i].Weight, classes[i].Count = x.Weight, x.Count
			}
		}
	}
	return classes
}

// onPaper reports whether something is printed instead of making load.
func (s *session) onPaper() bool {
	v := &s.values.output
	return v.plan.V || v.taskRatio.V || v.taskRatioJSON.V
}

// act prints what was asked for, or makes load.
func (s *session) act(ctx context.Context) int {
	v, app := &s.values.output, s.config.app
	if v.plan.V {
		for _, line := range s.remarks() { // what the log holds is not for a plan
			fmt.Fprintf(s.process.notes(slog.LevelWarn), "%s: %s\n", app.Name, line)
		}
	}
	last := len(s.plan.Phases()) - 1
	mix := s.classes(s.plan.Kinds(last), s.plan.Shares(last))
	var err error
	switch {
	case v.plan.V && s.values.climb.Asked():
		err = s.writeSearchPlan()
	case v.plan.V:
		err = s.writePlan()
	case v.taskRatio.V:
		err = locust.WriteRatios(s.process.stdout, mix...)
	case v.taskRatioJSON.V:
		err = locust.WriteRatiosJSON(s.process.stdout, mix...)
	case s.values.climb.Asked():
		return s.search(ctx)
	default:
		return s.makeLoad(ctx)
	}
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		return s.refuse(err)
	}
	return exitOK
}
