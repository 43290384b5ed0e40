package datadog

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/hist"
)

// buckets are the histogram of some durations.
func buckets(durations ...time.Duration) (list []hist.Bucket) {
	var s hist.Sketch
	for _, d := range durations {
		s.Add(d)
	}
	for b := range s.Buckets() {
		list = append(list, b)
	}
	return list
}

func TestFewSamplesStandForThemselves(t *testing.T) {
	assert.Empty(t, samples(nil, 10))
	parts := samples(buckets(2*time.Millisecond), 10)
	require.Len(t, parts, 1)
	assert.InEpsilon(t, 2, parts[0].values[0], 0.002)
	parts = samples(buckets(3*time.Millisecond, time.Millisecond, 2*time.Millisecond, 2*time.Millisecond), 10)
	require.Len(t, parts, 1)
	assert.Equal(t, 1.0, parts[0].rate)
	assert.InDeltaSlice(t, []float64{1, 2, 2, 3}, parts[0].values, 0.01)
}

func TestThinnedSamplesRestoreCountMeanAndMaximum(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rounds := 300
	if testing.Short() {
		rounds = 100
	}
	for range rounds {
		n, limit := 1+random.IntN(20_000), uint64(1+random.IntN(500))
		durations := make([]time.Duration, n)
		longest, sum := time.Duration(0), 0.0
		for i := range durations {
			durations[i] = time.Duration(1e6 + random.ExpFloat64()*2e7)
			longest, sum = max(longest, durations[i]), sum+millis(durations[i])
		}
		count, told, largest, total := 0.0, 0, 0.0, 0.0
		for _, p := range samples(buckets(durations...), limit) {
			require.Equal(t, 1/p.rate, float64(uint64(1/p.rate)), "the agent truncates: it must be a whole number")
			for _, v := range p.values {
				count += float64(uint64(1 / p.rate))
				told, largest, total = told+1, max(largest, v), total+v/p.rate
			}
		}
		require.Equal(t, float64(n), count)
		require.LessOrEqual(t, told, int(limit)+20)
		require.InEpsilon(t, millis(longest), largest, 0.003)
		if limit > 100 {
			require.InEpsilon(t, sum, total, 0.03)
		}
	}
}
