package loadgen

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// ahead is how long before its instant a change of the level is put into the
// queues. The shards carry it out at the instant; the crew itself need not be
// punctual.
const ahead = 5 * time.Millisecond

// crew keeps the number of users to the plan, one user at a time. One
// goroutine owns it.
type crew struct {
	run    *run
	active []*user
	order  *rand.Rand // picks who leaves
	born   int
}

// walk carries out the schedule's changes of the level until the run ends.
func (c *crew) walk() {
	for i, l := range c.run.plan.phases {
		ramp := phase.Ramp{From: len(c.active), At: l.start, To: c.run.Schedule[i].Users, Rate: c.run.Schedule[i].SpawnRate}
		if !c.follow(ramp, l.end) {
			return
		}
	}
}

// follow carries out the steps of a ramp that come before end. False says that
// the run is over.
func (c *crew) follow(ramp phase.Ramp, end time.Duration) bool {
	for k := range ramp.Len() {
		at := ramp.StepAt(k)
		if at >= end {
			break
		}
		if at-ahead > c.run.now() && !c.run.sleepUntil(at-ahead, c.run.ended) {
			return false
		}
		c.step(ramp.Delta(), at)
	}
	return end == forever || c.run.sleepUntil(end-ahead, c.run.ended)
}

func (c *crew) step(delta int, at time.Duration) {
	if delta < 0 {
		u := c.pick()
		u.shard.push(event{due: at, user: u, kind: evLeave})
		return
	}
	c.born++
	u := c.run.newUser(c.born)
	c.active = append(c.active, u)
	u.shard.push(event{due: at, user: u, kind: evJoin})
}

// pick takes a random user out of the crew.
func (c *crew) pick() *user {
	i, last := c.order.IntN(len(c.active)), len(c.active)-1
	u := c.active[i]
	c.active[i], c.active[last] = c.active[last], nil
	c.active = c.active[:last]
	return u
}

// stopHooks is how many stop hooks run at once at the end of the run.
const stopHooks = 64

// leave runs the stop hooks of the users who stayed to the end. They have the
// stop timeout for it, all together, and at least a few seconds.
func (r *run) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(r.StopTimeout, 5*time.Second))
	defer cancel()
	var g errgroup.Group
	g.SetLimit(stopHooks)
	for i, u := range r.crew.active {
		if _, ok := u.impl.(scenario.Stopper); !ok || u.gone {
			continue
		}
		w := &worker{shard: u.shard, rec: r.rec.Shard(i), ctx: ctx}
		g.Go(func() error { w.stopHook(u); return nil })
	}
	_ = g.Wait() // no hook returns an error
}
