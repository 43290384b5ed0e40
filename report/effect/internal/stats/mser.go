package stats

import "math"

// mserBatch is how many values MSER-5 takes together.
const mserBatch = 5

// MSER returns how many values MSER-5 (White 1997) would cut from the start of a series: with Y the means of
// five values each, the d <= n/2 that makes sum_{i>d} (Y_i - mean)^2 / (n-d)^2 smallest. It is used as a
// diagnostic and never to cut: on clean data it cuts where the noise looks best.
func MSER(series []float64) int {
	y := batches(series, mserBatch)
	best, cut := math.Inf(1), 0
	var n, s, squares, centre float64
	if len(y) > 0 {
		centre = y[len(y)-1] // so that a constant series has no rounding errors
	}
	for d := len(y) - 1; d >= 0; d-- {
		v := y[d] - centre
		n, s, squares = n+1, s+v, squares+v*v
		if d > len(y)/2 {
			continue
		}
		if v := max(0, squares-s*s/n) / (n * n); v <= best {
			best, cut = v, d
		}
	}
	return cut * mserBatch
}

// batches returns the means of size values each; what is left over at the end is not used.
func batches(series []float64, size int) []float64 {
	out := make([]float64, 0, len(series)/size)
	for i := 0; i+size <= len(series); i += size {
		out = append(out, Mean(series[i:i+size]))
	}
	return out
}
