package exact

import (
	"math"
	"math/rand/v2"
)

// Uniform draws from [0, 1), a multiple of 2^-53.
func Uniform(src rand.Source) float64 { return float64(float64(src.Uint64()<<11>>11) / (1 << 53)) }

// layer is one of the layers of equal area, under the density and a tail, that a
// ziggurat is built of.
type layer struct {
	inside  uint32  // whole numbers below this one lie under the density
	width   float32 // of one whole number
	density float32 // at the outer edge
}

// The ziggurats of Marsaglia and Tsang, "The Ziggurat Method for Generating
// Random Variables" (2000): where the tail starts, and the area of a layer.
const (
	normalTail, normalArea           = 3.442619855899, 9.91256303526217e-3
	exponentialTail, exponentialArea = 7.69711747013104972, 3.949659822581572e-3
)

var (
	normalLayers = ziggurat(128, normalTail, normalArea, 1<<31, normalDensity,
		func(y float64) float64 { return math.Sqrt(-2 * Log(y)) })
	exponentialLayers = ziggurat(256, exponentialTail, exponentialArea, 1<<32, exponentialDensity,
		func(y float64) float64 { return -Log(y) })
)

func normalDensity(x float64) float64      { return Exp(-.5 * x * x) }
func exponentialDensity(x float64) float64 { return Exp(-x) }

// ziggurat builds n layers from the tail inwards; the first one is the tail's.
func ziggurat(n int, tail, area, whole float64, density, inverse func(float64) float64) []layer {
	base := area / density(tail)
	layers := make([]layer, n)
	layers[0] = layer{uint32(tail / base * whole), float32(base / whole), 1}
	edge := tail
	for i := n - 1; i > 0; i-- {
		inner := inverse(area/edge + density(edge))
		layers[i] = layer{uint32(inner / edge * whole), float32(edge / whole), float32(density(edge))}
		edge = inner
	}
	layers[1].inside = 0 // the innermost one has nothing that is sure to be inside
	return layers
}

// Exponential draws from the exponential law of mean 1.
func Exponential(src rand.Source) float64 {
	for {
		u := src.Uint64()
		n, i := uint32(u), uint8(u>>32)
		l := &exponentialLayers[i]
		x := float64(float64(n) * float64(l.width))
		switch {
		case n < l.inside:
			return x
		case i == 0:
			return exponentialTail - Log(Uniform(src))
		case under(exponentialLayers, int(i), src) < float32(exponentialDensity(x)):
			return x
		}
	}
}

// Normal draws from the normal law of mean 0 and standard deviation 1.
func Normal(src rand.Source) float64 {
	for {
		u := src.Uint64()
		n, i := int32(u), u>>32&0x7F
		l := &normalLayers[i]
		x := float64(float64(n) * float64(l.width))
		switch {
		case uint32(max(n, -n)) < l.inside: // the smallest n is its own negative
			return x
		case i == 0:
			return math.Copysign(normalTail+tail(src), float64(n))
		case under(normalLayers, int(i), src) < float32(normalDensity(x)):
			return x
		}
	}
}

// under draws a height between the densities at the two edges of layer i.
func under(layers []layer, i int, src rand.Source) float32 {
	low, high := layers[i].density, layers[i-1].density
	return low + float32(float32(Uniform(src))*(high-low))
}

// tail draws how far beyond the start of the tail a normal draw lies.
func tail(src rand.Source) float64 {
	for {
		x := float64(-Log(Uniform(src)) * (1.0 / normalTail))
		y := -Log(Uniform(src))
		if y+y >= float64(x*x) {
			return x
		}
	}
}
