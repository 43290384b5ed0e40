package loadgen

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Member is a process's share of a run that several make together. It runs no hooks, no
// Guard and no Decide, and calls no Watch and no BeginPhase: these are its coordinator's. All methods are
// safe for concurrent use.
type Member struct {
	run  *run
	down atomic.Bool // all users are
}

// Member works out the plan of the whole run and this process's share of it. A Runner makes one
// Member at a time for each share.
func (r Runner) Member(s Share) (*Member, error) {
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("loadgen: %w", err)
	}
	r.Guard, r.Watch, r.BeginPhase, r.Fleet, r.SetUp, r.TearDown = nil, nil, nil, nil, nil, nil
	r.Looks, r.Decide = nil, nil
	x, err := newRun(r)
	if err != nil {
		return nil, err
	}
	if err := x.plan.divides(s.processes()); err != nil {
		return nil, fmt.Errorf("loadgen: %w", err)
	}
	x.share = s
	x.crew.deal(s)
	x.until.Store(int64(phase.Forever))
	x.paced = newSteered(Line{Since: time.Now(), At: -time.Hour}) // before the start
	return &Member{run: x}, nil
}

// Plan is the plan of the whole run.
func (m *Member) Plan() *Plan { return m.run.plan }

// Run makes the share of the load from offset 0 of a clock on, which lies in the future, to
// the end of the schedule, Stop, or the end of ctx. It returns when all users are down; Take
// then returns what is left to take. It is called once. An error wraps ErrStopped, where ctx ended first, or says
// why a user was refused.
func (m *Member) Run(ctx context.Context, clock Line) error {
	r := m.run
	ctx, done := r.open(ctx)
	defer done()
	r.paced.correct(clock)
	r.mu.Lock()
	r.began = time.Now().Add(-clock.offset(time.Now()))
	r.mu.Unlock()
	r.beginObserver()
	end, timely := r.load(ctx)
	m.down.Store(true)
	if r.observer != nil {
		r.safely("Observer", func() { r.observer.EndRun(r.summary(end)) })
	}
	return r.outcome(ctx, end, timely)
}

// SetData is what Env.Data will be, if called before Run.
func (m *Member) SetData(data []byte) { m.run.data = data }

// Now is the offset; below 0 before the start.
func (m *Member) Now() time.Duration { return m.run.now() }

// Correct changes the clock. Where the new line is behind, the offset stands still until
// that has caught up; where it is ahead, the offset jumps.
func (m *Member) Correct(clock Line) {
	m.run.paced.correct(clock)
	m.run.look()
}

// Until lets nothing start after an offset, until a later one is given: what is due waits. Where this process was
// stopped for so long that others make its share, it so starts nothing when it continues, before anything else could end it.
func (m *Member) Until(at time.Duration) {
	r := m.run
	if before := time.Duration(r.until.Swap(int64(at))); before < r.now() && before < at {
		r.look()
	}
}

// look makes everything that waits look at the clock and at the end again.
func (r *run) look() {
	r.turned.turn()
	for _, s := range r.shards {
		s.look()
	}
}

// Scale changes the level by hand at an offset of the future. What Scale and Reassign ask for comes in the
// order of the offsets, and of the calls where these are equal. It returns how late it came, 0 if in time: what the level did meanwhile by the plan is then not
// undone.
func (m *Member) Scale(at time.Duration, users int, rate float64) (late time.Duration) {
	m.run.crew.orders.add(order{at: max(1, at), target: target{users, rate}})
	return max(0, m.run.now()+crewLead-at)
}

// Reassign gives the users and arrivals of lost shares to the others from an offset of the
// future on. lost holds all that are lost, and not this
// one. The users begin anew; from the start of a matched arm on they do exactly what was planned.
func (m *Member) Reassign(at time.Duration, lost []int) (late time.Duration) {
	m.run.crew.orders.add(order{at: max(1, at), lost: append([]int{}, lost...)})
	return max(0, m.run.now()+crewLead-at)
}

// Reset waits for an offset and zeroes the figures there, unless the run ends first; see
// record.Recorder.Reset.
func (m *Member) Reset(at time.Duration) {
	if m.run.sleepUntil(at, m.run.ended) {
		m.run.rec.Reset(at)
	}
}

// Stop ends the run at an offset; at once if that has passed. Only the first call counts.
func (m *Member) Stop(at time.Duration) {
	m.run.endAt(at)
}

// endAt ends the run at an offset, unless it ends before.
func (r *run) endAt(at time.Duration) {
	if end := r.end(); at < end && r.planned.CompareAndSwap(int64(end), int64(max(0, at))) {
		r.rec.End(max(0, at))
		r.look()
	}
}

// Take returns what was measured since the last Take.
func (m *Member) Take() *record.Delta {
	m.run.countRest()
	return m.run.rec.Take()
}

// MemberState is how a Member is now.
type MemberState struct {
	Users, On int  // running, and those of them that are ON
	Spawning  bool // the users are on their way
	Done      bool // the last phase has no work left for them: see phase.Phase.Iterations
	Health    report.Health
}

// State is how the Member is now.
func (m *Member) State() MemberState {
	r := m.run
	s := MemberState{Health: r.health()}
	if !m.down.Load() {
		s.Users, s.On = r.present()
		s.Spawning = !r.over() && r.spawning(r.clock())
		s.Done = r.work.done() && r.crew.orders.next() == phase.Forever
	}
	return s
}
