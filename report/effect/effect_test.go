package effect

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report/effect/internal/handmade"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Every case ends in a sentence, without NaN and panic.
func TestEdgeCases(t *testing.T) {
	good := handmade.Noisy(1, 40, 100*ms, 0)
	for _, c := range []struct {
		name     string
		a, b     func(int) handmade.Second
		seconds  int
		metric   Metric
		verdict  Verdict
		sentence string
	}{
		{"too short", good, good, 59, P95, TooShort, "Too short to tell on p95: phase A has 59 usable seconds and phase B has 59; an effect needs 60 s and 24 intervals in each phase."},
		{"no seconds", good, good, 0, P95, TooShort, "Too short to tell on p95: phase A has 0 usable seconds and phase B has 0; an effect needs 60 s and 24 intervals in each phase."},
		{"empty", handmade.Always(nil, 0), handmade.Always(nil, 0), 100, P95, NotEstimable, "Not estimable on p95: phase A has no request in the time that counts."},
		{"empty, throughput", handmade.Always(nil, 0), handmade.Always(nil, 0), 100, Throughput, NoneSeen, "No detectable effect on throughput: between -0.037/s and +0.037/s (95 % interval)."},
		{"empty B", good, handmade.Always(nil, 0), 100, Mean, NotEstimable, "phase B has no request in the time that counts"},
		{"stopped", good, handmade.Always(nil, 0), 100, Throughput, Lower, "Lower: throughput -40/s (95 % interval -40/s to -40/s)."},
		{"all failures", handmade.Always(nil, 10), handmade.Always(nil, 10), 100, P95, NotEstimable, "Not estimable on p95: p95 lies among the failures in both arms. Observed: failed in the baseline and failed in the intervention."},
		{"all failures, mean", handmade.Always(nil, 10), handmade.Always(nil, 10), 100, Mean, NotEstimable, "phase A has no success: all 1,000 requests failed. Observed: no success in the baseline"},
		{"all failures, share", handmade.Always(nil, 10), handmade.Always(nil, 10), 100, Failures, NoneSeen, "No detectable effect on failure share: between -0.37 points and +0.37 points (95 % interval)."},
		{"all failures, throughput", handmade.Always(nil, 10), handmade.Always(nil, 10), 100, Throughput, NotEstimable, "no request succeeded in any of the phases"},
		{"B fails fast, throughput", good, handmade.Always(nil, 400), 100, Throughput, Lower, "Lower: throughput -40/s"},
		{"half of B fails fast, throughput", good, handmade.Always(handmade.Same(20, 100*ms), 400), 100, Throughput, Lower, "Lower: throughput -50 %"},
		{"all failures, exceedance", handmade.Always(nil, 10), handmade.Always(nil, 10), 100, Exceedance, NotEstimable, "the baseline's own quantile lies among its failures"},
		{"B all failures", good, handmade.Always(nil, 40), 100, P95, Worse, "Worse: p95 is now among the failures, beyond every success."},
		{"A all failures", handmade.Always(nil, 40), good, 100, P95, Better, "Better: p95 was among the failures and no longer is."},
		{"B a tenth fails", good, handmade.Noisy(2, 40, 100*ms, .10), 300, P95, Worse, "Worse: p95 is now among the failures, beyond every success."},
		{"B about p95 fails", good, handmade.Noisy(3, 40, 100*ms, .052), 300, P95, Worse, "Worse: p95 is now among the failures (95 % interval at least +"},
		{"A about p95 fails", handmade.Noisy(3, 40, 100*ms, .052), good, 300, P95, Better, "was among the failures and no longer is"},
		{"B nearly p95 fails", good, handmade.Noisy(4, 40, 100*ms, .047), 300, P95, Worse, "(95 % interval at least +"},
		{"both about p95 fail", handmade.Noisy(5, 40, 100*ms, .052), handmade.Noisy(6, 40, 100*ms, .045), 300, P95, NotEstimable, "lies among the failures in one arm, and not surely so"},
		{"constant", handmade.Always(handmade.Same(10, 100*ms), 0), handmade.Always(handmade.Same(10, 100*ms), 0), 100, P95, NoneSeen, "No detectable effect on p95: between "},
		{"constant, mean", handmade.Always(handmade.Same(10, 100*ms), 0), handmade.Always(handmade.Same(10, 100*ms), 0), 100, Mean, NoneSeen, "No detectable effect on mean of successes: between "},
		{"constant and slower", handmade.Always(handmade.Same(10, 100*ms), 0), handmade.Always(handmade.Same(10, 120*ms), 0), 100, P95, Worse, "Worse: p95 +20 % (95 % interval +20 % to +20 %), +20.1 ms (+19.9 ms to +20.2 ms)."},
		{"no time at all", handmade.Always(handmade.Same(10, 0), 0), handmade.Always(handmade.Same(10, 0), 0), 100, P95, NoneSeen, "No detectable effect on p95: between 0 ms and 0 ms (95 % interval)."},
		{"from no time at all", handmade.Always(handmade.Same(10, 0), 0), handmade.Always(handmade.Same(10, ms), 0), 100, P50, Worse, "Worse: p50 +1 ms (95 % interval +1 ms to +1 ms)."},
		{"one request", onlyFirst, onlyFirst, 100, P95, NotEstimable, "phase A has 0 requests above it in 1 intervals; it takes 20 in 12"},
		{"one request, mean", onlyFirst, onlyFirst, 100, Mean, NotEstimable, "phase A has 1 of the 20 successes that it takes"},
		{"one request, failures", onlyFirst, onlyFirst, 100, Failures, NotEstimable, "phase A has 1 of the 20 requests that it takes"},
		{"one request, throughput", onlyFirst, onlyFirst, 100, Throughput, NoneSeen, "No detectable effect on throughput: "},
		{"few for p99", good, good, 100, P99, NotEstimable, "phase A has 40 requests above it in "},
		{"p99 in one clump", clump, clump, 100, P99, NotEstimable, "it takes 100 in 20"},
		{"no failure", good, good, 100, Failures, NoneSeen, "0 of 4,000 requests failed in the baseline and 0 of 4,000 in the intervention: less than 0.08 % and 0.08 % do (more, if failures come in clumps). No test is made."},
		{"low quantile", good, good, 100, "p1", NoneSeen, "No detectable effect on p1: "},
		{"low quantile of few", handmade.Always(handmade.Same(5, ms), 0), good, 100, "p1", NotEstimable, "phase A has 5 requests below it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := handmade.Run(handmade.NewPhase("A", c.seconds, c.a, 0), handmade.NewPhase("B", c.seconds, c.b, 0))
			r := ab(t, run, Options{Primary: c.metric})
			e := r.Primary()
			assert.Equal(t, c.verdict, e.Verdict)
			assert.Contains(t, e.Sentence(), c.sentence)
			checkReport(t, r)
		})
	}
}

// The smallest effect that is found 4 times in 5, with Student's t from tables: two-sided 95 % with 4 and 8 degrees of
// freedom, 80 % with 8 and 16.
func TestSmallestEffectByHand(t *testing.T) {
	shares := []stats.Term{{Weight: -1, Value: .05, Low: .04, High: .06}, {Weight: 1, Value: .05, Low: .03, High: .07}} // half-widths of .01 and .02
	for cosines, c := range map[int]struct{ within, found float64 }{4: {2.7764, .8889}, 8: {2.3060, .8647}} {
		e := Effect{Metric: Failures, Level: .95, Cosines: cosines, Degrees: float64(cosines)}
		assert.InDelta(t, ((2.7764+2.3060)/2+c.found)*math.Sqrt(5)*.01/c.within, smallestDetectable(&e, shares), 1e-5)
		e = Effect{Metric: P95, Level: .95, Cosines: cosines, Degrees: float64(cosines), Ratio: &Interval{}}
		times := []stats.Term{{Weight: -1, Value: 100, Low: 100 / 1.1, High: 110}, {Weight: 1, Value: 100, Low: 100 / 1.2, High: 120}}
		se := math.Hypot(math.Log(1.1), math.Log(1.2)) / c.within
		assert.InDelta(t, math.Expm1(((2.7764+2.3060)/2+c.found)*se), smallestDetectable(&e, times), 1e-4)
	}
	assert.Zero(t, smallestDetectable(&Effect{Metric: P95, Level: .95, Cosines: 8, Degrees: 8, Ratio: &Interval{}}, []stats.Term{{Weight: 1, Value: 5, Low: 4, High: math.Inf(1)}}), "not known")
}

// Of a phase of 60 s the first 15 are left out: the sentence says how long it has to be for its user.
func TestTooShortSaysWhichLengthWouldDo(t *testing.T) {
	run := handmade.Run(handmade.NewPhase("A", 60, handmade.Noisy(1, 40, 100*ms, 0), 15), handmade.NewPhase("B", 60, handmade.Noisy(2, 40, 100*ms, 0), 15))
	assert.Contains(t, ab(t, run, Options{}).Primary().Sentence(),
		"phase A has 45 usable seconds and phase B has 45; an effect needs 60 s and 24 intervals in each phase: phases of 75 s, since 15 s of one do not count.")
	run = handmade.Run(handmade.NewPhase("A", 75, handmade.Noisy(1, 40, 100*ms, 0), 15), handmade.NewPhase("B", 75, handmade.Noisy(2, 40, 100*ms, 0), 15))
	assert.True(t, ab(t, run, Options{}).Primary().Verdict.Known(), "they are long enough")
}

// onlyFirst has one request in the first second.
func onlyFirst(second int) handmade.Second {
	if second == 0 {
		return handmade.Second{OK: handmade.Same(1, ms)}
	}
	return handmade.Second{}
}

// clump has its slow requests in five seconds.
func clump(second int) handmade.Second {
	if second < 5 {
		return handmade.Second{OK: handmade.Same(200, time.Second)}
	}
	return handmade.Second{OK: handmade.Same(200, 10*ms)}
}
