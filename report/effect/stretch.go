package effect

import (
	"math"

	"github.com/gensim/load-generator/report"
)

// stretch is the usable part of one phase for one operation, by interval.
type stretch struct {
	phase      string
	op         report.Op
	start      float64   // of the first interval, offset in s
	width      float64   // of an interval, s
	n          []float64 // requests of each interval
	failed     []float64 // of n
	times      []float64 // sum of the times of the successes of each interval, ms
	straddlers []int64   // beside n
	from       []int32   // the buckets of interval t are buckets[from[t]:from[t+1]], in order
	buckets    []bucket
	pool       []float64 // counts of all intervals together by bucket, the first one is number base
	base       int
	requests   float64
	failures   float64
	left       LeftOut
	basis      *basis
}

// bucket is a hist.Bucket in half the room.
type bucket struct {
	index int32
	count uint32
}

// newStretch takes all intervals of a series.
func newStretch(s *report.Series) *stretch {
	x := &stretch{
		phase: s.Phase, op: s.Op(), start: float64(s.StartS), width: float64(s.WidthS),
		n: make([]float64, 0, s.Slots), failed: make([]float64, 0, s.Slots), straddlers: make([]int64, 0, s.Slots),
		times: make([]float64, 0, s.Slots),
		from:  append(make([]int32, 0, s.Slots+1), 0), buckets: make([]bucket, 0, len(s.Successes)/2),
	}
	for v := range s.Intervals() {
		x.n = append(x.n, float64(v.Requests))
		x.failed = append(x.failed, float64(v.Failures))
		x.straddlers = append(x.straddlers, v.Straddlers)
		total := 0.0
		for _, b := range v.Successes {
			x.buckets = append(x.buckets, bucket{int32(b.Index), uint32(b.Count)})
			total += float64(b.Count) * middle(b.Index)
		}
		x.times = append(x.times, total*msPerNS)
		x.from = append(x.from, int32(len(x.buckets)))
	}
	return x
}

// between returns the intervals that lie between two offsets, in seconds, as a whole.
func (x *stretch) between(from, end float64) *stretch {
	i := max(0, int(math.Ceil((from-x.start)/x.width)))
	j := min(x.len(), int(math.Floor((end-x.start)/x.width)))
	if i >= j {
		i, j = 0, 0
	}
	part := x.slice(i, j)
	for t, n := range x.straddlers {
		part.left.Straddlers += n
		if t < i || t >= j {
			part.left.Requests += int64(x.n[t])
		} else {
			part.left.Missing += n
		}
	}
	return part
}

// Straddlers are left out, and they are the slow requests of the last seconds of a phase: to keep the rest of those
// seconds would make the phase look faster than it was. So the end of a phase does not count either,
// as far back as leaves no more than fewStraddlers of its requests out, and mostEdge of the phase at most.
const (
	fewStraddlers = .001 // a tenth of what lies above p99
	mostEdge      = .2
)

// complete returns where the intervals between two offsets end to be complete.
func (x *stretch) complete(from, end float64) float64 {
	part := x.between(from, end)
	missing, limit := part.left.Missing, fewStraddlers*part.requests
	t := part.len()
	for ; t > 0 && float64(missing) > limit && float64(t) > (1-mostEdge)*float64(part.len()); t-- {
		missing -= part.straddlers[t-1]
	}
	if t == part.len() {
		return end
	}
	return part.start + float64(t)*part.width
}

// fold computes what is kept of all intervals together.
func (x *stretch) fold() {
	x.requests, x.failures = sum(x.n), sum(x.failed)
	list := x.buckets[x.from[0]:x.from[x.len()]]
	if len(list) == 0 {
		return
	}
	low, high := int32(math.MaxInt32), int32(0)
	for _, b := range list {
		low, high = min(low, b.index), max(high, b.index)
	}
	x.base, x.pool = int(low), make([]float64, high-low+1)
	for _, b := range list {
		x.pool[b.index-low] += float64(b.count)
	}
}

// slice returns intervals i..j-1 of x. It shares the memory of x.
func (x *stretch) slice(i, j int) *stretch {
	part := &stretch{phase: x.phase, op: x.op, start: x.start + float64(i)*x.width, width: x.width}
	part.n, part.failed, part.straddlers = x.n[i:j], x.failed[i:j], x.straddlers[i:j]
	part.times, part.from, part.buckets = x.times[i:j], x.from[i:j+1], x.buckets
	part.fold()
	return part
}

// of returns the buckets of interval t.
func (x *stretch) of(t int) []bucket { return x.buckets[x.from[t]:x.from[t+1]] }

// len returns the number of intervals.
func (x *stretch) len() int { return len(x.n) }

// seconds returns how long the stretch is.
func (x *stretch) seconds() float64 { return float64(len(x.n)) * x.width }

// successes returns how many requests did not fail.
func (x *stretch) successes() float64 { return x.requests - x.failures }

// allFailed says whether there were requests and no success.
func (x *stretch) allFailed() bool { return x.requests > 0 && x.successes() == 0 }

// succeeded returns the successes of each interval.
func (x *stretch) succeeded() []float64 {
	out := make([]float64, x.len())
	for t := range out {
		out[t] = x.n[t] - x.failed[t]
	}
	return out
}

// LeftOut says what of a phase is not in an effect.
type LeftOut struct {
	// Settling is how much of the phase, ramp and settling time, was left out at its begin, s.
	Settling float64 `json:"settling_s"`
	// Edge is what was left out at its end, s: split seconds, and those whose slow requests are missing
	// because they were done after the phase.
	Edge float64 `json:"edge_s"`
	// Requests were meant to start in that time and done within the phase.
	Requests int64 `json:"requests"`
	// Straddlers were done after the end of the phase, and CutOff were in flight at the end of the run.
	Straddlers int64 `json:"straddlers"`
	CutOff     int64 `json:"cut_off"`
	// Missing of them were meant to start in the time that counts.
	Missing int64 `json:"missing"`
}

// sum adds up.
func sum(of []float64) (total float64) {
	for _, v := range of {
		total += v
	}
	return total
}
