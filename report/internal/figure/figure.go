// Package figure keeps the numbers of a script's own figures in histograms of durations, which merge
// exactly by second, phase and machine.
//
// A value is kept in thousandths, as if these were nanoseconds. A counter is kept as the digits of what was
// added, to base 1024: a bucket holds each of these exactly, so the buckets of any second give its sum.
package figure

import (
	"math"
	"time"

	"github.com/gensim/load-generator/report/hist"
)

// MostAdded is the largest number that can be added to a counter at once: four digits.
const MostAdded = 1<<(mostDigits*digitBits) - 1

const (
	mostDigits = 4
	digitBits  = 10
	spread     = 1 // a duration of 1 ns shares its bucket with 0
)

// Digits yields the durations that stand for n, 0 < n <= MostAdded.
func Digits(n int64) func(yield func(time.Duration) bool) {
	return func(yield func(time.Duration) bool) {
		for at := 0; n>>at > 0; at += digitBits {
			if digit := n >> at & (1<<digitBits - 1); digit > 0 && !yield(time.Duration(digit<<(at+spread))) {
				return
			}
		}
	}
}

// Sum returns what was added to a counter whose digits are in s; the largest number where it does not fit.
func Sum(s *hist.Sketch) int64 {
	if s.Count() == 0 {
		return 0
	}
	t := s.Totals()
	if t.SumHi > 0 || t.SumLo>>spread > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(t.SumLo >> spread)
}

// SumOf returns what was added to a counter of which b is one bucket.
func SumOf(b hist.Bucket) int64 { return int64(b.Low()>>spread) * int64(b.Count) }

// thousandths are in one.
const thousandths = 1000

// OfValue returns the duration that stands for a value; false for what is not a number, negative or infinite.
func OfValue(x float64) (time.Duration, bool) {
	if !(x >= 0) || math.IsInf(x, 0) {
		return 0, false
	}
	return time.Duration(min(math.Round(x*thousandths), 1<<53)), true
}

// Value is the inverse of OfValue.
func Value(d time.Duration) float64 { return float64(d) / thousandths }
