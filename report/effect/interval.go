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
	*v = Interval{math.Inf(1), math.Inf(-1), math.Inf(1)}
	return json.Unmarshal(data, &struct{ Estimate, Low, High *float64 }{&v.Estimate, &v.Low, &v.High})
}

// finite returns nil for what JSON has no number for.
func finite(v float64) *float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	return &v
}

// Contains reports whether x lies between the limits.
func (v Interval) Contains(x float64) bool { return v.Low <= x && x <= v.High }
