package stats

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestStudentQuantileInvertsItsDistribution(t *testing.T) {
	for _, nu := range []float64{1, 2, 3, 4, 8, 16, 29, 500} {
		for _, p := range []float64{1e-4, .005, .025, .2, .5, .6, .8, .95, .975, .995, .9999} {
			x := StudentQuantile(p, nu)
			assert.InEpsilon(t, p, distuv.StudentsT{Sigma: 1, Nu: nu}.CDF(x), 1e-10, "t(%g) at %g", nu, p)
		}
	}
}

func TestStudentTable(t *testing.T) {
	assert.InDelta(t, 12.7062, TwoSided(.95, 1), 5e-5)
	assert.InDelta(t, 2.7764, TwoSided(.95, 4), 5e-5)
	assert.InDelta(t, 2.3060, TwoSided(.95, 8), 5e-5)
	assert.InDelta(t, 3.3554, TwoSided(.99, 8), 5e-5)
	assert.InDelta(t, math.Sqrt(2./3), StudentQuantile(.75, 2), 1e-12, "in closed form: (2p-1) / sqrt(2p(1-p))")
	assert.InDelta(t, math.Tan(.475*math.Pi), StudentQuantile(.975, 1), 1e-9, "Cauchy's")
}

// The guard's thresholds for two phases in statistics.md are points of F(8, 16).
func TestFPoints(t *testing.T) {
	assert.InDelta(t, .75, FCDF(1.45, 8, 16), .003)
	assert.InDelta(t, .95, FCDF(2.59, 8, 16), .001)
	ref := distuv.F{D1: 12, D2: 24}
	for _, f := range []float64{.1, 1, 1.5, 2.2, 9} {
		assert.InDelta(t, ref.CDF(f), FCDF(f, 12, 24), 1e-12)
	}
	assert.Equal(t, 0.0, FCDF(0, 8, 16))
	assert.Equal(t, 1.0, FCDF(math.Inf(1), 8, 16))
}

func TestShareLimits(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{0, 10, 0, .3085}, {10, 10, .6915, 1}, {1, 20, .00127, .2487}, {6, 100, .0223, .1260}} {
		low, high := ShareLimits(c.k, c.n, .95)
		assert.InDelta(t, c.low, low, 5e-5, "%d of %d", c.k, c.n)
		assert.InDelta(t, c.high, high, 5e-5, "%d of %d", c.k, c.n)
	}
}
