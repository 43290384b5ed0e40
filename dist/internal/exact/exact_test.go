package exact

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// frozen is a hash of many results of a function. They are the same to the last
// bit on every platform; .ci/run runs this test on several.
func TestResultsAreFrozen(t *testing.T) {
	dice := rand.NewPCG(1, 2)
	wide := func() float64 { return Exp(40 * (Uniform(dice) - 0.5)) }
	for _, f := range []struct {
		name, want string
		result     func() float64
	}{
		{"exp", "f1e9eedf687cc364", func() float64 { return Exp(1400 * (Uniform(dice) - 0.5)) }},
		{"log", "223b2b7a2e3f3a41", func() float64 { return Log(wide()) }},
		{"log1p", "da43c39e6d93920c", func() float64 { return Log1p(wide()) }},
		{"pow", "b92e0a3d9c7e4b79", func() float64 { return Pow(wide(), 10*Uniform(dice)) }},
		{"gamma", "145d115d6c571ffd", func() float64 { return Gamma(1 + float64(10*Uniform(dice))) }},
		{"normal", "ba9404df602d261d", func() float64 { return Normal(dice) }},
		{"exponential", "8aa3fc16591117b4", func() float64 { return Exponential(dice) }},
	} {
		sum := sha256.New()
		for range 20_000 {
			require.NoError(t, binary.Write(sum, binary.BigEndian, f.result()))
		}
		require.Equal(t, f.want, fmt.Sprintf("%x", sum.Sum(nil)[:8]), f.name)
	}
}

func TestEdges(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"e^∞", Exp(inf), inf},
		{"e^-∞", Exp(-inf), 0},
		{"e^710", Exp(710), inf},
		{"e^709.7", Exp(709.7), 1.6549840276802644e+308},
		{"e^-746", Exp(-746), 0},
		{"e^-745", Exp(-745), math.SmallestNonzeroFloat64},
		{"e^NaN", Exp(nan), nan},
		{"log 0", Log(0), -inf},
		{"log ∞", Log(inf), inf},
		{"log -1", Log(-1), nan},
		{"log 2^-1074", Log(math.SmallestNonzeroFloat64), -744.4400719213812},
		{"log1p 0", Log1p(0), 0},
		{"log1p 1e-20", Log1p(1e-20), 1e-20},
		{"log1p 1e-10", Log1p(1e-10), 9.999999999500001e-11},
		{"log1p 1e18", Log1p(1e18), 41.44653167389282},
		{"log1p -1", Log1p(-1), nan},
		{"log1p ∞", Log1p(inf), inf},
		{"0^2", Pow(0, 2), 0},
		{"1^y", Pow(1, 9.3), 1},
		{"x^0", Pow(3, 0), 1},
		{"x^1", Pow(.3, 1), .3},
		{"√", Pow(2, .5), math.Sqrt2},
		{"overflow", Pow(1e300, 7.5), inf},
		{"underflow", Pow(1e-300, 7.5), 0},
		{"∞^2", Pow(inf, 2), inf},
		{"NaN^2", Pow(nan, 2), nan},
		{"2^-1", Pow(2, -1), nan},
		{"Γ(5)", Gamma(5), 24},
		{"Γ(1)", Gamma(1), 1},
	} {
		if math.IsNaN(c.want) {
			require.True(t, math.IsNaN(c.got), c.name)
			continue
		}
		require.Equal(t, c.want, c.got, c.name)
	}
}
