package capacity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/record"
)

// tenths is a run of one phase of 20 s, 5 of them settling, with 10 requests a second: seven take 100 ms, two 300 ms, one
// fails after 50 ms.
func tenths() effect.Phase {
	const end = 20 * time.Second
	rec := record.New(record.Config{Phases: []report.PhaseInfo{{Name: "hold", End: end, Settle: 5 * time.Second}}})
	for i := range 200 {
		at, took, why := time.Duration(i)*100*time.Millisecond, 100*time.Millisecond, ""
		switch i % 10 {
		case 1, 2:
			took = 300 * time.Millisecond
		case 3:
			took, why = 50*time.Millisecond, "http 500"
		}
		rec.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/"}, Intended: at, Woken: at, Sent: at, Done: at + took, Err: why})
	}
	return effect.Phase{Run: rec.Summary(record.Meta{End: end}), Name: "hold"}
}

func TestAHoldIsReadFromAPhase(t *testing.T) {
	for _, c := range []struct {
		claim      Claim
		count, sum float64
	}{
		{Claim{Below: 200}, 10, 3}, // a failure is slower than all
		{Claim{Metric: "p50", Below: 400, Op: report.Op{Method: "GET", Name: "/"}}, 10, 1},
		{Claim{Metric: effect.Failures, Below: .01}, 10, 1},
		{Claim{Metric: effect.Mean, Below: 100}, 9, 1300},
		{Claim{Op: report.Op{Method: "PUT", Name: "/"}, Below: 100}, 0, 0},
	} {
		h, err := c.claim.Read(tenths())
		require.NoError(t, err)
		require.Len(t, h.Seconds, 15, c.claim)
		assert.Equal(t, c.count, h.Seconds[7].Count, c.claim)
		assert.InDelta(t, c.sum, h.Seconds[7].Sum, .002*c.sum, c.claim)
	}
	h, err := Claim{Below: 200}.Read(tenths())
	require.NoError(t, err)
	assert.InDelta(t, 9, h.Rate, 1e-9)
	assert.InEpsilon(t, 1.3, h.Busy, .002)
	_, err = Claim{Below: 200}.Read(effect.Phase{Run: tenths().Run, Name: "other"})
	assert.EqualError(t, err, `no phase "other"; the run has "hold"`)
}

func TestClaimsThatCanBeAsked(t *testing.T) {
	for _, c := range []struct {
		claim Claim
		text  string
		limit float64
	}{
		{Claim{Below: 250}, "p95 < 250 ms", .05},
		{Claim{Metric: "p999", Below: 250, Op: report.Op{Method: "GET", Name: "/"}}, "GET / p99.9 < 250 ms", .001},
		{Claim{Metric: effect.Failures, Below: .01}, "failure share < 1 %", .01},
		{Claim{Metric: effect.Mean, Below: 100}, "mean of successes < 100 ms", 100},
	} {
		s, err := c.claim.Ask(p95())
		require.NoError(t, err)
		assert.Equal(t, c.text, s.Claim)
		assert.InDelta(t, c.limit, s.Limit, 1e-12)
	}
}

func TestClaimsThatCannotBeAsked(t *testing.T) {
	for _, c := range []struct {
		claim Claim
		says  string
	}{
		{Claim{Metric: effect.Throughput, Below: 100}, `capacity: no load is too high for the metric "throughput"; want a quantile such as p95, failures or mean`},
		{Claim{}, "capacity: p95 below 0; want a limit above 0, of failures a share below 1"},
		{Claim{Metric: effect.Failures, Below: 1}, "capacity: failure share below 1; want a limit above 0, of failures a share below 1"},
	} {
		_, err := c.claim.Ask(p95())
		assert.EqualError(t, err, c.says)
	}
}
