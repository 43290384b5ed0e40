package dist

import (
	"math"
	"math/rand/v2"

	"github.com/gensim/load-generator/dist/internal/exact"
)

// smallShape is where the method for small shapes takes over.
const smallShape = 0.2

// drawGamma draws from the gamma law of this shape and rate, in the order of
// operations of gonum's sampler, which the streams were frozen with.
func drawGamma(shape, rate float64, src rand.Source) float64 {
	switch {
	case shape == 1:
		return exact.Exponential(src) / rate
	case shape < smallShape:
		return drawSmallGamma(shape, src) / rate
	case shape < 1:
		factor := exact.Pow(exact.Uniform(src), 1/shape)
		return drawLargeGamma(shape-1.0/3+1, factor, src) / rate
	}
	return drawLargeGamma(shape-1.0/3, 1, src) / rate
}

// drawLargeGamma squeezes a cubed normal draw: Marsaglia and Tsang, "A simple
// method for generating gamma variables" (2000), whose d is the shape less 1/3.
func drawLargeGamma(d, factor float64, src rand.Source) float64 {
	c := 1 / (3 * math.Sqrt(d))
	for {
		x := exact.Normal(src)
		v := 1 + float64(x*c)
		if v <= 0 {
			continue
		}
		v = float64(v * v * v)
		u, x2 := exact.Uniform(src), float64(x*x)
		if u < 1-float64(0.0331*x2*x2) || exact.Log(u) < float64(0.5*x*x)+float64(d*(1-v+exact.Log(v))) {
			return factor * d * v
		}
	}
}

// drawSmallGamma rejects from a bound of the logarithm's density: Liu, Martin and
// Syring, "Simulating from a gamma distribution with small shape parameter" (2013).
func drawSmallGamma(shape float64, src rand.Source) float64 {
	lambda := 1/shape - 1
	r := exact.Log1p(1 / lambda / math.E)
	for {
		z := exact.Exponential(src)
		if z >= r {
			z -= r
		} else {
			z = -exact.Exponential(src) / lambda
		}
		drawn := exact.Exp(-z / shape)
		bound := -z
		if z < 0 {
			bound = float64(lambda*z) - 1
		}
		if -z-drawn-bound > -exact.Exponential(src) {
			return drawn
		}
	}
}
