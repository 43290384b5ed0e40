package dist

import (
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist/internal/exact"
)

// Exponential is memoryless: how long a period has lasted says nothing about
// how long it will last. Gaps of a Poisson process are exponential.
type Exponential struct {
	Mean time.Duration // 0 to Longest
}

var _ Distribution = Exponential{}

// Sample draws one duration.
func (e Exponential) Sample(src rand.Source) time.Duration {
	return toDuration(float64(e.Mean) * exact.Exponential(src))
}

// Moments returns Mean and a CV of 1.
func (e Exponential) Moments() (mean time.Duration, cv float64) { return e.Mean, 1 }

// Validate refuses a Mean that is negative or above Longest.
func (e Exponential) Validate() error { return checkDuration("exponential", "mean", e.Mean) }

// String returns, for example, "exponential(mean 2s)".
func (e Exponential) String() string { return "exponential(mean " + e.Mean.String() + ")" }

// lengthBiased is gamma with shape 2: the sum of two independent draws.
func (e Exponential) lengthBiased(src rand.Source) float64 {
	return float64(e.Mean) * (exact.Exponential(src) + exact.Exponential(src))
}
