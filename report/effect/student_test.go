package effect

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestStudentAgainstGonum(t *testing.T) {
	for _, nu := range []float64{1, 2, 3, 4, 8, 16, 29, 500} {
		ref := distuv.StudentsT{Sigma: 1, Nu: nu}
		for _, p := range []float64{1e-4, .005, .025, .2, .5, .6, .8, .95, .975, .995, .9999} {
			want := ref.Quantile(p)
			assert.InDelta(t, want, studentQuantile(p, nu), 1e-8*(1+math.Abs(want)), "t(%g) at %g", nu, p)
		}
		for x := -8.0; x <= 8; x += .25 {
			assert.InDelta(t, ref.CDF(x), studentCDF(x, nu), 1e-12, "t(%g) CDF at %g", nu, x)
		}
	}
}

func TestStudentTable(t *testing.T) {
	assert.InDelta(t, 12.7062, twoSided(.95, 1), 5e-5)
	assert.InDelta(t, 2.7764, twoSided(.95, 4), 5e-5)
	assert.InDelta(t, 2.3060, twoSided(.95, 8), 5e-5)
	assert.InDelta(t, 3.3554, twoSided(.99, 8), 5e-5)
}

func TestBetaAgainstGonum(t *testing.T) {
	for _, a := range []float64{.5, 1, 2, 4, 8, 37.5} {
		for _, b := range []float64{.5, 1, 3, 16, 250} {
			for _, x := range []float64{0, 1e-6, .01, .2, .5, .77, .99, 1} {
				assert.InDelta(t, mathext.RegIncBeta(a, b, x), betaInc(a, b, x), 1e-12, "I_%g(%g, %g)", x, a, b)
			}
			assert.InDelta(t, .3, betaInc(a, b, betaQuantile(.3, a, b)), 1e-9)
		}
	}
}

// The guard's thresholds for two phases in statistics.md are points of F(8, 16).
func TestFPoints(t *testing.T) {
	assert.InDelta(t, .75, fCDF(1.45, 8, 16), .003)
	assert.InDelta(t, .95, fCDF(2.59, 8, 16), .001)
	ref := distuv.F{D1: 12, D2: 24}
	for _, f := range []float64{.1, 1, 1.5, 2.2, 9} {
		assert.InDelta(t, ref.CDF(f), fCDF(f, 12, 24), 1e-12)
	}
	assert.Equal(t, 0.0, fCDF(0, 8, 16))
	assert.Equal(t, 1.0, fCDF(math.Inf(1), 8, 16))
}

func TestShareLimits(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{0, 10, 0, .3085}, {10, 10, .6915, 1}, {1, 20, .00127, .2487}, {6, 100, .0223, .1260}} {
		low, high := shareLimits(c.k, c.n, .95)
		assert.InDelta(t, c.low, low, 5e-5, "%d of %d", c.k, c.n)
		assert.InDelta(t, c.high, high, 5e-5, "%d of %d", c.k, c.n)
	}
}
