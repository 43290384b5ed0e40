package loadgen

import (
	"cmp"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/loadgen/internal/crowd"
	"github.com/gensim/load-generator/phase"
)

// crewLead is how long before its instant a change of the level or an arrival is
// queued. The shards carry it out at the instant; the crew need not be punctual.
const crewLead = 5 * time.Millisecond

// crew adds and removes users as the plan says: the level one user at a time, and
// open arrivals. One goroutine owns it, so that users get their numbers in
// the order of the plan.
type crew struct {
	run    *run
	share  Share               // of the users and arrivals, that this process makes
	crowd  *crowd.Crowd[*user] // nil: another process's user
	orders orders              // by hand
	ramped atomic.Int64        // offset at which the ramp in progress ends, as a time.Duration; or asPlanned
}

// asPlanned is the value of crew.ramped while the level follows the stages of a phase.
const asPlanned = -1

// target is a level to reach, and how fast.
type target struct {
	users int
	rate  float64
}

func newCrew(r *run) *crew {
	c := &crew{run: r, orders: orders{added: make(chan struct{}, 1)}}
	c.deal(r.share)
	c.ramped.Store(int64(phase.Forever)) // spawning, until the first ramp is known
	return c
}

// walk carries out the schedule until the run ends.
func (c *crew) walk() {
	for i := range c.run.plan.phases {
		if !c.phase(i) {
			return
		}
	}
}

// deal sets the share that this process makes, before the crew walks.
func (c *crew) deal(s Share) {
	c.share = s
	c.crowd = crowd.New[*user](len(c.run.plan.kinds), c.run.plan.departureStream(), s.Of > 1)
}

// phase carries out the steps and arrivals of phase i in the order of time.
// It returns false when the run is over.
func (c *crew) phase(i int) bool {
	p, l := c.run.Schedule[i], c.run.plan.phases[i]
	steps := c.begin(i)
	step, delta := steps.Next()
	swaps := 0
	arrivals := c.run.plan.dealer(i)
	for {
		swap := phase.Forever
		if c.crowd.Pending() > 0 {
			swap = steps.Swap(swaps)
		}
		at := min(step, swap, arrivals.at, l.end)
		c.run.work.follows(i == len(c.run.plan.phases)-1 && at == l.end)
		switch o, what := c.wait(at); {
		case what == runEnded:
			return false
		case what == ordered && o.lost != nil:
			c.take(o.at, o.lost)
		case what == ordered && o.at > 0 && o.at < l.start:
			// it came late, and the level has been the schedule's again since
		case what == ordered:
			steps = c.ramp(cmp.Or(o.at, c.run.now()), o.target)
			step, delta = steps.Next()
			swaps = 0
		case at == l.end:
			return true
		case at == step:
			c.step(delta, at)
			step, delta = steps.Next()
		case at == swap:
			c.swap(at)
			swaps++
		case !c.giveUp(i, arrivals):
			c.arrive(at, arrivals.next(), p.Arrivals.Session)
		}
	}
}

// begin starts what phase i does to the level.
func (c *crew) begin(i int) *phase.Steps {
	c.crowd.Follow(c.run.plan.order(i))
	p := &c.run.Schedule[i]
	if p.Stages == nil {
		return c.ramp(c.run.plan.phases[i].start, target{p.Users, p.SpawnRate})
	}
	c.ramped.Store(asPlanned)
	return c.run.Schedule.Steps(i, c.crowd.Users())
}

// ramp starts a ramp from the current level. Once it is over, users are exchanged for those of other
// kinds where the shares have changed, at the same rate.
func (c *crew) ramp(at time.Duration, o target) *phase.Steps {
	r := phase.Ramp{From: c.crowd.Users(), At: at, To: o.users, Rate: o.rate}
	c.ramped.Store(int64(max(at, r.StepAt(r.Len()+c.crowd.After(o.users)-1))))
	return r.Steps()
}

// wake is why a wait is over.
type wake uint8

const (
	timeCame wake = iota // the time came
	ordered              // something is asked for by hand
	runEnded             // the run ended
)

// wait waits until shortly before offset t. The time of what the plan has before
// the end of the run has come even if the crew gets there after the end: the
// shards count it as missed.
func (c *crew) wait(t time.Duration) (order, wake) {
	for {
		turn := c.run.turned.next() // before the clock is read
		next := min(t, c.orders.next())
		var timer <-chan time.Time
		if next != phase.Forever {
			d := next - crewLead - c.run.now()
			if d <= 0 {
				return c.poll(t)
			}
			timer = time.After(c.run.paced.local(d))
		}
		select {
		case <-timer:
		case <-turn:
		case <-c.orders.added:
		case <-c.run.ended:
			return order{}, c.afterEnd(t)
		}
	}
}

// afterEnd is the wake of offset t once the run has ended.
func (c *crew) afterEnd(t time.Duration) wake {
	if t < c.run.clock() {
		return timeCame
	}
	return runEnded
}

// poll is wait for an offset, of the plan or of an order, that has come.
func (c *crew) poll(t time.Duration) (order, wake) {
	if o, ok := c.orders.take(min(t, c.run.now()+crewLead)); ok {
		return o, ordered
	}
	if c.run.over() {
		return order{}, c.afterEnd(t)
	}
	return order{}, timeCame
}

// arrive queues an arrival at the next shard, unless it is another process's.
func (c *crew) arrive(at time.Duration, x arrival, isSession bool) {
	place, ok := crowd.Place{}, true
	if isSession {
		place, ok = c.planned(c.crowd.Arrive(x.kind))
	}
	if !c.share.has(x.deal) {
		return
	}
	s := c.run.shard((x.deal - 1) / c.share.processes())
	e := event{at: at, n: x.n, kind: evArrive, of: uint8(x.kind)}
	if isSession {
		if !ok {
			s.miss(at, 1)
			return
		}
		e.user = c.run.newUser(place, s, session)
		if c.run.plan.phases[c.run.plan.at(at)].replay > 0 {
			e.user.origin = x.n + 1 // the same streams in each matched arm
		}
	}
	c.run.work.joins()
	s.push(e)
}

// step adds or removes one user.
func (c *crew) step(delta int, at time.Duration) {
	if delta < 0 {
		leave(c.crowd.Leave(), at)
		return
	}
	c.bring(c.crowd.Join(), at)
}

// swap exchanges a user for one of another kind.
func (c *crew) swap(at time.Duration) {
	u, place := c.crowd.Swap()
	leave(u, at)
	c.bring(place, at)
}

// leave lets a user leave at an offset; nil is another process's.
func leave(u *user, at time.Duration) {
	if u != nil {
		u.shard.push(event{at: at, user: u, kind: evLeave})
	}
}

// bring puts a user who joins at an offset into the crowd.
func (c *crew) bring(p crowd.Place, at time.Duration) {
	var u *user
	if c.share.has(p.Deal()) {
		u = c.join(p, at)
	}
	c.crowd.Put(p, u)
}

// join makes a user of the plan join at an offset; nil if there is no number for it.
func (c *crew) join(p crowd.Place, at time.Duration) *user {
	s := c.run.shard((p.Deal() - 1) / c.share.processes())
	p, ok := c.planned(p)
	if !ok {
		return nil
	}
	u := c.run.newUser(p, s, resident)
	c.run.work.joins()
	s.push(event{at: at, user: u, kind: evJoin})
	return u
}

// take lets the users of lost processes that are now this one's join at an offset, anew.
func (c *crew) take(at time.Duration, lost []int) {
	c.share.Lost = lost
	c.crowd.All(func(p crowd.Place, u **user) {
		if *u == nil && c.share.has(p.Deal()) {
			*u = c.join(p, at)
		}
	})
}

// planned is a place with the number that its user has in the run. Where an int has 32 bits they
// end after a billion users, and the run with them.
func (c *crew) planned(p crowd.Place) (crowd.Place, bool) {
	n := plannedNumber(p.User)
	if n > math.MaxInt {
		c.run.abort(fmt.Errorf("%w: %d users have come, and a 32-bit program has no number for another one", ErrAborted, p.User-1))
		return p, false
	}
	p.User = n
	return p, true
}

// shard is the n-th shard, in turn.
func (r *run) shard(n uint64) *shard { return r.shards[n%uint64(len(r.shards))] }
