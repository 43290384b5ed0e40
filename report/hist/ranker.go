package hist

import (
	"math"
	"time"
)

// Beyond stands for a quantile that no duration reaches.
const Beyond = time.Duration(math.MaxInt64)

// ranker finds quantiles, in ascending order, of n durations whose buckets it is given in order.
type ranker struct {
	n      uint64
	ps     []float64
	out    []time.Duration
	k      int     // how many are found
	target float64 // how many durations the next one is to cover
	below  float64 // durations in the buckets so far
}

// newRanker returns a ranker that writes the quantiles ps to out.
func newRanker(n uint64, ps []float64, out []time.Duration) ranker {
	r := ranker{n: n, ps: ps, out: out, k: -1}
	r.aim()
	return r
}

// Rank returns how many of n durations lie below their p-quantile: a hair less than p*n, so that rounding
// never pushes 95 of 100 past the 95th.
func Rank(p, n float64) float64 { return p * n * (1 - 1e-12) }

// aim goes to the next quantile.
func (r *ranker) aim() {
	r.k++
	r.target = math.Inf(1)
	if r.k < len(r.ps) {
		r.target = Rank(r.ps[r.k], float64(r.n))
	}
}

// add gives the next bucket.
func (r *ranker) add(bucket int, count uint64) {
	for r.target <= r.below+float64(count) {
		r.out[r.k] = inside(bucket, (r.target-r.below)/float64(count))
		r.aim()
	}
	r.below += float64(count)
}

// skip passes over the next count durations if no quantile lies among them.
func (r *ranker) skip(count uint64) bool {
	if r.target <= r.below+float64(count) {
		return false
	}
	r.below += float64(count)
	return true
}

// inside returns the duration at a share of a bucket's ranks.
func inside(bucket int, share float64) time.Duration {
	low, width := bounds(bucket)
	return time.Duration(low + uint64(max(0, share)*float64(width)))
}
