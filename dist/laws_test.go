package dist

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mathext"
)

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

func positive(f cdf) cdf {
	return func(x float64) float64 {
		if x <= 0 {
			return 0
		}
		return f(x)
	}
}

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
