package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFactorsByMethod(t *testing.T) {
	got, err := factors("DELETE 4,get 0.5")
	require.NoError(t, err)
	assert.Equal(t, map[string]float64{"DELETE": 4, "GET": .5}, got)
	for _, text := range []string{"", "DELETE", "DELETE 4 2", "DELETE x", "DELETE 0", "DELETE -1", "PATCH 2", "DELETE 2, delete 3", "DELETE 1e9"} {
		_, err := factors(text)
		assert.Error(t, err, text)
	}
}
