package series

import (
	"math"
	"time"

	"github.com/gensim/load-generator/report/hist"
)

// Point is a place among response times: a share of the way through a bucket by rank, or
// through the failures.
type Point struct {
	bucket int // failures: among the failures
	share  float64
	ns     float64 // +Inf among the failures
}

// failures is the bucket of failures, which are slower than every success.
const failures = math.MaxInt32

// PointAt returns the point of a response time, ms.
func PointAt(ms float64) Point {
	ns := ms / msPerNS
	index := hist.Index(time.Duration(ns))
	low, high := edges(index)
	return Point{index, min(1, max(0, (ns-low)/(high-low))), ns}
}

// MS returns the response time, ms; +Inf among the failures.
func (p Point) MS() float64 { return p.ns * msPerNS }

// AmongFailures reports whether the point lies beyond every success.
func (p Point) AmongFailures() bool { return p.bucket == failures }

// Quantile returns the p-quantile of all requests, failures slower than every success; among the failures if there are
// no requests.
func (x *Window) Quantile(p float64) Point {
	if x.Requests == 0 {
		return Point{failures, 0, math.Inf(1)}
	}
	rank, below := hist.Rank(p, x.Requests), 0.0
	for i, n := range x.pool {
		if n > 0 && below+n >= rank {
			share := min(1, max(0, (rank-below)/n))
			low, high := edges(x.base + i)
			return Point{x.base + i, share, low + share*(high-low)}
		}
		below += n
	}
	if x.failing == 0 { // p is 1, or the sum of counts was rounded
		_, high := edges(x.base + len(x.pool) - 1)
		return Point{x.base + len(x.pool) - 1, 1, high}
	}
	return Point{failures, min(1, max(0, (rank-below)/x.failing)), math.Inf(1)}
}

// QuantileIn returns the p-quantile of interval t, ms; +Inf among the failures.
func (x *Window) QuantileIn(t int, p float64) float64 {
	rank, below := hist.Rank(p, x.Counts[t]), 0.0
	for _, b := range x.in(t) {
		n := float64(b.count)
		if below+n >= rank {
			low, high := edges(int(b.index))
			return (low + max(0, rank-below)/n*(high-low)) * msPerNS
		}
		below += n
	}
	return math.Inf(1)
}

// Above counts for each interval how many of its requests were slower than a point.
func (x *Window) Above(at Point) []float64 {
	out := make([]float64, x.Len())
	for t := range out {
		out[t] = x.aboveIn(t, at)
	}
	return out
}

// aboveIn is Above for interval t.
func (x *Window) aboveIn(t int, at Point) float64 {
	if at.AmongFailures() {
		return x.Failed[t] * (1 - at.share)
	}
	count, list := x.Failed[t], x.in(t)
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
