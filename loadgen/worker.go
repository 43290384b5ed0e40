package loadgen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// job is a user and what a worker is to do for it: start, tasks, arrival or stop.
type job struct {
	user *user
	do   func(*worker, *user)
}

// taskStart is how far the planned start of a task has come. A worker takes one
// from planned over started to settled, or from planned to settled, where it is
// missed.
type taskStart uint8

const (
	settled taskStart = iota // it is accounted for
	planned                  // it is counted as planned
	started                  // it is counted as started, too
)

// worker runs the tasks of one user at a time, on its goroutine.
type worker struct {
	shard  *shard
	jobs   chan job // holds one, so that handing over never blocks
	rec    *record.Shard
	ctx    context.Context // of the tasks; cancelled to cut one off
	cancel context.CancelCauseFunc
	user   *user           // in hand; nil between jobs
	scope  *measure.Scope  // of the part of the script that runs, or ran last
	turn   taskStart       // of the user in hand
	mix    []scenario.Task // of the user in hand, once asked for
	unfit  bool            // the user in hand has other tasks than the plan: it goes, and the run ends
}

// work serves jobs until the worker is dismissed.
func (w *worker) work() {
	defer w.rescue()
	for j := range w.jobs {
		w.user = j.user
		j.do(w, j.user)
		w.handBack(j.user)
		if !w.shard.park(w) {
			return
		}
	}
}

// rescue ends a worker. If the script ended its goroutine (runtime.Goexit, as
// testing.T.FailNow does), that is counted, and user and worker continue on
// another one.
func (w *worker) rescue() {
	u := w.user
	if u == nil {
		w.cancel(nil)
		return
	}
	w.shard.run.workers.Go(func() {
		w.exception("error", errExited.Error(), "")
		w.resume(u)
		w.handBack(u)
		if w.shard.park(w) {
			w.work()
		} else {
			w.cancel(nil)
		}
	})
}

// resume prepares the next turn of a user whose script ended the goroutine.
func (w *worker) resume(u *user) {
	now := w.shard.run.now()
	if w.turn == settled { // a hook: the turn after it is planned already
		own := now
		if w.scope != nil { // else it was not even made
			own = w.scope.Task().Begun + w.scope.OwnTime(now)
		}
		u.free(now, 0, own-now)
		return
	}
	w.paid(u, now)
	w.settle(u)
	u.ready = now
	if u.kind != guest { // which has no turns
		u.next(w.shard.run.plan, now)
	}
}

// handBack gives the user back, which may have to stop now.
func (w *worker) handBack(u *user) {
	unfit := w.unfit
	w.user, w.mix, w.scope, w.unfit = nil, nil, nil, false
	stop := w.shard.release(u, unfit)
	if w.ctx.Err() != nil { // it was cut off; from here on nothing cuts the user off
		w.cancel(nil)
		w.ctx, w.cancel = context.WithCancelCause(w.shard.run.tasks)
	}
	if stop {
		w.stop(u)
	}
}

// again plans the user's next turn, and returns the current offset and whether that
// turn's time has come already, so that the worker can continue without the queue.
func (w *worker) again(u *user) (now time.Duration, due bool) {
	r, on := w.shard.run, u.rhythm.On
	now = r.now()
	w.shard.wake(now)
	if w.unfit {
		return now, false
	}
	u.ready = now
	u.next(r.plan, now)
	w.shard.giveUp(u, now-maxBehind)
	if !u.acts || u.intended > now || u.rhythm.On != on || u.is(leaving) || u.intended >= r.end || r.over() {
		return now, false
	}
	w.rec.Count(record.Planned, u.intended, 1)
	w.turn = planned
	return now, true
}

// start makes the user, which joins when it is ready, and runs its start hook.
func (w *worker) start(u *user) { w.create(u, u.ready) }

// create makes the user, intended at an offset, and runs its start hook. A user
// that cannot be made, or whose tasks are not those of the plan, does nothing.
func (w *worker) create(u *user, at time.Duration) {
	r := w.shard.run
	begun := r.now()
	env := scenario.Env{User: u.number, Rand: rand.New(&u.script)}
	err := call(w.ctx, func(context.Context) (err error) {
		if u.impl, err = r.NewUser(env); err == nil && u.impl == nil {
			err = errNoUser
		}
		return err
	})
	if err != nil {
		u.impl = nil
		w.failed("NewUser", err)
		return
	}
	if w.askTasks(u); w.unfit {
		u.impl = nil // it does not start, so it does not stop
		return
	}
	now := r.now()
	own := now - begun
	if s, ok := u.impl.(scenario.Starter); ok {
		w.hook(u, "Start", s.Start)
		now = r.now()
		own += w.scope.OwnTime(now)
	}
	u.free(at, now-begun, own)
}

// arrival runs a task that arrived. A new guest runs its start hook first; response
// times count from the arrival all the same.
func (w *worker) arrival(u *user) {
	w.turn = planned
	if u.acts = false; u.impl == nil {
		w.create(u, u.intended)
	}
	if u.impl == nil {
		w.settle(u)
		return
	}
	w.task(u, w.shard.run.now())
	w.shard.wake(w.shard.run.now())
}

// tasks runs the user's task, and those whose time has come when it is over.
func (w *worker) tasks(u *user) {
	w.turn = planned
	for now, due := w.shard.run.now(), true; due; now, due = w.again(u) {
		w.task(u, now)
	}
}

// stop runs the user's stop hook, if it has one.
func (w *worker) stop(u *user) {
	if s, ok := u.impl.(scenario.Stopper); ok {
		w.hook(u, "Stop", func(ctx context.Context) error { return alone(ctx, s.Stop) })
	}
}

// task runs the user's task, now being the current offset.
func (w *worker) task(u *user, now time.Duration) {
	p := w.shard.run.plan
	i := p.phases[p.at(u.intended)].dispatcher.Pick(&u.choice)
	if w.mix == nil {
		w.mix = w.askTasks(u)
	}
	if w.unfit {
		w.settle(u)
		return
	}
	w.rec.Count(record.Started, u.intended, 1)
	w.turn = started
	lag := now - max(u.intended, u.ready) // a user still busy at the intended start is not our lag
	t := measure.Task{
		Intended: u.intended, Own: max(0, u.own-u.intended), Woken: u.intended + lag, Begun: now, User: u.number, Iteration: u.iteration,
	}
	how := record.Unfinished
	if w.scoped(p.tasks[i].Name, w.mix[i].Do, t) {
		how = record.Finished
	}
	w.paid(u, w.shard.run.now())
	w.end(u, how)
}

// paid adds the script's own time in the task that has just ended to the user's: if
// that makes the next one overdue, the target is not to blame. After a think time
// nothing is overdue.
func (w *worker) paid(u *user, now time.Duration) {
	if u.paced && w.turn == started {
		u.own = max(u.own, u.intended) + w.scope.OwnTime(now)
	}
}

// end counts what became of the running task.
func (w *worker) end(u *user, how record.Counter) {
	w.rec.Count(how, u.intended, 1)
	u.iteration++
	w.turn = settled
}

// settle counts a start after the script ended the goroutine, or before its task
// could run: a started task is finished, another one is missed.
func (w *worker) settle(u *user) {
	how := record.Missed
	if w.turn == started {
		how = record.Finished
	}
	w.end(u, how)
}

// hook runs a start or stop hook.
func (w *worker) hook(u *user, name string, do func(context.Context) error) {
	now := w.shard.run.now()
	w.scoped(name, do, measure.Task{Intended: now, Woken: now, Begun: now, User: u.number, Iteration: u.iteration, Hook: true})
}

// scoped runs a part of the script with a Scope and reports whether it came to
// its end before it was cut off.
func (w *worker) scoped(name string, do func(context.Context) error, t measure.Task) (whole bool) {
	r := w.shard.run
	t.Shard, t.Epoch, t.Observer, t.Name = w.rec, r.began, r.observer, name
	ctx, scope := measure.WithScope(w.ctx, t)
	w.scope = scope
	err := errExited // until it has returned
	defer func() { scope.End(err, !whole && w.ctx.Err() != nil) }()
	err = call(ctx, do)
	if whole = w.ctx.Err() == nil; !whole {
		return false
	}
	if kind, _ := kindOf(err); err != nil && (kind == "panic" || !scope.Failed()) {
		w.failed(name, err)
	}
	return true
}

// panicError is a panic in the script.
type panicError struct {
	value any
	stack string // from the script's first line on
}

func (p *panicError) Error() string { return fmt.Sprint(p.value) }

// kindOf is how an error of the script is counted: its kind, and the stack of a panic.
func kindOf(err error) (kind, stack string) {
	if p, ok := err.(*panicError); ok {
		return "panic", p.stack
	}
	return "error", ""
}

// call runs do and turns a panic into an error.
func call(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, scriptStack()}
		}
	}()
	return do(ctx)
}

// readable returns err, or an error that says so if reading err panics, as a nil
// pointer to an error type does.
func readable(err error) (out error) {
	if err == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			out = fmt.Errorf("an error of type %T that panics when it is read: %v", err, p)
		}
	}()
	_, _ = err.Error(), errors.Is(err, errExited)
	return err
}

func (w *worker) failed(where string, err error) {
	kind, stack := kindOf(err)
	w.exception(kind, where+": "+readable(err).Error(), stack)
}

func (w *worker) exception(kind, message, stack string) {
	r := w.shard.run
	r.rec.Exception(kind, message, stack, r.now())
}
