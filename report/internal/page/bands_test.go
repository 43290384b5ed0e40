package page

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

// A curve is drawn from where the level stands to the end of its phase, in a bounded number of points that keep its
// heights.
func TestCurves(t *testing.T) {
	phases := []report.PhaseInfo{
		{Name: "usual", End: 10 * time.Second, Users: 5},
		{Name: "cut", Start: 10 * time.Second, End: 25 * time.Second, From: 5, Stages: []report.Stage{{ForS: 10, To: 20}, {To: 30}, {ForS: 10, To: 0}}},
		{Name: "many", Start: 25 * time.Second, End: 10025 * time.Second},
	}
	for i := range 10_000 {
		phases[2].Stages = append(phases[2].Stages, report.Stage{ForS: 1, To: float64(i % 100)})
	}
	bands := Bands(phases)
	assert.Nil(t, bands[0].Curve)
	assert.Equal(t, [][2]float64{{10, 5}, {20, 20}, {20, 30}, {25, 15}}, bands[1].Curve)
	open := Bands([]report.PhaseInfo{
		{End: 10 * time.Second, Arrivals: &report.Arrivals{Rate: 5}},
		{Start: 10 * time.Second, End: 20 * time.Second, Arrivals: &report.Arrivals{Rate: 5, RateTo: 7}},
		{Start: 20 * time.Second, Arrivals: &report.Arrivals{Rate: 5, Stages: []report.Stage{{ForS: 10, To: 9}}}},
	})
	assert.Equal(t, [][2]float64{{0, 5}}, open[0].Rates)
	assert.Equal(t, [][2]float64{{10, 5}, {20, 7}}, open[1].Rates)
	assert.Equal(t, [][2]float64{{20, 5}, {30, 9}}, open[2].Rates)
	assert.Nil(t, bands[1].Rates)
	done := BandsOf(&report.Summary{Phases: []report.PhaseSummary{{EndS: 7, Arrivals: &report.Arrivals{Stages: []report.Stage{{ForS: 14, To: 10}}}}}})
	assert.Equal(t, [][2]float64{{0, 0}, {7, 5}}, done[0].Rates, "of a run that was ended early")
	many := bands[2].Curve
	assert.LessOrEqual(t, len(many), mostPoints)
	assert.Equal(t, [2]float64{25, 0}, many[0])
	assert.Equal(t, [2]float64{10025, 99}, many[len(many)-1])
	most := 0.
	for i, p := range many[1:] {
		assert.GreaterOrEqual(t, p[0], many[i][0])
		most = max(most, p[1])
	}
	assert.Equal(t, 99., most)
}
