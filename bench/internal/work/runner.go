package work

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/todo"
)

// exporting is runner with the exporters of the job.
func exporting(start func(Job, string) (Exporter, error)) func(Job) (Outcome, error) {
	return func(j Job) (o Outcome, err error) {
		var observers []measure.Observer
		for _, name := range j.Exporters {
			e, failed := start(j, name)
			if failed != nil {
				return o, failed
			}
			defer func() { err = cmp.Or(err, e.Stop()) }()
			observers = append(observers, e.Observer)
		}
		return runner(j, measure.Observers(observers...))
	}
}

// runner runs the engine as its users do: five weighted tasks, two phases.
func runner(j Job, observer measure.Observer) (Outcome, error) {
	newUser, err := j.script()
	if err != nil {
		return Outcome{}, err
	}
	var o Outcome
	run := loadgen.Runner{
		Name: "bench", NewUser: newUser, Pace: j.pace(), Seed: 1, StopTimeout: 5 * time.Second, Slack: j.Slack,
		Schedule: j.schedule(&o), Observer: observer,
	}
	if j.Kinds > 1 {
		run.NewUser = nil
		for k := range j.Kinds {
			run.Kinds = append(run.Kinds, scenario.Kind{Name: string(rune('a' + k)), Weight: 1, NewUser: newUser})
		}
	}
	sum, err := run.Run(context.Background())
	if err != nil {
		return o, err
	}
	o.take(sum)
	return o, nil
}

// schedule is the two phases. The second one is measured.
func (j Job) schedule(o *Outcome) phase.Schedule {
	s := phase.Schedule{
		{Name: "baseline", For: j.Ramp, Users: j.Users, SpawnRate: j.SpawnRate},
		{Name: "intervention", For: j.Hold, Users: j.Users, Weights: phase.Weights{"list": 30, "add": 40, "edit": 15, "finish": 10, "remove": 5}},
	}
	if j.Wire == None || j.Todo {
		s[1].Weights = nil
	}
	if j.Rate > 0 {
		for i := range s {
			s[i].Users, s[i].Arrivals = 0, &phase.Arrivals{Rate: j.Rate}
		}
	}
	s[1].Enter = phase.HookFunc(func(context.Context) error { o.CPU = -cpu(); return j.startProfile() })
	s[1].Exit = phase.HookFunc(func(context.Context) error { o.CPU += cpu(); pprof.StopCPUProfile(); return nil })
	return s
}

func (j Job) startProfile() error {
	if j.Profile == "" {
		return nil
	}
	file, err := os.Create(j.Profile)
	if err != nil {
		return err
	}
	return pprof.StartCPUProfile(file) // writes until it is stopped, and closes with the process
}

// pace is the pacer that the job asks for.
func (j Job) pace() scenario.Pacer {
	switch {
	case j.Gap > 0:
		return bursty(j.Gap)
	case j.Max > 0:
		return scenario.Between(j.Min, j.Max)
	}
	return scenario.NoWait{}
}

// bursty is the to-do user's rhythm with an OFF time that makes its mean gap
// the given one.
func bursty(gap time.Duration) scenario.OnOff {
	p := todo.Rhythm()
	perCycle := p.Load(0).Rate * time.Minute.Seconds()
	p.Off = dist.Gamma{Mean: time.Duration(perCycle*float64(gap)) - 30*time.Second, CV: 1}
	return p
}

// script makes the users.
func (j Job) script() (func(scenario.Env) (scenario.User, error), error) {
	if j.Wire == None {
		ops := operations(j.Ops)
		return func(env scenario.Env) (scenario.User, error) { return &idler{ops: ops, next: env.User}, nil }, nil
	}
	web, err := j.client()
	if err != nil {
		return nil, err
	}
	if j.Todo {
		return todo.Users(web), nil
	}
	return func(env scenario.Env) (scenario.User, error) { return &shopper{web.Session()}, nil }, nil
}

func (j Job) client() (*httpclient.Client, error) {
	wire := httpclient.Wire(j.Wire)
	if j.Wire == FastHTTP {
		wire = httpclient.Fast
	}
	return httpclient.New(httpclient.Config{Host: j.URL, PerUserConns: j.Each, MaxConns: j.Conns, Wire: wire})
}

// shopper is a script as the README shows it. All its requests cost the target
// the same, so that its cost can be compared with that of a bare loop.
type shopper struct{ web *httpclient.Client }

func (s *shopper) list(ctx context.Context) error   { return s.get(ctx, "/todos") }
func (s *shopper) add(ctx context.Context) error    { return s.get(ctx, "/todos/new") }
func (s *shopper) edit(ctx context.Context) error   { return s.get(ctx, "/todos/edit") }
func (s *shopper) finish(ctx context.Context) error { return s.get(ctx, "/todos/done") }
func (s *shopper) remove(ctx context.Context) error { return s.get(ctx, "/todos/old") }

func (s *shopper) get(ctx context.Context, path string) error { return s.web.Get(ctx, path).Err() }

func (s *shopper) Tasks() []scenario.Task {
	return []scenario.Task{
		{Name: "list", Weight: 40, Do: s.list},
		{Name: "add", Weight: 30, Do: s.add},
		{Name: "edit", Weight: 15, Do: s.edit},
		{Name: "finish", Weight: 10, Do: s.finish},
		{Name: "remove", Weight: 5, Do: s.remove},
	}
}

// idler does operations that do nothing: what is left is the engine's cost.
type idler struct {
	ops  []report.Op
	next int
}

func operations(n int) []report.Op {
	ops := make([]report.Op, max(n, 1))
	for i := range ops {
		ops[i] = report.Op{Method: "GET", Name: fmt.Sprintf("/api/things/%d/{id}", i)}
	}
	return ops
}

func (u *idler) act(ctx context.Context) error {
	u.next++
	return measure.Do(ctx, u.ops[u.next%len(u.ops)], func(context.Context) error { return nil })
}

func (u *idler) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "act", Weight: 1, Do: u.act}}
}

// take reads the figures of the second phase off the summary.
func (o *Outcome) take(sum *report.Summary) {
	o.Requests, o.Failures = sum.Total.Requests, sum.Total.Failures
	hold := sum.Phases[len(sum.Phases)-1]
	o.Rate = hold.RPS
	o.Late = [3]float64{float64(hold.LagMS.P50), float64(hold.LagMS.P99), float64(hold.LagMS.Max)}
	for _, s := range sum.Timeline {
		if float64(s.S+s.WidthS) < sum.EndS { // at the end itself the plan is over
			o.Level = max(o.Level, s.Planned-s.Users, s.Users-s.Planned)
		}
	}
	o.Notes = append(sum.Notes, sum.Health.Warnings...)
	if sum.Health.Bottleneck != "" {
		o.Notes = append(o.Notes, sum.Health.Bottleneck)
	}
	for _, f := range sum.Failures {
		o.Notes = append(o.Notes, fmt.Sprintf("%d times %s: %s", f.Occurrences, f.Name, f.Reason))
	}
	for _, e := range sum.Exceptions {
		o.Notes = append(o.Notes, e.Kind+": "+e.Message)
	}
}
