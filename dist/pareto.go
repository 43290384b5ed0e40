package dist

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist/internal/exact"
)

// Pareto has a power-law tail: P(X > x) = (least/x)^Alpha from the least value
// Mean × (Alpha-1)/Alpha on. With Alpha up to 2 the variance is infinite, so no
// phase is long enough for its average to settle and intervals of a report are
// optimistic: use many pairs of phases, or [Gamma]. Near 1 most of the mean
// lies in values too rare to be drawn in a run.
type Pareto struct {
	Mean  time.Duration // 0 to Longest
	Alpha float64       // above 1, finite
}

var _ Distribution = Pareto{}

// Sample draws one duration.
func (p Pareto) Sample(src rand.Source) time.Duration {
	return toDuration(p.least() * exact.Exp(exact.Exponential(src)/p.Alpha))
}

// Moments returns Mean and the CV, which is +Inf when Alpha is at most 2.
func (p Pareto) Moments() (mean time.Duration, cv float64) {
	if !(p.Alpha > 2) {
		return p.Mean, math.Inf(1)
	}
	return p.Mean, 1 / math.Sqrt(p.Alpha*(p.Alpha-2))
}

// Validate refuses a Mean that is negative or above Longest and an Alpha that
// is 1 or less, infinite or not a number.
func (p Pareto) Validate() error {
	if err := checkDuration("pareto", "mean", p.Mean); err != nil {
		return err
	}
	if !(p.Alpha > 1) || math.IsInf(p.Alpha, 1) {
		return fmt.Errorf("pareto: alpha is %s: want a finite number above 1", number(p.Alpha))
	}
	return nil
}

// String returns, for example, "pareto(mean 2s, alpha 1.5)".
func (p Pareto) String() string {
	return fmt.Sprintf("pareto(mean %v, alpha %s)", p.Mean, number(p.Alpha))
}

// lengthBiased is Pareto again, with Alpha less by one.
func (p Pareto) lengthBiased(src rand.Source) float64 {
	return p.least() * exact.Exp(exact.Exponential(src)/(p.Alpha-1))
}

// least is the smallest value, in nanoseconds.
func (p Pareto) least() float64 { return float64(p.Mean) * (1 - 1/p.Alpha) }
