package effect

import (
	"math"

	"github.com/gensim/load-generator/report/hist"
)

// point is a place among response times: a share of the way through a bucket by rank, or
// through the failures.
type point struct {
	bucket int // beyond: among the failures
	share  float64
	ns     float64 // +Inf among the failures
}

// beyond is the bucket of failures, which are slower than every success.
const beyond = math.MaxInt32

// quantile returns the p-quantile of all requests, failures slower than every success. A hair less
// than p of them, so that rounding never pushes 95 of 100 past the 95th. x is not empty.
func (x *stretch) quantile(p float64) point {
	rank, below := hist.Rank(p, x.requests), 0.0
	for i, n := range x.pool {
		if n > 0 && below+n >= rank {
			share := min(1, max(0, (rank-below)/n))
			low, high := edges(x.base + i)
			return point{x.base + i, share, low + share*(high-low)}
		}
		below += n
	}
	if x.failures == 0 { // p is 1, or the sum of counts was rounded
		_, high := edges(x.base + len(x.pool) - 1)
		return point{x.base + len(x.pool) - 1, 1, high}
	}
	return point{beyond, min(1, max(0, (rank-below)/x.failures)), math.Inf(1)}
}

// above counts for each interval how many of its requests were slower than at.
func (x *stretch) above(at point) []float64 {
	out := make([]float64, x.len())
	for t := range out {
		out[t] = x.aboveIn(t, at)
	}
	return out
}

// aboveIn is above for interval t.
func (x *stretch) aboveIn(t int, at point) float64 {
	if at.bucket == beyond {
		return x.failed[t] * (1 - at.share)
	}
	count, list := x.failed[t], x.of(t)
	for i := len(list) - 1; i >= 0; i-- {
		switch b := list[i]; {
		case int(b.index) > at.bucket:
			count += float64(b.count)
		case int(b.index) == at.bucket:
			return count + float64(b.count)*(1-at.share)
		default:
			return count
		}
	}
	return count
}

// edges returns the ends of a bucket, ns.
func edges(index int) (low, high float64) {
	b := hist.Bucket{Index: index}
	return float64(b.Low()), float64(b.High())
}

// middle returns the middle of a bucket, ns.
func middle(index int) float64 {
	low, high := edges(index)
	return (low + high) / 2
}
