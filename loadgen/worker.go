package loadgen

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist/stream"
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
	err    error           // of the part of the script that ran last, unless it has been seen to
	unfit  bool            // the user in hand has other tasks than the plan: it goes, and the run ends
	leaves bool            // the user in hand leaves for good
	gap    time.Duration   // for which its place then is empty, at least
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
	if u.kind != guest || u.trip != nil { // which has turns in a journey alone
		u.next(w.shard.run.plan, now)
	}
}

// handBack gives the user back, which may have to stop now.
func (w *worker) handBack(u *user) {
	goes, gap := w.unfit || w.leaves, w.gap
	from, refills := time.Duration(0), false
	if w.leaves {
		from, refills = w.shard.run.plan.refills(u, w.shard.run.now())
	}
	w.user, w.mix, w.scope, w.err, w.unfit, w.leaves = nil, nil, nil, nil, false, false
	stop := w.shard.release(u, goes, refills)
	if w.ctx.Err() != nil { // it was cut off; from here on nothing cuts the user off
		w.cancel(nil)
		w.ctx, w.cancel = context.WithCancelCause(w.shard.run.tasks)
	}
	if stop {
		w.stop(u)
	}
	if refills {
		w.shard.refill(u, max(from, w.shard.run.now()+gap))
	}
}

// again plans the user's next turn, and returns the current offset and whether that
// turn's time has come already, so that the worker can continue without the queue.
func (w *worker) again(u *user) (now time.Duration, due bool) {
	r, on := w.shard.run, u.rhythm.On
	now = r.now()
	w.shard.wake(now)
	if w.unfit || w.leaves || u.kind == guest && u.trip == nil {
		return now, false
	}
	u.ready = now
	u.next(r.plan, now)
	w.shard.giveUp(u, now-maxBehind)
	if !u.acts || u.sitsOut() || u.intended > now || u.rhythm.On != on || u.is(leaving) || u.intended >= r.end() || !r.may(now) || r.over() {
		return now, false
	}
	if !r.work.begins(u) {
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
//
// In a matched arm some users are there and others are made: those too are who they would be had they been made before,
// and their tasks draw from the start of the arm's stream.
func (w *worker) create(u *user, at time.Duration) {
	r := w.shard.run
	if r.plan.phases[r.plan.at(at)].replay > 0 && u.isFirst() {
		arm := u.script
		u.script = u.firstScript(r.Seed)
		defer func() { u.script = arm }()
	}
	begun := r.now()
	env := r.plan.env(int(u.of))
	env.User, env.Index, env.Seat, env.Life, env.Data, env.Rand = u.number, int(u.index), int(u.seat), int(u.past())+1, r.data, rand.New(&u.script)
	err := call(w.ctx, func(context.Context) (err error) {
		if u.impl, err = r.plan.kinds[u.of].NewUser(env); err == nil && u.impl == nil {
			err = errNoUser
		}
		return err
	})
	if err != nil {
		u.impl = nil
		w.failed(r.plan.kinds[u.of].task("NewUser"), err)
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
	if u.impl == nil || w.leaves {
		w.settle(u)
		return
	}
	w.task(u, w.shard.run.now())
	w.shard.wake(w.shard.run.now())
	if u.trip != nil {
		u.ready = w.shard.run.now()
		u.next(w.shard.run.plan, u.ready)
	}
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
	i := u.choose(p)
	if w.mix == nil {
		w.mix = w.askTasks(u)
	}
	if w.unfit {
		w.settle(u)
		return
	}
	w.rec.Count(record.Started, u.intended, 1)
	w.turn = started
	next := u.choice                      // as it stands differs in every task of every user, whatever the target does
	lag := now - max(u.intended, u.ready) // a user still busy at the intended start is not our lag
	t := measure.Task{
		Intended: u.intended, Own: max(0, u.own-u.intended), Woken: u.intended + lag, Begun: now,
		Kind: p.kinds[u.of].Name, User: u.number, Iteration: uint64(u.iteration), Draws: next.Uint64(),
	}
	name, do := p.kinds[u.of].tasks[i].Name, w.mix[i].Do
	if x := u.trip; x != nil {
		name, do = p.kinds[u.of].steps[i][x.step], w.mix[i].Steps[x.step].Do
		t.Draws = stream.Mix(t.Draws + x.made)
		x.begin(&t)
	}
	how := record.Unfinished
	if w.scoped(name, do, &t) {
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
	if u.trip != nil || w.err != nil {
		w.conclude(u, how)
	}
	u.iteration++
	w.turn = settled
}

// conclude is what the end of a task or a step means for the user's journey, for its session and for itself.
func (w *worker) conclude(u *user, how record.Counter) {
	err := readable(w.err)
	t := u.trip
	if t == nil {
		w.heed(u, err)
		return
	}
	step := t.journey.Step(t.step)
	switch reason := w.reason(err); {
	case how == record.Missed:
		u.cutTrip(w.rec)
	case how == record.Unfinished:
		t.end(w.shard.run.now())
		u.cutTrip(w.rec)
	default:
		t.end(w.shard.run.now())
		if reason != "" && !step.Optional {
			u.report(w.rec, step.Name+": "+reason)
		} else if err != nil && reason == "" { // it ends the journey, at least
			u.report(w.rec, "")
		}
	}
	u.moveOn(w.rec)
	w.heed(u, err)
}

// reason is the failure reason of a step.
func (w *worker) reason(err error) string {
	if kind, _ := kindOf(err); kind == "panic" {
		return kind
	}
	return measure.Reason(w.ctx, err)
}

// heed does what an error of the script ends.
func (w *worker) heed(u *user, err error) {
	w.err = nil
	sessions := false
	if err != nil {
		_, sessions = w.shard.run.plan.phases[u.pace].legs[u.of].pacer.(scenario.SessionPacer)
	}
	switch {
	case errors.Is(err, scenario.Leave):
		w.rec.Count(record.Left, w.shard.run.now(), 1)
		w.leaves, w.gap = true, renewalGap
	case !errors.Is(err, scenario.EndSession):
	case u.kind == guest:
		u.trip = nil
	case u.kind == session:
		w.leaves = true
	default:
		u.sits = sessions && u.rhythm.On
	}
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
	next := u.script // as it stands it differs between the users of a place, and is alike in matched arms
	defer func() { w.err = nil }()
	w.scoped(name, do, &measure.Task{
		Intended: now, Woken: now, Begun: now, Kind: w.shard.run.plan.kinds[u.of].Name, User: u.number, Iteration: uint64(u.iteration),
		Draws: stream.Mix(next.Uint64()), Hook: true,
	})
	if name == "Start" {
		w.heed(u, readable(w.err))
		if kind := &w.shard.run.plan.kinds[u.of]; w.leaves && kind.Renew && u.kind == resident {
			w.gap = unpacedRest
			w.failed(kind.task(name), errEarly)
		}
	}
}

// scoped runs a part of the script with a Scope and reports whether it came to
// its end before it was cut off.
func (w *worker) scoped(name string, do func(context.Context) error, t *measure.Task) (whole bool) {
	r := w.shard.run
	t.Shard, t.Epoch, t.Observer, t.Name = w.rec, r.epoch(), r.observer, name
	ctx, scope := measure.WithScope(w.ctx, *t)
	w.scope = scope
	err := errExited // until it has returned
	w.err = err
	defer func() { scope.End(err, !whole && w.ctx.Err() != nil) }()
	err = call(ctx, do)
	if w.err = err; err != nil && !measure.IsFailure(readable(err)) {
		err = nil
	}
	if whole = w.ctx.Err() == nil; !whole {
		return false
	}
	if kind, _ := kindOf(err); err != nil && (kind == "panic" || !scope.Failed()) {
		w.failed(t.String(), err)
	}
	return true
}

func (w *worker) failed(where string, err error) {
	kind, stack := kindOf(err)
	w.exception(kind, where+": "+readable(err).Error(), stack)
}

func (w *worker) exception(kind, message, stack string) {
	r := w.shard.run
	r.rec.Exception(kind, message, stack, r.now())
}
