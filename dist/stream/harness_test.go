package stream

import "math"

// Limits of the statistics. One correct stream in a million exceeds each, so that
// another seed does not fail a test, and each test shows that named faults do.
const (
	zLimit        = 5.0   // of |z|
	chi2Of63Limit = 145.0 // of chi² with 63 degrees of freedom
)

// chi2Uniform counts numbers from [0, 1) in 64 classes.
func chi2Uniform(u []float64) float64 {
	var counts [64]float64
	for _, x := range u {
		counts[int(64*x)]++
	}
	expected, sum := float64(len(u))/64, 0.0
	for _, c := range counts {
		sum += (c - expected) * (c - expected) / expected
	}
	return sum
}

// lagZ is the lag-1 correlation of numbers from [0, 1) in standard errors. It
// uses the known mean and variance, so a constant series is caught as well.
func lagZ(u []float64) float64 {
	sum := 0.0
	for i := 1; i < len(u); i++ {
		sum += (u[i-1] - 0.5) * (u[i] - 0.5)
	}
	return 12 * sum / math.Sqrt(float64(len(u)-1))
}
