package effect

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
