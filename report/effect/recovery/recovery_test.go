package recovery

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

func TestRecoveryOfAStep(t *testing.T) {
	r := recovered(t, disrupted(90, func(s int) float64 {
		if s < 20 {
			return 300
		}
		return 100
	}), Options{})
	assert.True(t, r.Recovered)
	assert.InDelta(t, 21.5, r.AfterS, 1.5) // the 5-s mean still holds slow seconds for two seconds
	assert.InDelta(t, 145, r.Baseline, 3)
	assert.InDelta(t, 160, r.Band, 5)
	assert.Empty(t, r.Relapses)
	assert.InDelta(t, 20*60*.95, r.ExcessRequests, 120)
	assert.Contains(t, r.Sentence(), "p95 recovered after 2")
}

func TestRecoveredAtOnce(t *testing.T) {
	r := recovered(t, disrupted(60, steady(100)), Options{Resamples: 100})
	assert.True(t, r.Recovered)
	assert.Zero(t, r.AfterS)
	assert.Zero(t, r.LowS)
}

func TestNotRecovered(t *testing.T) {
	r := recovered(t, disrupted(60, steady(200)), Options{})
	assert.False(t, r.Recovered)
	assert.Equal(t, 60.0, r.AfterS)
	assert.True(t, math.IsInf(r.HighS, 1))
	assert.Contains(t, r.Sentence(), "p95 did not recover within 60 s (> 60 s): the usual value is 14")
}

func TestARelapseIsListed(t *testing.T) {
	r := recovered(t, disrupted(120, func(s int) float64 {
		if s < 10 || s >= 60 && s < 80 {
			return 400
		}
		return 100
	}), Options{})
	assert.True(t, r.Recovered)
	require.Len(t, r.Relapses, 1)
	assert.InDelta(t, 60, r.Relapses[0].FromS, 2.5)
	assert.InDelta(t, 80, r.Relapses[0].ToS, 2.5)
	assert.InDelta(t, 580, r.Relapses[0].Worst, 20)
	assert.Contains(t, r.Sentence(), "It relapsed: ")
}

func TestRecoveryOfFailuresAndThroughput(t *testing.T) {
	run := handmade.Run(
		handmade.NewPhase("before", 120, handmade.Always(handmade.Same(50, 100*ms), 1), 0),
		handmade.NewPhase("after", 80, func(s int) handmade.Second {
			if s < 15 {
				return handmade.Second{OK: handmade.Same(20, 100*ms), Failed: 10}
			}
			return handmade.Second{OK: handmade.Same(50, 100*ms), Failed: 1}
		}, 0))
	f := recovered(t, run, Options{Metric: effect.Failures})
	assert.InDelta(t, 17, f.AfterS, 1)
	assert.InDelta(t, 1./51, f.Baseline, 1e-9)
	assert.InDelta(t, 15*(10-30./51), f.ExcessRequests, 1)
	assert.Contains(t, f.Sentence(), "more requests than usual failed")
	p := recovered(t, run, Options{Metric: effect.Throughput})
	assert.InDelta(t, 17, p.AfterS, 2)
	assert.Equal(t, 50.0, p.Baseline, "successes")
	assert.InDelta(t, 45, p.Band, 1e-9)
	assert.InDelta(t, 15*30, p.ExcessRequests, 1e-6)
	assert.Contains(t, p.Sentence(), "the usual value is 50/s, and recovered means at least 45/s (-10 %) for 10 s")
	q := recovered(t, run, Options{Metric: effect.P95})
	assert.InDelta(t, 17, q.AfterS, 1, "p95 lies among the failures for 15 s")
}

// A baseline that fails has no usual value, so nothing can be said to be back at it; and where everything fails nothing
// has recovered.
func TestFailingIsNoBaselineAndNoRecovery(t *testing.T) {
	fine, dead := handmade.Always(handmade.Same(50, 100*ms), 1), handmade.Always(nil, 400)
	slow := handmade.Always(handmade.Same(50, 5000*ms), 0)
	now := func(from, every int) func(int) handmade.Second { // a third fails in some seconds, so p95 does in 5 s around them
		return func(s int) handmade.Second {
			if s >= from && s%every == 0 {
				return handmade.Second{OK: handmade.Same(50, 100*ms), Failed: 25}
			}
			return handmade.Second{OK: handmade.Same(50, 100*ms)}
		}
	}
	for name, c := range map[string]struct {
		before, after func(int) handmade.Second
		metric        effect.Metric
		reason        string
	}{
		"dead before and after":  {dead, dead, effect.P95, "phase before has no success: all 48,000 requests failed"},
		"dead, failures":         {dead, dead, effect.Failures, "phase before has no success"},
		"dead, throughput":       {dead, dead, effect.Throughput, "phase before has no success"},
		"dead before":            {dead, fine, effect.P95, "phase before has no success"},
		"dead after":             {fine, dead, effect.P95, ""},
		"dead after, failures":   {fine, dead, effect.Failures, ""},
		"dead after, throughput": {fine, dead, effect.Throughput, ""},
		"nearly dead, failures":  {handmade.Always(handmade.Same(1, 100*ms), 30), dead, effect.Failures, ""},
		"fails in every 4th":     {now(0, 4), fine, effect.P95, "p95 lies among the failures in 30 of 120 intervals of phase before, so there is no usual value to get back to"},
		"fails where it is asked": {func(s int) handmade.Second {
			return map[bool]handmade.Second{true: {OK: handmade.Same(5, 100*ms), Failed: 5}}[s%20 == 0]
		}, fine, effect.P95, "in 6 of 6 intervals"},
		"fails in every 10th":      {now(0, 10), slow, effect.P95, ""},
		"fails once, slow after":   {now(119, 119), slow, effect.P95, ""},
		"fails often, throughput":  {now(0, 10), dead, effect.Throughput, ""},
		"fails fast after, others": {fine, handmade.Always(handmade.Same(10, 100*ms), 500), effect.Throughput, ""},
	} {
		run := handmade.Run(handmade.NewPhase("before", 120, c.before, 0), handmade.NewPhase("after", 40, c.after, 0))
		r := recovered(t, run, Options{Metric: c.metric})
		assert.False(t, r.Recovered, name)
		if c.reason == "" {
			assert.Empty(t, r.Reason, name)
			assert.True(t, math.IsInf(r.HighS, 1), name)
		} else {
			assert.Contains(t, r.Reason, c.reason, name)
		}
	}
	for _, every := range []int{10, 119} {
		run := handmade.Run(handmade.NewPhase("before", 120, now(0, every), 0), handmade.NewPhase("after", 40, fine, 0))
		r := recovered(t, run, Options{})
		assert.Zero(t, r.AfterS)
		assert.InDelta(t, 110, r.Band, 1, "seconds that fail do not widen the band")
	}
}

// Seconds without requests do not count as recovered, if the target answers nothing at all.
func TestSilenceDoesNotCountAsRecovered(t *testing.T) {
	run := handmade.Run(
		handmade.NewPhase("before", 120, level(steady(100)), 0),
		handmade.NewPhase("after", 60, func(s int) handmade.Second {
			if s < 30 {
				return handmade.Second{}
			}
			return level(steady(100))(s)
		}, 0))
	r := recovered(t, run, Options{})
	assert.InDelta(t, 28, r.AfterS, 1)
	all := recovered(t, handmade.Run(handmade.NewPhase("before", 120, level(steady(100)), 0), handmade.NewPhase("after", 60, handmade.Always(nil, 0), 0)), Options{})
	assert.False(t, all.Recovered)
}

func TestRecoveryIsRefused(t *testing.T) {
	for want, run := range map[string]*report.Summary{
		"No recovery time of p95: phase before has 119 usable seconds; recovery needs 120 s of baseline.": handmade.Run(handmade.NewPhase("before", 119, level(steady(100)), 0), handmade.NewPhase("after", 60, level(steady(100)), 0)),
		"phase before has no request in the time that counts":                                             handmade.Run(handmade.NewPhase("before", 130, handmade.Always(nil, 0), 0), handmade.NewPhase("after", 60, level(steady(100)), 0)),
		"phase after has 9 seconds; it takes 10":                                                          disrupted(9, steady(100)),
	} {
		r := recovered(t, run, Options{})
		assert.Contains(t, r.Sentence(), want)
		assert.False(t, r.Recovered)
	}
	run := disrupted(30, steady(100))
	for want, o := range map[string]Options{
		`recovery of "mean"; want a quantile, failures or throughput`: {Metric: effect.Mean},
		`unknown metric "x"`: {Metric: "x"},
		"tolerance -1":       {Tolerance: -1},
		`no operation "y"`:   {Op: report.Op{Name: "y"}},
	} {
		_, err := Analyze(effect.Phase{Run: run, Name: "before"}, effect.Phase{Run: run, Name: "after"}, o)
		assert.ErrorContains(t, err, want)
	}
	_, err := Analyze(effect.Phase{Run: run, Name: "x"}, effect.Phase{Run: run, Name: "after"}, Options{})
	assert.ErrorContains(t, err, `no phase "x"`)
}

func TestRecoveryIsReproducible(t *testing.T) {
	run := disrupted(90, func(s int) float64 { return 100 + 300*math.Exp(-float64(s)/15) })
	assert.Equal(t, recovered(t, run, Options{Seed: 3}), recovered(t, run, Options{Seed: 3}))
}

// falling is the closest non-increasing series: no other beats it, and each of its levels is a mean.
func TestFallingAgainstAllPartitions(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	distance := func(a, b []float64) (d float64) {
		for i := range a {
			d += (a[i] - b[i]) * (a[i] - b[i])
		}
		return d
	}
	for range 50 {
		y := make([]float64, 8)
		for i := range y {
			y[i] = math.Round(5 * r.NormFloat64())
		}
		best := math.Inf(1)
		for cuts := range 1 << 7 { // every way to cut the series into stretches of one level
			fit, from, ok, last := make([]float64, 8), 0, true, math.Inf(1)
			for i := range y {
				if i == 7 || cuts>>i&1 == 1 {
					m := mean(y[from : i+1])
					ok, last = ok && m <= last, m
					for k := from; k <= i; k++ {
						fit[k] = m
					}
					from = i + 1
				}
			}
			if ok {
				best = min(best, distance(y, fit))
			}
		}
		got := fallingFit(y)
		assert.InDelta(t, best, distance(y, got), 1e-9)
		for i := 1; i < len(got); i++ {
			assert.LessOrEqual(t, got[i], got[i-1])
		}
	}
	assert.Empty(t, fallingFit(nil))
}

func TestBandIsTheWorseOfTwo(t *testing.T) {
	quiet := make([]float64, 100)
	b := bandOf(quiet, quiet, .1)
	assert.Equal(t, band{0, .1}, b)
	loud := make([]float64, 100)
	for i := range loud {
		loud[i] = float64(i) / 100
	}
	assert.InDelta(t, .97, bandOf(loud, loud, .1).level, 1e-12)
}

func TestGapsAreFilled(t *testing.T) {
	nan := math.NaN()
	assert.Equal(t, []float64{2, 2, 2, 5, 5}, withoutGaps([]float64{nan, 2, nan, 5, nan}))
	assert.Equal(t, []float64{0, 0}, withoutGaps([]float64{nan, nan}))
	f := newFigure(effect.P95, 1)
	means := f.rolling([]float64{nan, nan, nan, nan, 3, 5})
	assert.True(t, math.IsNaN(means[1]))
	assert.Equal(t, 3.0, means[2])
	assert.Equal(t, 4.0, means[5])
}

// A cut-down version of the recovery table: the interval holds the truth, and the band moves with the noise.
func TestRecoveryHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	held, relapsed, errors := 0, 0, 0.0
	const runs = 60
	for rep := range uint64(runs) {
		run := model.Simulate(model.Wobble{Rate: 60, Tau: 5, SD: .1, Drift: func(s int) float64 {
			if s < 135 {
				return 0
			}
			return math.Log(1 + 4*math.Exp(-(float64(s-135)+.5)/10))
		}}, model.Rand(8, rep), model.Phase{Name: "before", Seconds: 135, Settle: 15, Scale: 1}, model.Phase{Name: "after", Seconds: 120, Scale: 1})
		r := recovered(t, run, Options{Resamples: 200, Seed: rep})
		truth := -10 * math.Log((r.Band/r.Baseline-1)/4)
		if r.LowS-1 <= truth && truth <= r.HighS+1 {
			held++
		}
		if len(r.Relapses) > 0 {
			relapsed++
		}
		errors += (r.AfterS - truth) / runs
	}
	assert.GreaterOrEqual(t, held, runs*85/100)
	assert.LessOrEqual(t, relapsed, runs*20/100)
	assert.InDelta(t, 2, errors, 4)
}

// A recovery time is what its definition gives on raw times: the first of 10 s whose 5-s means of ln p95 all stay at or
// below the worse of baseline + 10 % and the baseline's own 97.5 % point.
func TestRecoveryAgainstItsDefinition(t *testing.T) {
	logs := func(p handmade.Raw) (out []float64) {
		for _, second := range p {
			out = append(out, math.Log(handmade.Raw{second}.Quantile(.95)))
		}
		return out
	}
	means := func(y []float64) (out []float64) {
		for i := range y {
			near := y[max(0, i-2):min(len(y), i+3)]
			out = append(out, stats.Sum(near)/float64(len(near)))
		}
		return out
	}
	reps := uint64(20)
	if testing.Short() {
		reps = 4
	}
	for rep := range reps {
		r := rand.New(rand.NewPCG(rep, 8))
		noise := []float64{.02, .15}[rep%2] // the band is baseline + 10 %, or the noise's own
		before, after := handmade.NewRaw(r, 200, 50, noise, 5, 0), handmade.NewRaw(r, 180, 50, noise, 5, 0)
		decay := 3 + 10*r.Float64()
		for t := range after {
			for i := range after[t] {
				after[t][i] *= 1 + 4*math.Exp(-float64(t)/decay)
			}
		}
		base := logs(before)
		own := means(base)
		slices.Sort(own)
		band := max(stats.Sum(base)/200+math.Log(1.1), own[194]) // 195 of 200 lie at or below it
		y, want := means(logs(after)), 0
		for slices.Max(y[want:want+10]) > band {
			want++
		}
		run := handmade.Run(before.Phase("before"), after.Phase("after"))
		got, err := Analyze(effect.Phase{Run: run, Name: "before"}, effect.Phase{Run: run, Name: "after"}, Options{Resamples: 20})
		require.NoError(t, err)
		assert.InDelta(t, want, got.AfterS, 1.01, "rep %d", rep)
		assert.InEpsilon(t, math.Exp(band), got.Band, .01)
		assert.InEpsilon(t, math.Exp(stats.Sum(base)/200), got.Baseline, .01)
	}
}

func TestLongTimesAreGroupedInSentences(t *testing.T) {
	r := Result{Metric: effect.P95, Name: report.Aggregated, Baseline: 1234, Band: 30593, HorizonS: 3600}
	assert.Equal(t, "p95 did not recover within 3,600 s (> 3,600 s): the usual value is 1,234 ms, and recovered means at most 30,593 ms (times 24.8) for 10 s.", r.Sentence())
}

// A phase that lost load to a worker that was lost has another load than its baseline.
func TestADisturbedPhaseHasNoRecoveryTime(t *testing.T) {
	run := disrupted(60, steady(100))
	run.Phases[1].Lost = &report.Loss{UserSeconds: 75, Share: .125}
	r := recovered(t, run, Options{Resamples: 20})
	assert.Equal(t, "No recovery time of p95: workers were lost, and with them 12.5 % of the load of phase after against 0 % of phase before; "+
		"more than 0.5 points apart the two cannot be compared.", r.Sentence())
	assert.Zero(t, r.ExcessRequests)
	assert.Equal(t, 60.0, r.HorizonS)

	run.Phases[1].Lost.Share = .003
	r = recovered(t, run, Options{Resamples: 20})
	assert.True(t, r.Recovered)
	assert.Contains(t, r.Sentence(), " Workers were lost, and with them up to 0.3 % of the load of these phases.")
	run.Phases[0].Lost = &report.Loss{Share: .125}
	assert.Contains(t, recovered(t, run, Options{Resamples: 20}).Reason, "12.5 % of the load of phase before against 0.3 % of phase after")
}
