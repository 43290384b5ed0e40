package prometheus

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
)

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

// newHistogram makes a metric of buckets, and of exemplars: of each classic bucket the slowest.
func newHistogram(desc *prometheus.Desc, b *metrics.Buckets, like []metrics.Exemplar, created time.Time, labels ...string) (prometheus.Metric, error) {
	infinite := math.Inf(1)
	classic := make([]*dto.Bucket, len(b.Bounds), len(b.Bounds)+1)
	for i := range classic {
		classic[i] = &dto.Bucket{UpperBound: &b.Bounds[i], CumulativeCount: &b.Below[i]}
	}
	classic = append(classic, &dto.Bucket{UpperBound: &infinite, CumulativeCount: &b.Count})
	m, err := prometheus.NewConstNativeHistogram(desc, b.Count, b.Sum, b.Exponential, nil, b.Zero, metrics.Schema, metrics.ZeroThreshold, created, labels...)
	if err != nil || len(like) == 0 {
		return histogram{m, classic}, err
	}
	return prometheus.NewMetricWithExemplars(histogram{m, classic}, exemplarsOf(like, b.Bounds)...)
}

// exemplarsOf are the slowest of each classic bucket, by time: that is the order in which Prometheus takes those of a native histogram.
func exemplarsOf(like []metrics.Exemplar, bounds []float64) (out []prometheus.Exemplar) {
	slowest := map[int]metrics.Exemplar{}
	for _, x := range like {
		at := sort.SearchFloat64s(bounds, x.Took.Seconds())
		if x.Took >= slowest[at].Took {
			slowest[at] = x
		}
	}
	for _, x := range slowest {
		out = append(out, prometheus.Exemplar{Value: x.Took.Seconds(), Timestamp: x.At, Labels: prometheus.Labels{"trace_id": x.Trace, "span_id": x.Span}})
	}
	slices.SortFunc(out, func(x, y prometheus.Exemplar) int {
		return cmp.Or(x.Timestamp.Compare(y.Timestamp), cmp.Compare(x.Value, y.Value))
	})
	return out
}
