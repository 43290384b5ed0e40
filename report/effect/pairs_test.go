package effect

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

func TestPairsCancelWhatOutlastsThem(t *testing.T) {
	moods := []float64{100, 250, 60, 180, 90, 300, 120, 75}
	var at []float64
	names := ""
	for i, mood := range moods {
		if i%2 == 0 {
			at, names = append(at, mood, 1.3*mood), names+"AB"
		} else {
			at, names = append(at, 1.3*mood, mood), names+"BA"
		}
	}
	r, err := Analyze(levels(20, names, at...), Options{})
	require.NoError(t, err)
	e := r.Primary()
	assert.Equal(t, Worse, e.Verdict)
	assert.InDelta(t, 1.3, e.Ratio.Estimate, .06)
	assert.Equal(t, 8, e.Pairs)
	assert.InDelta(t, 2./256, e.PValue, 1e-12, "all eight on one side")
	assert.Greater(t, r.Saved, .9)
	assert.Empty(t, r.Warnings)
	require.Len(t, r.Pairs, 8)
	assert.Equal(t, "A", r.Pairs[0].First)
	assert.Equal(t, "B", r.Pairs[1].First)
	assert.InDelta(t, 1.3, r.Pairs[1].Ratio, .2)
	assert.Equal(t, []string{"0", "3"}, r.Baseline.Phases[:2])
	checkReport(t, r)
}

func TestPairsByHand(t *testing.T) {
	// ln ratios .1, .2, .3, .2, .2: mean .2, sd .0707, se .0316, t_4 2.776
	d := differences{a: []float64{1, 1, 1, 1, 1}, leftOut: make([]string, 5), logs: true}
	for _, x := range []float64{.1, .2, .3, .2, .2} {
		d.b = append(d.b, math.Exp(x))
	}
	e := Effect{Metric: P95, Level: .95}
	d.judge(&e)
	assert.Equal(t, Worse, e.Verdict)
	assert.InDelta(t, .2, math.Log(e.Ratio.Estimate), 1e-12)
	assert.InDelta(t, .2-2.77645*.0316228, math.Log(e.Ratio.Low), 1e-5)
	assert.InDelta(t, .2+2.77645*.0316228, math.Log(e.Ratio.High), 1e-5)
	assert.InDelta(t, 2./32, e.PValue, 1e-12)
	assert.InDelta(t, math.Expm1((2.77645+.94096)*.0316228), e.MDE, 1e-4)
}

func TestTooFewPairs(t *testing.T) {
	r, err := Analyze(levels(20, "ABBAAB", 100, 130, 130, 100, 100, 130), Options{})
	require.NoError(t, err)
	assert.Equal(t, TooShort, r.Primary().Verdict)
	assert.Contains(t, r.Primary().Sentence(), "Too short to tell on p95: 3 pairs are too few; it takes 5, better 10.")
	assert.Contains(t, r.Find(report.Op{}, P99).Reason, "only 0 pairs count and it takes 5: phase 0 has 12 of the 20 requests beyond p99 that it takes")
	p99 := r.Find(report.Op{}, P99)
	assert.InDelta(t, 480, p99.Baseline.Estimate, 100, "what was seen is shown all the same")
	assert.Contains(t, p99.Sentence(), "Observed: ")
	checkReport(t, r)
}

// Pairs without a failure show no variance; the limits are those of independent requests, and there is no test.
func TestPairsWithoutFailures(t *testing.T) {
	r, err := Analyze(levels(20, "ABBAABBAAB", 100, 100, 100, 100, 100, 100, 100, 100, 100, 100), Options{})
	require.NoError(t, err)
	e := r.Find(report.Op{}, Failures)
	assert.Equal(t, NoneSeen, e.Verdict)
	assert.InDelta(t, -math.Log(.005)/6000, e.Difference.High, 1e-9)
	assert.InDelta(t, math.Log(.005)/6000, e.Difference.Low, 1e-9)
	assert.Equal(t, "0 of 6,000 requests failed in the baseline and 0 of 6,000 in the intervention: less than 0.05 % and 0.05 % do (more, if failures come in clumps). No test is made.", e.Sentence())
}

func TestPairsThatDoNotCount(t *testing.T) {
	at := []float64{100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100}
	run := levels(20, "ABABABABABAB", at...)
	run.Intervals[3] = handmade.Run(handmade.NewPhase("3", 20, handmade.Always(handmade.Same(9, 100*ms), 0), 0)).Intervals[0]
	run.Intervals[3].StartS = 60
	for i := range run.Intervals[3].S {
		run.Intervals[3].S[i] += 60
	}
	r, err := Analyze(run, Options{})
	require.NoError(t, err)
	assert.Equal(t, 5, r.Primary().Pairs)
	assert.Equal(t, []string{"1 of 6 pairs do not count: phase 3 has 9 of the 20 requests beyond p95 that it takes."}, r.Primary().Notes)
	assert.NotEmpty(t, r.Pairs[1].LeftOut)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "All pairs ran in the same order")
	assert.Equal(t, NoneSeen, r.Find(report.Op{}, Failures).Verdict)
	checkReport(t, r)
}

// A pair that failed is not left out: the others alone would make a target that fails look good.
func TestFailedPairsAreNotLeftOut(t *testing.T) {
	for failing, want := range map[Metric]string{
		P95:  "phase 3 has no success: all 180 requests failed; of 6 pairs 1 cannot be compared for such a reason",
		Mean: "phase 3 has no success: all 180 requests failed; of 6 pairs 1",
	} {
		run := levels(20, "ABABABABABAB", 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100)
		run.Intervals[3] = handmade.Run(handmade.NewPhase("3", 20, handmade.Always(nil, 9), 0)).Intervals[0]
		run.Intervals[3].StartS = 60
		for i := range run.Intervals[3].S {
			run.Intervals[3].S[i] += 60
		}
		r, err := Analyze(run, Options{Primary: failing})
		require.NoError(t, err)
		e := r.Primary()
		assert.Equal(t, NotEstimable, e.Verdict)
		assert.Contains(t, e.Reason, want)
		assert.True(t, math.IsInf(e.Intervention.Estimate, 1), "not the value of the pairs that are left")
		assert.EqualValues(t, 180, e.InterventionFailures)
		assert.True(t, r.Find(report.Op{}, Throughput).Verdict.Known())
		checkReport(t, r)
	}
}

func TestPairsOfSeveralRuns(t *testing.T) {
	var couples []Couple
	for i := range 6 {
		run := levels(70, "AB", 100+30*float64(i), 120*(1+.3*float64(i)))
		run.Name = fmt.Sprint("run ", i)
		couples = append(couples, Couple{Phase{run, "0"}, Phase{run, "1"}})
	}
	r, err := Paired(couples, Options{})
	require.NoError(t, err)
	assert.Equal(t, "run 3", r.Pairs[3].Run)
	assert.Equal(t, Worse, r.Primary().Verdict)
	assert.InDelta(t, 1.2, r.Primary().Ratio.Estimate, .05)
}
