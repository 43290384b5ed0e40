package dist

import (
	"math/rand/v2"
	"time"
)

// Constant always gives the same duration. The zero value waits not at all.
type Constant struct {
	Value time.Duration // 0 to Longest
}

var _ Distribution = Constant{}

// Sample returns Value and leaves src alone.
func (c Constant) Sample(rand.Source) time.Duration { return toDuration(float64(c.Value)) }

// Moments returns Value and a CV of 0.
func (c Constant) Moments() (mean time.Duration, cv float64) { return c.Value, 0 }

// Validate refuses a Value that is negative or above Longest.
func (c Constant) Validate() error { return checkDuration("constant", "value", c.Value) }

// String returns, for example, "constant(2s)".
func (c Constant) String() string { return "constant(" + c.Value.String() + ")" }

func (c Constant) lengthBiased(rand.Source) float64 { return float64(c.Value) }
