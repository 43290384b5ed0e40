package effect

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

func TestParseMetric(t *testing.T) {
	for in, want := range map[string]Metric{
		"p95": P95, "P95 ": P95, "p50": P50, "p5": "p5", "p999": "p999", "p99.9": "p999", "p99.99": "p9999", "p9999": "p9999",
		"p95.0": P95, "p99.5": "p995", "mean": Mean, "Failures": Failures, "throughput": Throughput, "exceedance": Exceedance,
	} {
		got, err := ParseMetric(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "p", "p0", "p100", "p1000x", "p-5", "p1e1", "pNaN", "p.", "p1.2.3", "median", "p00"} {
		_, err := ParseMetric(in)
		assert.ErrorContains(t, err, "want p50, p95, p99", in)
	}
}

func TestMetricQuantileAndLabel(t *testing.T) {
	for m, want := range map[Metric]struct {
		p     float64
		label string
	}{P50: {.5, "p50"}, P95: {.95, "p95"}, "p5": {.05, "p5"}, "p999": {.999, "p99.9"}, "p9999": {.9999, "p99.99"}, "p995": {.995, "p99.5"}} {
		p, ok := m.Quantile()
		assert.True(t, ok)
		assert.InDelta(t, want.p, p, 1e-12)
		assert.Equal(t, want.label, m.Label())
		assert.True(t, m.isTime())
	}
	for _, m := range []Metric{Mean, Failures, Throughput, Exceedance, ""} {
		_, ok := m.Quantile()
		assert.False(t, ok)
	}
	p, _ := P95.Quantile()
	assert.True(t, p == .95, "exactly")
}

func TestOptionsAreChecked(t *testing.T) {
	run := handmade.Run(handmade.NewPhase("A", 70, handmade.Always(handmade.Same(5, time.Second), 0), 0), handmade.NewPhase("B", 70, handmade.Always(handmade.Same(5, time.Second), 0), 0))
	for want, o := range map[string]Options{
		"level 0.4; want more than 0.5":                                 {Level: .4},
		"level 1;":                                                      {Level: 1},
		"margin -1; want 0 (none) up to 1":                              {Margin: -1},
		`unknown metric "fast"; want p50, p95, p99`:                     {Primary: "fast"},
		`unknown metric "slow"`:                                         {Metrics: []Metric{"slow"}},
		`no operation "GET /x" in these phases; there are "Aggregated"`: {Op: report.Op{Method: "GET", Name: "/x"}},
	} {
		_, err := Between(Phase{run, "A"}, Phase{run, "B"}, o)
		assert.ErrorContains(t, err, want)
		_, err = Paired([]Couple{{Phase{run, "A"}, Phase{run, "B"}}}, o)
		assert.ErrorContains(t, err, want)
	}
	_, err := Between(Phase{run, "A"}, Phase{run, "C"}, Options{})
	assert.EqualError(t, err, `no phase "C"; the run has "A", "B"`)
	run.NotReached = []string{"C"}
	_, err = Between(Phase{run, "A"}, Phase{run, "C"}, Options{})
	assert.EqualError(t, err, `the run ended before phase "C" began`)
	_, err = Between(Phase{nil, "A"}, Phase{run, "B"}, Options{})
	assert.ErrorContains(t, err, "of no run")
	_, err = Paired(nil, Options{})
	assert.ErrorContains(t, err, "no pairs")
}

func TestOptionsDefaults(t *testing.T) {
	o, err := Options{}.fill()
	require.NoError(t, err)
	assert.Equal(t, P95, o.Primary)
	assert.InDelta(t, .95, o.Level, 1e-12)
	assert.InDelta(t, .99, o.secondary(), 1e-12)
	assert.Equal(t, []Metric{P95, P50, P99, Mean, Failures, Throughput, Exceedance}, o.Metrics)
	o, err = Options{Primary: "p99.9", Metrics: []Metric{"p99.9", P50}}.fill()
	require.NoError(t, err)
	assert.Equal(t, []Metric{"p999", P50}, o.Metrics)
	assert.InDelta(t, .999, o.threshold(), 1e-12)
	o, err = Options{Primary: Failures, Metrics: []Metric{}}.fill()
	require.NoError(t, err)
	assert.Equal(t, []Metric{Failures}, o.Metrics)
	assert.InDelta(t, .95, o.threshold(), 1e-12)
}
