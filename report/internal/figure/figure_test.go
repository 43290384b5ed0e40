package figure

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report/hist"
)

// What is added to a counter can be told from the buckets of its digits, exactly.
func TestCountersAreExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	all, want := new(hist.Sketch), int64(0)
	for i := range 2000 {
		n := rng.Int64N(int64(1) << (1 + i%40))
		one := new(hist.Sketch)
		for d := range Digits(n) {
			one.Add(d)
			all.Add(d)
		}
		assert.Equal(t, n, Sum(one))
		sum := int64(0)
		for b := range one.Buckets() {
			sum += SumOf(b)
		}
		assert.Equal(t, n, sum)
		want += n
	}
	assert.Equal(t, want, Sum(all))
	assert.Zero(t, all.Clamped())
	for d := range Digits(MostAdded) {
		assert.Less(t, d, time.Duration(1)<<42)
	}
	assert.Zero(t, Sum(nil))
}

func TestValuesAreThousandths(t *testing.T) {
	for x, want := range map[float64]float64{0: 0, .0004: 0, .0006: .001, 80: 80, 4e9: 4e9, 1e300: float64(1<<53) / 1000} {
		d, ok := OfValue(x)
		assert.True(t, ok)
		assert.Equal(t, want, Value(d))
	}
	for _, x := range []float64{-1e-9, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, ok := OfValue(x)
		assert.False(t, ok, x)
	}
}
