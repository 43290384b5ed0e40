package stats

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMoverOfSymmetricIntervals(t *testing.T) {
	v := mover([]Term{{-1, 10, 7, 13}, {1, 20, 16, 24}})
	assert.Equal(t, Interval{10, 5, 15}, v)
	v = mover([]Term{{-.5, 10, 8, 12}, {1, 20, 20, 20}, {-.5, 12, 10, 14}})
	assert.InDelta(t, 9, v.Estimate, 1e-12)
	assert.InDelta(t, math.Sqrt(2), v.Estimate-v.Low, 1e-12)
}

func TestMoverUsesTheSideThatMatters(t *testing.T) {
	v := mover([]Term{{-1, 10, 10, 14}, {1, 20, 17, 20}})
	assert.InDelta(t, 10-5, v.Low, 1e-12, "B may be lower and A higher")
	assert.InDelta(t, 10, v.High, 1e-12)
}

func TestMoverWithoutLimits(t *testing.T) {
	v := mover([]Term{{-1, 10, 9, 11}, {1, 20, 18, math.Inf(1)}})
	assert.True(t, math.IsInf(v.High, 1))
	assert.False(t, math.IsInf(v.Low, 0))
	v = mover(LogTerms([]Term{{-1, 10, 0, 11}, {1, 20, 18, 21}})).Exp()
	assert.True(t, math.IsInf(v.High, 1))
	assert.Greater(t, v.Low, 1.0)
}

func TestBoxKnowsWhatInfinitiesLeave(t *testing.T) {
	inf := math.Inf(1)
	v := box([]Term{{-1, 10, 9, 11}, {1, inf, 15, inf}})
	assert.Equal(t, Interval{inf, 4, inf}, v)
	v = box([]Term{{-1, inf, 15, inf}, {1, 10, 9, 11}})
	assert.Equal(t, Interval{-inf, -inf, -4}, v)
	v = box([]Term{{-1, inf, inf, inf}, {1, inf, 5, inf}})
	assert.True(t, math.IsNaN(v.Estimate))
	assert.Equal(t, -inf, v.Low)
	assert.Equal(t, inf, v.High)
}

func TestStandardError(t *testing.T) {
	// Two standard errors to each side: 3 and 4 make 5.
	assert.InDelta(t, 5, StandardError([]Term{{-1, 0, -6, 6}, {1, 0, -8, 8}}, 2), 1e-12)
}
