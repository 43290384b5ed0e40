package effect_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// pairsOn simulates ten pairs of phases of 45 s, 15 of them to settle, with an intervention that makes a server slower.
func pairsOn(t *testing.T, s model.Server, rep uint64) *effect.Report {
	t.Helper()
	r := model.Rand(5, rep)
	var phases []model.Phase
	arms := ""
	for range 10 {
		order := []string{"AB", "BA"}[r.IntN(2)]
		for _, arm := range order {
			scale := map[rune]float64{'A': 1, 'B': 1.5}[arm]
			phases = append(phases, model.Phase{Name: fmt.Sprint(len(phases)), Seconds: 45, Settle: 15, Scale: scale})
		}
		arms += order
	}
	run := model.Simulate(s, r, phases...)
	for i := range run.Phases {
		run.Phases[i].Arm = arms[i : i+1]
	}
	report, err := effect.Analyze(run, effect.Options{Metrics: []effect.Metric{}})
	require.NoError(t, err)
	return report
}

// An effect that lingers for 20 s is measured as too small in phases that settle for 15 s, and the report says so; of one
// that is gone at once it does not.
func TestCarryOverIsWarnedOf(t *testing.T) {
	runs := uint64(40)
	if testing.Short() {
		runs = 4
	} else if effect.Raced {
		runs = 8
	}
	warned, falsely, low := 0, 0, 0.0
	for rep := range runs {
		r := pairsOn(t, model.Lingering{Server: model.Wobble{Rate: 60, Tau: 5, SD: .05}, Tau: 20}, rep)
		low += r.Primary().Ratio.Estimate / float64(runs)
		if len(r.Warnings) > 0 && strings.HasPrefix(r.Warnings[0], "Carry-over: phases still show the one before them, which makes the effect look smaller than it is. Let each settle for longer: ") {
			warned++
		}
		if r = pairsOn(t, model.Wobble{Rate: 60, Tau: 5, SD: .05}, rep); strings.Contains(strings.Join(r.Warnings, ""), "Carry-over") {
			falsely++
		}
	}
	t.Logf("warned %d, falsely %d of %d, mean estimate %.3f", warned, falsely, runs, low)
	assert.Less(t, low, 1.46, "the truth is 1.5")
	assert.GreaterOrEqual(t, warned, int(runs)*8/10)
	assert.LessOrEqual(t, falsely, int(runs)/10)
}
