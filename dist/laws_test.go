package dist

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// The gamma sampler has its own, harder tests.
func TestSamplesFollowTheirLaw(t *testing.T) {
	for _, l := range testedLaws() {
		if _, ok := l.d.(Gamma); ok {
			continue
		}
		t.Run(l.d.String(), func(t *testing.T) {
			t.Parallel()
			within(t, kolmogorov(transform(draw(50_000, l.d.Sample), l.cdf)), ksLimit, false)
			within(t, kolmogorov(transform(draw(50_000, l.wrong), l.cdf)), ksLimit, true)
		})
	}
}

// The mean and the CV that Moments claims are those of the law: the integrals of
// 1-F(x) and of 2x(1-F(x)).
func TestMomentsAreThoseOfTheLaw(t *testing.T) {
	for _, l := range laws() {
		t.Run(l.d.String(), func(t *testing.T) {
			mean, cv := l.d.Moments()
			m := float64(mean)
			first := integrate(func(x float64) float64 { return 1 - l.cdf(m*x) })
			require.InDelta(t, 1, first, 0.002)
			if math.IsInf(cv, 1) {
				return
			}
			second := integrate(func(x float64) float64 { return 2 * x * (1 - l.cdf(m*x)) })
			require.InEpsilon(t, 1+cv*cv, second, 0.002)
		})
	}
}

// integrate is the integral of f from 0 to infinity. It puts (y/(1-y))² for x, so
// that steps of y in the unit interval are dense near 0 and reach far.
func integrate(f cdf) float64 {
	const steps = 20_000
	sum := 0.0
	for i := range steps {
		y := (float64(i) + 0.5) / steps
		root := y / (1 - y)
		sum += f(root*root) * 2 * root / ((1 - y) * (1 - y))
	}
	return sum / steps
}
