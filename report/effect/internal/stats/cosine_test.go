package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBasisIsOrthonormal(t *testing.T) {
	for _, T := range []int{24, 61, 300} {
		b := NewBasis(T)
		for i := range b {
			assert.InDelta(t, 0, Sum(b[i]), 1e-9, "a constant has no waves")
			for j := range b {
				dot, want := 0.0, 0.0
				for k := range b[i] {
					dot += b[i][k] * b[j][k]
				}
				if i == j {
					want = float64(T) / 2
				}
				assert.InDelta(t, want, dot, 1e-9)
			}
		}
	}
}

// The long-run variance of white noise is its variance, of an autoregression sigma^2/(1-phi)^2.
func TestOmegaEstimatesTheLongRunVariance(t *testing.T) {
	for _, c := range []struct{ phi, want, tolerance float64 }{{0, 1, .05}, {.5, 4, .05}, {.8, 25, .08}} {
		r, b, total := rand.New(rand.NewPCG(3, 3)), NewBasis(600), 0.0
		runs, slack := 1500, 1.
		if testing.Short() {
			runs, slack = 300, 2
		}
		for range runs {
			z, x := make([]float64, 600), r.NormFloat64()/math.Sqrt(1-c.phi*c.phi)
			for i := range z {
				x = c.phi*x + r.NormFloat64()
				z[i] = x
			}
			l, _ := b.centred(z)
			total += l.Variance(8) / float64(runs)
		}
		assert.InEpsilon(t, c.want, total, slack*c.tolerance, "phi %g", c.phi)
	}
}

func TestGuard(t *testing.T) {
	flat, low, lower := Powers{}, Powers{}, Powers{}
	for i := range flat {
		flat[i], low[i], lower[i] = 1, 1, 1
		if i < 4 {
			low[i], lower[i] = 1.6, 2.7
		}
	}
	assert.Equal(t, Noise{F: 1, Cosines: 8}, Guard(&flat, &flat))
	assert.Equal(t, Noise{F: 1.6, Cosines: 4}, Guard(&low, &low))
	g := Guard(&lower, &lower)
	assert.Equal(t, 4, g.Cosines)
	assert.True(t, g.Slow)
	assert.False(t, Guard(&low, &low, &low).Slow)
	assert.Equal(t, Noise{Cosines: 8}, Guard(&Powers{}, &Powers{}), "no noise at all")
	higher := flat
	higher[11] = 2
	assert.True(t, Guard(&higher, &higher).Calm, "F is 0.89")
	swing := Powers{5}
	assert.Equal(t, Noise{F: 1e6, Cosines: 4, Slow: true}, Guard(&swing), "a pure swing")
}

// A quarter of white runs goes to 4 cosines, one in twenty is called slow and half of them calm, for two and for three phases.
func TestGuardLevelsOnWhiteNoise(t *testing.T) {
	r, b := rand.New(rand.NewPCG(4, 4)), NewBasis(120)
	for phases := 2; phases <= 3; phases++ {
		few, slow, calm := 0, 0, 0
		runs := 4000
		if testing.Short() {
			runs = 1000
		}
		for range runs {
			look := make([]*Powers, phases)
			for i := range look {
				z := make([]float64, 120)
				for k := range z {
					z[k] = r.NormFloat64()
				}
				l := b.Powers(z)
				look[i] = &l
			}
			g := Guard(look...)
			if g.Cosines == 4 {
				few++
			}
			if g.Slow {
				slow++
			}
			if g.Calm {
				calm++
			}
		}
		assert.InDelta(t, .25, float64(few)/float64(runs), .035)
		assert.InDelta(t, .05, float64(slow)/float64(runs), .018)
		assert.InDelta(t, .5, float64(calm)/float64(runs), .04)
	}
}

// The degrees of freedom of Welch and Satterthwaite: twice as many for equal variances, hardly more than its own for one that is
// much larger than the other.
func TestDegrees(t *testing.T) {
	assert.InDelta(t, 16, Degrees([]Part{{3, 8}, {3, 8}}), 1e-12)
	assert.InDelta(t, 8, Degrees([]Part{{1, 8}, {1e-9, 8}}), 1e-6)
	assert.InDelta(t, math.Pow(1.5, 2)/(1./16+.25/8), Degrees([]Part{{1, 16}, {.5, 8}}), 1e-12)
	assert.Equal(t, 4.0, Degrees([]Part{{0, 4}, {0, 8}}), "without any variance")
}
