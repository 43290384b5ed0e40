package effect

import (
	"math"

	"github.com/gensim/load-generator/report"
)

// stretch is the usable part of one phase for one operation, by interval.
type stretch struct {
	phase    string
	op       report.Op
	width    float64   // of an interval, s
	n        []float64 // requests of each interval
	failed   []float64 // of n
	from     []int32   // the buckets of interval t are buckets[from[t]:from[t+1]], in order
	buckets  []bucket
	pool     []float64 // counts of all intervals together by bucket, the first one is number base
	base     int
	requests float64
	failures float64
	left     LeftOut
	basis    *basis
}

// bucket is a report.Bucket in half the room.
type bucket struct {
	index int32
	count uint32
}

// newStretch takes the intervals of s that lie between two offsets, in seconds, as a whole.
func newStretch(s *report.Series, from, end float64) *stretch {
	x := &stretch{phase: s.Phase, op: s.Op(), width: float64(s.WidthS), from: []int32{0}}
	for v := range s.Intervals() {
		if float64(v.Second) < from || float64(v.Second+v.Width) > end {
			x.left.Requests += v.Requests + v.Straddlers
			continue
		}
		x.left.Straddlers += v.Straddlers
		x.add(&v)
	}
	x.fold()
	return x
}

// add appends one interval.
func (x *stretch) add(v *report.Interval) {
	x.n = append(x.n, float64(v.Requests))
	x.failed = append(x.failed, float64(v.Failures))
	for _, b := range v.Successes {
		x.buckets = append(x.buckets, bucket{int32(b.Index), uint32(b.Count)})
	}
	x.from = append(x.from, int32(len(x.buckets)))
}

// fold computes what is kept of all intervals together.
func (x *stretch) fold() {
	x.requests, x.failures = sum(x.n), sum(x.failed)
	if len(x.buckets) == 0 {
		return
	}
	low, high := int32(math.MaxInt32), int32(0)
	for _, b := range x.buckets {
		low, high = min(low, b.index), max(high, b.index)
	}
	x.base, x.pool = int(low), make([]float64, high-low+1)
	for _, b := range x.buckets {
		x.pool[b.index-low] += float64(b.count)
	}
}

// slice returns intervals i..j-1 of x.
func (x *stretch) slice(i, j int) *stretch {
	part := &stretch{phase: x.phase, op: x.op, width: x.width, n: x.n[i:j], failed: x.failed[i:j]}
	first := x.from[i]
	for _, at := range x.from[i : j+1] {
		part.from = append(part.from, at-first)
	}
	part.buckets = x.buckets[first:x.from[j]]
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

// LeftOut says what of a phase is not in an effect.
type LeftOut struct {
	// Settling is how much of the phase, ramp and settling time, was left out at its begin,
	// and Edge the parts of seconds at its end, s.
	Settling float64 `json:"settling_s"`
	Edge     float64 `json:"edge_s"`
	// Requests were meant to start in that time.
	Requests int64 `json:"requests"`
	// Straddlers were meant to start in the time that counts and done after the end of the phase.
	Straddlers int64 `json:"straddlers"`
	// CutOff were in flight at the end of the run, in the whole phase.
	CutOff int64 `json:"cut_off"`
}

// sum adds up.
func sum(of []float64) (total float64) {
	for _, v := range of {
		total += v
	}
	return total
}
