package recovery

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// settlesAt is a target that falls back to a level within seconds of the end of a disruption, and stays there. The noise of
// the baseline makes its band as wide as that.
func settlesAt(rep uint64, level float64, after int) *report.Summary {
	server := model.Wobble{Rate: 60, Tau: 5, SD: .1, Drift: func(s int) float64 {
		if s < 255 {
			return 0
		}
		return math.Log(level * (1 + 4*math.Exp(-float64(s-255)/5)))
	}}
	return model.Simulate(server, model.Rand(11, rep), model.Phase{Name: "before", Seconds: 255, Settle: 15, Scale: 1}, model.Phase{Name: "after", Seconds: after, Scale: 1})
}

func TestRecoveredAndStayedAbove(t *testing.T) {
	runs := uint64(12)
	if testing.Short() {
		runs = 4
	}
	found, called, falsely := 0, 0, 0
	for rep := range runs {
		if r := recovered(t, settlesAt(rep, 1.25, 600), Options{Resamples: 50}); r.Recovered {
			called++
			require.NotNil(t, r.Stayed)
			if r.Stayed.Worse {
				found++
				assert.InDelta(t, .25, r.Stayed.Change.Estimate, .15)
				assert.Contains(t, r.Sentence(), " And it stayed ")
				assert.Contains(t, r.Sentence(), " % above the usual value in the last 200 s (95 % interval ")
			}
		}
		if r := recovered(t, settlesAt(rep, 1, 600), Options{Resamples: 50}); r.Recovered && r.Stayed != nil && r.Stayed.Worse {
			falsely++
		}
	}
	assert.Greater(t, called, int(runs)/2, "it is inside the band for 10 s")
	assert.GreaterOrEqual(t, found, called*9/10, "and still above what is usual")
	assert.LessOrEqual(t, falsely, int(runs)/10)
}

func TestBandIsGivenInPerCent(t *testing.T) {
	r := recovered(t, disrupted(60, steady(100)), Options{Resamples: 20})
	assert.Regexp(t, `recovered means at most \d+ ms \(\+1\d %\) for 10 s`, r.Sentence())
}

// The last minute counts where a third is shorter, and nothing where that reaches back before the recovery.
func TestStayedTakesAMinuteAfterTheRecovery(t *testing.T) {
	late := func(s int) float64 { return map[bool]float64{true: 300, false: 106}[s < 30] }
	r := recovered(t, disrupted(120, late), Options{})
	require.NotNil(t, r.Stayed)
	assert.Equal(t, 59.0, r.Stayed.FromS)
	r = recovered(t, disrupted(80, late), Options{})
	assert.True(t, r.Recovered)
	assert.Nil(t, r.Stayed)
	r = recovered(t, disrupted(120, steady(300)), Options{})
	assert.False(t, r.Recovered)
	assert.Nil(t, r.Stayed)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "stayed")
}

func TestStayedInOtherMetrics(t *testing.T) {
	ok := func(n, failed int) func(int) handmade.Second {
		wave := handmade.Noisy(3, n, 100*ms, 0)
		return func(s int) handmade.Second {
			x := wave(s)
			x.Failed = failed + s%3
			return x
		}
	}
	run := handmade.Run(handmade.NewPhase("before", 130, ok(100, 2), 0), handmade.NewPhase("after", 130, ok(95, 3), 0))
	r := recovered(t, run, Options{Metric: effect.Throughput, Tolerance: .2})
	require.NotNil(t, r.Stayed)
	assert.Contains(t, r.Sentence(), " And it stayed 5 % below the usual value in the last 61 s (95 % interval 5 % to 5 %).")
	r = recovered(t, run, Options{Metric: effect.Failures, Tolerance: .9})
	require.NotNil(t, r.Stayed)
	assert.Regexp(t, ` And it stayed 1\.\d+ points above the usual value in the last 61 s`, r.Sentence())
}

func TestStayedWithoutAnUpperLimit(t *testing.T) {
	r := &Result{Metric: effect.P95, HorizonS: 90, Stayed: &Stayed{30, effect.Interval{Estimate: .5, Low: .2, High: math.Inf(1)}, true}}
	assert.Equal(t, " And it stayed 50 % above the usual value in the last 60 s (95 % interval at least 20 %).", r.stayedSentence())
	r.Stayed.Change.Estimate = math.Inf(1)
	assert.Equal(t, " It stayed among the failures.", r.stayedSentence())
}
