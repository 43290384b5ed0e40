package effect

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOfFindsTheDesign(t *testing.T) {
	for names, want := range map[string]Design{"AB": AB, "BA": AB, "ABA": ABA, "AA": AA, "AAA": AA, "A B": AB, "AB AB": Pairs, "ABBA": Pairs} {
		run := levels(70, names, []float64{100, 100, 100, 100, 100}[:len(names)]...)
		r, err := Analyze(run, Options{})
		require.NoError(t, err, names)
		assert.Equal(t, want, r.Design, names)
		checkReport(t, r)
	}
	for _, names := range []string{"A", "ABB", "AABB", "ABABA", "B"} {
		_, err := Analyze(levels(5, names, []float64{100, 100, 100, 100, 100}[:len(names)]...), Options{})
		assert.ErrorContains(t, err, "are not a design (A B, A B A, pairs, A A); the run has phases \"0\"", names)
	}
	_, err := Analyze(nil, Options{})
	assert.ErrorContains(t, err, "no run")
}

func TestOfWithoutArms(t *testing.T) {
	run := levels(70, "   ", 100, 100, 100)
	_, err := Analyze(run, Options{})
	assert.Error(t, err)
	run.Phases[0].Name, run.Intervals[0].Phase = "baseline", "baseline"
	run.Phases[2].Name, run.Intervals[2].Phase = "intervention", "intervention"
	r, err := Analyze(run, Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"intervention"}, r.Intervention.Phases)
	r, err = Analyze(levels(70, "  ", 100, 100), Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"0"}, r.Baseline.Phases)
}
