package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The exact p-value is what counting all sign patterns gives.
func TestSignFlipPAgainstCounting(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for n := 1; n <= 11; n++ {
		d, seen := make([]float64, n), 0.0
		for i := range d {
			d[i] = math.Round(4*r.NormFloat64()+1) / 2 // with ties
			seen += d[i]
		}
		hits := 0
		for signs := range 1 << n {
			s := 0.0
			for i := range d {
				if signs>>i&1 == 1 {
					s -= d[i]
				} else {
					s += d[i]
				}
			}
			if math.Abs(s) >= math.Abs(seen)-1e-9 {
				hits++
			}
		}
		assert.InDelta(t, float64(hits)/float64(int(1)<<n), SignFlipP(d), 1e-12, "%v", d)
	}
	assert.Equal(t, 0.0, SignFlipP(nil))
	assert.Equal(t, 0.0, SignFlipP(make([]float64, 41)))
	if !testing.Short() {
		assert.Equal(t, 1.0, SignFlipP(make([]float64, 40)))
	}
}
