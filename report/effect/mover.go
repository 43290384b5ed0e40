package effect

import (
	"encoding/json"
	"math"
)

// Interval is an estimate between two limits. A limit of +Inf or -Inf means that there is none on
// that side; JSON has null there.
type Interval struct{ Estimate, Low, High float64 }

// MarshalJSON writes {"estimate", "low", "high"}, each null where it is not finite.
func (v Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Estimate *float64 `json:"estimate"`
		Low      *float64 `json:"low"`
		High     *float64 `json:"high"`
	}{finite(v.Estimate), finite(v.Low), finite(v.High)})
}

// UnmarshalJSON reads what MarshalJSON wrote: null is +Inf, for Low -Inf.
func (v *Interval) UnmarshalJSON(data []byte) error {
	in := struct{ Estimate, Low, High *float64 }{}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*v = Interval{math.Inf(1), math.Inf(-1), math.Inf(1)}
	for _, x := range []struct{ from, to *float64 }{{in.Estimate, &v.Estimate}, {in.Low, &v.Low}, {in.High, &v.High}} {
		if x.from != nil {
			*x.to = *x.from
		}
	}
	return nil
}

// finite returns nil for what JSON has no number for.
func finite(v float64) *float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	return &v
}

// Contains says whether v lies between the limits.
func (v Interval) Contains(x float64) bool { return v.Low <= x && x <= v.High }

// term is one phase in a contrast: a sum of values with weights of both signs.
type term struct{ weight, value, low, high float64 }

// mover is the interval of a sum of weighted values from the interval of each: MOVER, the method of
// variance estimates recovery (Zou and Donner 2008), for any number of phases:
//
//	lower = d - sqrt( sum over w>0 of (w (v-l))^2 + sum over w<0 of (w (u-v))^2 ), upper mirrored.
func mover(terms []term) Interval {
	var d, down, up float64
	for _, t := range terms {
		below, above := t.value-t.low, t.high-t.value
		if t.weight < 0 {
			below, above = above, below
		}
		d += t.weight * t.value
		down += t.weight * t.weight * below * below
		up += t.weight * t.weight * above * above
	}
	return Interval{d, d - math.Sqrt(down), d + math.Sqrt(up)}
}

// logs returns the terms on the log scale; a limit of 0 becomes -Inf.
func logs(terms []term) []term {
	out := make([]term, len(terms))
	for i, t := range terms {
		out[i] = term{t.weight, math.Log(t.value), math.Log(t.low), math.Log(t.high)}
	}
	return out
}

// exp returns the interval of the ratio from that of its log.
func (v Interval) exp() Interval {
	return Interval{math.Exp(v.Estimate), math.Exp(v.Low), math.Exp(v.High)}
}

// standardError returns the standard error of the sum, from limits that lie t standard errors away on
// each side; +Inf where one has none.
func standardError(terms []term, t float64) float64 {
	sum := 0.0
	for _, x := range terms {
		se := x.weight * (x.high - x.low) / (2 * t)
		sum += se * se
	}
	return math.Sqrt(sum)
}
