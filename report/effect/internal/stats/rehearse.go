package stats

import (
	"math"
	"math/rand/v2"
)

// rehearsals is how many comparisons of simulated noise an expected share stands on.
const rehearsals = 2000

// FalseAlarms returns the share of comparisons of two neighbouring windows of the noise that the
// interval calls an effect at a level, from simulations with fixed seeds. length is that of a window, in intervals.
func (n Spectrum) FalseAlarms(length int, level float64) float64 {
	r, b := rand.New(rand.NewPCG(uint64(length), 1)), NewBasis(length)
	factor := map[int]float64{FewCosines: TwoSided(level, FewCosines), MoreCosines: TwoSided(level, MoreCosines)}
	alarms := 0
	for range rehearsals {
		y := n.draw(r, 2*length)
		first, mean := b.centred(y[:length])
		second, other := b.centred(y[length:])
		nu := Guard(&first, &second).Cosines
		se := math.Sqrt((first.Variance(nu) + second.Variance(nu)) / float64(length))
		if math.Abs(other-mean) > factor[nu]*se {
			alarms++
		}
	}
	return float64(alarms) / rehearsals
}

// draw returns n values of the noise.
func (n Spectrum) draw(r *rand.Rand, length int) []float64 {
	phi := 0.0
	if n.Tau > 0 {
		phi = math.Exp(-1 / n.Tau)
	}
	level, kick, size := r.NormFloat64(), math.Sqrt(1-phi*phi), math.Sqrt(n.Slow)
	y := make([]float64, length)
	for t := range y {
		level = phi*level + kick*r.NormFloat64()
		y[t] = size*level + r.NormFloat64()
	}
	return y
}
