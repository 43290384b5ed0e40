package loadgen

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/phase"
)

// ahead is how long before its instant a change of the level or an arrival is
// put into the queues. The shards carry it out at the instant; the crew itself
// need not be punctual.
const ahead = 5 * time.Millisecond

// crew brings users in and out as the plan says: the level one user at a time,
// and open arrivals. One goroutine owns it, so that users get their numbers in
// the order of the plan.
type crew struct {
	run    *run
	active []*user
	order  *rand.Rand   // picks who leaves
	born   uint64       // users numbered so far
	orders chan order   // levels asked for by hand
	level  atomic.Int64 // that the ramp in progress is to reach
	ramped atomic.Int64 // offset at which it does, as a time.Duration
}

// order is a level asked for while the run goes on.
type order struct {
	users int
	rate  float64
}

func newCrew(r *run) *crew {
	c := &crew{run: r, order: r.plan.victims(), orders: make(chan order, 1)}
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

// phase carries out the steps and arrivals of phase i in the order of time.
// False says that the run is over.
func (c *crew) phase(i int) bool {
	p, l := c.run.Schedule[i], c.run.plan.phases[i]
	ramp, k := c.ramp(l.start, order{p.Users, p.SpawnRate}), 0
	arrivals := c.run.plan.arrivals(i)
	arrival, n := c.next(i, arrivals), uint64(0)
	for {
		step := phase.Forever
		if k < ramp.Len() {
			step = ramp.StepAt(k)
		}
		at := min(step, arrival, l.end)
		switch o, what := c.wait(at); {
		case what == over:
			return false
		case what == ordered:
			ramp, k = c.ramp(c.run.now(), o), 0
		case at == l.end:
			return true
		case at == step:
			c.step(ramp.Delta(), at)
			k++
		default:
			if late := c.giveUp(i, at, arrivals); late > 0 {
				n += uint64(late)
				if p.Arrivals.Session {
					c.born += uint64(late) // the plan has them, so they have their numbers
				}
			} else {
				c.arrive(at, n, p.Arrivals.Session)
				n++
			}
			arrival = c.next(i, arrivals)
		}
	}
}

// ramp begins a ramp from the level that is reached.
func (c *crew) ramp(at time.Duration, o order) phase.Ramp {
	r := phase.Ramp{From: len(c.active), At: at, To: o.users, Rate: o.rate}
	c.level.Store(int64(o.users))
	c.ramped.Store(int64(max(at, r.End())))
	return r
}

// wake is why a wait is over.
type wake uint8

const (
	due     wake = iota // the time came
	ordered             // somebody asks for another level
	over                // the run ended
)

// wait waits until shortly before offset t. What the plan has before the end of
// the run is due also when the crew comes to it after the end: the shards count
// it as missed.
func (c *crew) wait(t time.Duration) (order, wake) {
	var timer <-chan time.Time
	if t != phase.Forever {
		d := t - ahead - c.run.now()
		if d <= 0 {
			return c.hurry(t)
		}
		timer = time.After(d)
	}
	select {
	case <-timer:
		return order{}, due
	case o := <-c.orders:
		return o, ordered
	case <-c.run.ended:
		return order{}, c.afterwards(t)
	}
}

// afterwards says what offset t is when the run has ended.
func (c *crew) afterwards(t time.Duration) wake {
	if t < c.run.clock() {
		return due
	}
	return over
}

// hurry does not wait, but sees what else there is to do.
func (c *crew) hurry(t time.Duration) (order, wake) {
	select {
	case o := <-c.orders:
		return o, ordered
	case <-c.run.ended:
		return order{}, c.afterwards(t)
	default:
		return order{}, due
	}
}

// scale asks for another level; the schedule's next phase takes over again. An
// order that the crew has not come to yet, the first hook being at work for
// example, gives way: nobody waits. Only one may ask at a time. False says that
// the run has ended.
func (c *crew) scale(users int, rate float64) bool {
	if c.run.over() {
		return false
	}
	select {
	case <-c.orders:
	default:
	}
	c.orders <- order{users, rate}
	return true
}

// next draws the instant of phase i's next arrival; phase.Forever: there is none.
func (c *crew) next(i int, arrivals *phase.Stream) time.Duration {
	if arrivals == nil {
		return phase.Forever
	}
	if at, ok := arrivals.Next(); ok {
		return c.run.plan.phases[i].start + at
	}
	return phase.Forever
}

// arrive puts an arrival into the queue of a shard, in turn.
func (c *crew) arrive(at time.Duration, n uint64, isSession bool) {
	s := c.run.shard(n)
	e := event{due: at, n: n, kind: evArrive}
	if isSession {
		number, ok := c.number()
		if !ok {
			s.miss(at, 1)
			return
		}
		e.user = c.run.newUser(number, s, session)
		if c.run.plan.phases[c.run.plan.at(at)].replay > 0 {
			e.user.stream = sessions + n // the same one in each matched arm
		}
	}
	s.push(e)
}

// step brings one user in or out.
func (c *crew) step(delta int, at time.Duration) {
	if delta < 0 {
		u := c.pick()
		u.shard.push(event{due: at, user: u, kind: evLeave})
		return
	}
	number, ok := c.number()
	if !ok {
		return
	}
	s := c.run.shard(c.born)
	u := c.run.newUser(number, s, resident)
	c.active = append(c.active, u)
	s.push(event{due: at, user: u, kind: evJoin})
}

// pick takes a random user out of the crew.
func (c *crew) pick() *user {
	i, last := c.order.IntN(len(c.active)), len(c.active)-1
	u := c.active[i]
	c.active[i], c.active[last] = c.active[last], nil
	c.active = c.active[:last]
	return u
}

// number is the number of the plan's next user. Where an int has 32 bits they
// end after a billion users, and the run with them.
func (c *crew) number() (int, bool) {
	c.born++
	n := plannedNumber(c.born)
	if n > math.MaxInt {
		c.run.abort(fmt.Errorf("%w: %d users have come, and a 32-bit program has no number for another one", ErrAborted, c.born-1))
		return 0, false
	}
	return int(n), true
}

// shard is the n-th shard, in turn.
func (r *run) shard(n uint64) *shard { return r.shards[n%uint64(len(r.shards))] }
