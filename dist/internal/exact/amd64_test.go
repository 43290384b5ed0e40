//go:build amd64 && !amd64.v3

package exact

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/cpu"
)

// TestSameAsTheStandardLibrary holds every function and draw, bit by bit, against
// package math and math/rand/v2 where they are as they were when the golden values
// were taken: so that no published seed changed its workload.
func TestSameAsTheStandardLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("draws millions")
	}
	if !cpu.X86.HasFMA || !cpu.X86.HasAVX {
		t.Skip("math.Exp is another one on this processor")
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 1_000_000 {
		x, y := 700*(2*dice.Float64()-1)*dice.Float64(), 0.001+10*dice.Float64() // no subnormal: math.Log errs there
		wide := math.Exp(x)
		same(t, "exp", wide, Exp(x), x)
		same(t, "log", math.Log(wide), Log(wide), wide)
		same(t, "log1p", math.Log1p(wide), Log1p(wide), wide)
		same(t, "pow", math.Pow(wide, y), Pow(wide, y), wide, y)
		same(t, "gamma", math.Gamma(1+y), Gamma(1+y), 1+y)
	}
	ours, theirs := rand.NewPCG(3, 4), rand.New(rand.NewPCG(3, 4))
	for i := range 5_000_000 {
		same(t, "normal", theirs.NormFloat64(), Normal(ours), i)
		same(t, "exponential", theirs.ExpFloat64(), Exponential(ours), i)
		same(t, "uniform", theirs.Float64(), Uniform(ours), i)
	}
}

func same(t *testing.T, what string, want, got float64, of ...any) {
	if want != got {
		t.Helper()
		require.Equal(t, want, got, "%s %v", what, of)
	}
}
