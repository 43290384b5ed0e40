package stats

import "math"

// Interval is an estimate between two limits, which may be infinite.
type Interval struct{ Estimate, Low, High float64 }

// Exp returns the interval of a ratio from that of its log.
func (v Interval) Exp() Interval {
	return Interval{math.Exp(v.Estimate), math.Exp(v.Low), math.Exp(v.High)}
}

// Term is one phase in a contrast: a sum of values with weights of both signs.
type Term struct{ Weight, Value, Low, High float64 }

// Combine returns the interval of the sum of weighted values: by [mover], or where a value is infinite from the sums of
// the limits, which is wider but always defined.
func Combine(terms []Term) Interval {
	for _, t := range terms {
		if math.IsInf(t.Value, 0) {
			return box(terms)
		}
	}
	return mover(terms)
}

// mover combines the intervals of finite values: MOVER, the method of
// variance estimates recovery (Zou and Donner 2008), for any number of phases:
//
//	lower = d - sqrt( sum over w>0 of (w (v-l))^2 + sum over w<0 of (w (u-v))^2 ), upper mirrored.
func mover(terms []Term) Interval {
	var d, down, up float64
	for _, t := range terms {
		below, above := t.Value-t.Low, t.High-t.Value
		if t.Weight < 0 {
			below, above = above, below
		}
		d += t.Weight * t.Value
		down += t.Weight * t.Weight * below * below
		up += t.Weight * t.Weight * above * above
	}
	return Interval{d, d - math.Sqrt(down), d + math.Sqrt(up)}
}

// box adds up values and limits. Infinities that meet leave NaN for the estimate and no limit.
func box(terms []Term) (v Interval) {
	for _, t := range terms {
		low, high := t.Low, t.High
		if t.Weight < 0 {
			low, high = high, low
		}
		v.Estimate += t.Weight * t.Value
		v.Low += t.Weight * low
		v.High += t.Weight * high
	}
	if math.IsNaN(v.Low) {
		v.Low = math.Inf(-1)
	}
	if math.IsNaN(v.High) {
		v.High = math.Inf(1)
	}
	return v
}

// LogTerms returns the terms on the log scale; a limit of 0 becomes -Inf.
func LogTerms(terms []Term) []Term {
	out := make([]Term, len(terms))
	for i, t := range terms {
		out[i] = Term{t.Weight, math.Log(t.Value), math.Log(t.Low), math.Log(t.High)}
	}
	return out
}

// StandardError returns the standard error of the sum, from limits that lie t standard errors away on
// each side; +Inf where a term has none.
func StandardError(terms []Term, t float64) float64 {
	sum := 0.0
	for _, x := range terms {
		se := x.Weight * (x.High - x.Low) / (2 * t)
		sum += se * se
	}
	return math.Sqrt(sum)
}
