package metrics

import (
	"math"
	"time"

	"github.com/gensim/load-generator/report/hist"
)

// Exponential buckets: bucket i ends at 2^(i/32), so each is 2.2 % wide. Ours are finer (0.2 %) and
// each lies in one of them by its middle, so an exponential bucket only ever grows.
const (
	Schema        = 5
	ZeroThreshold = 1. / (1 << 20) // what is less is counted as zero
)

// bounds are the upper ends of the classic buckets.
var bounds = []time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second,
}

// decades are the bounds of values: 0.01 to 1e9.
var decades = func() (out []time.Duration) {
	for d := 10 * time.Nanosecond; d <= 1e12; d *= 10 {
		out = append(out, d)
	}
	return out
}()

// Buckets are those of a histogram, exponential and classic.
type Buckets struct {
	Exponential map[int]int64 // counts by number
	Zero        uint64        // of those up to ZeroThreshold
	Bounds      []float64     // of the classic buckets
	Below       []uint64      // how many there are up to each bound
	Count       uint64
	Sum         float64
}

// Buckets returns the buckets of a sketch, which may be nil: of Times in seconds, of Values in their own unit, which a
// sketch holds in thousandths as if these were nanoseconds. Counts are exact; a duration may be in the bucket next to its own
// if it is closer to their border than 0.1 %.
func (k Kind) Buckets(s *hist.Sketch) *Buckets {
	bounds, unit := bounds, 1.
	if k == Values {
		bounds, unit = decades, 1e6
	}
	out := &Buckets{Exponential: map[int]int64{}, Count: s.Count(), Sum: s.Sum() * unit}
	below := uint64(0)
	up := func(d time.Duration) {
		for at := len(out.Bounds); at < len(bounds) && bounds[at] < d; at++ {
			out.Bounds, out.Below = append(out.Bounds, bounds[at].Seconds()*unit), append(out.Below, below)
		}
	}
	if s.Count() > 0 {
		for b := range s.Buckets() {
			middle := b.Low() + (b.High()-b.Low())/2
			up(middle)
			below += b.Count
			if v := middle.Seconds() * unit; v <= ZeroThreshold {
				out.Zero += b.Count
			} else {
				out.Exponential[int(math.Ceil(math.Log2(v)*(1<<Schema)))] += int64(b.Count)
			}
		}
	}
	up(math.MaxInt64)
	return out
}

// Minus returns what has come since the same series had other buckets.
func (b *Buckets) Minus(before *Buckets) *Buckets {
	out := &Buckets{Exponential: map[int]int64{}, Zero: b.Zero - before.Zero, Bounds: b.Bounds, Count: b.Count - before.Count, Sum: b.Sum - before.Sum}
	for i, n := range b.Exponential {
		if n -= before.Exponential[i]; n > 0 {
			out.Exponential[i] = n
		}
	}
	for i, n := range b.Below {
		out.Below = append(out.Below, n-before.Below[i])
	}
	return out
}
