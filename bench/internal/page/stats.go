// Package page turns measurements into the Markdown of docs/performance.md.
package page

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Series is one figure of one contender, a value per round. NaN stands for a
// round without a value.
type Series []float64

// known returns the values that are there, sorted.
func (s Series) known() []float64 {
	values := slices.DeleteFunc(slices.Clone(s), math.IsNaN)
	slices.Sort(values)
	return values
}

// Quantile is the q-quantile of the known values, interpolated; NaN of none.
func (s Series) Quantile(q float64) float64 {
	values := s.known()
	if len(values) == 0 {
		return math.NaN()
	}
	at := q * float64(len(values)-1)
	low := int(at)
	high := min(low+1, len(values)-1)
	return values[low] + (at-float64(low))*(values[high]-values[low])
}

// Over divides by another series round by round, so that what slowed the
// machine down in a round slowed both.
func (s Series) Over(o Series) Series {
	ratios := make(Series, len(s))
	for i := range s {
		ratios[i] = math.NaN()
		if i < len(o) && o[i] != 0 {
			ratios[i] = s[i] / o[i]
		}
	}
	return ratios
}

// Cell is the median, and with several rounds minimum and maximum: "20.1 (19.8–22)".
func (s Series) Cell() string {
	values := s.known()
	switch len(values) {
	case 0:
		return "-"
	case 1:
		return Number(values[0])
	}
	return fmt.Sprintf("%s (%s–%s)", Number(s.Quantile(.5)), Number(values[0]), Number(values[len(values)-1]))
}

// Quartiles is the median and, in brackets, the lower and upper quartile.
func (s Series) Quartiles() string {
	if len(s.known()) == 0 {
		return "-"
	}
	return fmt.Sprintf("%s (%s–%s)", Number(s.Quantile(.5)), Number(s.Quantile(.25)), Number(s.Quantile(.75)))
}

// Number writes x with three digits that count, whole numbers in full and
// with separators: 0.391, 20.1, 48,310.
func Number(x float64) string {
	switch a := math.Abs(x); {
	case math.IsNaN(x):
		return "-"
	case a >= 100:
		return thousands(strconv.FormatFloat(x, 'f', 0, 64))
	case a >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case a >= 1 || a == 0:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
	return strconv.FormatFloat(x, 'f', 3, 64)
}

// Count writes a whole number with separators: 1,000,000.
func Count(n int) string { return thousands(strconv.Itoa(n)) }

func thousands(digits string) string {
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
