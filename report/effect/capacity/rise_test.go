package capacity

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// rising are holds of 1,500 requests at loads around 100, whose share of slow ones is the limit of 5 % at 100.
func rising(slope float64, noise func(i int) float64) (out []tally) {
	for i := range 40 {
		load := 100 * math.Pow(1.03, float64(i%9-4))
		slow := height(math.Log(load), math.Log(100), slope)
		out = append(out, tally{load: load, count: 1500, sum: 1500 * min(1, slow*math.Exp(noise(i)))})
	}
	return out
}

// limits are those of the interval, as parts of 100.
func limits(holds []tally) (at, low, high float64) {
	at, low, high = around(holds, .05, 100).interval(math.Log(20), math.Log(1000))
	return math.Exp(at) / 100, math.Exp(low) / 100, math.Exp(high) / 100
}

func TestTheCurveCrossesTheLimit(t *testing.T) {
	for _, slope := range []float64{3, 30, 300} {
		at, low, high := limits(rising(slope, func(int) float64 { return 0 }))
		assert.InDelta(t, 1, at, 1e-4)
		assert.Less(t, low, at)
		assert.Greater(t, high, at)
		assert.Less(t, high-low, .5/slope+.01, "as if requests were independent")
	}
}

// Holds that differ make the interval wider, and more so if those next to each other differ alike.
func TestTheIntervalIsAsWideAsHoldsDiffer(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	alone, together := make([]float64, 40), make([]float64, 40)
	for i := range alone {
		alone[i] = .5 * random.NormFloat64()
		together[i] = alone[i/4*4]
	}
	_, calmLow, calmHigh := limits(rising(30, func(int) float64 { return 0 }))
	_, low, high := limits(rising(30, func(i int) float64 { return alone[i] }))
	_, alikeLow, alikeHigh := limits(rising(30, func(i int) float64 { return together[i] }))
	assert.Greater(t, high-low, 1.5*(calmHigh-calmLow))
	assert.Greater(t, alikeHigh-alikeLow, 1.2*(high-low))
}

// Where holds are kept or flood, the limits lie among the loads at which both happen and on to those that do not exclude it.
func TestTheCapacityWhereHoldsAreKeptOrFlood(t *testing.T) {
	var holds []tally
	for i := range 30 {
		h := tally{load: []float64{90, 95, 100, 105, 110}[i%5], count: 1500, sum: 15}
		if h.load == 110 || h.load == 105 && i%2 == 0 {
			h.sum, h.flooded = 1500, true
		}
		holds = append(holds, h)
	}
	at, low, high := limits(holds)
	assert.InDelta(t, 1.01, at, .03)
	assert.Less(t, low, .99, "six kept holds do not say that none in twenty floods")
	assert.Less(t, high, 1.08)
}

// A curve that the holds do not show to rise gives no limits.
func TestACurveThatDoesNotRiseHasNoLimits(t *testing.T) {
	var holds []tally
	for i := range 20 {
		holds = append(holds, tally{load: 95 + 10*float64(i%2), count: 100, sum: []float64{1, 9, 9, 1}[i%4]})
	}
	_, low, high := around(holds, .05, 100).interval(math.Log(50), math.Log(200))
	assert.LessOrEqual(t, low, math.Log(50))
	assert.GreaterOrEqual(t, high, math.Log(200))
}
