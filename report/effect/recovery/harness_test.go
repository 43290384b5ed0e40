package recovery

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// ms is the unit of times in tests.
const ms = time.Millisecond

// level makes seconds of 60 requests with times around a level, ms.
func level(at func(second int) float64) func(int) handmade.Second {
	r := rand.New(rand.NewPCG(6, 6))
	return func(s int) handmade.Second {
		c, base := handmade.Second{}, at(s)
		for range 60 {
			c.OK = append(c.OK, time.Duration(base*1e6*(.5+r.Float64())))
		}
		return c
	}
}

// steady is a level that stays.
func steady(ms float64) func(int) float64 { return func(int) float64 { return ms } }

// disrupted is a run with a baseline of two minutes and a phase after a disruption.
func disrupted(after int, at func(second int) float64) *report.Summary {
	return handmade.Run(handmade.NewPhase("before", 120, level(steady(100)), 0), handmade.NewPhase("after", after, level(at), 0))
}

// recovered measures a recovery and checks what holds for all of them.
func recovered(t *testing.T, run *report.Summary, o Options) *Result {
	t.Helper()
	r, err := Analyze(effect.Phase{Run: run, Name: "before"}, effect.Phase{Run: run, Name: "after"}, o)
	require.NoError(t, err)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "Inf")
	assert.NotContains(t, r.Sentence(), "Inf")
	assert.LessOrEqual(t, r.LowS, r.HighS)
	return r
}
