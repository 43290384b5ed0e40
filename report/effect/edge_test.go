package effect

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

const ms = time.Millisecond

// noisy makes seconds of about n lognormal-ish times around d, of which a share fails.
func noisy(seed uint64, n int, d time.Duration, failing float64) func(int) cell {
	r := rand.New(rand.NewPCG(seed, seed))
	return func(int) cell {
		c := cell{}
		for range n {
			if r.Float64() < failing {
				c.failed++
			} else {
				c.ok = append(c.ok, time.Duration(float64(d)*(.5+r.ExpFloat64())))
			}
		}
		return c
	}
}

// Every case ends in a sentence, without NaN and panic.
func TestEdgeCases(t *testing.T) {
	good := noisy(1, 40, 100*ms, 0)
	for _, c := range []struct {
		name     string
		a, b     func(int) cell
		seconds  int
		metric   Metric
		verdict  Verdict
		sentence string
	}{
		{"too short", good, good, 59, P95, TooShort, "Too short to tell on p95: phase A has 59 usable seconds and phase B has 59; an effect needs 60 s and 24 intervals in each phase."},
		{"no seconds", good, good, 0, P95, TooShort, "Too short to tell on p95: phase A has 0 usable seconds and phase B has 0; an effect needs 60 s and 24 intervals in each phase."},
		{"empty", always(nil, 0), always(nil, 0), 100, P95, NotEstimable, "Not estimable on p95: phase A has no request in the time that counts."},
		{"empty, throughput", always(nil, 0), always(nil, 0), 100, Throughput, NoneSeen, "No detectable effect on throughput: between -0.037/s and +0.037/s (95 % interval)."},
		{"empty B", good, always(nil, 0), 100, Mean, NotEstimable, "phase B has no request in the time that counts"},
		{"stopped", good, always(nil, 0), 100, Throughput, Lower, "Lower: throughput -40/s (95 % interval -40/s to -40/s)."},
		{"all failures", always(nil, 10), always(nil, 10), 100, P95, NotEstimable, "Not estimable on p95: p95 lies among the failures in both arms. Seen were failed in the baseline and failed in the intervention."},
		{"all failures, mean", always(nil, 10), always(nil, 10), 100, Mean, NotEstimable, "phase A has no success: all 1,000 requests failed. Seen were no success in the baseline"},
		{"all failures, share", always(nil, 10), always(nil, 10), 100, Failures, NoneSeen, "No detectable effect on failure share: between -0.37 points and +0.37 points (95 % interval)."},
		{"all failures, throughput", always(nil, 10), always(nil, 10), 100, Throughput, NotEstimable, "no request succeeded in any of the phases"},
		{"B fails fast, throughput", good, always(nil, 400), 100, Throughput, Lower, "Lower: throughput -40/s"},
		{"half of B fails fast, throughput", good, always(same(20, 100*ms), 400), 100, Throughput, Lower, "Lower: throughput -50 %"},
		{"all failures, exceedance", always(nil, 10), always(nil, 10), 100, Exceedance, NotEstimable, "the baseline's own quantile lies among its failures"},
		{"B all failures", good, always(nil, 40), 100, P95, Worse, "Worse: p95 is now among the failures, beyond every success."},
		{"A all failures", always(nil, 40), good, 100, P95, Better, "Better: p95 was among the failures and is no more."},
		{"B a tenth fails", good, noisy(2, 40, 100*ms, .10), 300, P95, Worse, "Worse: p95 is now among the failures, beyond every success."},
		{"B about p95 fails", good, noisy(3, 40, 100*ms, .052), 300, P95, Worse, "Worse: p95 is now among the failures (95 % interval at least +"},
		{"A about p95 fails", noisy(3, 40, 100*ms, .052), good, 300, P95, Better, "was among the failures and is no more"},
		{"B nearly p95 fails", good, noisy(4, 40, 100*ms, .047), 300, P95, Worse, "(95 % interval at least +"},
		{"both about p95 fail", noisy(5, 40, 100*ms, .052), noisy(6, 40, 100*ms, .045), 300, P95, NotEstimable, "lies among the failures in one arm, and not surely so"},
		{"constant", always(same(10, 100*ms), 0), always(same(10, 100*ms), 0), 100, P95, NoneSeen, "No detectable effect on p95: between "},
		{"constant, mean", always(same(10, 100*ms), 0), always(same(10, 100*ms), 0), 100, Mean, NoneSeen, "No detectable effect on mean of successes: between "},
		{"constant and slower", always(same(10, 100*ms), 0), always(same(10, 120*ms), 0), 100, P95, Worse, "Worse: p95 +20 % (95 % interval +20 % to +20 %), +20.1 ms (+19.9 ms to +20.2 ms)."},
		{"no time at all", always(same(10, 0), 0), always(same(10, 0), 0), 100, P95, NoneSeen, "No detectable effect on p95: between 0 ms and 0 ms (95 % interval)."},
		{"from no time at all", always(same(10, 0), 0), always(same(10, ms), 0), 100, P50, Worse, "Worse: p50 +1 ms (95 % interval +1 ms to +1 ms)."},
		{"one request", onlyFirst, onlyFirst, 100, P95, NotEstimable, "phase A has 0 requests above it in 1 intervals; it takes 20 in 12"},
		{"one request, mean", onlyFirst, onlyFirst, 100, Mean, NotEstimable, "phase A has 1 successes; it takes 20"},
		{"one request, failures", onlyFirst, onlyFirst, 100, Failures, NotEstimable, "phase A has 1 requests; it takes 20"},
		{"one request, throughput", onlyFirst, onlyFirst, 100, Throughput, NoneSeen, "No detectable effect on throughput: "},
		{"few for p99", good, good, 100, P99, NotEstimable, "phase A has 40 requests above it in "},
		{"p99 in one clump", clump, clump, 100, P99, NotEstimable, "it takes 100 in 20"},
		{"no failure", good, good, 100, Failures, NoneSeen, "0 of 4,000 requests failed in the baseline and 0 of 4,000 in the intervention: less than 0.08 % and 0.08 % do (more, if failures come in clumps). No test is made."},
		{"low quantile", good, good, 100, "p1", NoneSeen, "No detectable effect on p1: "},
		{"low quantile of few", always(same(5, ms), 0), good, 100, "p1", NotEstimable, "phase A has 5 requests below it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := made(handmade{"A", c.seconds, c.a, 0}, handmade{"B", c.seconds, c.b, 0})
			r := ab(t, run, Options{Primary: c.metric})
			e := r.Primary()
			assert.Equal(t, c.verdict, e.Verdict)
			assert.Contains(t, e.Sentence(), c.sentence)
			checkReport(t, r)
		})
	}
}

// onlyFirst has one request in the first second.
func onlyFirst(second int) cell {
	if second == 0 {
		return cell{ok: same(1, ms)}
	}
	return cell{}
}

// clump has its slow requests in five seconds.
func clump(second int) cell {
	if second < 5 {
		return cell{ok: same(200, time.Second)}
	}
	return cell{ok: same(200, 10*ms)}
}

// checkReport holds what is true of every report.
func checkReport(t *testing.T, r *Report) {
	t.Helper()
	noNaN(t, r)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "NaN")
	var b strings.Builder
	require.NoError(t, r.WriteText(&b))
	for _, bad := range []string{"NaN", "Inf", "%!", "\x00"} {
		assert.NotContains(t, b.String(), bad)
	}
	for i := range r.Effects {
		e := &r.Effects[i]
		assert.NotEmpty(t, e.Sentence())
		assert.NotEmpty(t, e.Verdict)
		assert.Equal(t, e.Verdict.Known(), e.Reason == "", "%+v", e)
		if c := e.Change(); c != nil {
			assert.LessOrEqual(t, c.Low, c.High)
		}
		if e.Verdict.Changed() {
			assert.True(t, e.Change().Low > 0 || e.Change().High < 0, "%+v", e)
		}
		assert.GreaterOrEqual(t, e.MDE, 0.0)
	}
}

func TestMergedIntervalsCount(t *testing.T) {
	// Intervals of 4 s: 96 s are 24 of them, which is just enough.
	run := made()
	for i, name := range []string{"A", "B"} {
		x := report.Series{Phase: name, Name: report.Aggregated, StartS: 96 * i, WidthS: 4}
		for s := 0; s < 96; s += 4 {
			v := cell{ok: spreadOut(100, ms, 200*ms)}.interval(96*i + s)
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
