package dist

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist/internal/exact"
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
	return toDuration(float64(l.Mean) * drawLognormal(-s*s/2, s, src))
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
	return float64(l.Mean) * drawLognormal(s*s/2, s, src)
}

func (l Lognormal) sigma() float64 {
	cv := usableCV(l.CV)
	return math.Sqrt(exact.Log1p(cv * cv))
}

// drawLognormal draws e^x, x from the normal law of mean mu and deviation sigma.
func drawLognormal(mu, sigma float64, src rand.Source) float64 {
	return exact.Exp(float64(exact.Normal(src)*sigma) + float64(mu))
}
