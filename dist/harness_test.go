package dist

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mathext"

	"github.com/gensim/load-generator/dist/internal/exact"
	"github.com/gensim/load-generator/dist/stream"
)

// Thresholds of the statistical tests. Each is passed by about one correct
// sampler in a million, so that changing a seed does not fail a test, and each
// test shows that named faults exceed it.
const (
	ksLimit = 2.6 // of sqrt(n) D
	zLimit  = 5   // of |z|
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

// requireSafe draws once and requires what holds for any distribution, invalid ones too.
func requireSafe(t *testing.T, d Distribution, src rand.Source) {
	x := d.Sample(src)
	require.True(t, x >= 0 && x <= Longest, "%v gives %v", d, x)
	age, residual := Equilibrium(d, src)
	require.True(t, age >= 0 && residual >= 0 && age+residual <= Longest, "%v gives %v and %v", d, age, residual)
	require.NotEmpty(t, d.String())
	if _, cv := d.Moments(); d.Validate() == nil {
		require.GreaterOrEqual(t, cv, 0.0, "%v", d)
	}
}

// joined is the number of users whose first period a test looks at.
const joined = 20_000

// residualOf samples what is left of a period that an observer comes upon.
func residualOf(d Distribution) sampler {
	return func(src rand.Source) time.Duration { _, r := Equilibrium(d, src); return r }
}

// ageOf samples how long that period has lasted.
func ageOf(d Distribution) sampler {
	return func(src rand.Source) time.Duration { a, _ := Equilibrium(d, src); return a }
}

// lengthOf samples the whole of it.
func lengthOf(d Distribution) sampler {
	return func(src rand.Source) time.Duration { a, r := Equilibrium(d, src); return a + r }
}

// partOfFresh samples a part of a fresh period, as a mutant does that forgets that long ones are
// met more often.
func partOfFresh(d Distribution) sampler {
	return func(src rand.Source) time.Duration {
		return toDuration(exact.Uniform(src) * float64(d.Sample(src)))
	}
}

// foreign hides the closed form of the distribution in it.
type foreign struct{ Distribution }

// within asserts that a statistic stays under its limit, or exceeds it for a mutant.
func within(t *testing.T, statistic, limit float64, caught bool) {
	t.Helper()
	t.Logf("statistic %.4g, limit %v", statistic, limit)
	if caught {
		require.Greater(t, statistic, limit, "the test does not see this fault")
		return
	}
	require.Less(t, statistic, limit)
}

// law is a distribution with what a textbook says about it: its distribution
// function and that of the length-biased period, written from the formulas and
// not with the sampler's parameters.
type law struct {
	d        Distribution
	cdf      cdf
	biased   cdf
	wrong    sampler // a likely slip that the shape test must see
	noMemory bool    // a fresh period is a correct residual
}

// equilibrium is the law of the age and of the residual:
// F_e(x) = (x/m) (1 - F(x)) + F_biased(x).
func (l law) equilibrium() cdf {
	mean, _ := l.d.Moments()
	return func(x float64) float64 {
		if x <= 0 {
			return 0
		}
		return x/float64(mean)*(1-l.cdf(x)) + l.biased(x)
	}
}

// laws are the distributions with closed forms, in the shapes that matter.
func laws() []law {
	second := time.Second
	return []law{
		uniformLaw(second, 3*second), uniformLaw(0, 2*second),
		exponentialLaw(2 * second),
		gammaLaw(30*second, 0.33), gammaLaw(30*second, 0.5), gammaLaw(30*second, 1), gammaLaw(30*second, 2), gammaLaw(30*second, 3),
		lognormalLaw(2*second, 0.33), lognormalLaw(2*second, 1), lognormalLaw(2*second, 3),
		weibullLaw(2*second, 0.5), weibullLaw(2*second, 1), weibullLaw(2*second, 3),
		paretoLaw(2*second, 1.5), paretoLaw(2*second, 3),
	}
}

// uniformLaw has the closed forms of Uniform.
func uniformLaw(low, high time.Duration) law {
	a, b := float64(low), float64(high)
	clamp := func(x float64) float64 { return min(max(x, a), b) }
	return law{
		d:      Uniform{low, high},
		cdf:    func(x float64) float64 { return (clamp(x) - a) / (b - a) },
		biased: func(x float64) float64 { x = clamp(x); return (x - a) * (x + a) / ((b - a) * (b + a)) },
		wrong:  Uniform{low, high + high/50}.Sample,
	}
}

// exponentialLaw has the closed forms of Exponential.
func exponentialLaw(mean time.Duration) law {
	m := float64(mean)
	return law{
		d:        Exponential{mean},
		cdf:      positive(func(x float64) float64 { return -math.Expm1(-x / m) }),
		biased:   positive(func(x float64) float64 { return 1 - (1+x/m)*math.Exp(-x/m) }),
		wrong:    Exponential{mean * 105 / 100}.Sample,
		noMemory: true,
	}
}

// gammaLaw has the closed forms of Gamma.
func gammaLaw(mean time.Duration, cv float64) law {
	k := 1 / (cv * cv)
	scale := float64(mean) / k
	return law{
		d:        Gamma{mean, cv},
		cdf:      positive(func(x float64) float64 { return mathext.GammaIncReg(k, x/scale) }),
		biased:   positive(func(x float64) float64 { return mathext.GammaIncReg(k+1, x/scale) }),
		wrong:    Gamma{mean, 1.05 * cv}.Sample,
		noMemory: cv == 1,
	}
}

// lognormalLaw has the closed forms of Lognormal.
func lognormalLaw(mean time.Duration, cv float64) law {
	variance := math.Log(1 + cv*cv)
	median := float64(mean) / math.Sqrt(1+cv*cv)
	phi := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	return law{
		d:      Lognormal{mean, cv},
		cdf:    positive(func(x float64) float64 { return phi(math.Log(x/median) / math.Sqrt(variance)) }),
		biased: positive(func(x float64) float64 { return phi((math.Log(x/median) - variance) / math.Sqrt(variance)) }),
		wrong:  Lognormal{toDuration(median), cv}.Sample, // mean taken for median
	}
}

// weibullLaw has the closed forms of Weibull.
func weibullLaw(mean time.Duration, shape float64) law {
	scale := float64(mean) / math.Gamma(1+1/shape)
	power := func(x float64) float64 { return math.Pow(x/scale, shape) }
	return law{
		d:        Weibull{mean, shape},
		cdf:      positive(func(x float64) float64 { return -math.Expm1(-power(x)) }),
		biased:   positive(func(x float64) float64 { return mathext.GammaIncReg(1+1/shape, power(x)) }),
		wrong:    Weibull{mean, 1.05 * shape}.Sample,
		noMemory: shape == 1,
	}
}

// paretoLaw has the closed forms of Pareto.
func paretoLaw(mean time.Duration, alpha float64) law {
	least := float64(mean) * (alpha - 1) / alpha
	above := func(power float64) cdf {
		return func(x float64) float64 { return 1 - math.Pow(least/max(x, least), power) }
	}
	return law{
		d:      Pareto{mean, alpha},
		cdf:    above(alpha),
		biased: above(alpha - 1),
		wrong:  Pareto{mean, alpha * 1.05}.Sample,
	}
}

// positive is a law of times above zero.
func positive(f cdf) cdf {
	return func(x float64) float64 {
		if x <= 0 {
			return 0
		}
		return f(x)
	}
}
