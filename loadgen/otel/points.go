package otel

import (
	"math"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report/hist"
)

// points makes the data points of one run.
type points struct {
	delta    bool // counts since the last export, not since the start
	explicit bool // histograms with few bounds

	before map[series]state // what the collector has; of deltas alone
	now    map[series]state // what it is being sent
}

// series names a series.
type series struct {
	metric     *metrics.Metric
	attributes attribute.Distinct
}

// state is what a series has come to.
type state struct {
	at      time.Time
	count   int64
	buckets *metrics.Buckets
}

// newPoints has points as the environment wants them of an exporter.
func newPoints(to metric.Exporter) *points {
	return &points{
		delta:    to.Temporality(metric.InstrumentKindCounter) == metricdata.DeltaTemporality,
		explicit: strings.EqualFold(metered.of("DEFAULT_HISTOGRAM_AGGREGATION"), "explicit_bucket_histogram"), before: map[series]state{},
	}
}

// read makes the points of an instant.
func (p *points) read(figures *metrics.Run, r *resource.Resource, at time.Time) *metricdata.ResourceMetrics {
	p.now = map[series]state{}
	w := &writer{p: p, at: at, data: map[*metrics.Metric]metricdata.Aggregation{}}
	figures.Read(func(run string, created time.Time) metrics.Sink {
		w.run, w.created = run, created
		return w
	})
	all := metricdata.ScopeMetrics{Scope: instrumentation.Scope{Name: scope}}
	for _, m := range metrics.All() {
		if data := w.data[m]; data != nil {
			all.Metrics = append(all.Metrics, metricdata.Metrics{Name: "loadgen." + m.Name, Description: m.Help, Unit: m.Unit, Data: data})
		}
	}
	return &metricdata.ResourceMetrics{Resource: r, ScopeMetrics: []metricdata.ScopeMetrics{all}}
}

// taken notes that the collector has taken what was read last.
func (p *points) taken() {
	if p.delta {
		p.before = p.now
	}
}

// temporality is that of what only grows.
func (p *points) temporality() metricdata.Temporality {
	if p.delta {
		return metricdata.DeltaTemporality
	}
	return metricdata.CumulativeTemporality
}

// writer writes the points of one instant.
type writer struct {
	p           *points
	at, created time.Time
	run         string
	data        map[*metrics.Metric]metricdata.Aggregation
}

var _ metrics.Sink = (*writer)(nil)

// Count implements metrics.Sink.
func (w *writer) Count(m *metrics.Metric, n int64, labels ...string) {
	of := w.attributes(m, labels)
	since, before := w.since(m, of, state{count: n})
	sum, _ := w.data[m].(metricdata.Sum[int64])
	sum.Temporality, sum.IsMonotonic = w.p.temporality(), true
	sum.DataPoints = append(sum.DataPoints, metricdata.DataPoint[int64]{Attributes: of, StartTime: since, Time: w.at, Value: n - before.count})
	w.data[m] = sum
}

// Level implements metrics.Sink. What can be added up, such as users, is a counter that goes down too.
func (w *writer) Level(m *metrics.Metric, v float64, labels ...string) {
	point := metricdata.DataPoint[float64]{Attributes: w.attributes(m, labels), Time: w.at, Value: v}
	if strings.HasPrefix(m.Unit, "{") {
		sum, _ := w.data[m].(metricdata.Sum[float64])
		sum.Temporality, point.StartTime = metricdata.CumulativeTemporality, w.created
		sum.DataPoints = append(sum.DataPoints, point)
		w.data[m] = sum
		return
	}
	gauge, _ := w.data[m].(metricdata.Gauge[float64])
	gauge.DataPoints = append(gauge.DataPoints, point)
	w.data[m] = gauge
}

// Histogram implements metrics.Sink.
func (w *writer) Histogram(m *metrics.Metric, s *hist.Sketch, _ []metrics.Exemplar, labels ...string) {
	of, b := w.attributes(m, labels), m.Kind.Buckets(s)
	since, before := w.since(m, of, state{buckets: b})
	if before.buckets != nil {
		b = b.Minus(before.buckets)
	}
	if w.p.explicit {
		h, _ := w.data[m].(metricdata.Histogram[float64])
		h.Temporality = w.p.temporality()
		h.DataPoints = append(h.DataPoints, metricdata.HistogramDataPoint[float64]{Attributes: of, StartTime: since, Time: w.at,
			Count: b.Count, Sum: b.Sum, Bounds: b.Bounds, BucketCounts: explicit(b)})
		w.data[m] = h
		return
	}
	h, _ := w.data[m].(metricdata.ExponentialHistogram[float64])
	h.Temporality = w.p.temporality()
	point := metricdata.ExponentialHistogramDataPoint[float64]{Attributes: of, StartTime: since, Time: w.at,
		Count: b.Count, Sum: b.Sum, ZeroCount: b.Zero, ZeroThreshold: metrics.ZeroThreshold}
	point.Scale, point.PositiveBucket = exponential(b.Exponential)
	h.DataPoints = append(h.DataPoints, point)
	w.data[m] = h
}

// since notes what a series has come to, and returns from when the next point counts and what is taken off.
func (w *writer) since(m *metrics.Metric, of attribute.Set, now state) (from time.Time, before state) {
	if !w.p.delta {
		return w.created, state{}
	}
	key := series{m, of.Equivalent()}
	now.at = w.at
	w.p.now[key] = now
	if before, ok := w.p.before[key]; ok {
		return before.at, before
	}
	return w.created, state{}
}

// attributes are the labels of a metric, with the run.
func (w *writer) attributes(m *metrics.Metric, labels []string) attribute.Set {
	all := make([]attribute.KeyValue, 0, 1+len(labels))
	all = append(all, text(attributeRun, w.run))
	for i, value := range labels {
		if value != "" {
			all = append(all, text(key(m, m.Labels[i]), value))
		}
	}
	return attribute.NewSet(all...)
}

// key is the attribute of a label.
func key(m *metrics.Metric, label string) string {
	if label == "reason" || label == "kind" && slices.Equal(m.Labels, []string{"kind"}) && m.Kind == metrics.Counter { // of exceptions
		return attributeError
	}
	return "load." + label
}

// explicit are the counts of the classic buckets, each for itself, and of what is beyond.
func explicit(b *metrics.Buckets) []uint64 {
	counts, last := make([]uint64, 0, len(b.Below)+1), uint64(0)
	for _, n := range b.Below {
		counts = append(counts, n-last)
		last = n
	}
	return append(counts, b.Count-last)
}

// maxBuckets of a histogram: what is wider is halved in its resolution.
const maxBuckets = 320

// exponential are the buckets of a histogram without gaps, numbered as OpenTelemetry does: from one less than Prometheus.
func exponential(counts map[int]int64) (scale int32, buckets metricdata.ExponentialBucket) {
	scale = metrics.Schema
	if len(counts) == 0 {
		return scale, buckets
	}
	low, high := math.MaxInt, math.MinInt
	for i := range counts {
		low, high = min(low, i-1), max(high, i-1)
	}
	halvings := 0
	for high>>halvings-low>>halvings >= maxBuckets {
		halvings++
	}
	low, high = low>>halvings, high>>halvings
	buckets.Offset, buckets.Counts = int32(low), make([]uint64, high-low+1)
	for i, n := range counts {
		buckets.Counts[(i-1)>>halvings-low] += uint64(n)
	}
	return scale - int32(halvings), buckets
}
