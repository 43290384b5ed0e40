package otel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// send sends what there is, and returns what has arrived.
func send(t *testing.T, c *collector, r *run, rec *record.Recorder, at time.Duration) map[string]*metricspb.Metric {
	t.Helper()
	r.meter.figures.Watch(rec.Snapshot(at))
	require.NoError(t, r.meter.send(t.Context(), at))
	return c.last(t)
}

// TestHistogramsAreExponential: one bucket holds a duration, and zero what is shorter than a microsecond.
func TestHistogramsAreExponential(t *testing.T) {
	c := byGRPC(t)
	r, rec := begin(start(t, Config{}))
	for _, took := range []time.Duration{0, 30 * time.Millisecond, 30 * time.Millisecond, 900 * time.Millisecond} {
		recordAt(rec, 0, took, op, "")
	}
	m := send(t, c, r, rec, time.Second)["loadgen.request.duration"]
	h := m.GetExponentialHistogram()
	require.NotNil(t, h)
	assert.Equal(t, "s", m.Unit)
	assert.Equal(t, metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE, h.AggregationTemporality)
	require.Len(t, h.DataPoints, 1)
	p := h.DataPoints[0]
	assert.EqualValues(t, 5, p.Scale)
	assert.EqualValues(t, 4, p.Count)
	assert.InDelta(t, .96, p.GetSum(), 1e-9)
	assert.EqualValues(t, 1, p.ZeroCount)
	assert.Equal(t, epoch.UnixNano(), int64(p.StartTimeUnixNano))
	assert.Equal(t, epoch.Add(time.Second).UnixNano(), int64(p.TimeUnixNano))
	for seconds, want := range map[float64]uint64{.03: 2, .9: 1} {
		i := int32(math.Ceil(math.Log2(seconds)*32)) - 1 // (2^(i/32), 2^((i+1)/32)]
		if b := p.Positive; assert.Less(t, i-b.Offset, int32(len(b.BucketCounts))) {
			assert.Equal(t, want, b.BucketCounts[i-b.Offset], "%v s", seconds)
		}
	}
	r.EndRun(rec.Summary(record.Meta{End: time.Second}))
}

// TestWideHistogramsAreCoarser: receivers take some hundred buckets.
func TestWideHistogramsAreCoarser(t *testing.T) {
	narrow, wide := map[int]int64{}, map[int]int64{}
	for i := -160; i < 160; i++ {
		narrow[i] = 1
	}
	for i := -600; i <= 300; i++ {
		wide[i] = int64(i + 601)
	}
	scale, b := exponential(narrow)
	assert.EqualValues(t, 5, scale)
	assert.EqualValues(t, -161, b.Offset)
	assert.Len(t, b.Counts, 320)
	scale, b = exponential(wide)
	assert.EqualValues(t, 3, scale)
	assert.LessOrEqual(t, len(b.Counts), 320)
	sum, want := uint64(0), int64(0)
	for at, n := range b.Counts {
		sum += n
		own := int64(0) // (2^(i/8), 2^((i+1)/8)] holds four of the finer ones
		for i := range 4 {
			own += wide[(int(b.Offset)+at)*4+i+1]
		}
		assert.EqualValues(t, own, n)
	}
	for _, n := range wide {
		want += n
	}
	assert.EqualValues(t, want, sum)
	scale, b = exponential(nil)
	assert.EqualValues(t, 5, scale)
	assert.Empty(t, b.Counts)
}

// TestExplicitBuckets: for backends that take no exponential ones.
func TestExplicitBuckets(t *testing.T) {
	c := byHTTP(t, "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION=explicit_bucket_histogram")
	r, rec := begin(start(t, Config{}))
	for _, took := range []time.Duration{0, 30 * time.Millisecond, 40 * time.Millisecond, time.Hour} {
		recordAt(rec, 0, took, op, "")
	}
	h := send(t, c, r, rec, time.Second)["loadgen.request.duration"].GetHistogram()
	require.NotNil(t, h)
	p := h.DataPoints[0]
	assert.Equal(t, []float64{.001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, p.ExplicitBounds)
	assert.Equal(t, []uint64{1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1}, p.BucketCounts)
	r.EndRun(rec.Summary(record.Meta{End: time.Second}))
}

// TestDeltas: what is sent adds up to the summary, and what was not taken is in the next export.
func TestDeltas(t *testing.T) {
	c := byHTTP(t, "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta")
	r, rec := begin(start(t, Config{}))
	of := []string{"load.outcome=ok", "load.phase=baseline"}
	recordAt(rec, 0, 30*time.Millisecond, op, "")
	m := send(t, c, r, rec, time.Second)
	assert.EqualValues(t, 1, value(t, m["loadgen.requests"], of...))
	assert.Equal(t, metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA, m["loadgen.requests"].GetSum().AggregationTemporality)
	assert.Equal(t, metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE, m["loadgen.users"].GetSum().AggregationTemporality)

	recordAt(rec, time.Second, 30*time.Millisecond, op, "")
	lost := r.meter.points
	r.meter.figures.Watch(rec.Snapshot(2 * time.Second))
	lost.read(r.meter.figures, r.e.resource, epoch.Add(2*time.Second)) // and not taken
	recordAt(rec, 2*time.Second, time.Second, op, "")
	m = send(t, c, r, rec, 3*time.Second)
	assert.EqualValues(t, 2, value(t, m["loadgen.requests"], of...))
	p := m["loadgen.request.duration"].GetExponentialHistogram().DataPoints[0]
	assert.EqualValues(t, 2, p.Count)
	assert.InDelta(t, 1.03, p.GetSum(), 1e-9)
	sum := p.ZeroCount
	for _, n := range p.Positive.BucketCounts {
		sum += n
	}
	assert.EqualValues(t, 2, sum)
	assert.Equal(t, epoch.Add(time.Second).UnixNano(), int64(p.StartTimeUnixNano))
	r.EndRun(rec.Summary(record.Meta{End: 4 * time.Second}))
	m = c.last(t)
	assert.Zero(t, value(t, m["loadgen.requests"], of...))
}

// TestZeroedStatisticsAreAnotherRun: no series goes down.
func TestZeroedStatisticsAreAnotherRun(t *testing.T) {
	c := byGRPC(t)
	r, rec := begin(start(t, Config{}))
	recordAt(rec, 0, 30*time.Millisecond, op, "")
	m := send(t, c, r, rec, time.Second)
	assert.EqualValues(t, 1, value(t, m["loadgen.requests"], "load.run_id=r-1", "load.outcome=ok"))
	rec.Reset(2 * time.Second)
	recordAt(rec, 2*time.Second, 30*time.Millisecond, op, "")
	m = send(t, c, r, rec, 3*time.Second)
	assert.EqualValues(t, 1, value(t, m["loadgen.requests"], "load.run_id=r-1.1", "load.outcome=ok"))
	assert.Equal(t, epoch.Add(2*time.Second).UnixNano(), int64(m["loadgen.requests"].GetSum().DataPoints[0].StartTimeUnixNano))
	r.EndRun(rec.Summary(record.Meta{End: 4 * time.Second}))
}

// TestMetricsAreSentEveryInterval, and at the end.
func TestMetricsAreSentEveryInterval(t *testing.T) {
	c := byGRPC(t, "OTEL_METRIC_EXPORT_INTERVAL=2000")
	r, rec := begin(start(t, Config{}))
	for at := range 5 {
		r.Watch(rec.Snapshot(time.Duration(at+1) * time.Second))
		arrived := (at + 1) / 2
		require.Eventually(t, func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return len(c.exports) == arrived
		}, 30*time.Second, time.Millisecond)
	}
	r.EndRun(rec.Summary(record.Meta{End: 6 * time.Second}))
	c.look(func() { assert.Len(t, c.exports, 3) })
}

// TestPointsAreBounded: a script that puts ids into names, and values of 10 kB, costs neither this process nor the collector its
// memory, and every request is counted once, in each export.
func TestPointsAreBounded(t *testing.T) {
	c := byHTTP(t, "OTEL_EXPORTER_OTLP_COMPRESSION=gzip")
	e := start(t, Config{SampleRate: 1})
	r, rec := begin(e)
	names := 3000 // the recorder itself keeps 1,000 apart
	if testing.Short() {
		names = 1200
	}
	name := func(i int) report.Op {
		return report.Op{Method: "GET", Name: fmt.Sprintf("/%d/%s", i, strings.Repeat("é", 500))}
	}
	for i := range names {
		recordAt(rec, 0, time.Millisecond, name(i), fmt.Sprintf("check: %d %s", i, strings.Repeat("x", 1000)))
	}
	_, task := r.BeginTask(context.Background(), measure.Task{Name: strings.Repeat("t", 10_000), Kind: strings.Repeat("k", 10_000)})
	task.BeginRequest(name(0), 0, 0).End(measure.Outcome{Reason: strings.Repeat("r", 10_000), Err: errors.New(strings.Repeat("e", 10_000))})
	task.End(0, nil, false)
	send(t, c, r, rec, time.Second)
	r.EndRun(rec.Summary(record.Meta{End: time.Second}))
	assert.Equal(t, Losses{}, e.Stop())

	require.Len(t, c.exports, 2)
	short := func(of []*common.KeyValue) {
		for key, v := range attributesOf(of) {
			assert.LessOrEqual(t, len(v), metrics.MaxLabel, key)
			assert.True(t, utf8.ValidString(v), key)
		}
	}
	for _, export := range c.exports {
		for _, m := range export {
			n, points := 0., m.GetSum().GetDataPoints()
			for _, p := range points {
				short(p.Attributes)
				n += number(p)
			}
			switch m.Name {
			case "loadgen.requests":
				assert.EqualValues(t, names, n)
				assert.LessOrEqual(t, len(points), 2*(metrics.MaxNames+1))
			case "loadgen.request.failures":
				assert.EqualValues(t, names, n)
				assert.LessOrEqual(t, len(points), metrics.MaxReasons+metrics.MaxNames+1)
			}
		}
	}
	require.Len(t, c.spans, 2)
	for _, s := range c.spans {
		assert.LessOrEqual(t, len(s.Name), metrics.MaxLabel)
		assert.LessOrEqual(t, len(s.Status.GetMessage()), metrics.MaxLabel)
		short(s.Attributes)
	}
}
