package dist

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist/stream"
)

// Thresholds of the statistical tests. Each is passed by about one correct
// sampler in a million, so that changing a seed does not fail a test, and each
// test shows that named faults exceed it.
const (
	ksLimit       = 2.6 // of sqrt(n) D
	adLimit       = 13  // of A²
	zLimit        = 5   // of |z|
	chi2Of63Limit = 145 // of chi² with 63 degrees of freedom
)

// sampler is a correct way to draw, or a mutant of it.
type sampler func(src rand.Source) time.Duration

// cdf is the distribution function of a law of nanoseconds without atoms.
type cdf func(nanoseconds float64) float64

// draw takes n samples from a fixed stream.
func draw(n int, s sampler) []time.Duration {
	src := stream.Key{Seed: 1, Purpose: stream.Think, User: 1}.Source()
	samples := make([]time.Duration, n)
	for i := range samples {
		samples[i] = s(&src)
	}
	return samples
}

// transform maps samples to what is uniform on (0, 1), sorted, when f is their
// law. A sample stands for all that rounds to it, so it is spread evenly over
// the probability of that nanosecond. Near 0, where the density of a bursty law
// has no bound, that takes both ends; above 1 ms any point in between will do.
func transform(samples []time.Duration, f cdf) []float64 {
	jitter := stream.Key{Seed: 2, Purpose: stream.Bootstrap}.Rand()
	u := make([]float64, len(samples))
	for i, x := range samples {
		low, part := float64(x)-0.5, jitter.Float64()
		if x > time.Millisecond {
			u[i] = f(low + part)
			continue
		}
		u[i] = f(low) + part*(f(low+1)-f(low))
	}
	slices.Sort(u)
	return u
}

// kolmogorov is the Kolmogorov-Smirnov statistic sqrt(n) D of sorted uniforms.
func kolmogorov(u []float64) float64 {
	n, d := float64(len(u)), 0.0
	for i, x := range u {
		d = max(d, x-float64(i)/n, float64(i+1)/n-x)
	}
	return math.Sqrt(n) * d
}

// andersonDarling is the statistic A² of sorted uniforms; +Inf when one of them
// is 0 or 1.
func andersonDarling(u []float64) float64 {
	n, sum := len(u), 0.0
	for i, x := range u {
		sum += float64(2*i+1) * (math.Log(x) + math.Log1p(-u[n-1-i]))
	}
	return -float64(n) - sum/float64(n)
}

// meanZ is how many standard errors the sample mean is off.
func meanZ(samples []time.Duration, mean, cv float64) float64 {
	return (average(samples)/mean - 1) / cv * math.Sqrt(float64(len(samples)))
}

// varianceZ is how many standard errors the sample variance is off, for a law
// with the given kurtosis (3 is normal).
func varianceZ(samples []time.Duration, mean, cv, kurtosis float64) float64 {
	centre, sum := average(samples), 0.0
	for _, x := range samples {
		sum += (float64(x) - centre) * (float64(x) - centre)
	}
	n := float64(len(samples))
	ratio := sum / (n - 1) / (mean * mean * cv * cv)
	return (ratio - 1) / math.Sqrt((kurtosis-1)/n)
}

// average is the mean of samples, in nanoseconds.
func average(samples []time.Duration) float64 {
	sum := 0.0
	for _, x := range samples {
		sum += float64(x)
	}
	return sum / float64(len(samples))
}

func TestStatisticsOnKnownInput(t *testing.T) {
	t.Run("one point", func(t *testing.T) {
		require.InDelta(t, 0.5, kolmogorov([]float64{0.5}), 1e-12)
		require.InDelta(t, -1+2*math.Ln2, andersonDarling([]float64{0.5}), 1e-12)
	})
	t.Run("even grid", func(t *testing.T) {
		grid := make([]float64, 6400)
		for i := range grid {
			grid[i] = (float64(i) + 0.5) / 6400
		}
		require.InDelta(t, 0.5/80, kolmogorov(grid), 1e-12)
		require.Less(t, andersonDarling(grid), 0.01)
	})
	t.Run("moments", func(t *testing.T) {
		samples := []time.Duration{1, 2, 3, 4, 5}
		require.InDelta(t, 0, meanZ(samples, 3, 1), 1e-12)
		require.InDelta(t, math.Sqrt(5)/2, meanZ(samples, 2, 1), 1e-12)
		require.InDelta(t, 0, varianceZ(samples, 3, math.Sqrt(2.5)/3, 3), 1e-12)
	})
}

// families is one usual value of each distribution.
func families(t testing.TB) []Distribution {
	measured, err := NewEmpirical([]time.Duration{3 * time.Second, time.Second, 2 * time.Second, 2 * time.Second})
	require.NoError(t, err)
	return []Distribution{
		Constant{2 * time.Second},
		Uniform{time.Second, 3 * time.Second},
		Exponential{2 * time.Second},
		Gamma{2 * time.Second, 0.3},
		Gamma{30 * time.Second, 1},
		Gamma{30 * time.Second, 2},
		Gamma{30 * time.Second, 3},
		Lognormal{2 * time.Second, 1},
		Weibull{2 * time.Second, 0.7},
		Pareto{2 * time.Second, 1.5},
		measured,
	}
}

// testedLaws are all laws, and with -short one of each family.
func testedLaws() []law {
	all := laws()
	if !testing.Short() {
		return all
	}
	var some []law
	for i, l := range all {
		if i == 0 || reflect.TypeOf(l.d) != reflect.TypeOf(all[i-1].d) {
			some = append(some, l)
		}
	}
	return some
}
