package effect

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// Where there is no intervention none is mentioned, and a verdict does not claim one.
func TestNoInterventionIsSpokenOfInAA(t *testing.T) {
	metrics := []Metric{P95, P99, Failures, Mean, Exceedance}
	if testing.Short() { // each simulates what false alarms to expect
		metrics = metrics[:1]
	}
	for _, second := range []float64{100, 150} {
		for _, m := range metrics {
			r, err := Analyze(levels(130, "AA", 100, second), Options{Primary: m})
			require.NoError(t, err)
			var b strings.Builder
			require.NoError(t, r.WriteText(&b))
			text := strings.Join(strings.Fields(b.String()), " ") // as one line
			alarm := "There is no intervention in this design: the system itself has changed, or this is a false alarm."
			assert.Equal(t, r.Primary().Verdict.Changed(), strings.Contains(text, alarm), "%s", b.String())
			assert.NotContains(t, strings.ReplaceAll(text, alarm, ""), "intervention", m)
			assert.NotContains(t, r.Primary().Point(), "intervention")
		}
	}
}

func TestACorrelationTimeWithoutALimitIsSaid(t *testing.T) {
	f := FalseAlarms{Tau: &Interval{300, 90, math.Inf(1)}}
	assert.Equal(t, "The server's slow swings last at least 90 s (correlation time 300 s); this run is too short to bound them.", f.Sentence())
}

func TestShortPhasesTellNothingOfNoise(t *testing.T) {
	for seconds, want := range map[int]string{59: "The phases are too short to tell what noise this system has.", 130: "of 2 comparisons without a difference"} {
		r, err := Analyze(levels(seconds, "AA", 100, 100), Options{})
		require.NoError(t, err)
		assert.Contains(t, strings.Join(r.Sentences(), "\n"), want)
		checkReport(t, r)
	}
}

func TestSameNeedsTwo(t *testing.T) {
	run := levels(70, "AA", 100, 100)
	_, err := Same(Options{}, Phase{run, "0"})
	assert.ErrorContains(t, err, "two phases")
	_, err = Same(Options{Level: 7}, Phase{run, "0"}, Phase{run, "1"})
	assert.ErrorContains(t, err, "level 7")
	_, err = Same(Options{}, Phase{run, "0"}, Phase{run, "9"}, Phase{run, "1"})
	assert.ErrorContains(t, err, `no phase "9"`)
	for _, m := range []Metric{Exceedance, Failures, Throughput, Mean, P99} {
		r, err := Same(Options{Primary: m}, Phase{run, "0"}, Phase{run, "1"})
		require.NoError(t, err)
		checkReport(t, r)
		assert.NotEmpty(t, r.FalseAlarms.Sentence())
	}
}

// D4: what is foretold comes from all that the data show, not from the one time scale that fits them best.
func TestFalseAlarmsOfTwoTimeScalesAreForetold(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	server := model.Swinging{Server: model.Wobble{Rate: 100, Tau: 5, SD: .1}, Tau: 100, SD: .07}
	run := model.Simulate(server, model.Rand(1, 1), model.Phase{Name: "A", Seconds: 3600, Settle: 15, Scale: 1}, model.Phase{Name: "B", Seconds: 3600, Settle: 15, Scale: 1})
	r, err := Same(Options{Metrics: []Metric{}}, Phase{run, "A"}, Phase{run, "B"})
	require.NoError(t, err)
	require.NotNil(t, r.FalseAlarms.Tau)
	assert.Less(t, r.FalseAlarms.Tau.Estimate, 27.0, "by which phases of 334 s were called long enough, with 4 or 5 % of false alarms")
	at := slices.IndexFunc(r.FalseAlarms.Windows, func(w Window) bool { return w.PhaseS == 334 })
	w := r.FalseAlarms.Windows[at]
	assert.Equal(t, 300, w.Seconds)
	assert.Greater(t, w.Expected, .07)
	assert.Contains(t, r.FalseAlarms.Sentence(), "Phases of 334 s, of which 300 count: ")
	assert.Contains(t, r.FalseAlarms.Sentence(), "What swings more slowly than the longest phase, 3,585 s, does not show in it and would add to these.")
}
