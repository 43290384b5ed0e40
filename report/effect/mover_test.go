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
