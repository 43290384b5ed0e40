package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

func TestVerdictsFollowTheShareOfLateWakeUps(t *testing.T) {
	for _, c := range []struct {
		share         float64
		p50, p95, p99 report.Grade
	}{
		{0, report.Trusted, report.Trusted, report.Trusted},
		{.0005, report.Trusted, report.Trusted, report.Trusted},
		{.003, report.Trusted, report.Trusted, report.Doubtful},
		{.015, report.Trusted, report.Doubtful, report.NotMeasured},
		{.04, report.Trusted, report.NotMeasured, report.NotMeasured},
		{.2, report.Doubtful, report.NotMeasured, report.NotMeasured},
		{.6, report.NotMeasured, report.NotMeasured, report.NotMeasured},
	} {
		r, _ := lateRun(40_000, c.share)
		trust := r.Phase(0, 40*time.Second).Aggregated().Trust
		assert.Equal(t, c.p50, trust.P50.Grade, "p50 at %g", c.share)
		assert.Equal(t, c.p95, trust.P95.Grade, "p95 at %g", c.share)
		assert.Equal(t, c.p99, trust.P99.Grade, "p99 at %g", c.share)
		assert.InDelta(t, c.share, trust.P50.LateShare, .01)
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

func TestVerdictBorders(t *testing.T) {
	ok := new(hist.Sketch)
	addN(ok, 20*time.Millisecond, 1000)
	for _, c := range []struct {
		late uint64 // of 10,000 wake-ups
		want report.Grade
	}{{50, report.Trusted}, {51, report.Doubtful}, {250, report.Doubtful}, {251, report.NotMeasured}} {
		late := new(hist.Sketch)
		addN(late, time.Second, c.late)
		addN(late, 990*time.Microsecond, 10_000-c.late) // 5 % of the p95 is 1 ms
		assert.Equal(t, c.want, (&report.Times{Response: ok}).TrustGiven(late).P95.Grade, c.late)
	}
	for cut, want := range map[uint64]bool{5: false, 6: true} {
		censored, rest := new(hist.Sketch), new(hist.Sketch)
		addN(censored, time.Millisecond, cut)
		addN(rest, 20*time.Millisecond, 1000-cut)
		assert.Equal(t, want, (&report.Times{Response: rest, Cut: censored}).TrustGiven(nil).P95.LowerBound, cut)
	}
}

func TestNoVerdictWithoutRequestsOrOnFailures(t *testing.T) {
	assert.Equal(t, report.Trust{}, new(report.Times).TrustGiven(new(hist.Sketch)))
	late := sketchOf(time.Second)
	assert.Equal(t, report.Trusted, (&report.Times{Failed: sketchOf(1)}).TrustGiven(late).P50.Grade, "a failure is slower than any lag")
}

// sketchOf returns the sketch of some durations.
func sketchOf(values ...time.Duration) *hist.Sketch {
	s := new(hist.Sketch)
	for _, v := range values {
		s.Add(v)
	}
	return s
}

// addN counts a duration n times.
func addN(s *hist.Sketch, d time.Duration, n uint64) {
	for range n {
		s.Add(d)
	}
}

func TestPercentilesWithTheirSigns(t *testing.T) {
	trust := report.Trust{P50: report.Rating{Grade: report.Trusted}, P95: report.Rating{Grade: report.Doubtful, LowerBound: true}, P99: report.Rating{Grade: report.NotMeasured}, P999: report.Rating{LowerBound: true}}
	figures := report.Figures{P50: 1.5, P95: 20, P99: 31, P999: report.NoValue}
	assert.Equal(t, [4]string{"1.5", ">20~", "31?", "failed"}, trust.Marked(&figures, 10_000), "what lies among the failures has no bound")
	assert.Equal(t, [4]string{"1.5", ">20~", "31?", "failed"}, trust.Marked(&figures, 9_999))
	assert.Equal(t, [4]string{"1.5", ">20~", "31?*", "failed"}, trust.Marked(&figures, 999))
	assert.Equal(t, [4]string{"1.5", ">20~*", "31?*", "failed"}, trust.Marked(&figures, 199))
	assert.Equal(t, [4]string{"1.5*", ">20~*", "31?*", "failed"}, trust.Marked(&figures, 19), "9 of 19 were slower than the median")
	assert.Equal(t, [4]string{"–", "–", "–", "–"}, new(report.Trust).Marked(&report.Figures{P50: report.NoValue, P95: report.NoValue, P99: report.NoValue, P999: report.NoValue}, 0))
}
