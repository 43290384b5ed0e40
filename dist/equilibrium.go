package dist

import (
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist/internal/exact"
)

// candidates is how many periods of a foreign distribution one is picked from.
// The mean picked length is then short by some 0.4 % at CV 1.
const candidates = 256

// lengthBiaser is a distribution that knows the law of the period in progress
// at a random instant in closed form.
type lengthBiaser interface {
	// lengthBiased draws the length of that period, in nanoseconds. Long
	// periods cover more instants, so its density is proportional to x f(x).
	lengthBiased(src rand.Source) float64
}

// Equilibrium draws the period of a renewal process that is in progress at a
// random instant: how long it has lasted (age) and how long it will
// last (residual). Users started with it are in their steady state at once.
//
// The length of that period is length-biased, and the instant is uniform in it.
// All distributions of this package are exact (for gamma of shape k the length
// is gamma of shape k+1). For any other Distribution 256 periods are drawn and
// one is picked with a chance proportional to its length, which is close.
//
// age + residual is at most [Longest]. It allocates nothing.
func Equilibrium(d Distribution, src rand.Source) (age, residual time.Duration) {
	var picked float64
	if closed, ok := d.(lengthBiaser); ok {
		picked = closed.lengthBiased(src)
	} else {
		picked = pickByLength(d, src)
	}
	length := toDuration(picked)
	residual = min(toDuration(exact.Uniform(src)*float64(length)), length)
	return length - residual, residual
}

// pickByLength keeps each new period with probability length / total so far,
// which leaves each of them picked in proportion to its length.
func pickByLength(d Distribution, src rand.Source) float64 {
	var picked, total float64
	for range candidates {
		length := float64(max(d.Sample(src), 0))
		total += length
		if exact.Uniform(src)*total < length {
			picked = length
		}
	}
	return picked
}
