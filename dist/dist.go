package dist

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// Longest is the longest duration that is ever drawn and the largest that
// Validate accepts: 100 years of 365 days. It is well below the largest
// time.Duration (292 years), so that an instant plus a sample cannot overflow.
const Longest = 100 * 365 * 24 * time.Hour

// MaxCV is the largest coefficient of variation that Validate accepts. Sample
// takes a larger one for MaxCV. At 1000 nearly every gamma sample is 0 and the
// few others make up the mean.
const MaxCV = 1000

// minCV is the smallest CV that is distinguished from 0. Below it the spread of a
// two-second mean is less than a few nanoseconds.
const minCV = 1e-9

// Distribution is a law of durations.
//
// Implementations are immutable values, safe for concurrent use.
type Distribution interface {
	// Sample draws one duration from src. It is never negative and allocates
	// nothing. The number of draws taken from src may vary from call to call.
	Sample(src rand.Source) time.Duration

	// Moments returns the mean and the coefficient of variation, sd / mean.
	// The CV is +Inf when the variance is infinite.
	Moments() (mean time.Duration, cv float64)

	// Validate returns nil, or one line that names the parameter, its value
	// and what is wanted instead.
	Validate() error

	// String describes the distribution, for example "gamma(mean 2s, CV 0.3)".
	String() string
}

// toDuration rounds a number of nanoseconds to a duration from 0 to Longest.
// NaN, which only refused parameters can cause, becomes 0.
func toDuration(nanoseconds float64) time.Duration {
	switch {
	case !(nanoseconds > 0):
		return 0
	case nanoseconds >= float64(Longest):
		return Longest
	}
	return time.Duration(float64(nanoseconds) + 0.5) // the conversion keeps the product that it comes from unfused
}

// usableCV moves cv to 0 or into [minCV, MaxCV]; NaN becomes 0.
func usableCV(cv float64) float64 {
	if !(cv >= minCV) {
		return 0
	}
	return math.Min(cv, MaxCV)
}

// checkDuration refuses what is not from 0 to Longest.
func checkDuration(family, parameter string, d time.Duration) error {
	if d < 0 || d > Longest {
		return fmt.Errorf("%s: %s is %v: want 0s to %v (100 years)", family, parameter, d, Longest)
	}
	return nil
}

// checkMeanCV checks the parameters of the families given by mean and CV.
func checkMeanCV(family string, mean time.Duration, cv float64) error {
	if err := checkDuration(family, "mean", mean); err != nil {
		return err
	}
	if !(cv >= 0 && cv <= MaxCV) {
		return fmt.Errorf("%s: CV is %s: want 0 to %d", family, number(cv), MaxCV)
	}
	return nil
}

// number writes x in the shortest form that reads back as x.
func number(x float64) string {
	return strconv.FormatFloat(x, 'g', -1, 64)
}
