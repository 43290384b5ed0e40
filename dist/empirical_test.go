package dist

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEmpiricalRefusesBadValues(t *testing.T) {
	_, err := NewEmpirical(nil)
	require.EqualError(t, err, "empirical: no values: want NewEmpirical with one or more")
	for _, bad := range []time.Duration{-1, Longest + 1} {
		_, err = NewEmpirical([]time.Duration{1, bad, 2})
		require.ErrorContains(t, err, "empirical: value is "+bad.String())
	}
}

func TestEmpiricalCopiesItsValues(t *testing.T) {
	values := []time.Duration{2, 1}
	e, err := NewEmpirical(values)
	require.NoError(t, err)
	require.Equal(t, []time.Duration{2, 1}, values, "left in their order")
	values[0] = 100
	require.Equal(t, time.Duration(2), slices.Max(draw(100, e.Sample)))
	require.True(t, Distribution(e) == Distribution(e), "comparable, like the other distributions")
}

// Each of 64 values has the same chance to be drawn, and a chance in proportion
// to its length to be the period in progress. Mutant for the latter: equal chances.
func TestEmpiricalChances(t *testing.T) {
	values := make([]time.Duration, 64)
	for i := range values {
		values[i] = time.Duration(i+1) * time.Second
	}
	e, err := NewEmpirical(values)
	require.NoError(t, err)
	equal := func(time.Duration) float64 { return 1.0 / 64 }
	byLength := func(x time.Duration) float64 { return x.Seconds() / (64 * 65 / 2) }
	within(t, chi2Values(values, draw(100_000, e.Sample), equal), chi2Of63Limit, false)
	within(t, chi2Values(values, draw(100_000, lengthOf(e)), byLength), chi2Of63Limit, false)
	within(t, chi2Values(values, draw(100_000, e.Sample), byLength), chi2Of63Limit, true)
}

func chi2Values(values, samples []time.Duration, chance func(time.Duration) float64) float64 {
	counts := map[time.Duration]float64{}
	for _, x := range samples {
		counts[x]++
	}
	sum := 0.0
	for _, v := range values {
		expected := chance(v) * float64(len(samples))
		sum += (counts[v] - expected) * (counts[v] - expected) / expected
	}
	return sum
}

// F_e of two values 1 s and 3 s: density 1/2 below 1 s, 1/4 from there to 3 s.
func TestEmpiricalResidual(t *testing.T) {
	e, err := NewEmpirical([]time.Duration{time.Second, 3 * time.Second})
	require.NoError(t, err)
	law := func(x float64) float64 {
		x = min(max(x/1e9, 0), 3)
		return min(x, 1)/2 + max(x-1, 0)/4
	}
	ks := func(s sampler) float64 { return kolmogorov(transform(draw(joined, s), law)) }
	within(t, ks(residualOf(e)), ksLimit, false)
	within(t, ks(ageOf(e)), ksLimit, false)
	within(t, ks(partOfFresh(e)), ksLimit, true)
}

func TestEmpiricalOfZeros(t *testing.T) {
	e, err := NewEmpirical(make([]time.Duration, 3))
	require.NoError(t, err)
	mean, cv := e.Moments()
	require.Zero(t, mean)
	require.Zero(t, cv)
	require.Zero(t, draw(10, lengthOf(e))[9])
}

const chi2Of63Limit = 145 // of chi² with 63 degrees of freedom
