package dist

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist/internal/exact"
)

// Uniform gives every duration from Min to Max the same chance.
type Uniform struct {
	Min, Max time.Duration // 0 to Longest, Min <= Max
}

var _ Distribution = Uniform{}

// Sample draws one duration; it takes one number from src.
func (u Uniform) Sample(src rand.Source) time.Duration {
	low, high := float64(u.Min), float64(u.Max)
	return toDuration(float64(exact.Uniform(src)*(high-low)) + low)
}

// Moments returns the midpoint and (Max - Min) / (sqrt(3) (Max + Min)).
func (u Uniform) Moments() (mean time.Duration, cv float64) {
	mean = u.Min + (u.Max-u.Min)/2
	if mean == 0 {
		return 0, 0
	}
	return mean, float64(u.Max-u.Min) / (math.Sqrt(3) * (float64(u.Max) + float64(u.Min)))
}

// Validate refuses limits that are negative, above Longest, or in the wrong order.
func (u Uniform) Validate() error {
	if err := checkDuration("between", "lower limit", u.Min); err != nil {
		return err
	}
	if err := checkDuration("between", "upper limit", u.Max); err != nil {
		return err
	}
	if u.Max < u.Min {
		return fmt.Errorf("between: upper limit is %v: want at least the lower limit %v", u.Max, u.Min)
	}
	return nil
}

// String returns, for example, "between 1s and 3s".
func (u Uniform) String() string { return fmt.Sprintf("between %v and %v", u.Min, u.Max) }

// lengthBiased has a density proportional to x, so x squared is uniform.
func (u Uniform) lengthBiased(src rand.Source) float64 {
	low, high := float64(u.Min), float64(u.Max)
	least, most := float64(low*low), float64(high*high)
	return math.Sqrt(least + float64(exact.Uniform(src)*(most-least)))
}
