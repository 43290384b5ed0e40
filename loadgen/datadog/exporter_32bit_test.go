//go:build 386 || arm

package datadog

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStartIn32Bits is an error, not a crash in the middle of a run. No other test
// of this package passes there.
func TestStartIn32Bits(t *testing.T) {
	_, err := Start(Config{})
	require.EqualError(t, err, "datadog: Datadog's client of DogStatsD crashes 32-bit programs; build this one for 64 bits")
}
