package loadgen

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/record"
)

// life is where a user is in its life. The methods of user in this file are the
// only ways from one stage to another; each panics where the table has no row
// for it. They keep the counts of users, of ON users and of arrivals in flight.
//
//	stage    method  next     when
//	absent   join    busy     the plan or an arrival brings it in, a worker has it
//	absent   leave   gone     a command takes it back before it has joined
//	busy     rest    idle     its part of the script is over, its next turn is queued
//	busy     depart  absent   a guest's task is over, and the next one brings it back; or a user left for good whose place is filled again
//	idle     depart  absent   a guest has sat out the rest of its journey
//	busy     leave   leaving  its running task may end within the stop timeout
//	busy     end     gone     it cannot be made, leaves by itself, or its tasks are not the plan's
//	idle     act     busy     its turn has come and runs a task
//	idle     leave   gone     the plan or a command takes it out
//	idle     end     gone     its session is over
//	leaving  end     gone     its task is over
//	gone     leave   gone     the plan takes out one that has ended already
//
// The end of the run ends no life: users who are busy come to rest, and the stop
// hooks of all who are idle or absent run.
type life struct {
	stage atomic.Uint32 // written under the shard's lock; a worker reads it without
	on    bool          // it is counted in run.on
	rests bool          // it has no work until the next phase: it is counted in work.rested
}

// stage is a stage of a life, or several: each is a bit.
type stage uint32

const (
	absent stage = 1 << iota
	busy
	idle
	leaving
	gone

	present = busy | idle // counted in run.users
)

// is reports whether the user is in one of some stages.
func (u *user) is(any stage) bool { return stage(u.life.stage.Load())&any != 0 }

// join brings the user in: a worker gets it.
func (u *user) join() { u.become(busy, absent) }

// act has the user run a task: a worker gets it.
func (u *user) act() { u.become(busy, idle) }

// rest puts the user between two turns.
func (u *user) rest() { u.become(idle, busy) }

// depart parks a guest until another task arrives, or a place until it is filled again.
func (u *user) depart() { u.become(absent, busy|idle) }

// leave takes the user out: at once, or after its running task.
func (u *user) leave() {
	if u.is(busy) {
		u.become(leaving, busy)
	} else {
		u.become(gone, absent|idle|gone)
	}
}

// end ends the life of a user.
func (u *user) end() { u.become(gone, busy|idle|leaving) }

// become changes the stage from one of some to another.
func (u *user) become(next, from stage) {
	before := stage(u.life.stage.Load())
	if before&from == 0 {
		panic(fmt.Sprintf("loadgen: user %d cannot go from stage %b to %b", u.number, before, next))
	}
	u.life.stage.Store(uint32(next))
	if next == gone && before != gone && u.kind == resident && u.shard.run.work != nil {
		u.shard.run.work.gone(u)
	}
	switch {
	case before&present == 0 && next&present != 0:
		u.shard.run.users.Add(1)
	case before&present != 0 && next&present == 0:
		u.uncount()
	}
}

// uncount takes the user out of the counts of users, ON users and arrivals in
// flight.
func (u *user) uncount() {
	r := u.shard.run
	r.users.Add(-1)
	if u.life.on {
		u.life.on = false
		r.on.Add(-1)
	}
	if u.kind != resident {
		r.inFlight.Add(-1)
		r.work.parts()
	}
}

// countOn keeps the number of ON users, for a present user whose rhythm no
// worker changes.
func (u *user) countOn() {
	if u.rhythm.On == u.life.on {
		return
	}
	u.life.on = !u.life.on
	if u.life.on {
		u.shard.run.on.Add(1)
	} else {
		u.shard.run.on.Add(-1)
	}
}

// work is how much of it the phases of a run have, where that has an end. A nil work has no end. Safe for concurrent
// use.
type work struct {
	run *run

	mu     sync.Mutex
	alive  int           // users that have come, or are on their way, and have not gone, and arrivals that are not over
	all    bool          // no one else will come in the last phase, by the plan
	begun  []int         // tasks and journeys of residents, by phase
	rested []int         // residents without work, by phase
	since  []int64       // the sum of the offsets from which on they have none, in µs, by phase; less the times of those who went
	told   []int64       // what of their rest is counted, in ms, by phase
	made   map[*user]int // begun by each in the latest phase in which one was begun
	of     int           // which is this one
}

func newWork(r *run) *work {
	if r.Fleet != nil || !slices.ContainsFunc(r.Schedule, hasEnd) {
		return nil
	}
	n := len(r.Schedule)
	return &work{run: r, begun: make([]int, n), rested: make([]int, n), since: make([]int64, n), told: make([]int64, n), made: map[*user]int{}}
}

// hasEnd reports whether the work of a phase has an end.
func hasEnd(p phase.Phase) bool { return p.Iterations > 0 || p.UserIterations > 0 }

// begins takes a task or a journey for the user's turn, or the next step of the one in progress, and reports whether
// there was one left.
func (w *work) begins(u *user) bool {
	if w == nil || u.trip != nil || u.kind != resident {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	i := w.run.plan.at(u.intended)
	if w.none(u, i) {
		return false
	}
	if w.begun[i]++; i == w.of {
		w.made[u]++
	}
	if w.begun[i] == w.limit(i) { // those who think rest, too
		at := w.run.now()
		w.run.workers.Go(func() {
			for _, s := range w.run.shards {
				s.push(event{at: at, kind: evRest})
			}
		})
	}
	return true
}

// none reports whether there is no work left for a user in phase i. The caller holds the lock.
func (w *work) none(u *user, i int) bool {
	if i > w.of {
		w.of = i
		clear(w.made)
	}
	p := &w.run.Schedule[i]
	return p.Iterations > 0 && w.begun[i] >= w.limit(i) || p.UserIterations > 0 && i == w.of && w.made[u] >= p.UserIterations
}

// limit is this process's part of the iterations of phase i.
func (w *work) limit(i int) int { return w.run.share.part(w.run.Schedule[i].Iterations) }

// rest lets an idle user rest until the next phase if there is no work left for it.
func (w *work) rest(u *user) {
	if w == nil || u.trip != nil || u.life.rests || u.kind != resident {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	i := w.run.plan.at(u.intended)
	if i != w.run.plan.at(w.run.now()) || !w.none(u, i) { // a turn after the border is the next phase's
		return
	}
	u.intended, u.acts, u.life.rests = w.run.plan.phases[i].end, false, true
	w.rested[i]++
	w.since[i] += w.run.now().Microseconds()
	w.look()
}

// wakes says that a user who rested has its next turn.
func (w *work) wakes(u *user) {
	if w != nil {
		u.life.rests = false
	}
}

// joins says that a user will join, or a task arrive.
func (w *work) joins() {
	if w != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.alive++
	}
}

// parts says that an arrival is over, or was dropped.
func (w *work) parts() {
	if w != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.alive--
		w.look()
	}
}

// gone says that a user has gone.
func (w *work) gone(u *user) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.alive--
	delete(w.made, u)
	if u.life.rests {
		i := w.run.plan.at(u.intended - 1)
		w.rested[i]--
		w.since[i] -= min(w.run.now(), w.run.plan.phases[i].end).Microseconds()
	}
	w.look()
}

// follows says whether the plan is such that no one else will come.
func (w *work) follows(all bool) {
	if w != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.all = all
		w.look()
	}
}

// countRest adds to the figures how long users have had no work, up to now.
func (r *run) countRest() {
	w := r.work
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := r.clock()
	for i, l := range r.plan.phases {
		if w.rested[i] == 0 && w.since[i] == 0 {
			continue
		}
		rested := (int64(w.rested[i])*min(now, l.end).Microseconds() - w.since[i]) / 1000
		if more := rested - w.told[i]; more > 0 {
			r.shards[0].rec.Count(record.Rested, min(now, l.end-1), more)
			w.told[i] = rested
		}
	}
}

// done reports whether the last phase has no work left.
func (w *work) done() bool {
	if w == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.isDone()
}

// isDone is done for a caller who holds the lock.
func (w *work) isDone() bool {
	last := len(w.rested) - 1
	return w.all && w.rested[last] == w.alive && hasEnd(w.run.Schedule[last])
}

// look ends the run when its last phase has no work left; of a Member's its coordinator does. The caller holds the
// lock.
func (w *work) look() {
	if w.run.paced == nil && w.isDone() && !w.run.over() {
		at := w.run.now()
		w.run.workers.Go(func() { w.run.endAt(at) })
	}
}
