package stats

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRisingPoolsWhatFalls(t *testing.T) {
	ones := []float64{1, 1, 1, 1}
	assert.Equal(t, []float64{1, 2, 3, 4}, Rising([]float64{1, 2, 3, 4}, ones))
	assert.Equal(t, []float64{1, 3, 3, 4}, Rising([]float64{1, 4, 2, 4}, ones))
	assert.Equal(t, []float64{2.5, 2.5, 2.5, 2.5}, Rising([]float64{4, 3, 2, 1}, ones))
	assert.Equal(t, []float64{1, 2.5, 2.5, 4}, Rising([]float64{1, 4, 2, 4}, []float64{1, 1, 3, 1}), "by weight")
	assert.Empty(t, Rising(nil, nil))
}
