package stream

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The first numbers of the published SplitMix64 with seed 0, whose state grows by the same constant each time.
func TestMixIsSplitMix64(t *testing.T) {
	const step = 0x9e3779b97f4a7c15
	for i, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} {
		assert.Equal(t, want, Mix(uint64(i)*uint64(step)))
	}
}
