package claim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/record"
)

func TestJudgeSoFar(t *testing.T) {
	for _, x := range []struct {
		seconds int
		text    string
		outcome claim.Outcome
		said    string
	}{
		{30, "baseline p95 < 250ms", claim.Passing, "p95 in baseline was 40"},
		{30, "baseline p95 < 25ms", claim.Failing, "p95 in baseline was 40"},
		{30, "p50 > 1s", claim.Failing, "p50 was"},
		{2, "baseline p95 < 25ms", claim.Undecided, "There were 16 requests in baseline so far; it needs 20."},
		{30, "GET /nowhere p95 < 25ms", claim.Undecided, "There were 0 requests of GET /nowhere so far"},
		{30, "intervention p95 < 250ms", claim.Undecided, `Phase "intervention" has not started.`},
		{30, "intervention vs baseline p95 < +10%", claim.Undecided, "It is judged when the run is over."},
		{30, "intervention vs baseline p95 recovery < 60s", claim.Undecided, "It is judged when the run is over."},
		{30, "abort unless p95 < 25ms", claim.Failing, "p95 was"},
		{30, "generator healthy", claim.Passing, "not the bottleneck"},
		{30, "exceptions = 0", claim.Passing, "0 exceptions"},
		{30, "baseline failures < 1%", claim.Passing, "0 %"},
		{30, "baseline failures = 0", claim.Passing, "0 of 240"},
		{1, "baseline failures = 0", claim.Passing, "0 of 8"},
		{8, "baseline throughput > 7/s", claim.Undecided, "A rate needs 10 s after the ramp."},
		{8, "throughput > 7/s", claim.Undecided, "A rate needs 10 s after the ramp."},
		{30, "baseline throughput > 7/s", claim.Passing, "8/s"},
		{30, "baseline throughput > 9/s", claim.Failing, "8/s"},
		// Counts grow: what is short of a lower limit may yet reach it.
		{30, "requests >= 240", claim.Passing, "240 requests"},
		{30, "requests >= 1000", claim.Undecided, "240 requests"},
		{30, "requests > 240", claim.Undecided, "240 requests"},
		{30, "requests < 240", claim.Failing, "240 requests"},
		{30, "requests = 240", claim.Undecided, "240 requests"},
		{30, "requests = 241", claim.Undecided, "240 requests"},
		{30, "requests = 239", claim.Failing, "240 requests"},
	} {
		list, err := claim.ParseAll(x.text)
		require.NoError(t, err)
		r := list.JudgeSoFar(soFar(x.seconds))[0]
		assert.Equal(t, x.outcome, r.Outcome, "%s after %d s: %s", x.text, x.seconds, r.Said)
		assert.Contains(t, r.Said, x.said, x.text)
		assert.Nil(t, r.Settled, "an interval every few seconds costs too much")
		assert.NotContains(t, r.String(), "replay", "there is nothing to replay yet")
	}
	// Where everything failed so far, nothing is met, and the number of requests may yet stand for something.
	r, _ := recorder(stage{name: "baseline", seconds: 30, rate: 4, took: 20 * tick, failing: 1})
	dead := r.Summary(record.Meta{End: 30 * time.Second})
	for text, want := range map[string]claim.Outcome{
		"mean < 1s": claim.Failing, "max > 0ms": claim.Failing, "p50 > 1ms": claim.Failing, "throughput > 0/s": claim.Failing,
		"baseline GET /a throughput < 9/s": claim.Failing, "requests > 10": claim.Undecided, "requests < 1000": claim.Passing, "failures > 50%": claim.Passing,
	} {
		list, err := claim.ParseAll(text)
		require.NoError(t, err)
		assert.Equal(t, want, list.JudgeSoFar(dead)[0].Outcome, text)
	}
	wrong := claim.List{{Phase: "baseline", Metric: "speed"}}
	assert.Equal(t, claim.NotShown, wrong.JudgeSoFar(soFar(30))[0].Outcome)
	early := record.New(record.Config{}).Summary(record.Meta{})
	list, err := claim.ParseAll("p95 < 1s", "throughput > 1/s", "baseline failures = 0")
	require.NoError(t, err)
	for _, r := range list.JudgeSoFar(early) {
		assert.NotEqual(t, claim.Passing, r.Outcome, r.Claim)
		assert.NotEqual(t, claim.NotShown, r.Outcome, r.Claim)
	}
}

// soFar is a run that has come so many seconds into its baseline of 90 s.
func soFar(seconds int) *report.Summary {
	r, _ := recorder(
		stage{name: "baseline", arm: "A", seconds: seconds, rate: 4, took: 20 * tick, constant: true},
		stage{name: "intervention", arm: "B", seconds: 90},
	)
	s := r.Summary(record.Meta{Seed: 7, PlanDigest: "3fa9c0d1", End: time.Duration(seconds) * time.Second})
	s.Phases, s.NotReached = s.Phases[:1], []string{"intervention"}
	return s
}
