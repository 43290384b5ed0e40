package stats

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMSER(t *testing.T) {
	constant := make([]float64, 100)
	for i := range constant {
		constant[i] = 100.1
	}
	assert.Equal(t, 0, MSER(constant))
	assert.Equal(t, 0, MSER(nil))
	assert.Equal(t, 0, MSER([]float64{1, 2, 3}))
	step := append(append([]float64{}, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9), constant...)
	assert.Equal(t, 10, MSER(step))
	r := rand.New(rand.NewPCG(9, 9))
	for i := range step {
		step[i] += r.NormFloat64()
	}
	assert.InDelta(t, 10, MSER(step), 5)
}
