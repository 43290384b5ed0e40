package loadgen

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// ErrTasks is the error of a script whose users do not all have the same tasks,
// with the same names and weights in the same order, or whose tasks change. Plan
// compares the first two users; another one that differs ends the run when it
// joins or acts, since the plan's mix is not that user's.
var ErrTasks = errors.New("all users need the same tasks with the same names and weights in the same order, each time")

// errNoUser is the error of a NewUser that returns nothing.
var errNoUser = errors.New("neither a user nor an error")

// learn makes user 1 to learn its tasks and operations, asks it once more, and
// makes user 2, if there is to be one, to see whether it differs. A second user
// who cannot be made, or who panics, is trouble of the run and not of the plan.
func (p *Plan) learn() error {
	if err := p.learnFirst(); err != nil || !p.several() {
		return err
	}
	var tasks []scenario.Task
	err := alone(context.Background(), func(context.Context) error {
		second, err := p.probe(2)
		if err == nil {
			tasks = second.Tasks()
		}
		return err
	})
	if err != nil {
		return nil
	}
	return p.same(2, tasks)
}

func (p *Plan) learnFirst() error {
	first, err := p.probe(1)
	if err != nil {
		return fmt.Errorf("Runner.NewUser: %w", err)
	}
	p.tasks = first.Tasks()
	for i, t := range p.tasks {
		switch {
		case t.Do == nil:
			return fmt.Errorf("task %d, %q, has no Do; give the function that performs it", i+1, t.Name)
		case math.IsNaN(t.Weight): // which differs from itself
			return fmt.Errorf("task %d, %q, has weight NaN; give a finite number of at least 0", i+1, t.Name)
		}
	}
	if o, ok := first.(scenario.Operator); ok {
		p.ops = o.Operations()
	}
	return p.same(1, first.Tasks())
}

// probe makes a user who never acts.
func (p *Plan) probe(number int) (scenario.User, error) {
	script := stream.Key{Seed: p.runner.Seed, Purpose: stream.Script, User: uint64(number)}
	user, err := p.runner.NewUser(scenario.Env{User: number, Rand: script.Rand()})
	if err == nil && user == nil {
		err = errNoUser
	}
	return user, err
}

// several reports whether more than one user may come.
func (p *Plan) several() bool {
	return slices.ContainsFunc(p.runner.Schedule, func(ph phase.Phase) bool { return ph.Users > 1 || ph.Arrivals != nil })
}

// same returns an error that wraps ErrTasks where tasks of a user are not those
// of the plan.
func (p *Plan) same(user int, tasks []scenario.Task) error {
	what := difference(p.tasks, tasks)
	if what == "" {
		return nil
	}
	return fmt.Errorf("the tasks of user %d are not those that the first user had before the run: %s; %w", user, what, ErrTasks)
}

// difference says where tasks differ from those of the plan; "" for nowhere. It
// allocates nothing then.
func difference(plan, tasks []scenario.Task) string {
	if len(tasks) != len(plan) {
		return fmt.Sprintf("%d tasks instead of %d", len(tasks), len(plan))
	}
	for i := range tasks {
		is, was := &tasks[i], &plan[i]
		switch {
		case is.Name != was.Name:
			return fmt.Sprintf("task %d is %q instead of %q", i+1, is.Name, was.Name)
		case is.Weight != was.Weight:
			return fmt.Sprintf("task %q has weight %v instead of %v", is.Name, is.Weight, was.Weight)
		case is.Do == nil:
			return fmt.Sprintf("task %q has no Do", is.Name)
		}
	}
	return ""
}

// ask asks a user for its tasks; nil when they are not those of the plan, which
// ends the run and the user. Where Tasks panics, each task is the error that
// says so.
func (w *worker) askTasks(u *user) (tasks []scenario.Task) {
	plan := w.shard.run.plan
	err := call(w.ctx, func(context.Context) error {
		tasks = u.impl.Tasks()
		return nil
	})
	if err != nil {
		return failing(len(plan.tasks), err)
	}
	if err := plan.same(u.number, tasks); err != nil {
		w.unfit = true
		w.shard.run.refuseUser(err)
		return nil
	}
	return tasks
}

// failing is n tasks that fail.
func failing(n int, err error) []scenario.Task {
	tasks := make([]scenario.Task, n)
	for i := range tasks {
		tasks[i].Do = func(context.Context) error { return err }
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
