package effect_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
	"github.com/gensim/load-generator/report/effect/internal/simulate/naive"
	"github.com/gensim/load-generator/report/record"
)

// The server of these tests: its level goes up and down by 10 % with a correlation time of 5 s.
var wobbling = model.Wobble{Rate: 60, Tau: 5, SD: .1}

// Phases of 300 s, and 15 s to settle.
const (
	settle  = 15
	seconds = 300
	runs    = 400
)

// simulates marks a test that compares hundreds of simulated runs, which takes seconds, and a minute under the race detector.
func simulates(t *testing.T) {
	t.Helper()
	if testing.Short() || effect.Raced {
		t.Skip("simulates hundreds of runs")
	}
	t.Parallel()
}

// simulated runs a baseline and an intervention that is slower by a factor.
func simulated(s model.Server, rep uint64, factor float64) *report.Summary {
	return model.Simulate(s, model.Rand(1, rep),
		model.Phase{Name: "A", Seconds: settle + seconds, Settle: settle, Scale: 1},
		model.Phase{Name: "B", Seconds: settle + seconds, Settle: settle, Scale: factor})
}

// primary judges p95 of a run.
func primary(t *testing.T, run *report.Summary, o effect.Options) *effect.Effect {
	o.Metrics = []effect.Metric{} // none but the primary
	r, err := effect.Between(effect.Phase{Run: run, Name: "A"}, effect.Phase{Run: run, Name: "B"}, o)
	require.NoError(t, err)
	return r.Primary()
}

// Without a difference the interval calls an effect in 0.5 to 7 % of the runs. On the first of them the same test finds
// out the percentile bootstrap and the methods that take requests for independent.
func TestFalseAlarms(t *testing.T) {
	simulates(t)
	const half, few = runs / 2, 60
	var alarms, blocks float64
	naively := map[string]float64{}
	for rep := range uint64(runs) {
		run := simulated(wobbling, rep, 1)
		alarms += one(primary(t, run, effect.Options{}).Verdict.Changed())
		a, b := naive.NewSample(&run.Intervals[0], settle), naive.NewSample(&run.Intervals[1], settle)
		r := rand.New(rand.NewPCG(2, rep))
		if rep < half {
			blocks += one(naive.Blocks(r, a, b, .95).Excludes(0))
		}
		if rep < few {
			naively["per-request variance"] += one(naive.OrderStatistics(a, b, .95).Excludes(0))
			naively["bootstrap over requests"] += one(naive.OverRequests(r, a, b, .95).Excludes(0))
			naively["Mann-Whitney"] += one(naive.MannWhitney(a, b))
		}
	}
	t.Log(alarms, blocks, naively)
	assert.GreaterOrEqual(t, alarms/runs, .005)
	assert.LessOrEqual(t, alarms/runs, .07)
	assert.Greater(t, blocks/half, .07)
	assert.Len(t, naively, 3)
	for method, n := range naively {
		assert.Greater(t, n/few, .25, method)
	}
}

// With a real +10 % the interval holds the truth in 92 % of the runs or more, the median estimate is
// within 1 %, and 70 % of the runs find it.
func TestKnownEffectIsHeld(t *testing.T) {
	simulates(t)
	var held, heldMS, found float64
	var ratios, differences []float64
	truth := 1.1
	// The pooled p95 of a lognormal whose level wobbles too.
	baseline := 30 * math.Exp(1.644854*math.Hypot(.6, .1))
	for rep := range uint64(runs) {
		e := primary(t, simulated(wobbling, 1000+rep, truth), effect.Options{})
		require.True(t, e.Verdict.Known() || e.Verdict == effect.NotSettled)
		if !e.Verdict.Known() {
			continue
		}
		ratios, differences = append(ratios, e.Ratio.Estimate), append(differences, e.Difference.Estimate)
		held += one(e.Ratio.Contains(truth))
		heldMS += one(e.Difference.Contains(.1 * baseline))
		found += one(e.Verdict == effect.Worse)
	}
	n := float64(len(ratios))
	require.Greater(t, n, .97*runs)
	t.Logf("held %.3f, in ms %.3f, found %.3f", held/n, heldMS/n, found/n)
	assert.GreaterOrEqual(t, held/n, .92)
	assert.GreaterOrEqual(t, heldMS/n, .92)
	assert.GreaterOrEqual(t, found/n, .70)
	assert.InDelta(t, truth, median(ratios), .01)
	assert.InDelta(t, .1*baseline, median(differences), .01*baseline)
}

// A transient at the start of the intervention looks like an effect, unless settling is left out.
func TestSettlingMustBeLeftOut(t *testing.T) {
	simulates(t)
	s := wobbling
	s.Drift = func(second int) float64 {
		if second < settle+seconds {
			return 0
		}
		return math.Log1p(2 * math.Exp(-float64(second-settle-seconds)/10))
	}
	var settled, raw []float64
	for rep := range uint64(60) {
		run := simulated(s, 2000+rep, 1)
		for o, to := range map[time.Duration]*[]float64{0: &settled, -1: &raw} {
			if e := primary(t, run, effect.Options{Settle: o}); e.Ratio != nil {
				*to = append(*to, e.Ratio.Estimate)
			}
		}
	}
	assert.InDelta(t, 1, median(settled), .03)
	assert.Greater(t, median(raw), 1.05, "the mutant: nothing left out")
}

// recorded measures a server whose answers take seconds with the real recorder. byCompletion is the mutant that
// counts a request when it is done.
func recorded(rep uint64, factor float64, byCompletion bool) *report.Summary {
	const border, end = 200 * time.Second, 400 * time.Second
	rec := record.New(record.Config{Shards: 1, Phases: []report.PhaseInfo{
		{Name: "A", End: border}, {Name: "B", Start: border, End: end},
	}})
	r, shard := model.Rand(3, rep), rec.Shard(0)
	for at := time.Duration(0); at < end; at += time.Duration(r.ExpFloat64() * 5e7) {
		took := 3 * math.Exp(.8*r.NormFloat64())
		if at >= border {
			took *= factor
		}
		x := record.Sample{Op: report.Op{Name: "slow"}, Intended: at, Woken: at, Sent: at, Done: at + time.Duration(took*1e9)}
		if byCompletion {
			late := x.Done - at
			x.Intended, x.Woken, x.Sent, x.Done = at+late, at+late, at+late, at+2*late
		}
		if x.Intended >= end {
			continue
		}
		if x.Done > end {
			x.Done, x.Err = end, report.CutOff
		}
		shard.Record(&x)
	}
	rec.End(end)
	return rec.Summary(record.Meta{End: end})
}

// Where answers take seconds, a phase's last seconds and the requests that cross its border matter.
func TestSlowAnswers(t *testing.T) {
	simulates(t)
	var right, mutant []float64
	held := 0.0
	const runs = 60
	for rep := range uint64(runs) {
		e := primary(t, recorded(rep, 2, false), effect.Options{})
		require.NotNil(t, e.Ratio, e.Sentence())
		right = append(right, e.Ratio.Estimate)
		held += one(e.Ratio.Contains(2)) / runs
		if e := primary(t, recorded(rep, 2, true), effect.Options{}); e.Ratio != nil {
			mutant = append(mutant, e.Ratio.Estimate)
		}
	}
	t.Logf("held %.2f, median %.3f, by completion %.3f", held, median(right), median(mutant))
	assert.GreaterOrEqual(t, held, .92)
	assert.InDelta(t, 2, median(right), .02)
	assert.Less(t, median(mutant), 1.96, "the mutant: phase by completion")
}

// A queue that is nearly full comes in bursts: the shared variance keeps the promise, variances of each
// phase's own do not.
func TestBusyQueue(t *testing.T) {
	simulates(t)
	var shared, own, n float64
	for rep := range uint64(250) {
		run := model.Simulate(model.Queue{Rate: 100, Utilisation: .85}, model.Rand(4, rep),
			model.Phase{Name: "A", Seconds: settle + 60, Settle: settle, Scale: 1},
			model.Phase{Name: "B", Seconds: settle + 60, Settle: settle, Scale: 1})
		n++
		shared += one(primary(t, run, effect.Options{}).Verdict.Changed())
		alone, ok := naive.OwnVariances(run, "A", "B", .95)
		own += one(ok && alone.Excludes(0))
	}
	t.Logf("shared %.3f, own %.3f", shared/n, own/n)
	assert.LessOrEqual(t, shared/n, .06)
	assert.Greater(t, own, shared)
}

// Ten pairs in random order keep their promise where a server drifts and changes its mood with each phase, and
// A-B does not.
func TestPairsUnderDrift(t *testing.T) {
	simulates(t)
	const runs, compared = 200, 80 // A-B in the first of them
	var pairs, ab float64
	for rep := range uint64(runs) {
		r := model.Rand(5, rep)
		moods := make([]float64, 20)
		for i := range moods {
			moods[i] = .03 * r.NormFloat64()
		}
		s := wobbling
		s.Drift = func(second int) float64 { return math.Log(1.1)*float64(second)/600 + moods[second/30%20] }
		var phases []model.Phase
		var couples []effect.Couple
		for i := range 20 {
			phases = append(phases, model.Phase{Name: string(rune('a' + i)), Seconds: 30, Settle: settle, Scale: 1})
		}
		run := model.Simulate(s, r, phases...)
		for i := 0; i < 20; i += 2 {
			k := r.IntN(2)
			couples = append(couples, effect.Couple{
				Baseline: effect.Phase{Run: run, Name: phases[i+k].Name}, Intervention: effect.Phase{Run: run, Name: phases[i+1-k].Name},
			})
		}
		p, err := effect.Paired(couples, effect.Options{Metrics: []effect.Metric{}})
		require.NoError(t, err)
		pairs += one(p.Primary().Verdict.Changed())
		if rep >= compared {
			continue
		}
		s.Drift = func(second int) float64 { return math.Log(1.1)*float64(second)/600 + moods[second/315%20] }
		ab += one(primary(t, simulated(s, 7000+rep, 1), effect.Options{}).Verdict.Changed())
	}
	t.Logf("pairs %.3f, A-B %.3f", pairs/runs, ab/compared)
	assert.LessOrEqual(t, pairs/runs, .085)
	assert.Greater(t, ab/compared, .12)
}

// one counts a truth.
func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// median of values.
func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
