package effect

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMoverOfSymmetricIntervals(t *testing.T) {
	v := mover([]term{{-1, 10, 7, 13}, {1, 20, 16, 24}})
	assert.Equal(t, Interval{10, 5, 15}, v)
	v = mover([]term{{-.5, 10, 8, 12}, {1, 20, 20, 20}, {-.5, 12, 10, 14}})
	assert.InDelta(t, 9, v.Estimate, 1e-12)
	assert.InDelta(t, math.Sqrt(2), v.Estimate-v.Low, 1e-12)
}

func TestMoverUsesTheSideThatMatters(t *testing.T) {
	v := mover([]term{{-1, 10, 10, 14}, {1, 20, 17, 20}})
	assert.InDelta(t, 10-5, v.Low, 1e-12, "B may be lower and A higher")
	assert.InDelta(t, 10, v.High, 1e-12)
}

func TestMoverWithoutLimits(t *testing.T) {
	v := mover([]term{{-1, 10, 9, 11}, {1, 20, 18, math.Inf(1)}})
	assert.True(t, math.IsInf(v.High, 1))
	assert.False(t, math.IsInf(v.Low, 0))
	v = mover(logs([]term{{-1, 10, 0, 11}, {1, 20, 18, 21}})).exp()
	assert.True(t, math.IsInf(v.High, 1))
	assert.Greater(t, v.Low, 1.0)
}

func TestBoxKnowsWhatInfinitiesLeave(t *testing.T) {
	inf := math.Inf(1)
	v := box([]term{{-1, 10, 9, 11}, {1, inf, 15, inf}})
	assert.Equal(t, Interval{inf, 4, inf}, v)
	v = box([]term{{-1, inf, 15, inf}, {1, 10, 9, 11}})
	assert.Equal(t, Interval{-inf, -inf, -4}, v)
	v = box([]term{{-1, inf, inf, inf}, {1, inf, 5, inf}})
	assert.True(t, math.IsNaN(v.Estimate))
	assert.Equal(t, -inf, v.Low)
	assert.Equal(t, inf, v.High)
}

func TestIntervalJSON(t *testing.T) {
	v := Interval{1.5, math.Inf(-1), 3}
	text, err := json.Marshal(v)
	require.NoError(t, err)
	assert.JSONEq(t, `{"estimate":1.5,"low":null,"high":3}`, string(text))
	var back Interval
	require.NoError(t, json.Unmarshal(text, &back))
	assert.Equal(t, v, back)
	assert.Error(t, json.Unmarshal([]byte(`[]`), &back))
}

func TestStandardError(t *testing.T) {
	// Two standard errors to each side: 3 and 4 make 5.
	assert.InDelta(t, 5, standardError([]term{{-1, 0, -6, 6}, {1, 0, -8, 8}}, 2), 1e-12)
}

// The smallest effect that is found 4 times in 5, with Student's t from tables: two-sided 95 % with 4 and 8 degrees of
// freedom, 80 % with 8 and 16.
func TestSmallestEffectByHand(t *testing.T) {
	shares := []term{{-1, .05, .04, .06}, {1, .05, .03, .07}} // half-widths of .01 and .02
	for cosines, c := range map[int]struct{ within, found float64 }{4: {2.7764, .8889}, 8: {2.3060, .8647}} {
		e := Effect{Metric: Failures, Level: .95, Cosines: cosines}
		assert.InDelta(t, ((2.7764+2.3060)/2+c.found)*math.Sqrt(5)*.01/c.within, smallest(&e, shares), 1e-5)
		e = Effect{Metric: P95, Level: .95, Cosines: cosines, Ratio: &Interval{}}
		times := []term{{-1, 100, 100 / 1.1, 110}, {1, 100, 100 / 1.2, 120}}
		se := math.Hypot(math.Log(1.1), math.Log(1.2)) / c.within
		assert.InDelta(t, math.Expm1(((2.7764+2.3060)/2+c.found)*se), smallest(&e, times), 1e-4)
	}
	assert.Zero(t, smallest(&Effect{Metric: P95, Level: .95, Cosines: 8, Ratio: &Interval{}}, []term{{1, 5, 4, math.Inf(1)}}), "not known")
}
