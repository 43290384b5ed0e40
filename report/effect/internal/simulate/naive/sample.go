package naive

import (
	"math"
	"slices"
	"sort"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// Sample is the usable part of one phase.
type Sample struct {
	seconds [][]hist.Bucket
	counts  []float64 // requests of each second
	failed  []float64 // of counts
	pool    []float64 // successes of each bucket
	buckets []int     // all that occur, in order
	upTo    []float64 // how many requests lie in a bucket and below it
	n       float64   // successes
}

// NewSample takes the intervals of the phase from the settle-th on.
func NewSample(s *report.Series, settle int) *Sample {
	x := &Sample{pool: make([]float64, hist.NumBuckets)}
	for v := range s.Intervals() {
		if v.Second < s.StartS+settle {
			continue
		}
		x.seconds = append(x.seconds, slices.Clone(v.Successes))
		x.counts = append(x.counts, float64(v.Requests))
		x.failed = append(x.failed, float64(v.Failures))
		for _, b := range v.Successes {
			x.pool[b.Index] += float64(b.Count)
		}
	}
	for i, n := range x.pool {
		if n > 0 {
			x.n += n
			x.buckets, x.upTo = append(x.buckets, i), append(x.upTo, x.n)
		}
	}
	return x
}

// ns returns the middle of a bucket.
func ns(index int) float64 {
	b := hist.Bucket{Index: index}
	return float64(b.Low()+b.High()) / 2
}

// at returns the time of a rank, ns.
func (x *Sample) at(rank float64) float64 {
	i := sort.SearchFloat64s(x.upTo, rank)
	return ns(x.buckets[min(len(x.buckets)-1, i)])
}

// Quantile returns the p-quantile of the successes, ns.
func (x *Sample) Quantile(p float64) float64 { return x.at(p * x.n) }

// PerSecond returns the log of the p-quantile of each second that has a request.
func (x *Sample) PerSecond(p float64) []float64 {
	var out []float64
	for _, second := range x.seconds {
		n := 0.0
		for _, b := range second {
			n += float64(b.Count)
		}
		below := 0.0
		for _, b := range second {
			if below += float64(b.Count); below >= p*n {
				out = append(out, math.Log(ns(b.Index)))
				break
			}
		}
	}
	return out
}
