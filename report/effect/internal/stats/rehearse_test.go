package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

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

func TestRehearsals(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	white := NewDensity(Fitted{})
	assert.InDelta(t, .03, white.FalseAlarms(300, .95), .02)
	wobbly := NewDensity(Fitted{Spectrum: Spectrum{1, 1, 30}, Sure: true})
	assert.Greater(t, wobbly.FalseAlarms(60, .95), .12)
	assert.Less(t, wobbly.FalseAlarms(900, .95), .07)
	assert.Equal(t, wobbly.FalseAlarms(60, .95), wobbly.FalseAlarms(60, .95), "the same seeds")
}

// What is drawn has the spectrum that the data have, of two time scales too.
func TestDensityIsThatOfTheData(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 20))
	const n = 2000
	z := Spectrum{1, 1, 3}.draw(r, n)
	for i, v := range (Spectrum{0, 1, 100}).draw(r, n) {
		z[i] += 2 * (v - r.NormFloat64())
	}
	fit := Fit(z)
	d := NewDensity(fit, z)
	power := func(of []float64, from, to float64) (sum float64) {
		n := 0.0
		for _, o := range periodogram(of) {
			if a := math.Acos(o.cos); a >= from && a < to {
				sum, n = sum+o.weight*o.power, n+o.weight
			}
		}
		return sum / n
	}
	draw, pooled := d.drawer(n), map[float64]float64{}
	bands := []float64{.006, .02, .06, .2, .6, 2}
	const draws = 10
	for range draws {
		y := draw(r)
		for i := range bands[1:] {
			pooled[bands[i]] += power(y, bands[i], bands[i+1]) / draws
		}
	}
	for i := range bands[1:] {
		assert.InEpsilon(t, power(scaled(z), bands[i], bands[i+1]), pooled[bands[i]], .5, "from %g", bands[i])
	}
}

// Windows of the data themselves are compared where there are enough of them.
func TestResampled(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 21))
	_, ok := Resampled(100, .95, Spectrum{White: 1}.draw(r, 999), Spectrum{White: 1}.draw(r, 999))
	assert.False(t, ok, "18 windows")
	white, ok := Resampled(100, .95, Spectrum{White: 1}.draw(r, 3000), Spectrum{White: 1}.draw(r, 3000))
	assert.True(t, ok)
	assert.Less(t, white, .08)
	slow, _ := Resampled(100, .95, Spectrum{1, 4, 60}.draw(r, 3000), Spectrum{1, 4, 60}.draw(r, 3000))
	assert.Greater(t, slow, .2)
}
