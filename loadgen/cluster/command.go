package cluster

import (
	"slices"
	"sort"
	"time"

	"github.com/gensim/load-generator/report"
)

// lead is how far in the future a command takes effect, so that all workers have it in time.
const lead = 250 * time.Millisecond

// now is the offset. The caller holds the lock.
func (r *fleetRun) now() time.Duration {
	if r.began.IsZero() {
		return 0
	}
	return max(0, time.Since(r.began))
}

// soon is the offset at which a command can take effect. The caller holds the lock.
func (r *fleetRun) soon() time.Duration {
	at := r.now() + max(lead, 3*r.Round)
	if r.keeper != nil {
		at += keepTime
	}
	return at
}

// send gives all workers a command, once it is kept. A worker that misses it learns the number with the answer to a beat,
// and asks. The caller holds the lock.
func (r *fleetRun) send(c command) {
	r.forget()
	c.Run, c.Number = r.id, r.sent()+1
	r.Commands = append(r.Commands, c)
	if r.keeper == nil {
		r.publish(r.sent())
	} else {
		poke(r.keeper.orders)
	}
}

// publish sends the commands up to a number. The caller holds the lock.
func (r *fleetRun) publish(number int) {
	for ; r.public < number; r.public++ {
		c := r.Commands[r.public-r.Former]
		c.Coordinator = r.c.id
		if err := r.c.conn.Publish(r.c.subject("all.command"), encode(c)); err != nil {
			r.c.cfg.Log.Warn("a command reaches the workers late", "command", c.Kind, "error", err)
		}
	}
}

// sent is the number of the last command. The caller holds the lock.
func (r *fleetRun) sent() int { return r.Former + len(r.Commands) }

// forget drops the commands that all workers have carried out, so that what is left are those of the time for which
// one may be missing. The caller holds the lock.
func (r *fleetRun) forget() {
	done := r.public // what has not been sent is not carried out
	for _, p := range r.shares {
		if !p.Lost && !p.Over {
			done = min(done, p.Last.Applied)
		}
	}
	if n := done - r.Former; n > 0 {
		r.Commands, r.Former = slices.Delete(r.Commands, 0, n), done
	}
}

// replay answers a worker that missed commands, with as many as a message holds: it asks again.
func (c *Coordinator) replay(_ string, m *missed) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.run
	if r == nil || r.id != m.Run || m.After < r.Former || m.After > r.public {
		return &list{}
	}
	l := new(list)
	size := 0
	for _, c := range r.Commands[m.After-r.Former : r.public-r.Former] {
		if size += len(encode(c)) + 1; size > maxControl/2 && l.Commands != nil {
			break
		}
		l.Commands = append(l.Commands, c)
	}
	return l
}

// Scale implements loadgen.FleetRun.
func (r *fleetRun) Scale(users int, rate float64) time.Duration {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	at := r.soon()
	r.Levels = thin(append(r.Levels, level{at, float64(users)}), r.m.Plan.Phases())
	r.send(command{Kind: toScale, AtNS: int64(at), Users: users, Rate: rate})
	return at
}

// Reset implements loadgen.FleetRun.
func (r *fleetRun) Reset() time.Duration {
	r.merging.Lock()
	defer r.merging.Unlock()
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	at := r.soon()
	r.m.Recorder.Reset(at)
	r.send(command{Kind: toReset, AtNS: int64(at)})
	r.ResetAt, r.ResetBy = at, r.sent()
	r.Resets++
	return at
}

// Stop implements loadgen.FleetRun.
func (r *fleetRun) Stop(end time.Duration) time.Duration {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	if r.began.IsZero() {
		return 0
	}
	if r.Stopping { // a coordinator before this one has stopped it
		r.waits()
		return r.Stopped
	}
	if r.end == 0 || end < r.end {
		if end = max(end, r.soon()); r.end > 0 {
			end = min(end, r.end)
		}
		r.send(command{Kind: toStop, AtNS: int64(end)})
		r.Cut = true
	}
	r.Stopped, r.Stopping = end, true
	r.waits()
	return end
}

// mostLevels is about how many levels by hand are kept: a tool may give one each second for days.
const mostLevels = 2000

// thin puts pairs of older levels together when there are too many, those of one phase, so that what was called for stays the same except for a
// loss in between. levels are in the order of their offsets.
func thin(levels []level, phases []report.PhaseInfo) []level {
	if len(levels) < mostLevels {
		return levels
	}
	phaseOf := func(at time.Duration) int {
		return sort.Search(len(phases)-1, func(i int) bool { return at < phases[i+1].Start })
	}
	out, i := levels[:0], 0
	for i < len(levels)/2 {
		a, b, until := levels[i], levels[i+1], levels[i+2].At
		if i++; until > a.At && phaseOf(a.At) == phaseOf(until) {
			a.Users = (a.Users*float64(b.At-a.At) + b.Users*float64(until-b.At)) / float64(until-a.At)
			i++
		}
		out = append(out, a)
	}
	return append(out, levels[i:]...)
}
