package report_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// What was planned reads in about three digits, and says nothing where there is
// nothing to say.
func TestWhatWasPlannedReadsWell(t *testing.T) {
	for want, info := range map[string]report.PhaseInfo{
		"20 users at 0.167/s, closed\n  pace no wait\n  predicted as fast as the target answers, 100 % of users ON\n": {
			Users: 20, SpawnRate: 1. / 6, Model: "closed", Pace: "no wait", Predicted: &report.Load{Unlimited: true, OnShare: 1, Note: report.AsTheTargetAnswers},
		},
		"20 users at 3,333/s, closed\n  predicted 2.6 tasks/s, 50 % of users ON, burstiness (IDC) 7.1; rough\n": {
			Users: 20, SpawnRate: 10000. / 3, Model: "closed", Predicted: &report.Load{Rate: 2.6, OnShare: .5, IDC: 7.1, Note: "rough"},
		},
		"open\n  arrivals 100.2/s, even\n  predicted 100.2 arrivals/s\n": {
			Model: "open", Pace: "no wait", Arrivals: &report.Arrivals{Rate: 100.2, Spacing: "even"}, Predicted: &report.Load{Rate: 100.2},
		},
		"open\n  arrivals 0.333 → 1,000,000/s, gamma, CV 2, sessions, at most 1,000 at once\n  pace ON 3s\n  predicted 500,000 arrivals/s, burstiness (IDC) 4\n": {
			Model: "open", Pace: "ON 3s", Predicted: &report.Load{Rate: 5e5, IDC: 4},
			Arrivals: &report.Arrivals{Rate: 1. / 3, RateTo: 1e6, Spacing: "gamma", Burstiness: 2, Session: true, MaxInFlight: 1000},
		},
	} {
		info.Name, info.End = "x", time.Minute
		sum := record.New(record.Config{Phases: []report.PhaseInfo{info}}).Summary(record.Meta{End: time.Minute})
		_, after, _ := strings.Cut(text(t, sum), "Phase x, 0:00 to 1:00, ")
		assert.True(t, strings.HasPrefix(after, want), "want %s\ngot %s", want, after[:min(len(after), 300)])
	}
}

// The file holds what was planned exactly, and the comparison of two plans sees
// it, other seeds or not.
func TestPlannedArrivalsAreInTheFile(t *testing.T) {
	sum := func(rate float64) *report.Summary {
		info := report.PhaseInfo{Name: "x", End: time.Minute, Model: "open", Arrivals: &report.Arrivals{Rate: rate, Spacing: "even"}, Predicted: &report.Load{Unlimited: true}}
		data, err := json.Marshal(record.New(record.Config{Phases: []report.PhaseInfo{info}}).Summary(record.Meta{Seed: uint64(rate), PlanDigest: "x" + say.Setting(rate), End: time.Minute}))
		require.NoError(t, err)
		back := &report.Summary{}
		require.NoError(t, json.Unmarshal(data, back))
		return back
	}
	a, b := sum(100.2), sum(101.4)
	assert.InDelta(t, 100.2, a.Phases[0].Arrivals.Rate, 0)
	assert.True(t, a.Phases[0].Predicted.Unlimited)
	assert.Equal(t, []string{"phase x: arrivals 100.2/s, even against 101.4/s, even"}, a.PlanDiff(b))
	assert.Empty(t, a.PlanDiff(sum(100.2)))
}
