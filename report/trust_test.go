package report

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report/hist"
)

// lateRun records n requests of which a share was woken late by up to a second.
func lateRun(n int, share float64) (r *Recorder, truth *hist.Sketch) {
	r, truth = NewRecorder(Config{}), new(hist.Sketch)
	rng := rand.New(rand.NewPCG(9, 1))
	for i := range n {
		took := time.Duration(2e7 * (1 + rng.ExpFloat64()))
		x := Sample{Op: get, Intended: time.Duration(i) * time.Millisecond}
		x.Woken = x.Intended + 100*time.Microsecond
		if rng.Float64() < share {
			x.Woken += time.Duration(rng.Int64N(1e9))
		}
		x.Sent, x.Done = x.Woken, x.Woken+took
		truth.Add(took)
		r.Shard(0).Record(&x)
	}
	return r, truth
}

func TestVerdictsFollowTheShareOfLateWakeUps(t *testing.T) {
	for _, c := range []struct {
		share         float64
		p50, p95, p99 string
	}{
		{0, OK, OK, OK},
		{.0005, OK, OK, OK},
		{.003, OK, OK, Doubtful},
		{.015, OK, Doubtful, NotMeasured},
		{.04, OK, NotMeasured, NotMeasured},
		{.2, Doubtful, NotMeasured, NotMeasured},
		{.6, NotMeasured, NotMeasured, NotMeasured},
	} {
		r, _ := lateRun(40_000, c.share)
		trust := r.Phase(0, 40*time.Second).Aggregated().Trust
		assert.Equal(t, c.p50, trust.P50.Verdict, "p50 at %g", c.share)
		assert.Equal(t, c.p95, trust.P95.Verdict, "p95 at %g", c.share)
		assert.Equal(t, c.p99, trust.P99.Verdict, "p99 at %g", c.share)
		assert.InDelta(t, c.share, trust.P50.LateShare, .01)
	}
}

func TestVerdictBorders(t *testing.T) {
	ok := new(hist.Sketch)
	addN(ok, 20*time.Millisecond, 1000)
	for _, c := range []struct {
		late uint64 // of 10,000 wake-ups
		want string
	}{{50, OK}, {51, Doubtful}, {250, Doubtful}, {251, NotMeasured}} {
		late := new(hist.Sketch)
		addN(late, time.Second, c.late)
		addN(late, 990*time.Microsecond, 10_000-c.late) // 5 % of the p95 is 1 ms
		assert.Equal(t, c.want, trustOf(&responses{ok: ok}, late).P95.Verdict, c.late)
	}
	for cut, want := range map[uint64]bool{5: false, 6: true} {
		censored, rest := new(hist.Sketch), new(hist.Sketch)
		addN(censored, time.Millisecond, cut)
		addN(rest, 20*time.Millisecond, 1000-cut)
		assert.Equal(t, want, trustOf(&responses{ok: rest, cut: censored}, nil).P95.LowerBound, cut)
	}
}

func TestBracketHoldsTheTruth(t *testing.T) {
	r, truth := lateRun(40_000, .003)
	v := r.Phase(0, 40*time.Second).Aggregated().Trust.P99
	true99 := float64(truth.Quantile(.99)) / 1e6
	assert.Less(t, float64(v.Low)*.95, true99)
	assert.Greater(t, float64(v.High)*1.05, true99)
	assert.Less(t, v.Low, v.High)
}

func TestNoVerdictWithoutRequestsOrOnFailures(t *testing.T) {
	assert.Equal(t, Trust{}, trustOf(&responses{}, new(hist.Sketch)))
	late := sketchOf(time.Second)
	assert.Equal(t, OK, trustOf(&responses{bad: sketchOf(1)}, late).P50.Verdict, "a failure is slower than any lag")
}
