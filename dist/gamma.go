package dist

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Gamma covers regular (CV < 1), memoryless (CV 1) and bursty (CV 2 to 3) with
// two numbers. Its shape is k = 1/CV² and its scale is Mean × CV². It is the
// family to start with: all its moments are finite, so a phase can be long
// enough for its average to mean something.
//
// A think time "between 1 and 3 s" is Mean 2 s, CV 0.3: 91 % lie inside.
type Gamma struct {
	Mean time.Duration // 0 to Longest
	CV   float64       // 0 to MaxCV; 0 is constant, and so is anything below 1e-9
}

var _ Distribution = Gamma{}

// Sample draws one duration. With CV 0 it returns Mean and leaves src alone.
// At a large CV many samples are 0: 5 % of them at Mean 30 s and CV 3 are
// shorter than half a nanosecond.
func (g Gamma) Sample(src rand.Source) time.Duration {
	k, ok := g.shape()
	if !ok {
		return toDuration(float64(g.Mean))
	}
	return toDuration(float64(g.Mean) * drawGamma(k, k, src))
}

// Moments returns Mean and CV.
func (g Gamma) Moments() (mean time.Duration, cv float64) { return g.Mean, usableCV(g.CV) }

// Validate refuses a Mean that is negative or above Longest and a CV that is
// negative, not a number or above MaxCV.
func (g Gamma) Validate() error { return checkMeanCV("gamma", g.Mean, g.CV) }

// String returns, for example, "gamma(mean 2s, CV 0.3)".
func (g Gamma) String() string { return fmt.Sprintf("gamma(mean %v, CV %s)", g.Mean, number(g.CV)) }

// lengthBiased is gamma with shape k+1 and the same scale (Cox, Renewal Theory, 1962).
func (g Gamma) lengthBiased(src rand.Source) float64 {
	k, ok := g.shape()
	if !ok {
		return float64(g.Mean)
	}
	return float64(g.Mean) * drawGamma(k+1, k, src)
}

// shape returns 1/CV², or false for a constant.
func (g Gamma) shape() (k float64, ok bool) {
	cv := usableCV(g.CV)
	if cv == 0 {
		return 0, false
	}
	return 1 / (cv * cv), true
}
