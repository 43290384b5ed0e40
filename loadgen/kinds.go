package loadgen

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// ErrTasks is the error of a script whose users do not all have the same tasks,
// with the same names and weights in the same order, or whose tasks change; where there are several
// kinds of users, all of one kind. Plan
// compares the first two users; another one that differs ends the run when it
// joins or acts, since the plan's mix is not that user's.
var ErrTasks = errors.New("all users need the same tasks with the same names and weights in the same order, each time")

// errNoUser is the error of a NewUser that returns nothing.
var errNoUser = errors.New("neither a user nor an error")

// plannedKind is a kind of users as the engine needs it.
type plannedKind struct {
	scenario.Kind
	tasks    []scenario.Task
	journeys []*scenario.Journey // by task, nil for one that is none; nil: no task is one
	steps    [][]string          // of these, by task: "shopping/login"
	ops      []string            // nil: the script does not say
}

// journey is that of a task; nil: it is none.
func (k *plannedKind) journey(task int) *scenario.Journey {
	if k.journeys == nil {
		return nil
	}
	return k.journeys[task]
}

// thinks returns an error where steps have their own think times and a pacer takes none.
func (k *plannedKind) thinks(p scenario.Pacer) error {
	if _, ok := p.(scenario.Thinker); ok {
		return nil
	}
	for i, j := range k.journeys {
		if j == nil {
			continue
		}
		for _, s := range j.Steps() {
			if s.Think != nil {
				return fmt.Errorf("step %q of task %q has its own think time, which the pace %v does not take; use one that is a scenario.Thinker, as all of package scenario are", s.Name, k.tasks[i].Name, p)
			}
		}
	}
	return nil
}

// named is an error of a kind, with its name if it has one.
func (k *plannedKind) named(err error) error {
	if k.Name == "" {
		return err
	}
	return fmt.Errorf("kind %q: %w", k.Name, err)
}

// task is the name of a task of the kind in a run.
func (k *plannedKind) task(name string) string {
	if k.Name == "" {
		return name
	}
	return k.Name + "/" + name
}

// learn makes user 1 of each kind to learn its tasks and operations, asks it once more, and
// makes user 2, if there is to be one, to see whether it differs. A second user
// who cannot be made, or who panics, is trouble of the run and not of the plan.
func (p *Plan) learn() error {
	kinds := p.runner.Kinds
	if kinds == nil {
		kinds = []scenario.Kind{{NewUser: p.runner.NewUser}}
	}
	for i := range kinds {
		p.kinds = append(p.kinds, plannedKind{Kind: kinds[i]})
		if err := p.kinds[i].learn(p, i); err != nil {
			return p.kinds[i].named(err)
		}
	}
	return nil
}

func (k *plannedKind) learn(p *Plan, i int) error {
	if err := k.learnFirst(p, i); err != nil || !p.several(i) {
		return err
	}
	var tasks []scenario.Task
	err := alone(context.Background(), func(context.Context) error {
		second, err := k.probe(p, i, 2)
		if err == nil {
			tasks = second.Tasks()
		}
		return err
	})
	if err != nil {
		return nil
	}
	return k.same(2, tasks)
}

func (k *plannedKind) learnFirst(p *Plan, i int) error {
	first, err := k.probe(p, i, 1)
	if err != nil {
		where := "Runner.NewUser"
		if k.Name != "" {
			where = "NewUser"
		}
		return fmt.Errorf("%s: %w", where, err)
	}
	if k.tasks = first.Tasks(); len(k.tasks) == 0 && k.Name != "" {
		return errors.New("a user has no task: want at least one")
	}
	for i, t := range k.tasks {
		j, err := scenario.NewJourney(t)
		switch {
		case err != nil:
			return fmt.Errorf("task %d, %q: %w", i+1, t.Name, err)
		case j == nil && t.Do == nil:
			return fmt.Errorf("task %d, %q, has no Do; give the function that performs it", i+1, t.Name)
		case math.IsNaN(t.Weight): // which differs from itself
			return fmt.Errorf("task %d, %q, has weight NaN; give a finite number of at least 0", i+1, t.Name)
		}
		if j != nil && k.journeys == nil {
			k.journeys, k.steps = make([]*scenario.Journey, len(k.tasks)), make([][]string, len(k.tasks))
		}
		if j != nil {
			if what := unfit(t.Name, ""); what != "" {
				return fmt.Errorf("journey %q has %s in its name; give one without", t.Name, what)
			}
			k.journeys[i] = j
			for _, s := range t.Steps {
				if what := unfit(s.Name, ""); what != "" {
					return fmt.Errorf("journey %q: step %q has %s in its name; give one without", t.Name, s.Name, what)
				}
				k.steps[i] = append(k.steps[i], t.Name+"/"+s.Name)
			}
		}
	}
	if o, ok := first.(scenario.Operator); ok {
		k.ops = o.Operations()
	}
	return k.same(1, first.Tasks())
}

// probe makes a user who never acts. It has the Index and no Seat of one that arrives where no other comes, so that a
// script that has nothing for those is refused.
func (k *plannedKind) probe(p *Plan, i, number int) (scenario.User, error) {
	script := stream.Key{Seed: p.runner.Seed, Purpose: stream.Script, User: uint64(number)}
	env := p.env(i)
	env.User, env.Index, env.Seat, env.Life, env.Rand = number, number, number, 1, script.Rand()
	if arrivals, sessions := p.arrivals(); env.Users == 0 && arrivals {
		env.Seat = 0
		if !sessions {
			env.Index += firstGuest
		}
	}
	user, err := k.NewUser(env)
	if err == nil && user == nil {
		err = errNoUser
	}
	return user, err
}

// env is what all users of a kind know.
func (p *Plan) env(kind int) scenario.Env {
	return scenario.Env{Kind: p.kinds[kind].Name, Users: p.course.Made[kind], Most: p.course.Most[kind]}
}

// arrivals reports whether users arrive in some phase, and whether sessions do.
func (p *Plan) arrivals() (some, sessions bool) {
	for _, ph := range p.runner.Schedule {
		some = some || ph.Arrivals != nil
		sessions = sessions || ph.Arrivals != nil && ph.Arrivals.Session
	}
	return some, sessions
}

// several reports whether more than one user of a kind may come.
func (p *Plan) several(kind int) bool {
	if !p.severalKinds() {
		return slices.ContainsFunc(p.runner.Schedule, func(ph phase.Phase) bool { return ph.Most() > 1 || ph.Arrivals != nil })
	}
	arrive := slices.ContainsFunc(p.runner.Schedule, func(ph phase.Phase) bool { return ph.Arrivals != nil })
	return p.course.Made[kind] > 1 || arrive && p.kinds[kind].Count == 0
}

// severalKinds reports whether the Runner names its kinds of users; there may be a single one.
func (p *Plan) severalKinds() bool { return p.runner.Kinds != nil }

// takesPart reports whether the kinds of these names, in any order, are those of the plan.
func (p *Plan) takesPart(names []string) bool {
	for _, k := range p.kinds {
		if !slices.Contains(names, k.Name) {
			return false
		}
	}
	return len(names) == len(p.kinds)
}

// kindNames lists the kinds.
func (p *Plan) kindNames() string {
	var names []string
	for _, k := range p.kinds {
		names = append(names, k.Name)
	}
	return strings.Join(names, ", ")
}

// kindTasks are the kinds with their tasks, for package phase.
func (p *Plan) kindTasks() (kinds []phase.KindTasks) {
	if !p.severalKinds() {
		return nil
	}
	for _, k := range p.kinds {
		kinds = append(kinds, phase.KindTasks{Kind: k.Kind, Tasks: k.tasks})
	}
	return kinds
}

// order returns, each time anew, the order in which kinds join or arrive in phase i; nil: there is one kind.
func (p *Plan) order(i int) *phase.Order {
	if !p.severalKinds() {
		return nil
	}
	o, err := phase.NewOrder(p.runner.Kinds, p.runner.Schedule[i].Kinds)
	if err != nil {
		panic(err) // Schedule.Follow has asked for it
	}
	return o
}

// kindShares are the parts of all users of phase i, on average over its stages if it has some, or of all arrivals, that
// are of each kind.
func (p *Plan) kindShares(i int) []float64 {
	kinds, shares, all := p.phases[i].forecast.Kinds, make([]float64, len(p.kinds)), 0.0
	for k, x := range kinds {
		shares[k] = x.Share
		all += x.Mean
	}
	if p.runner.Schedule[i].Arrivals == nil && all > 0 {
		for k, x := range kinds {
			shares[k] = x.Mean / all
		}
	}
	return shares
}

// kindsOf are the kinds of a number of users in phase i: which they are follows from the number alone, once those that
// are exchanged for others have been. Nil in a run of one kind without a name.
func (p *Plan) kindsOf(i, users int) (out []report.KindUsers) {
	if !p.severalKinds() {
		return nil
	}
	n := make([]int, len(p.kinds)) // of arrivals it depends on the target
	if p.runner.Schedule[i].Arrivals == nil {
		p.counting.Lock()
		defer p.counting.Unlock()
		n = p.orders[i].Counts(users)
	}
	for k := range p.kinds {
		out = append(out, report.KindUsers{Name: p.kinds[k].Name, Users: n[k]})
	}
	return out
}

// Kinds returns what the plan says of each kind of users in phase i; nil in a run of one kind without a name.
func (p *Plan) Kinds(i int) []phase.KindForecast { return slices.Clone(p.phases[i].forecast.Kinds) }

// same returns an error that wraps ErrTasks where tasks of a user are not those
// of the plan.
func (k *plannedKind) same(user int, tasks []scenario.Task) error {
	what := difference(k.tasks, tasks)
	if what == "" {
		return nil
	}
	return fmt.Errorf("the tasks of user %d are not those that the first user had before the run: %s; %w", user, what, ErrTasks)
}

// difference says where tasks differ from those of the plan; "" for nowhere. It
// allocates nothing then.
func difference(plan, tasks []scenario.Task) string {
	if len(tasks) != len(plan) {
		return fmt.Sprintf("%s instead of %d", say.Plural(len(tasks), "task"), len(plan))
	}
	for i := range tasks {
		is, was := &tasks[i], &plan[i]
		switch {
		case is.Name != was.Name:
			return fmt.Sprintf("task %d is %q instead of %q", i+1, is.Name, was.Name)
		case is.Weight != was.Weight:
			return fmt.Sprintf("task %q has weight %v instead of %v", is.Name, is.Weight, was.Weight)
		case is.Do == nil && was.Steps == nil:
			return fmt.Sprintf("task %q has no Do", is.Name)
		case len(is.Steps) != len(was.Steps):
			return fmt.Sprintf("task %q has %s instead of %d", is.Name, say.Plural(len(is.Steps), "step"), len(was.Steps))
		}
		for s := range is.Steps {
			switch step, was := &is.Steps[s], &was.Steps[s]; {
			case step.Name != was.Name:
				return fmt.Sprintf("step %d of task %q is %q instead of %q", s+1, is.Name, step.Name, was.Name)
			case step.Do == nil:
				return fmt.Sprintf("step %q of task %q has no Do", step.Name, is.Name)
			}
		}
	}
	return ""
}

// ask asks a user for its tasks; nil when they are not those of the plan, which
// ends the run and the user. Where Tasks panics, each task is the error that
// says so.
func (w *worker) askTasks(u *user) (tasks []scenario.Task) {
	kind := &w.shard.run.plan.kinds[u.of]
	err := call(w.ctx, func(context.Context) error {
		tasks = u.impl.Tasks()
		return nil
	})
	if err != nil {
		return failing(kind.tasks, err)
	}
	if err := kind.same(u.number, tasks); err != nil {
		w.unfit = true
		w.shard.run.refuseUser(kind.named(err))
		return nil
	}
	return tasks
}

// failing is tasks like others that fail.
func failing(like []scenario.Task, err error) []scenario.Task {
	do := func(context.Context) error { return err }
	tasks := make([]scenario.Task, len(like))
	for i := range tasks {
		tasks[i].Do = do
		for range like[i].Steps {
			tasks[i].Steps = append(tasks[i].Steps, scenario.Step{Do: do})
		}
	}
	return tasks
}

// refuseUser ends the run at once because of a user whose tasks are not those
// of the plan.
func (r *run) refuseUser(err error) {
	err = fmt.Errorf("%w: %w", ErrAborted, err)
	r.mu.Lock()
	first := r.refused == nil
	if first {
		r.refused = err
	}
	r.mu.Unlock()
	if first {
		r.log.Error("users differ, the run ends", "error", err)
		r.abort(err)
	}
}

// refusal is why a user was refused; nil if none was.
func (r *run) refusal() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused
}
