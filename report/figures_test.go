package report

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMillis(t *testing.T) {
	assert.Equal(t, 1500*time.Microsecond, Millis(1.5).Duration())
	assert.Equal(t, time.Duration(math.MaxInt64), NoValue.Duration())
	assert.False(t, Millis(math.NaN()).IsFinite())
	data, err := json.Marshal([]Millis{1.5, NoValue, 0})
	require.NoError(t, err)
	assert.Equal(t, "[1.5,null,0]", string(data))
}
