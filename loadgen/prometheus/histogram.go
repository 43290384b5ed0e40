package prometheus

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/gensim/load-generator/report/hist"
)

// Native buckets: bucket i ends at 2^(i/32) s, so each is 2.2 % wide. Ours are finer (0.2 %) and
// each lies in one of them by its middle, so a native bucket only ever grows.
const (
	schema        = 5
	zeroThreshold = 1. / (1 << 20) // s; what is shorter is counted as zero
)

// bounds are the upper ends of the classic buckets.
var bounds = []time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second,
}

// histogram is a native histogram that has classic buckets too.
type histogram struct {
	prometheus.Metric
	buckets []*dto.Bucket
}

// Write implements prometheus.Metric.
func (h histogram) Write(to *dto.Metric) error {
	if err := h.Metric.Write(to); err != nil {
		return err
	}
	to.Histogram.Bucket = h.buckets
	return nil
}

// newHistogram makes a metric of a sketch, which may be nil. Counts are exact; a duration may be in
// the bucket next to its own if it is closer to their border than 0.1 %.
func newHistogram(desc *prometheus.Desc, s *hist.Sketch, created time.Time, labels ...string) (prometheus.Metric, error) {
	native, zero := map[int]int64{}, uint64(0)
	classic, below, at := make([]*dto.Bucket, 0, len(bounds)), uint64(0), 0
	up := func(d time.Duration) {
		for ; at < len(bounds) && bounds[at] < d; at++ {
			classic = append(classic, &dto.Bucket{UpperBound: new(bounds[at].Seconds()), CumulativeCount: new(below)})
		}
	}
	if s.Count() > 0 {
		for b := range s.Buckets() {
			middle := b.Low() + (b.High()-b.Low())/2
			up(middle)
			below += b.Count
			if seconds := middle.Seconds(); seconds <= zeroThreshold {
				zero += b.Count
			} else {
				native[int(math.Ceil(math.Log2(seconds)*(1<<schema)))] += int64(b.Count)
			}
		}
	}
	up(math.MaxInt64)
	m, err := prometheus.NewConstNativeHistogram(desc, s.Count(), s.Sum(), native, nil, zero, schema, zeroThreshold, created, labels...)
	return histogram{m, classic}, err
}
