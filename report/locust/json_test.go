package locust

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHistogramKeysAreThoseOfLocust(t *testing.T) {
	for ms, want := range map[float64]int64{0.4: 0, 0.5: 0, 1.5: 2, 99.4: 99, 153: 150, 155: 160, 1234: 1200, 12345: 12000} {
		assert.Equalf(t, want, histogramKey(ms), "%v ms", ms)
	}
}

func TestCountsOfAWideIntervalAreSpreadEvenly(t *testing.T) {
	to := make(map[int64]int64)
	spread(to, 100, 4, 6)
	spread(to, 200, 1, 5)
	spread(to, 300, 2, 0)
	assert.Equal(t, map[int64]int64{100: 2, 101: 2, 102: 1, 103: 1, 200: 5}, to)
}
