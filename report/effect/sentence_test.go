package effect

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSentences(t *testing.T) {
	base := Effect{Name: "Aggregated", Metric: P95, Level: .95, Baseline: &Interval{Estimate: 190}, Intervention: &Interval{Estimate: 224}}
	change := func(m Metric, v Verdict, ratio, difference *Interval) Effect {
		e := base
		e.Metric, e.Verdict, e.Ratio, e.Difference = m, v, ratio, difference
		return e
	}
	with := func(e Effect, do func(*Effect)) Effect { do(&e); return e }
	worse := change(P95, Worse, &Interval{1.18, 1.09, 1.27}, &Interval{34, 17, 52})
	none := change(P95, NoneSeen, &Interval{1.01, .95, 1.06}, &Interval{1, -9, 11})
	for want, e := range map[string]Effect{
		"Worse: p95 +18 % (95 % interval +9 % to +27 %), +34 ms (+17 ms to +52 ms).": worse,
		"Worse: p95 of GET /api/todos +18 % (95 % interval +9 % to +27 %), +34 ms (+17 ms to +52 ms).": with(worse, func(e *Effect) {
			e.Method, e.Name = "GET", "/api/todos"
		}),
		"Worse: p95 +18 % (95 % interval +9 % to +27 %), +34 ms (+17 ms to +52 ms). 10 pairs, randomisation p = 0.0078.": with(worse, func(e *Effect) {
			e.Pairs, e.PValue = 10, .0078125
		}),
		"No detectable effect on p95: between -5 % and +6 % (95 % interval). The smallest effect this run would have found 4 times in 5 is 8.9 %.": with(none, func(e *Effect) {
			e.MDE = .089
		}),
		"Equivalent on p95 within the margin of 10 % set before the run: between -5 % and +6 % (95 % interval).": with(none, func(e *Effect) {
			e.Verdict, e.Margin = Equivalent, .1
		}),
		"Worse: failure share +0.8 points (95 % interval +0.2 points to +1.4 points).":                  change(Failures, Worse, &Interval{3, 1, 9}, &Interval{.008, .002, .014}),
		"Lower: throughput -12 % (95 % interval -15 % to -9 %).":                                        change(Throughput, Lower, &Interval{.88, .85, .91}, &Interval{-12, -15, -9}),
		"Worse: p95 times 12 (95 % interval times 10.5 to times 13.7), +900 ms (+800 ms to +1,000 ms).": change(P95, Worse, &Interval{12, 10.5, 13.7}, &Interval{900, 800, 1000}),
		"Not estimable on p99: why. Observed: 190 ms in the baseline and 224 ms in the intervention.":   with(change(P99, NotEstimable, nil, nil), func(e *Effect) { e.Reason = "why" }),
		"No verdict on p95: phase A did not settle: why.":                                               {Metric: P95, Name: "Aggregated", Verdict: NotSettled, Reason: "phase A did not settle: why"},
		"p95: not judged.": {Metric: P95, Name: "Aggregated"},
	} {
		assert.Equal(t, want, e.Sentence())
	}
	assert.Equal(t, "p95 190 ms in the baseline, 224 ms in the intervention (+18 %); the verdict comes at the end.", worse.Point())
	assert.Equal(t, "p95: no requests yet.", (&Effect{Metric: P95, Name: "Aggregated"}).Point())
	e := change(Exceedance, Worse, nil, &Interval{.031, .01, .05})
	e.Threshold, e.Baseline, e.Intervention = 212, &Interval{Estimate: .05}, &Interval{Estimate: .081}
	assert.Equal(t, "5 % of the baseline's requests were slower than 212 ms; under the intervention 8.1 %.", e.Exceeds())
	assert.Equal(t, "Worse: share of requests slower than 212 ms +3.1 points (95 % interval +1 points to +5 points).", e.Sentence())
	assert.Empty(t, worse.Exceeds())
}

func TestLimitsInWords(t *testing.T) {
	assert.Equal(t, "-1.1 .. +1.6 points", joinLimits("-1.1 points", "+1.6 points"))
	assert.Equal(t, "any .. +6 %", joinLimits("any", "+6 %"))
	failed := Effect{Metric: P95, Verdict: Worse, Ratio: &Interval{math.Inf(1), math.Inf(1), math.Inf(1)}, Difference: &Interval{math.Inf(1), math.Inf(1), math.Inf(1)}}
	assert.Equal(t, "failed", failed.Cells().Change)
	assert.Equal(t, "failed", failed.Cells().Limits)
	assert.Equal(t, "< 0.001", pValue(.0002))
	assert.Equal(t, "= 0.03", pValue(.03))
}

// 5 and 10 pairs show a correlation of .878 and .632 at 95 %, by the tables.
func TestWhatPairingSavedIsNoMoreThanItShows(t *testing.T) {
	for want, c := range map[string]struct {
		saved float64
		pairs int
	}{
		"Comparing within pairs took away 64 % of the variance.":                                         {.64, 10},
		"Comparing within pairs took away 63 % of the variance, which 10 pairs cannot tell from chance.": {.63, 10},
		"Comparing within pairs took away 87 % of the variance, which 5 pairs cannot tell from chance.":  {.87, 5},
		"Comparing within pairs took away 89 % of the variance.":                                         {.89, 5},
		"Comparing within pairs made the variance 49 % larger, which 10 pairs cannot tell from chance.":  {-.49, 10},
		"Comparing within pairs made the variance 70 % larger.":                                          {-.7, 10},
		"Comparing within pairs took away 100 % of the variance.":                                        {1, 5},
		"Comparing within pairs took away 0 % of the variance, which 6 pairs cannot tell from chance.":   {0, 6},
	} {
		assert.Equal(t, want, savedSentence("Comparing within pairs", c.saved, float64(c.pairs-2), fmt.Sprint(c.pairs, " pairs")))
	}
}

// An effect that is smaller than what the run finds 4 times in 5 had to look larger to be found.
func TestAnEffectTooSmallToSizeIsCalledSo(t *testing.T) {
	e := Effect{Name: "Aggregated", Metric: P95, Level: .95, Verdict: Worse, MDE: .2, Ratio: &Interval{1.1, 1.01, 1.2}, Difference: &Interval{10, 1, 20}}
	assert.Equal(t, "Worse: p95 +10 % (95 % interval +1 % to +20 %), +10 ms (+1 ms to +20 ms)."+
		" That is less than the 20 % that a run like this one finds 4 times in 5, so the true change is probably smaller.", e.Sentence())
	e.MDE = .09
	assert.NotContains(t, e.Sentence(), "size")
	e.Verdict, e.Ratio, e.MDE = Better, &Interval{.85, .8, .9}, .17
	assert.NotContains(t, e.Sentence(), "size", "a fall by 15 % is as far as a rise by 17.6 %")
	e.MDE = .18
	assert.Contains(t, e.Sentence(), "so the true change is probably smaller")
	share := Effect{Name: "Aggregated", Metric: Failures, Level: .95, Verdict: Worse, MDE: .03, Difference: &Interval{.02, .01, .03}}
	assert.Contains(t, share.Sentence(), "less than the 3 points that a run like this one finds 4 times in 5")
}
