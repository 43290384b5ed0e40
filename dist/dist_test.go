package dist

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist/stream"
)

func TestSamplingAllocatesNothing(t *testing.T) {
	src := stream.Key{Seed: 1}.Source()
	for _, d := range append(families(t), foreign{Gamma{time.Second, 2}}) {
		require.Zero(t, testing.AllocsPerRun(1000, func() { d.Sample(&src) }), "Sample of %v", d)
		require.Zero(t, testing.AllocsPerRun(1000, func() { Equilibrium(d, &src) }), "Equilibrium of %v", d)
	}
	user := uint64(0)
	require.Zero(t, testing.AllocsPerRun(1000, func() { user++; src = stream.Key{User: user}.Source() }), "Source")
}

func TestMomentsAgreeWithSamples(t *testing.T) {
	for _, d := range families(t) {
		mean, cv := d.Moments()
		if math.IsInf(cv, 1) || cv == 0 {
			continue
		}
		require.Less(t, math.Abs(meanZ(draw(20_000, d.Sample), float64(mean), cv)), float64(zLimit), "%v", d)
	}
}

func TestStringNamesTheDistribution(t *testing.T) {
	want := []string{
		"constant(2s)", "between 1s and 3s", "exponential(mean 2s)", "gamma(mean 2s, CV 0.3)", "gamma(mean 30s, CV 1)",
		"gamma(mean 30s, CV 2)", "gamma(mean 30s, CV 3)", "lognormal(mean 2s, CV 1)", "weibull(mean 2s, shape 0.7)",
		"pareto(mean 2s, alpha 1.5)", "empirical(4 values, mean 2s, CV 0.354)",
	}
	for i, d := range families(t) {
		require.Equal(t, want[i], d.String())
		require.NoError(t, d.Validate())
	}
	require.Equal(t, "empirical(no values)", Empirical{}.String())
}

func TestValidateNamesParameterValueAndRange(t *testing.T) {
	const years = "876000h0m0s (100 years)"
	refused := []struct {
		d    Distribution
		want string
	}{
		{Constant{-time.Second}, "constant: value is -1s: want 0s to " + years},
		{Constant{Longest + 1}, "constant: value is 876000h0m0.000000001s: want 0s to " + years},
		{Uniform{-1, 1}, "between: lower limit is -1ns: want 0s to " + years},
		{Uniform{1, Longest + 1}, "between: upper limit is 876000h0m0.000000001s: want 0s to " + years},
		{Uniform{3 * time.Second, time.Second}, "between: upper limit is 1s: want at least the lower limit 3s"},
		{Exponential{-1}, "exponential: mean is -1ns: want 0s to " + years},
		{Gamma{-1, 1}, "gamma: mean is -1ns: want 0s to " + years},
		{Gamma{1, -0.5}, "gamma: CV is -0.5: want 0 to 1000"},
		{Gamma{1, math.NaN()}, "gamma: CV is NaN: want 0 to 1000"},
		{Gamma{1, 1001}, "gamma: CV is 1001: want 0 to 1000"},
		{Lognormal{1, math.Inf(1)}, "lognormal: CV is +Inf: want 0 to 1000"},
		{Weibull{-1, 1}, "weibull: mean is -1ns: want 0s to " + years},
		{Weibull{1, 0}, "weibull: shape is 0: want 0.1 to 1000"},
		{Weibull{1, math.NaN()}, "weibull: shape is NaN: want 0.1 to 1000"},
		{Pareto{-1, 2}, "pareto: mean is -1ns: want 0s to " + years},
		{Pareto{1, 1}, "pareto: alpha is 1: want a finite number above 1"},
		{Pareto{1, math.Inf(1)}, "pareto: alpha is +Inf: want a finite number above 1"},
		{Empirical{}, "empirical: no values: want NewEmpirical with one or more"},
	}
	for _, r := range refused {
		require.EqualError(t, r.d.Validate(), r.want)
	}
	for _, d := range []Distribution{Constant{}, Constant{Longest}, Uniform{}, Exponential{}, Gamma{}, Gamma{Longest, MaxCV}, Lognormal{}} {
		require.NoError(t, d.Validate(), "%v", d)
	}
}

// FuzzSample: no parameter, accepted or refused, panics, hangs or gives a
// duration outside 0 to Longest.
func FuzzSample(f *testing.F) {
	for _, mean := range []time.Duration{0, 1, time.Second, Longest, math.MaxInt64, -1, math.MinInt64} {
		for _, x := range []float64{0, 1e-300, 1e-9, 0.3, 1, 1.0000001, 3, 1000, 1e9, 1e300, -1, math.Inf(1), math.NaN()} {
			f.Add(int64(mean), x, uint64(1))
		}
	}
	f.Fuzz(func(t *testing.T, mean int64, x float64, seed uint64) {
		m := time.Duration(mean)
		src := stream.Key{Seed: seed}.Source()
		for _, d := range []Distribution{Constant{m}, Uniform{m, toDuration(x)}, Uniform{toDuration(x), m},
			Exponential{m}, Gamma{m, x}, Lognormal{m, x}, Weibull{m, x}, Pareto{m, x}} {
			for range 8 {
				requireSafe(t, d, &src)
			}
		}
	})
}

// The clamp is met, not only allowed: these laws reach past 100 years.
func TestSamplesAreCutAtLongest(t *testing.T) {
	for _, d := range []Distribution{Exponential{Longest}, Gamma{Longest, 3}, Lognormal{Longest, 3}, Weibull{Longest, 0.5}, Pareto{Longest, 1.1}} {
		cut := 0
		for _, x := range draw(1000, d.Sample) {
			if x == Longest {
				cut++
			}
		}
		require.Positive(t, cut, "%v", d)
	}
}
