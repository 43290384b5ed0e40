package effect

import (
	"math"
	"math/rand/v2"
)

// rehearsals is how many comparisons of simulated noise an expected share stands on.
const rehearsals = 2000

// alarms returns the share of comparisons of two neighbouring windows under the noise that the
// interval calls an effect, from rehearsals with fixed seeds.
func (n spectrum) alarms(seconds int, level float64) float64 {
	r := rand.New(rand.NewPCG(uint64(seconds), 1))
	b, hits := newBasis(seconds), 0
	for range rehearsals {
		y := n.draw(r, 2*seconds)
		if departs(b, y[:seconds], y[seconds:], level) {
			hits++
		}
	}
	return float64(hits) / rehearsals
}

// draw returns n values of the noise.
func (n spectrum) draw(r *rand.Rand, length int) []float64 {
	phi := 0.0
	if n.tau > 0 {
		phi = math.Exp(-1 / n.tau)
	}
	level, kick, size := r.NormFloat64(), math.Sqrt(1-phi*phi), math.Sqrt(n.slow)
	y := make([]float64, length)
	for t := range y {
		level = phi*level + kick*r.NormFloat64()
		y[t] = size*level + r.NormFloat64()
	}
	return y
}

// departs says whether the interval of the difference of two means excludes 0: the method of an effect
// on a metric that is a plain mean.
func departs(b *basis, x, y []float64, level float64) bool {
	lx, mx := centred(b, x)
	ly, my := centred(b, y)
	nu := guard(&lx, &ly).nu
	se := math.Sqrt((lx.omega(nu) + ly.omega(nu)) / float64(len(x)))
	return math.Abs(my-mx) > twoSided(level, nu)*se
}

// centred returns the cosine coefficients of x less its mean, and the mean.
func centred(b *basis, x []float64) (waves, float64) {
	m, z := sum(x)/float64(len(x)), make([]float64, len(x))
	for t, v := range x {
		z[t] = v - m
	}
	return b.of(z), m
}
