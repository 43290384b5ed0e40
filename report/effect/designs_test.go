package effect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// arms gives the phases of a run their arms.
func arms(run *report.Summary, names string) *report.Summary {
	for i := range run.Phases {
		run.Phases[i].Arm = strings.TrimSpace(names[i : i+1])
	}
	return run
}

// levels makes a run of phases with times around some levels, ms.
func levels(seconds int, names string, at ...float64) *report.Summary {
	var phases []handmade
	for i, level := range at {
		phases = append(phases, handmade{fmt.Sprintf("%d", i), seconds, noisy(uint64(i+1), 60, time.Duration(level*1e6), 0), 0})
	}
	return arms(made(phases...), names)
}

func TestOfFindsTheDesign(t *testing.T) {
	for names, want := range map[string]Design{"AB": AB, "BA": AB, "ABA": ABA, "AA": AA, "AAA": AA, "A B": AB, "AB AB": Pairs, "ABBA": Pairs} {
		run := levels(70, names, []float64{100, 100, 100, 100, 100}[:len(names)]...)
		r, err := Of(run, Options{})
		require.NoError(t, err, names)
		assert.Equal(t, want, r.Design, names)
		checkReport(t, r)
	}
	for _, names := range []string{"A", "ABB", "AABB", "ABABA", "B"} {
		_, err := Of(levels(5, names, []float64{100, 100, 100, 100, 100}[:len(names)]...), Options{})
		assert.ErrorContains(t, err, "are no design (A B, A B A, pairs, A A); the run has phases \"0\"", names)
	}
	_, err := Of(nil, Options{})
	assert.ErrorContains(t, err, "no run")
}

func TestOfWithoutArms(t *testing.T) {
	run := levels(70, "   ", 100, 100, 100)
	_, err := Of(run, Options{})
	assert.Error(t, err)
	run.Phases[0].Name, run.Intervals[0].Phase = "baseline", "baseline"
	run.Phases[2].Name, run.Intervals[2].Phase = "intervention", "intervention"
	r, err := Of(run, Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"intervention"}, r.Intervention.Phases)
	r, err = Of(levels(70, "  ", 100, 100), Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"0"}, r.Baseline.Phases)
}

// Between two baselines that drift the effect is measured against their middle.
func TestReturnCancelsDrift(t *testing.T) {
	run := levels(130, "ABA", 100, 110, 121)
	r, err := Of(run, Options{})
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
	steady, err := Of(levels(130, "ABA", 100, 120, 100), Options{Margin: .9})
	require.NoError(t, err)
	assert.InDelta(t, 1.2, steady.Primary().Ratio.Estimate, .03)
	assert.Equal(t, NoneSeen, steady.Moved.Verdict, "the margin is about the intervention")
	assert.Contains(t, strings.Join(steady.Sentences(), "\n"), "Second baseline against the first one: No detectable effect")
}

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
	r, err := Of(levels(20, names, at...), Options{})
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
	d := differences{a: []float64{1, 1, 1, 1, 1}, spoil: make([]string, 5), logs: true}
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
	r, err := Of(levels(20, "ABBAAB", 100, 130, 130, 100, 100, 130), Options{})
	require.NoError(t, err)
	assert.Equal(t, TooShort, r.Primary().Verdict)
	assert.Contains(t, r.Primary().Sentence(), "Too short to tell on p95: 3 pairs are too few; it takes 5, better 10.")
	assert.Contains(t, r.Find(report.Op{}, P99).Reason, "only 0 pairs count and it takes 5: phase 0 has 12 requests beyond p99; it takes 20")
	p99 := r.Find(report.Op{}, P99)
	assert.InDelta(t, 480, p99.Baseline.Estimate, 100, "what was seen is shown all the same")
	assert.Contains(t, p99.Sentence(), "Seen were ")
	checkReport(t, r)
}

// Pairs without a failure show no variance; the limits are those of independent requests, and there is no test.
func TestPairsWithoutFailures(t *testing.T) {
	r, err := Of(levels(20, "ABBAABBAAB", 100, 100, 100, 100, 100, 100, 100, 100, 100, 100), Options{})
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
	run.Intervals[3] = made(handmade{"3", 20, always(same(9, 100*ms), 0), 0}).Intervals[0]
	run.Intervals[3].StartS = 60
	for i := range run.Intervals[3].S {
		run.Intervals[3].S[i] += 60
	}
	r, err := Of(run, Options{})
	require.NoError(t, err)
	assert.Equal(t, 5, r.Primary().Pairs)
	assert.Equal(t, []string{"1 of 6 pairs do not count: phase 3 has 9 requests beyond p95; it takes 20."}, r.Primary().Notes)
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
		run.Intervals[3] = made(handmade{"3", 20, always(nil, 9), 0}).Intervals[0]
		run.Intervals[3].StartS = 60
		for i := range run.Intervals[3].S {
			run.Intervals[3].S[i] += 60
		}
		r, err := Of(run, Options{Primary: failing})
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

// The exact p-value is what counting all sign patterns gives.
func TestFlipPAgainstCounting(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for n := 1; n <= 11; n++ {
		d, seen := make([]float64, n), 0.0
		for i := range d {
			d[i] = math.Round(4*r.NormFloat64()+1) / 2 // with ties
			seen += d[i]
		}
		hits := 0
		for signs := range 1 << n {
			s := 0.0
			for i := range d {
				if signs>>i&1 == 1 {
					s -= d[i]
				} else {
					s += d[i]
				}
			}
			if math.Abs(s) >= math.Abs(seen)-1e-9 {
				hits++
			}
		}
		assert.InDelta(t, float64(hits)/float64(int(1)<<n), flipP(d), 1e-12, "%v", d)
	}
	assert.Equal(t, 0.0, flipP(nil))
	assert.Equal(t, 0.0, flipP(make([]float64, 41)))
	assert.Equal(t, 1.0, flipP(make([]float64, 40)))
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

func TestOperationsWithoutRequestsAreLeftOut(t *testing.T) {
	run := levels(130, "AA", 100, 100)
	for i := range 2 {
		x := report.Series{Phase: run.Phases[i].Name, Method: "GET", Name: "/health", StartS: 130 * i, WidthS: 1, Slots: 130}
		x.Append(cell{ok: same(9, ms)}.interval(130 * i)) // at the start of sessions, before things have settled
		run.Intervals = append(run.Intervals, x)
	}
	r, err := Of(run, Options{Settle: 10 * time.Second})
	require.NoError(t, err)
	assert.Nil(t, r.Find(report.Op{Method: "GET", Name: "/health"}, P95))
	assert.NotContains(t, strings.Join(r.Sentences(), "\n"), "under the intervention", "an A-A run has none")
	r, err = Of(run, Options{Settle: 10 * time.Second, Op: report.Op{Method: "GET", Name: "/health"}})
	require.NoError(t, err)
	assert.Equal(t, NotEstimable, r.Primary().Verdict, "asked for, it is answered")
	assert.Contains(t, r.Primary().Sentence(), "phase 0 has no request of GET /health in the time that counts")
}

// Where there is no intervention none is spoken of, and a verdict is no news of one.
func TestNoInterventionIsSpokenOfInAA(t *testing.T) {
	for _, second := range []float64{100, 150} {
		for _, m := range []Metric{P95, P99, Failures, Mean, Exceedance} {
			r, err := Of(levels(130, "AA", 100, second), Options{Primary: m})
			require.NoError(t, err)
			var b strings.Builder
			require.NoError(t, r.WriteText(&b))
			text := strings.Join(strings.Fields(b.String()), " ") // as one line
			alarm := "There is no intervention in this design: the system itself has changed, or this is a false alarm."
			assert.Equal(t, r.Primary().Verdict.Changed(), strings.Contains(text, alarm), "%s", b.String())
			assert.NotContains(t, strings.ReplaceAll(text, alarm, ""), "intervention", m)
			assert.NotContains(t, r.Primary().Point(), "intervention")
		}
	}
}

func TestShortPhasesTellNothingOfNoise(t *testing.T) {
	for seconds, want := range map[int]string{59: "The phases are too short to tell what noise this system has.", 130: "of 2 comparisons without a difference"} {
		r, err := Of(levels(seconds, "AA", 100, 100), Options{})
		require.NoError(t, err)
		assert.Contains(t, strings.Join(r.Sentences(), "\n"), want)
		checkReport(t, r)
	}
}

func TestSameNeedsTwo(t *testing.T) {
	run := levels(70, "AA", 100, 100)
	_, err := Same(Options{}, Phase{run, "0"})
	assert.ErrorContains(t, err, "two phases")
	_, err = Same(Options{Level: 7}, Phase{run, "0"}, Phase{run, "1"})
	assert.ErrorContains(t, err, "level 7")
	_, err = Same(Options{}, Phase{run, "0"}, Phase{run, "9"}, Phase{run, "1"})
	assert.ErrorContains(t, err, `no phase "9"`)
	for _, m := range []Metric{Exceedance, Failures, Throughput, Mean, P99} {
		r, err := Same(Options{Primary: m}, Phase{run, "0"}, Phase{run, "1"})
		require.NoError(t, err)
		checkReport(t, r)
		assert.NotEmpty(t, r.FalseAlarms.Sentence())
	}
}
