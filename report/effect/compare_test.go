package effect

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
	"github.com/gensim/load-generator/report/effect/internal/stats"
	"github.com/gensim/load-generator/report/look"
)

// Between two baselines that drift the effect is measured against their middle.
func TestReturnCancelsDrift(t *testing.T) {
	run := levels(130, "ABA", 100, 110, 121)
	r, err := Analyze(run, Options{})
	require.NoError(t, err)
	assert.Equal(t, NoneSeen, r.Primary().Verdict)
	assert.InDelta(t, 1, r.Primary().Ratio.Estimate, .03)
	assert.InDelta(t, 1.21, r.Moved.Ratio.Estimate, .05)
	assert.Equal(t, Worse, r.Moved.Verdict)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "Baseline moved: p95 +2")
	assert.Empty(t, r.Caveat)
	naive, err := Between(Phase{run, "0"}, Phase{run, "1"}, Options{})
	require.NoError(t, err)
	assert.Equal(t, Worse, naive.Primary().Verdict)
	steady, err := Analyze(levels(130, "ABA", 100, 120, 100), Options{Margin: .9})
	require.NoError(t, err)
	assert.InDelta(t, 1.2, steady.Primary().Ratio.Estimate, .03)
	assert.Equal(t, NoneSeen, steady.Moved.Verdict, "the margin is about the intervention")
	assert.Contains(t, strings.Join(steady.Sentences(), "\n"), "Second baseline against the first one: No detectable effect")
}

func TestOperationsWithoutRequestsAreLeftOut(t *testing.T) {
	run := levels(130, "AA", 100, 100)
	for i := range 2 {
		x := report.Series{Phase: run.Phases[i].Name, Method: "GET", Name: "/health", StartS: 130 * i, WidthS: 1, Slots: 130}
		x.Append(handmade.Second{OK: handmade.Same(9, ms)}.Interval(130 * i)) // at the start of sessions, before things have settled
		run.Intervals = append(run.Intervals, x)
	}
	r, err := Analyze(run, Options{Settle: 10 * time.Second})
	require.NoError(t, err)
	assert.Nil(t, r.Find(report.Op{Method: "GET", Name: "/health"}, P95))
	assert.NotContains(t, strings.Join(r.Sentences(), "\n"), "under the intervention", "an A-A run has none")
	r, err = Analyze(run, Options{Settle: 10 * time.Second, Op: report.Op{Method: "GET", Name: "/health"}})
	require.NoError(t, err)
	assert.Equal(t, NotEstimable, r.Primary().Verdict, "asked for, it is answered")
	assert.Contains(t, r.Primary().Sentence(), "phase 0 has no request of GET /health in the time that counts")
}

// A phase that is still on its way when it should have settled has no effect, and says so.
func TestUnsettledPhase(t *testing.T) {
	slow := func(s int) handmade.Second {
		return handmade.Second{OK: handmade.Same(20, time.Duration(100+max(0, 60-s)*20)*ms), Failed: 0}
	}
	run := handmade.Run(handmade.NewPhase("A", 120, handmade.Noisy(1, 40, 100*ms, 0), 15), handmade.NewPhase("B", 120, slow, 15))
	r := ab(t, run, Options{})
	e := r.Primary()
	assert.Equal(t, NotSettled, e.Verdict)
	assert.Contains(t, e.Sentence(), "No verdict on p95: phase B did not settle: its mean response time was still on its way 60 s after the ramp. Observed: ")
	assert.NotContains(t, strings.Join(r.Warnings, "\n"), "did not settle", "the verdict says it, once")
	assert.Equal(t, 60.0, r.Phases[1].MSERCutS)
	assert.Nil(t, e.Ratio)
	checkReport(t, r)
	long := ab(t, run, Options{Settle: 60 * time.Second})
	assert.NotEqual(t, NotSettled, long.Primary().Verdict)
}

// A phase whose level moves to its end has no effect, and says so; of a flat tail the effect speaks from where it
// begins.
func TestMovingPhase(t *testing.T) {
	made := func() *report.Summary {
		tail := handmade.Noisy(2, 40, 120*ms, 0)
		return handmade.Run(handmade.NewPhase("A", 120, handmade.Noisy(1, 40, 100*ms, 0), 15),
			handmade.NewPhase("B", 240, func(s int) handmade.Second {
				if s < 100 { // on the way
					return handmade.Second{OK: handmade.Same(20, 900*ms)}
				}
				return tail(s)
			}, 15))
	}
	run := made()
	run.Phases[1].Stages, run.Phases[1].RampEndS = []report.Stage{{ForS: 240, To: 50}}, 360
	r := ab(t, run, Options{})
	assert.Equal(t, NotSettled, r.Primary().Verdict)
	assert.Equal(t, "No verdict on p95: phase B has a moving level: there is no steady state to compare, so no effect is given.", r.Primary().Sentence())
	for _, e := range r.Effects {
		assert.False(t, e.Verdict.Known(), "%v", e)
	}
	checkReport(t, r)
	run = made()
	run.Phases[1].Stages, run.Phases[1].RampEndS = []report.Stage{{ForS: 100, To: 50}, {ForS: 140, To: 50}}, 220
	r = ab(t, run, Options{})
	assert.Equal(t, Worse, r.Primary().Verdict)
	assert.InDelta(t, 1.2, r.Primary().Ratio.Estimate, .05)
	assert.Equal(t, 235.0, r.Phases[1].FromS)
	checkReport(t, r)
}

func TestMergedIntervalsCount(t *testing.T) {
	// Intervals of 4 s: 96 s are 24 of them, which is just enough.
	run := handmade.Run()
	for i, name := range []string{"A", "B"} {
		x := report.Series{Phase: name, Name: report.Aggregated, StartS: 96 * i, WidthS: 4}
		for s := 0; s < 96; s += 4 {
			v := handmade.Second{OK: handmade.Spread(100, ms, 200*ms)}.Interval(96*i + s)
			v.Width = 4
			x.Append(v)
		}
		run.Intervals = append(run.Intervals, x)
		run.Phases = append(run.Phases, report.PhaseSummary{Name: name, StartS: float64(96 * i), EndS: float64(96*i + 96)})
	}
	r := ab(t, run, Options{})
	assert.Equal(t, NoneSeen, r.Primary().Verdict)
	assert.InDelta(t, 25, r.Find(report.Op{}, Throughput).Baseline.Estimate, 1e-9)
	run.Phases[1].EndS--
	assert.Equal(t, TooShort, ab(t, run, Options{}).Primary().Verdict)
}

// A run that was looked at is judged by wider intervals, all of them, at whatever level they are
// judged. Comparisons of several runs are not looked at.
func TestLooksMakeIntervalsWider(t *testing.T) {
	run := levels(300, "AB", 100, 104)
	run.EndS = 600
	once, err := Analyze(run, Options{})
	require.NoError(t, err)
	assert.Nil(t, once.Looked)
	run.Looks = &look.Plan{Planned: []look.Look{{AtS: 400, Information: .4}, {AtS: 500, Information: .7}, {AtS: 600, Information: 1}}}
	r, err := Analyze(run, Options{})
	require.NoError(t, err)
	nu := r.Primary().Degrees
	limits := Limits(run.Looks, .95)
	assert.InDelta(t, limits[2], r.Looked.Limit, 1e-9)
	assert.InDelta(t, stats.TwoSided(stats.LevelOf(limits[2]), nu)/stats.TwoSided(.95, nu)-1, r.Looked.Wider, 1e-9)
	assert.Equal(t, Looked{Made: 3, Of: 3, Limit: r.Looked.Limit, Wider: r.Looked.Wider, AtS: 600}, *r.Looked)
	for i := range r.Effects {
		a, b := once.Effects[i].Difference, r.Effects[i].Difference
		if once.Effects[i].Verdict.Known() && a.High > a.Low {
			assert.Greater(t, b.High-b.Low, a.High-a.Low, once.Effects[i].Metric)
			assert.Equal(t, once.Effects[i].Level, r.Effects[i].Level, "what is promised of all looks together")
		}
	}
	run.EndS = 550 // stopped by hand: as at the second look
	r, err = Analyze(run, Options{})
	require.NoError(t, err)
	assert.InDelta(t, limits[1], r.Looked.Limit, 1e-9)
	assert.Contains(t, r.Looked.Sentence(), "Looked at 2 times of 3: its intervals are ")
	other := *run
	r, err = Between(Phase{run, "0"}, Phase{&other, "1"}, Options{})
	require.NoError(t, err)
	assert.Nil(t, r.Looked)
}
