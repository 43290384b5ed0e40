package terminal

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
)

func TestNarratorAnnouncesHandAndPlan(t *testing.T) {
	var out strings.Builder
	n := &Narrator{Log: slog.New(NewLogHandler(&out, slog.LevelInfo, "shop")), User: "Shopper"}
	n.Begin(0)
	n.BeginPhase(0, report.PhaseInfo{Users: 2})
	assert.False(t, n.Follow(&report.Snapshot{Users: 1}, nil))
	assert.True(t, n.Follow(&report.Snapshot{Users: 2}, nil))
	assert.False(t, n.Follow(&report.Snapshot{Users: 2}, nil), "said once")
	hand := []loadgen.Change{{At: time.Second, Users: 4, SpawnRate: 2}}
	assert.False(t, n.Follow(&report.Snapshot{Users: 3}, hand))
	assert.True(t, n.Follow(&report.Snapshot{Users: 4}, hand))
	late := report.Snapshot{Users: 4, Index: 1, Phase: report.PhaseInfo{Start: time.Minute, Users: 9, SpawnRate: 1}}
	n.BeginPhase(1, late.Phase)
	hand = append(hand, loadgen.Change{At: 59 * time.Second, Users: 5})
	assert.False(t, n.Follow(&late, hand), "the next phase has taken over")
	n.BeginPhase(2, report.PhaseInfo{Users: 60, Stages: []report.Stage{{ForS: 120, To: 10}, {ForS: 300, To: 60}}})
	assert.True(t, n.Follow(&report.Snapshot{Users: 60, Index: 2}, hand))
	inOrder(t, out.String(), "No run time limit", "Ramping to 2 users all at once", "All users spawned: {\"Shopper\":2}",
		"Ramping to 4 users at a rate of 2.00 per second", "All users spawned: {\"Shopper\":4}", "Ramping to 9 users", "Ramping to 60 users by stages 2m:10, 5m:60", "All users spawned: {\"Shopper\":60}")
	require.NotContains(t, out.String(), "Ramping to 5")
}

// inOrder checks that the parts stand in the text, one after the other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, ok := strings.Cut(rest, part)
		require.Truef(t, ok, "%q is missing or in the wrong place in:\n%s", part, text)
		rest = after
	}
}
