package dist

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist/internal/exact"
)

// Limits of the Weibull shape. At the lower one the CV is 429.
const (
	minShape = 0.1
	maxShape = 1000
)

// Weibull with Shape below 1 has periods that are the likelier to continue the
// longer they have lasted; Shape 1 is exponential; above 1 they wear out.
type Weibull struct {
	Mean  time.Duration // 0 to Longest
	Shape float64       // 0.1 to 1000
}

var _ Distribution = Weibull{}

// Sample draws one duration; it takes one number from src. A Shape outside its
// limits counts as the nearest one.
func (w Weibull) Sample(src rand.Source) time.Duration {
	k := w.usableShape()
	return toDuration(w.scale(k) * exact.Pow(-exact.Log(1-exact.Uniform(src)), 1/k))
}

// Moments returns Mean and the CV that follows from Shape.
func (w Weibull) Moments() (mean time.Duration, cv float64) {
	k := w.usableShape()
	first, _ := math.Lgamma(1 + 1/k)
	second, _ := math.Lgamma(1 + 2/k)
	return w.Mean, math.Sqrt(math.Expm1(second - float64(2*first)))
}

// Validate refuses a Mean that is negative or above Longest and a Shape outside
// 0.1 to 1000.
func (w Weibull) Validate() error {
	if err := checkDuration("weibull", "mean", w.Mean); err != nil {
		return err
	}
	if w.Shape != w.usableShape() {
		return fmt.Errorf("weibull: shape is %s: want %v to %v", number(w.Shape), minShape, maxShape)
	}
	return nil
}

// String returns, for example, "weibull(mean 2s, shape 0.5)".
func (w Weibull) String() string {
	return fmt.Sprintf("weibull(mean %v, shape %s)", w.Mean, number(w.Shape))
}

// lengthBiased uses that (x/scale)^k is exponential; weighted by x, that is by
// its power 1/k, it becomes gamma with shape 1 + 1/k.
func (w Weibull) lengthBiased(src rand.Source) float64 {
	k := w.usableShape()
	y := drawGamma(1+1/k, 1, src)
	return w.scale(k) * exact.Pow(y, 1/k)
}

// scale is the one that gives the mean: Mean = scale × Γ(1 + 1/k).
func (w Weibull) scale(k float64) float64 { return float64(w.Mean) / exact.Gamma(1+1/k) }

// usableShape moves Shape into its limits; NaN becomes the lower one.
func (w Weibull) usableShape() float64 {
	if !(w.Shape >= minShape) {
		return minShape
	}
	return math.Min(w.Shape, maxShape)
}
