// Package clocks gives the machines of a run one clock, the coordinator's, with a bound on how far each may be off it.
//
// A worker asks the coordinator for its time: four time stamps, a Probe, enclose the difference of the two clocks in an
// interval as wide as the time on the way, however that is divided between there and back. A Follower takes 16 of them at
// the start and a few each 10 s, and keeps what is possible by all of them. It knows nothing of networks, and reads no
// clock.
//
// Wall clocks are not used: that of a worker may be wrong by hours.
package clocks

import (
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/loadgen"
)

// mostDrift is by how much the clocks of two machines differ in rate, at most: a crystal without correction is off by up
// to 100e-6, and one that NTP corrects by up to 500e-6 for a while.
const mostDrift = 500e-6

const (
	// settle is in how long a Line makes up for what it was found to be off.
	settle = 30 * time.Second
	// step is the jump from which on a Line follows at once instead, as no clock makes up for it in reasonable time.
	step = 50 * time.Millisecond
	// marks is the number of Adds, two minutes of them, from which the drift is estimated.
	marks = 12
)

// Probe is a question for the time, and its answer.
type Probe struct {
	Asked    time.Time     // by this machine's monotonic clock, before the question left
	Received time.Duration // by the coordinator's clock, when it came
	Replied  time.Duration // by the coordinator's clock, when the answer left
	Answered time.Time     // by this machine's monotonic clock, after the answer came
}

// RoundTrip is the time on the way, there and back. Half of it bounds the error of what the Probe says.
func (p Probe) RoundTrip() time.Duration {
	return p.Answered.Sub(p.Asked) - (p.Replied - p.Received)
}

// drifted is by how much the clocks drift apart during the Probe, at most; 2 ns are for rounding.
func (p Probe) drifted() time.Duration { return part(p.Answered.Sub(p.Asked), mostDrift) + 2 }

// impossible Probes end before they begin, or spend more time there than here.
func (p Probe) impossible() bool {
	return p.Answered.Before(p.Asked) || p.Replied < p.Received || p.RoundTrip()+2*p.drifted() < 0
}

// Follower knows the coordinator's clock from Probes of it. The zero value knows nothing yet. Its methods must not be called
// concurrently. A coordinator that was started again has another clock: follow that with a new Follower.
type Follower struct {
	base   time.Time     // zero of this machine's clock
	seen   time.Duration // when the bounds below held, by this machine's clock
	lo, hi time.Duration // the difference is between these: coordinator's clock less this machine's

	// The Line is at first+drift*d+makeUp*min(d, settle), d after since, by this machine's clock.
	since, first  time.Duration
	drift, makeUp float64
	recent        []mark
}

// mark is what was known at one instant.
type mark struct{ at, offset time.Duration }

// Add takes Probes; those that cannot be are left out. jump is not 0 if one of them contradicts the others: the
// coordinator's clock is ahead by that much more than before, less if negative, because one of the machines, or its
// clock, stood still. From 50 ms on the Line jumps too.
func (f *Follower) Add(probes ...Probe) (jump time.Duration) {
	probes = slices.DeleteFunc(slices.Clone(probes), Probe.impossible)
	if len(probes) == 0 {
		return 0
	}
	slices.SortStableFunc(probes, func(a, b Probe) int { return a.Answered.Compare(b.Answered) })
	begins := f.base.IsZero()
	if begins {
		f.base = probes[0].Asked
	}
	for i, p := range probes {
		jump += f.narrow(p, begins && i == 0)
	}
	f.steer(begins || jump.Abs() >= step, jump != 0)
	return jump
}

// narrow leaves what is possible by a Probe too. If nothing is, the Probe alone counts, as the first does.
func (f *Follower) narrow(p Probe, alone bool) (jump time.Duration) {
	asked, answered := p.Asked.Sub(f.base), p.Answered.Sub(f.base)
	lo, hi := p.Replied-answered-p.drifted(), p.Received-asked+p.drifted()
	was := f.between(answered)
	f.seen, f.lo, f.hi = max(answered, f.seen), max(lo, was.lo), min(hi, was.hi)
	if alone || f.lo > f.hi {
		f.lo, f.hi = lo, hi
	}
	if !alone && (lo > was.hi || hi < was.lo) {
		jump = (lo+hi)/2 - (was.lo+was.hi)/2
	}
	return jump
}

type bounds struct{ lo, hi time.Duration }

// between are the bounds at an instant: they widen by what the clocks may have drifted since.
func (f *Follower) between(at time.Duration) bounds {
	drifted := part(max(0, at-f.seen), mostDrift)
	return bounds{f.lo - drifted, f.hi + drifted}
}

// steer bends the Line towards the middle of what is possible; if jumps, it is there at once.
func (f *Follower) steer(jumps, forget bool) {
	middle := f.lo + (f.hi-f.lo)/2
	now := f.lineAt(f.seen)
	if jumps {
		now = middle
	}
	if forget {
		f.recent = nil
	}
	f.recent = append(f.recent, mark{f.seen, middle})
	if len(f.recent) > marks {
		f.recent = f.recent[1:]
	}
	f.since, f.first = f.seen, now
	f.drift = limit(slope(f.recent))
	f.makeUp = limit(f.drift+float64(middle-now)/float64(settle)) - f.drift
}

// slope is the least-squares drift over the marks.
func slope(marks []mark) float64 {
	var at, offset, up, down float64
	first, n := marks[0], float64(len(marks))
	for _, m := range marks {
		at += float64(m.at-first.at) / n
		offset += float64(m.offset-first.offset) / n
	}
	for _, m := range marks {
		x := float64(m.at-first.at) - at
		up += x * (float64(m.offset-first.offset) - offset)
		down += x * x
	}
	if down == 0 {
		return 0
	}
	return up / down
}

// lineAt is where the Line is at an instant of this machine's clock.
func (f *Follower) lineAt(at time.Duration) time.Duration {
	d := at - f.since
	return f.first + part(min(d, settle), f.drift+f.makeUp) + part(max(0, d-settle), f.drift)
}

// Line is the clock of a run whose offset 0 is at instant zero of the coordinator's clock, from instant at of this machine's
// on. It continues the Lines before it, without going back, except after a jump. Get another at least every 10 s,
// whether Probes came or not: what was found to be off is made up for in 30 s. It means nothing before the first Add.
func (f *Follower) Line(zero time.Duration, at time.Time) loadgen.Line {
	own := at.Sub(f.base)
	slew := f.drift
	if own-f.since < settle {
		slew += f.makeUp
	}
	return loadgen.Line{Since: at, At: own + f.lineAt(own) - zero, Slew: slew}
}

// Bound is by how much the Line is off the coordinator's clock at an instant, at most. It grows until the next Add, and
// is 292 years before the first.
func (f *Follower) Bound(at time.Time) time.Duration {
	if f.base.IsZero() {
		return math.MaxInt64
	}
	own := at.Sub(f.base)
	line, b := f.lineAt(own), f.between(own)
	return max(b.hi-line, line-b.lo)
}

func part(d time.Duration, of float64) time.Duration { return time.Duration(float64(d) * of) }

func limit(drift float64) float64 { return min(max(drift, -mostDrift), mostDrift) }
