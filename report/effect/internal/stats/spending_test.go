package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// five looks with equal steps between them.
var five = []float64{.2, .4, .6, .8, 1}

// The limits that Lan and DeMets's method is known for: five looks, 2.5 % on each side.
func TestSpendingLimitsAreThePublishedOnes(t *testing.T) {
	got := SpendingLimits(five, func(at float64) float64 { return 2 * OBrienFleming(.025, at) })
	assert.InDeltaSlice(t, []float64{4.8769, 3.3570, 2.6803, 2.2898, 2.0310}, got, 2e-4)
	pocock := func(at float64) float64 { return .05 * math.Log(1+(math.E-1)*at) }
	assert.InDeltaSlice(t, []float64{2.4380, 2.4268, 2.4101, 2.3966, 2.3859}, SpendingLimits(five, pocock), .01)
}

// Those of a baseline of 270 s and an intervention looked at every 30 s from 60 s on, by an independent computation.
func TestSpendingLimitsOfAnABRun(t *testing.T) {
	var information []float64
	for s := 60.; s <= 270; s += 30 {
		information = append(information, (2/270.)/(1/270.+1/s))
	}
	got := SpendingLimits(information, func(at float64) float64 { return OBrienFleming(.05, at) })
	assert.InDeltaSlice(t, []float64{3.24, 2.80, 2.57, 2.42, 2.32, 2.25, 2.19, 2.15}, got, .015)
}

func TestASingleLookHasTheUsualLimit(t *testing.T) {
	got := SpendingLimits([]float64{1}, func(at float64) float64 { return OBrienFleming(.05, at) })
	assert.InDelta(t, 1.959964, got[0], 1e-6)
	assert.InDelta(t, got[0], Limit(.95), 1e-6)
	assert.InDelta(t, .95, LevelOf(got[0]), 1e-6)
}

// A Brownian motion passes one of the limits in 5 % of its ways, and that of all times at 20 times as many looks in at most as
// many.
func TestLimitsHoldWhatTheyPromise(t *testing.T) {
	ways, slack := 20_000, .006
	if testing.Short() {
		ways, slack = 4000, .013
	}
	r, limits := rand.New(rand.NewPCG(1, 2)), SpendingLimits(five, func(at float64) float64 { return OBrienFleming(.05, at) })
	spent, anytime := 0, 0
	for range ways {
		at, w, passed, ever := 0., 0., false, false
		for k := range 100 {
			w, at = w+r.NormFloat64()*.1, at+.01
			z := math.Abs(w) / math.Sqrt(at)
			passed = passed || (k+1)%20 == 0 && z > limits[k/20]
			ever = ever || z > AnytimeLimit(.05, at)
		}
		spent, anytime = spent+count(passed), anytime+count(ever)
	}
	require.InDelta(t, .05, float64(spent)/float64(ways), slack)
	require.Less(t, float64(anytime)/float64(ways), .05)
}

// count is 1 for true.
func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Half as wide again, where it is narrowest.
func TestAnytimeLimit(t *testing.T) {
	assert.InDelta(t, 1.55, AnytimeLimit(.05, 1)/Limit(.95), .005)
	for _, at := range []float64{.1, .5, 2, 10} {
		assert.Greater(t, AnytimeLimit(.05, at), AnytimeLimit(.05, 1), at)
	}
}
