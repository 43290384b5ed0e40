package dist

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// Lognormal has a heavier tail than [Gamma] of the same CV; latencies of real
// services often look like it. The logarithm has variance s² = ln(1 + CV²) and
// mean ln(Mean) - s²/2.
type Lognormal struct {
	Mean time.Duration // 0 to Longest
	CV   float64       // 0 to MaxCV; 0 is constant
}

var _ Distribution = Lognormal{}

// Sample draws one duration.
func (l Lognormal) Sample(src rand.Source) time.Duration {
	s := l.sigma()
	return toDuration(float64(l.Mean) * distuv.LogNormal{Mu: -s * s / 2, Sigma: s, Src: src}.Rand())
}

// Moments returns Mean and CV.
func (l Lognormal) Moments() (mean time.Duration, cv float64) { return l.Mean, usableCV(l.CV) }

// Validate refuses a Mean that is negative or above Longest and a CV that is
// negative, not a number or above MaxCV.
func (l Lognormal) Validate() error { return checkMeanCV("lognormal", l.Mean, l.CV) }

// String returns, for example, "lognormal(mean 2s, CV 1)".
func (l Lognormal) String() string {
	return fmt.Sprintf("lognormal(mean %v, CV %s)", l.Mean, number(l.CV))
}

// lengthBiased is lognormal again, its logarithm moved up by s².
func (l Lognormal) lengthBiased(src rand.Source) float64 {
	s := l.sigma()
	return float64(l.Mean) * distuv.LogNormal{Mu: s * s / 2, Sigma: s, Src: src}.Rand()
}

func (l Lognormal) sigma() float64 {
	cv := usableCV(l.CV)
	return math.Sqrt(math.Log1p(cv * cv))
}
