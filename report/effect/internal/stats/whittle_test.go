package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPeriodogramOfACosine(t *testing.T) {
	z := make([]float64, 64)
	for i := range z {
		z[i] = math.Cos(2 * math.Pi * 5 * float64(i) / 64)
	}
	p := periodogram(z)
	total := 0.0
	for j, o := range p {
		want := 0.0
		if j+1 == 5 {
			want = 64. / 4
		}
		assert.InDelta(t, want, o.power, 1e-9, "frequency %d", j+1)
		total += o.weight
	}
	assert.Equal(t, 31.0, total, "frequencies, those next to each other merged")
	assert.InDelta(t, math.Cos(2*math.Pi*3/64), p[2].cos, 1e-12)
	assert.Equal(t, 1.0, p[10].weight)
	assert.Equal(t, 2.0, p[11].weight, "the 12th and the 13th")
}

// Series of one noise are fitted together, each in its own units: their levels may differ.
func TestFitOfSeveralSeries(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 12))
	a, b := Spectrum{1, 2, 5}.draw(r, 300), Spectrum{1, 2, 5}.draw(r, 500)
	for i := range b {
		b[i] *= 40
	}
	one, both := Fit(a), Fit(a, b)
	assert.True(t, both.Sure)
	assert.Less(t, both.TauHigh/both.TauLow, one.TauHigh/one.TauLow, "more is known")
	assert.Less(t, both.TauLow, 5.5)
	assert.Greater(t, both.TauHigh, 4.5)
	assert.False(t, Fit().Sure)
	assert.False(t, Fit(make([]float64, 100)).Sure, "no noise at all")
}

func TestFitFindsTheCorrelationTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	for _, c := range []struct {
		tau, slow float64
		n         int
	}{{5, 1, 900}, {30, 1, 3600}, {10, 4, 5000}} {
		held, seen := 0, 0
		for seed := range uint64(20) {
			z := Spectrum{1, c.slow, c.tau}.draw(rand.New(rand.NewPCG(seed, 10)), c.n)
			f := Fit(z)
			if f.Sure {
				seen++
			}
			if f.TauLow/1.13 <= c.tau && c.tau <= f.TauHigh*1.13 { // a step of the grid
				held++
			}
		}
		assert.Equal(t, 20, seen, "%+v", c)
		assert.GreaterOrEqual(t, held, 17, "%+v", c)
	}
}

func TestFitSeesNothingInWhiteNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	sure := 0
	for seed := range uint64(100) {
		if Fit(Spectrum{White: 1}.draw(rand.New(rand.NewPCG(seed, 11)), 300)).Sure {
			sure++
		}
	}
	assert.LessOrEqual(t, sure, 12)
	assert.False(t, Fit(nil).Sure)
	assert.False(t, Fit(make([]float64, 50)).Sure)
}

func TestFitIsNoMoreExactThanItsGrid(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	step := math.Pow(2000, 1./(tauSteps-1))
	for seed := range uint64(5) {
		f := Fit(Spectrum{1, 100, 1.5}.draw(rand.New(rand.NewPCG(seed, 13)), 4000))
		assert.GreaterOrEqual(t, f.TauHigh/f.TauLow, step*(1-1e-9))
	}
}

func TestShortRunsCannotBoundTheCorrelationTime(t *testing.T) {
	f := Fit(Spectrum{1, 20, 300}.draw(rand.New(rand.NewPCG(1, 12)), 200))
	assert.True(t, f.Sure)
	assert.True(t, math.IsInf(f.TauHigh, 1))
}
