package prometheus

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report/hist"
)

// out passes on the metrics of one run.
type out struct {
	to      chan<- prometheus.Metric
	created time.Time
	run     string // label
}

var _ metrics.Sink = (*out)(nil)

// Count implements metrics.Sink.
func (o *out) Count(m *metrics.Metric, n int64, labels ...string) {
	desc := ofRun[m]
	c, err := prometheus.NewConstMetricWithCreatedTimestamp(desc, prometheus.CounterValue, float64(n), o.created, o.labels(labels)...)
	o.pass(desc, c, err)
}

// Level implements metrics.Sink.
func (o *out) Level(m *metrics.Metric, v float64, labels ...string) {
	desc := ofRun[m]
	c, err := prometheus.NewConstMetric(desc, prometheus.GaugeValue, v, o.labels(labels)...)
	o.pass(desc, c, err)
}

// Histogram implements metrics.Sink.
func (o *out) Histogram(m *metrics.Metric, s *hist.Sketch, like []metrics.Exemplar, labels ...string) {
	desc := ofRun[m]
	c, err := newHistogram(desc, m.Kind.Buckets(s), like, o.created, o.labels(labels)...)
	o.pass(desc, c, err)
}

// pass passes a metric on, or the reason why there is none, which is the scrape's error.
func (o *out) pass(desc *prometheus.Desc, m prometheus.Metric, err error) {
	if err != nil {
		m = prometheus.NewInvalidMetric(desc, err)
	}
	o.to <- m
}

func (o *out) labels(more []string) []string { return append([]string{o.run}, more...) }

// collect passes on all metrics of the run.
func (r *run) collect(to chan<- prometheus.Metric) {
	r.figures.Read(func(run string, created time.Time) metrics.Sink { return &out{to, created, run} })
}
