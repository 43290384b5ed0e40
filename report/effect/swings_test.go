package effect

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// swinging is a run of 300 s without and 300 s with an intervention that does nothing; the level swings.
func swinging(tau float64) *report.Summary {
	return model.Simulate(model.Wobble{Rate: 100, Tau: tau, SD: .1}, model.Rand(5, 1),
		model.Phase{Name: "A", Seconds: 300, Settle: 15, Scale: 1}, model.Phase{Name: "B", Seconds: 300, Settle: 15, Scale: 1})
}

// D3: next to an effect stands how long the phases are compared with the swings of the server.
func TestPhasesAreComparedWithTheSwingsOfTheServer(t *testing.T) {
	r := ab(t, swinging(2), Options{})
	s := r.Swings
	require.NotNil(t, s.Tau)
	assert.True(t, s.Tau.Contains(2), "%+v", s.Tau)
	assert.Equal(t, 285.0, s.PhaseS)
	assert.InDelta(t, 285/s.Tau.Estimate, s.Times, 1e-9)
	assert.InDelta(t, 285/s.Tau.High, s.TimesLow, 1e-9)
	assert.Greater(t, s.TimesLow, 30.0)
	assert.Contains(t, r.Sentences(), s.Sentence())
	assert.NotContains(t, s.Sentence(), "too narrow")

	slow := ab(t, swinging(30), Options{}).Swings
	require.NotNil(t, slow.Tau)
	assert.Less(t, slow.Times, 30.0)
	assert.Contains(t, slow.Sentence(), "too narrow")

	none := ab(t, swinging(0), Options{}).Swings
	assert.Equal(t, &Swings{PhaseS: 285}, none)
	checkReport(t, ab(t, swinging(30), Options{}))
}

func TestSwingsInWords(t *testing.T) {
	for want, s := range map[string]Swings{
		"No slow swings of the server were seen; swings longer than a phase, of which 285 s count, cannot be.": {PhaseS: 285},
		"The server's slow swings have a correlation time of at least 12 s; phases of which 285 s count are too short to bound it, so the interval may be too narrow.": {
			Tau: &Interval{40, 12, math.Inf(1)}, PhaseS: 285, Times: 7},
		"The server's slow swings have a correlation time of 4 s (up to 9 s); 285 s count of the shortest phase, 71.3 times as long (at least 31.7 times).": {
			Tau: &Interval{4, 2, 9}, PhaseS: 285, Times: 71.25, TimesLow: 31.7},
		"The server's slow swings have a correlation time of 8 s (up to 20 s); 285 s count of the shortest phase, 35.6 times as long (at least 14.3 times). 30 times are enough.": {
			Tau: &Interval{8, 4, 20}, PhaseS: 285, Times: 35.6, TimesLow: 14.25},
		"The server's slow swings have a correlation time of 20 s (up to 50 s); 285 s count of the shortest phase, 14.3 times as long (at least 5.7 times). It takes 30 times for an interval to be relied on: this one may be too narrow.": {
			Tau: &Interval{20, 9, 50}, PhaseS: 285, Times: 14.25, TimesLow: 5.7},
	} {
		assert.Equal(t, want, s.Sentence())
	}
}

// Without an interval there is nothing to believe, and pairs and A-A say it in another way.
func TestSwingsAreSaidOnlyOfAnInterval(t *testing.T) {
	short, err := Analyze(levels(50, "AB", 100, 100), Options{})
	require.NoError(t, err)
	assert.Nil(t, short.Swings)
	same, err := Analyze(levels(130, "AA", 100, 100), Options{})
	require.NoError(t, err)
	assert.Nil(t, same.Swings)
}

// The smallest effect that the run finds stands once in the text, and with every effect in the table.
func TestTheSmallestEffectIsSaidOnceAndStandsWithEveryEffect(t *testing.T) {
	run := swinging(2)
	run.Phases[0].Arm, run.Phases[1].Arm = "A", "B"
	r, err := Analyze(run, Options{})
	require.NoError(t, err)
	require.Equal(t, NoneSeen, r.Primary().Verdict)
	var b strings.Builder
	require.NoError(t, r.WriteText(&b))
	text := strings.Join(strings.Fields(b.String()), " ")
	assert.Equal(t, 1, strings.Count(text, "smallest effect this run would have found"), b.String())
	assert.Contains(t, text, "interval finds verdict Aggregated p95 ", b.String())
	assert.Contains(t, r.Find(report.Op{}, Failures).further().Sentence(), "No test is made.")
	assert.NotContains(t, r.Find(report.Op{}, Throughput).further().Sentence(), "smallest")
}
