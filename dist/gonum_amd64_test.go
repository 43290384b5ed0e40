//go:build !amd64.v3

package dist

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/cpu"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/gensim/load-generator/dist/stream"
)

// TestSamplesAreGonums holds the samplers, nanosecond by nanosecond, against those
// that the streams were frozen with, on a processor on which these are as they
// were then: so that no published seed changed its workload.
func TestSamplesAreGonums(t *testing.T) {
	if !cpu.X86.HasFMA || !cpu.X86.HasAVX {
		t.Skip("math.Exp is another one on this processor")
	}
	dice := rand.New(rand.NewPCG(1, 2))
	mean := 7 * time.Second
	keys := 2000
	if testing.Short() {
		keys = 100
	}
	for i := range keys {
		key, shape := stream.Key{Seed: 3, User: uint64(i)}, math.Exp(8*dice.Float64()-3.5)
		for _, c := range gonums(mean, shape) {
			ours, theirs := key.Source(), key.Source()
			for range 100 {
				want, biased := toDuration(c.fresh(&theirs)), c.biased(&theirs)
				if got := c.ours.Sample(&ours); got != want {
					require.Equal(t, want, got, "%v", c.ours)
				}
				if got := c.ours.(lengthBiaser).lengthBiased(&ours); got != biased {
					require.Equal(t, biased, got, "%v", c.ours)
				}
			}
		}
	}
}

// sampler64 draws a number of nanoseconds.
type sampler64 func(rand.Source) float64

// oracle is a distribution with gonum's samplers of its periods, fresh and
// length-biased.
type oracle struct {
	ours          Distribution
	fresh, biased sampler64
}

func gonums(mean time.Duration, shape float64) []oracle {
	m, alpha := float64(mean), 1+shape
	gamma := func(alpha, beta float64) sampler64 {
		return func(src rand.Source) float64 { return m * distuv.Gamma{Alpha: alpha, Beta: beta, Src: src}.Rand() }
	}
	s := math.Sqrt(math.Log1p(shape * shape))
	lognormal := func(mu float64) sampler64 {
		return func(src rand.Source) float64 { return m * distuv.LogNormal{Mu: mu, Sigma: s, Src: src}.Rand() }
	}
	pareto := func(a float64) sampler64 {
		return func(src rand.Source) float64 {
			return m * (1 - 1/alpha) * distuv.Pareto{Xm: 1, Alpha: a, Src: src}.Rand()
		}
	}
	k := 1 / (shape * shape)
	return []oracle{
		{Gamma{mean, shape}, gamma(k, k), gamma(k+1, k)},
		{Lognormal{mean, shape}, lognormal(-s * s / 2), lognormal(s * s / 2)},
		{Pareto{mean, alpha}, pareto(alpha), pareto(alpha - 1)},
		gonumWeibull(mean, shape+minShape),
		gonumExponential(mean),
		gonumUniform(mean, mean+time.Duration(shape*m)),
	}
}

func gonumWeibull(mean time.Duration, k float64) oracle {
	scale := float64(mean) / math.Gamma(1+1/k)
	return oracle{
		Weibull{mean, k},
		func(src rand.Source) float64 { return scale * distuv.Weibull{K: k, Lambda: 1, Src: src}.Rand() },
		func(src rand.Source) float64 {
			return scale * math.Pow(distuv.Gamma{Alpha: 1 + 1/k, Beta: 1, Src: src}.Rand(), 1/k)
		},
	}
}

func gonumExponential(mean time.Duration) oracle {
	one := func(src rand.Source) float64 { return distuv.Exponential{Rate: 1, Src: src}.Rand() }
	return oracle{
		Exponential{mean},
		func(src rand.Source) float64 { return float64(mean) * one(src) },
		func(src rand.Source) float64 { return float64(mean) * (one(src) + one(src)) },
	}
}

func gonumUniform(least, most time.Duration) oracle {
	low, high := float64(least), float64(most)
	return oracle{
		Uniform{least, most},
		func(src rand.Source) float64 { return distuv.Uniform{Min: low, Max: high, Src: src}.Rand() },
		func(src rand.Source) float64 {
			return math.Sqrt(low*low + rand.New(src).Float64()*(high*high-low*low))
		},
	}
}
