package dist

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist/stream"
)

// Wrong ways to start a user in the middle of a period.

func TestEquilibriumFollowsItsLaw(t *testing.T) {
	for _, l := range testedLaws() {
		t.Run(l.d.String(), func(t *testing.T) {
			t.Parallel()
			ks := func(s sampler, f cdf) float64 { return kolmogorov(transform(draw(joined, s), f)) }
			within(t, ks(residualOf(l.d), l.equilibrium()), ksLimit, false)
			within(t, ks(ageOf(l.d), l.equilibrium()), ksLimit, false)
			within(t, ks(lengthOf(l.d), l.biased), ksLimit, false)
		})
	}
}

func TestEquilibriumTestSeesWrongStarts(t *testing.T) {
	for _, l := range testedLaws() {
		t.Run(l.d.String(), func(t *testing.T) {
			t.Parallel()
			ks := func(s sampler) float64 { return kolmogorov(transform(draw(joined, s), l.equilibrium())) }
			within(t, ks(l.d.Sample), ksLimit, !l.noMemory) // fresh period
			within(t, ks(partOfFresh(l.d)), ksLimit, true)  // U x fresh
			within(t, ks(lengthOf(l.d)), ksLimit, true)     // length-biased without U
			within(t, kolmogorov(transform(draw(joined, lengthOf(l.d)), l.cdf)), ksLimit, true)
		})
	}
}

// The closed form of F_e that the tests use is checked against its definition,
// the integral of (1 - F)/mean.
func TestEquilibriumLawIsTheIntegralOfTheSurvival(t *testing.T) {
	steps := 20_000
	if testing.Short() {
		steps = 2_000
	}
	for _, l := range laws() {
		mean, _ := l.d.Moments()
		for _, x := range []float64{0.01, 0.2, 1, 3, 20} {
			sum := 0.0
			for i := range steps {
				sum += 1 - l.cdf(x*float64(mean)*(float64(i)+0.5)/float64(steps))
			}
			require.InDelta(t, x*sum/float64(steps), l.equilibrium()(x*float64(mean)), 0.001, "%v at %v means", l.d, x)
		}
	}
}

// The instant is uniform in the period in progress, whatever its length.
func TestEquilibriumInstantIsUniformInThePeriod(t *testing.T) {
	age := func(src rand.Source) time.Duration {
		a, r := Equilibrium(Gamma{30 * time.Second, 0.5}, src)
		return toDuration(float64(a) / float64(a+r) * 1e9)
	}
	within(t, kolmogorov(transform(draw(joined, age), uniformLaw(0, time.Second).cdf)), ksLimit, false)
}

func TestEquilibriumOfConstantIsUniform(t *testing.T) {
	c := Constant{10 * time.Second}
	f := uniformLaw(0, c.Value).cdf
	within(t, kolmogorov(transform(draw(joined, residualOf(c)), f)), ksLimit, false)
	within(t, kolmogorov(transform(draw(joined, ageOf(c)), f)), ksLimit, false)
	for _, length := range draw(100, lengthOf(c)) {
		require.Equal(t, c.Value, length)
	}
}

func TestEquilibriumOfForeignDistributionIsClose(t *testing.T) {
	users := 2000 // each integrates the survival numerically
	if testing.Short() {
		users = 500
	}
	for _, cv := range []float64{0.5, 2} {
		l := gammaLaw(30*time.Second, cv)
		d := foreign{l.d}
		within(t, kolmogorov(transform(draw(users, residualOf(d)), l.equilibrium())), ksLimit, false)
		within(t, kolmogorov(transform(draw(users, ageOf(d)), l.equilibrium())), ksLimit, false)
		within(t, kolmogorov(transform(draw(users, partOfFresh(d)), l.equilibrium())), ksLimit, true)
	}
}

// broken violates the contract: it gives negative durations.
type broken struct{ Distribution }

func (broken) Sample(rand.Source) time.Duration { return -time.Second }

func TestEquilibriumOfNothingIsNothing(t *testing.T) {
	for _, d := range []Distribution{Constant{}, Exponential{}, Empirical{}, broken{}, foreign{Constant{}}} {
		src := stream.Key{}.Source()
		age, residual := Equilibrium(d, &src)
		require.Zero(t, age)
		require.Zero(t, residual)
	}
}
