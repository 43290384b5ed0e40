package loadgen

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gensim/load-generator/loadgen/internal/alarm"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// maxIdle is how many idle workers a shard keeps, maxFresh how many it hires
// without releasing the lock.
const (
	maxIdle  = 1024
	maxFresh = 32
)

// shard owns a part of the users: their queue, the loop that wakes them and
// the workers that run their tasks.
type shard struct {
	run   *run
	rec   *record.Shard
	alarm alarm.Alarm

	mu     sync.Mutex
	queue  queue
	armed  atomic.Int64  // when the next event is due, a time.Duration; written under mu or by who rings the alarm
	soon   time.Duration // when it may ring next, by the run's slack
	tidied int           // length of the queue when it was last cleared of who is gone
	idle   []*worker
	guests [][]*user // without a task, by kind
	stayed []*user   // who were there when the run ended
	hired  int
	fresh  int // of them since the loop last let go of the lock
	closed bool
	end    time.Duration // of the run, once closed
}

func newShard(r *run, i int) *shard {
	s := &shard{run: r, rec: r.rec.Shard(i), guests: make([][]*user, len(r.plan.kinds))}
	s.armed.Store(int64(phase.Forever))
	for j, l := range r.plan.phases {
		if j > 0 && slices.ContainsFunc(l.legs, func(x leg) bool { return x.pace == j }) {
			s.queue.push(event{at: l.start, kind: evSweep})
		}
	}
	return s
}

// loop handles the events of the queue in time until the shard is closed.
func (s *shard) loop() {
	s.mu.Lock()
	s.alarm = alarm.New()
	defer s.alarm.Close()
	for s.handleDue() {
		s.mu.Unlock()
		s.alarm.Wait()
		s.mu.Lock()
	}
	s.mu.Unlock()
}

// handleDue handles every event that is due, sets the alarm for the next one
// and reports whether the shard is still open.
func (s *shard) handleDue() bool {
	now := s.run.now()
	for !s.closed && len(s.queue) > 0 && s.queue[0].at <= now && s.run.may(now) {
		s.handle(s.queue.pop())
		s.soon = now + s.run.Slack
		if s.fresh >= maxFresh {
			s.breathe()
		}
	}
	s.armed.Store(int64(phase.Forever))
	if len(s.queue) > 0 && s.run.may(now) { // else Member.Until wakes the loop
		s.arm(s.queue[0].at)
	}
	return !s.closed
}

// breathe releases the lock during a burst so that workers can return: a burst
// that holds it to the end hires one worker for each user.
func (s *shard) breathe() {
	s.fresh = 0
	s.mu.Unlock()
	runtime.Gosched()
	s.mu.Lock()
}

func (s *shard) arm(due time.Duration) {
	s.armed.Store(int64(due))
	ring := due
	if due > s.soon-s.run.Slack { // not due at the last wake-up already: then it has had its slack
		ring = max(due, s.soon)
	}
	s.alarm.Set(s.run.paced.local(ring - s.run.now()))
}

// maxAlarmDelay is how late an alarm may be before workers ring it: a few times
// what a process with an idle processor needs.
const maxAlarmDelay = 100 * time.Microsecond

// wake rings the alarm if it is late at now. Workers call it between tasks: while
// all of them are busy, nothing polls epoll.
func (s *shard) wake(now time.Duration) {
	armed := s.armed.Load()
	if now-s.run.Slack-maxAlarmDelay > time.Duration(armed) && s.armed.CompareAndSwap(armed, int64(phase.Forever)) {
		s.alarm.Ring()
	}
}

// push adds an event, from any goroutine but the loop's.
func (s *shard) push(e event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushLocked(e)
}

func (s *shard) pushLocked(e event) {
	if s.closed {
		s.missQueued(e)
		return
	}
	s.queue.push(e)
	if e.at < time.Duration(s.armed.Load()) && s.alarm != nil {
		s.arm(e.at)
	}
}

func (s *shard) handle(e event) {
	u := e.user
	switch {
	case e.kind == evSweep:
		s.sweep(e.at)
	case e.kind == evRest:
		s.restAll()
	case e.kind == evLeave:
		s.leave(u, e.at)
	case e.kind == evKill:
		if u.is(leaving) {
			u.worker.cancel(errCutOff)
		}
	case e.at >= s.run.end(): // the loop was faster than the end of the run
		if e.kind == evTurn && u.is(idle) {
			u.cutTrip(s.rec)
			s.stayed = append(s.stayed, u)
		}
	case e.kind == evArrive:
		s.arrive(e)
	case u.is(gone):
	case e.kind == evJoin:
		s.join(u, e.at)
	case u.acts && u.sitsOut():
		s.sitOut(u)
	case u.acts && !s.run.work.begins(u):
		s.run.work.rest(u)
		s.wait(u)
	case u.acts:
		s.rec.Count(record.Planned, e.at, 1)
		u.act()
		s.dispatch(u, (*worker).tasks)
	case u.kind == session:
		u.cutTrip(s.rec)
		u.end()
		s.stopLater(u)
	default:
		s.run.work.wakes(u)
		u.next(s.run.plan, e.at)
		s.wait(u)
	}
}

// join starts a user. Its rhythm begins now, its tasks after its start hook.
func (s *shard) join(u *user, at time.Duration) {
	u.join()
	u.ready = at
	u.begin(&s.run.plan.phases[s.run.plan.at(at)], at)
	u.countOn()
	s.dispatch(u, (*worker).start)
}

// tidyThreshold is how long the queue may be before users that are gone are removed
// from it.
const tidyThreshold = 1024

// leave removes a user; a running task may end within the stop timeout.
func (s *shard) leave(u *user, at time.Duration) {
	was := u.is(present)
	u.leave()
	if !was {
		return
	}
	if len(s.queue) > max(tidyThreshold, 2*s.tidied) {
		s.queue.tidy()
		s.tidied = len(s.queue)
	}
	switch {
	case u.is(gone):
		u.cutTrip(s.rec)
		s.stopLater(u)
	case s.run.StopTimeout == 0:
		u.worker.cancel(errCutOff)
	default:
		s.queue.push(event{at: at + min(s.run.StopTimeout, phase.Forever-at), user: u, kind: evKill})
	}
}

// stopLater has the stop hook of a user run, if it has one.
func (s *shard) stopLater(u *user) {
	if _, ok := u.impl.(scenario.Stopper); ok {
		s.dispatch(u, (*worker).stop)
	}
}

// wait queues the next turn of an idle user, on the loop.
func (s *shard) wait(u *user) {
	u.countOn()
	s.queue.push(event{at: u.intended, user: u, kind: evTurn})
}

// sweep puts every resting user into the stationary state of the new phase's
// pacer; a user with a task running follows when the task is over.
func (s *shard) sweep(at time.Duration) {
	now := s.run.plan.at(at)
	l := &s.run.plan.phases[now]
	for i := range s.queue {
		e := &s.queue[i]
		if e.kind != evTurn || e.user.is(gone) || e.user.kind != resident || l.legs[e.user.of].pace != now {
			continue
		}
		s.run.work.wakes(e.user)
		e.user.enter(l, at)
		e.at = e.user.intended
		e.user.countOn()
	}
	s.queue.fix()
}

// restAll lets every user that is idle rest for whom there is no work left.
func (s *shard) restAll() {
	for i := range s.queue {
		if e := &s.queue[i]; e.kind == evTurn && e.user.is(idle) {
			s.run.work.rest(e.user)
			e.at = e.user.intended
		}
	}
	s.queue.fix()
}

// dispatch hands a user to a worker, and what the worker is to do for it.
func (s *shard) dispatch(u *user, do func(*worker, *user)) {
	var w *worker
	if n := len(s.idle); n > 0 {
		w, s.idle = s.idle[n-1], s.idle[:n-1]
	} else {
		w = s.hire()
	}
	u.worker = w
	w.jobs <- job{u, do}
}

// hire starts a worker.
func (s *shard) hire() *worker {
	s.hired++
	s.fresh++
	w := &worker{shard: s, jobs: make(chan job, 1), rec: s.run.rec.Shard(s.hired)}
	w.ctx, w.cancel = context.WithCancelCause(s.run.tasks)
	s.run.workers.Go(w.work)
	return w
}

// release takes a user back from its worker; one that goes has no further turn, and its place may be filled
// again. It reports whether the user's stop hook is to run now.
func (s *shard) release(u *user, goes, refills bool) (stop bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.worker = nil
	switch {
	case u.is(gone): // its stop hook has run
	case u.is(leaving), goes:
		u.cutTrip(s.rec)
		if refills && !u.is(leaving) && !s.closed {
			u.depart()
		} else {
			u.end()
		}
		return u.impl != nil
	case u.impl == nil: // it could not be made
		u.end()
	case s.closed:
		u.rest()
		s.giveUp(u, s.end)
		u.cutTrip(s.rec)
		s.stayed = append(s.stayed, u)
	case u.kind == guest && u.trip == nil:
		u.depart()
		s.guests[u.of] = append(s.guests[u.of], u)
	default:
		u.rest()
		s.run.work.rest(u)
		u.countOn()
		s.pushLocked(event{at: u.intended, user: u, kind: evTurn})
	}
	return false
}

// renewalGap is how long a place is empty whose user left for good: users who leave at once must not starve the others.
const renewalGap = time.Millisecond

// refill lets the place of one who has left for good be filled at an offset, unless the plan takes the place away
// before.
func (s *shard) refill(u *user, at time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && u.is(absent) {
		u.refill()
		s.pushLocked(event{at: at, user: u, kind: evJoin})
	}
}

// park keeps a worker for the next task; false sends it home.
func (s *shard) park(w *worker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.idle) >= maxIdle {
		return false
	}
	s.idle = append(s.idle, w)
	return true
}

// look makes the loop look at the clock, which was corrected.
func (s *shard) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alarm != nil && !s.closed {
		s.alarm.Set(0)
	}
}

// close ends the loop at the end of the run and sends idle workers home. What
// was due before the end and came to nothing is missed.
func (s *shard) close(end time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.end = true, end
	s.stayed = append(s.stayed, slices.Concat(s.guests...)...)
	for _, e := range s.queue {
		s.missQueued(e)
		if e.kind == evTurn && e.user.is(idle) {
			e.user.cutTrip(s.rec)
			s.stayed = append(s.stayed, e.user)
		}
	}
	for _, w := range s.idle {
		close(w.jobs)
	}
	s.idle = nil
	if s.alarm != nil {
		s.alarm.Set(0)
	}
}

// stopHooks is how many stop hooks a shard runs at once at the end of the run.
const stopHooks = 32

// runStopHooks runs the stop hooks of the users that stayed to the end.
func (s *shard) runStopHooks(ctx context.Context) {
	var g errgroup.Group
	g.SetLimit(stopHooks)
	for _, u := range s.stayed {
		if _, ok := u.impl.(scenario.Stopper); ok {
			w := &worker{shard: s, rec: s.rec, ctx: ctx}
			g.Go(func() error { w.stop(u); return nil })
		}
	}
	_ = g.Wait() // no hook returns an error
}
