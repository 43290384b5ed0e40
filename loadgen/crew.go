package loadgen

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/phase"
)

// crewLead is how long before its instant a change of the level or an arrival is
// queued. The shards carry it out at the instant; the crew need not be punctual.
const crewLead = 5 * time.Millisecond

// crew adds and removes users as the plan says: the level one user at a time, and
// open arrivals. One goroutine owns it, so that users get their numbers in
// the order of the plan.
type crew struct {
	run        *run
	active     []*user
	departures *rand.Rand   // picks the user to leave
	born       uint64       // users numbered so far
	targets    chan target  // levels asked for by hand
	level      atomic.Int64 // that the ramp in progress is to reach
	ramped     atomic.Int64 // offset at which it does, as a time.Duration
}

// target is a level to reach, and how fast.
type target struct {
	users int
	rate  float64
}

func newCrew(r *run) *crew {
	c := &crew{run: r, departures: r.plan.departureStream(), targets: make(chan target, 1)}
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
// It returns false when the run is over.
func (c *crew) phase(i int) bool {
	p, l := c.run.Schedule[i], c.run.plan.phases[i]
	ramp, k := c.ramp(l.start, target{p.Users, p.SpawnRate}), 0
	arrivals := c.run.plan.arrivals(i)
	arrival, n := c.next(i, arrivals), uint64(0)
	for {
		step := phase.Forever
		if k < ramp.Len() {
			step = ramp.StepAt(k)
		}
		at := min(step, arrival, l.end)
		switch o, what := c.wait(at); {
		case what == runEnded:
			return false
		case what == targetChanged:
			ramp, k = c.ramp(c.run.now(), o), 0
		case at == l.end:
			return true
		case at == step:
			c.step(ramp.Delta(), at)
			k++
		default:
			if missed := c.giveUp(i, at, arrivals); missed > 0 {
				n += uint64(missed)
				if p.Arrivals.Session {
					c.born += uint64(missed) // the plan has them, so they have their numbers
				}
			} else {
				c.arrive(at, n, p.Arrivals.Session)
				n++
			}
			arrival = c.next(i, arrivals)
		}
	}
}

// ramp starts a ramp from the current level.
func (c *crew) ramp(at time.Duration, o target) phase.Ramp {
	r := phase.Ramp{From: len(c.active), At: at, To: o.users, Rate: o.rate}
	c.level.Store(int64(o.users))
	c.ramped.Store(int64(max(at, r.End())))
	return r
}

// wake is why a wait is over.
type wake uint8

const (
	timeCame      wake = iota // the time came
	targetChanged             // another level is asked for
	runEnded                  // the run ended
)

// wait waits until shortly before offset t. The time of what the plan has before
// the end of the run has come even if the crew gets there after the end: the
// shards count it as missed.
func (c *crew) wait(t time.Duration) (target, wake) {
	var timer <-chan time.Time
	if t != phase.Forever {
		d := t - crewLead - c.run.now()
		if d <= 0 {
			return c.poll(t)
		}
		timer = time.After(d)
	}
	select {
	case <-timer:
		return target{}, timeCame
	case o := <-c.targets:
		return o, targetChanged
	case <-c.run.ended:
		return target{}, c.afterEnd(t)
	}
}

// afterEnd is the wake of offset t once the run has ended.
func (c *crew) afterEnd(t time.Duration) wake {
	if t < c.run.clock() {
		return timeCame
	}
	return runEnded
}

// poll is wait for an offset that has come.
func (c *crew) poll(t time.Duration) (target, wake) {
	select {
	case o := <-c.targets:
		return o, targetChanged
	case <-c.run.ended:
		return target{}, c.afterEnd(t)
	default:
		return target{}, timeCame
	}
}

// scale asks for another level, which holds until the schedule's next phase. It
// never blocks: it replaces a target that the crew has not taken yet, as during
// the first Enter hook. Only one goroutine may call it at a time. It returns false
// when the run has ended.
func (c *crew) scale(users int, rate float64) bool {
	if c.run.over() {
		return false
	}
	select {
	case <-c.targets:
	default:
	}
	c.targets <- target{users, rate}
	return true
}

// next draws the instant of phase i's next arrival; phase.Forever if there is none.
func (c *crew) next(i int, arrivals *phase.Stream) time.Duration {
	if arrivals != nil {
		if at, ok := arrivals.Next(); ok {
			return c.run.plan.phases[i].start + at
		}
	}
	return phase.Forever
}

// arrive queues an arrival at the next shard.
func (c *crew) arrive(at time.Duration, n uint64, isSession bool) {
	s := c.run.shard(n)
	e := event{at: at, n: n, kind: evArrive}
	if isSession {
		number, ok := c.number()
		if !ok {
			s.miss(at, 1)
			return
		}
		e.user = c.run.newUser(number, s, session)
		if c.run.plan.phases[c.run.plan.at(at)].replay > 0 {
			e.user.stream = sessionStreams + n // the same one in each matched arm
		}
	}
	s.push(e)
}

// step adds or removes one user.
func (c *crew) step(delta int, at time.Duration) {
	if delta < 0 {
		u := c.pick()
		u.shard.push(event{at: at, user: u, kind: evLeave})
		return
	}
	number, ok := c.number()
	if !ok {
		return
	}
	s := c.run.shard(c.born)
	u := c.run.newUser(number, s, resident)
	c.active = append(c.active, u)
	s.push(event{at: at, user: u, kind: evJoin})
}

// pick takes a random user out of the crew.
func (c *crew) pick() *user {
	i, last := c.departures.IntN(len(c.active)), len(c.active)-1
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
