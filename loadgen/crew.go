package loadgen

import (
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist"
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
	order  *rand.Rand // picks who leaves
	born   int
}

// walk carries out the schedule until the run ends.
func (c *crew) walk() {
	for i, l := range c.run.plan.phases {
		if !c.phase(i, l) {
			return
		}
	}
}

// phase carries out the steps and arrivals of phase i in the order of time.
// False says that the run is over.
func (c *crew) phase(i int, l leg) bool {
	p := c.run.Schedule[i]
	ramp := phase.Ramp{From: len(c.active), At: l.start, To: p.Users, Rate: p.SpawnRate}
	arrivals := c.arrivals(i)
	arrival, k, n := arrivals(), 0, uint32(0)
	for {
		step := forever
		if k < ramp.Len() {
			step = ramp.StepAt(k)
		}
		at := min(step, arrival)
		if at >= l.end {
			return l.end == forever || c.run.sleepUntil(l.end-ahead, c.run.ended)
		}
		if at-ahead > c.run.now() && !c.run.sleepUntil(at-ahead, c.run.ended) {
			return false
		}
		if step <= arrival {
			c.step(ramp.Delta(), at)
			k++
		} else {
			c.arrive(at, n, p.Arrivals.Session)
			arrival, n = arrivals(), n+1
		}
	}
}

// arrivals yields the instants of phase i's arrivals, and then forever.
func (c *crew) arrivals(i int) func() time.Duration {
	a := c.run.Schedule[i].Arrivals
	if a == nil {
		return func() time.Duration { return forever }
	}
	src := dist.Key{Seed: c.run.Seed, Purpose: dist.Arrival, Replicate: uint64(i)}.Source()
	stream := a.Stream(c.run.Schedule[i].For, &src)
	return func() time.Duration {
		if at, ok := stream.Next(); ok {
			return c.run.plan.phases[i].start + at
		}
		return forever
	}
}

// arrive puts an arrival into the queue of a shard, in turn.
func (c *crew) arrive(at time.Duration, n uint32, isSession bool) {
	s := c.run.shards[int(n)%len(c.run.shards)]
	e := event{due: at, n: n, kind: evArrive}
	if isSession {
		c.born++
		e.user = c.run.newUser(c.born, s, session)
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
	c.born++
	s := c.run.shards[c.born%len(c.run.shards)]
	u := c.run.newUser(c.born, s, resident)
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
