package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// StudentQuantile returns the p-quantile of Student's t with nu degrees of freedom, 0 < p < 1, nu > 0.
func StudentQuantile(p, nu float64) float64 {
	if p < .5 {
		return -StudentQuantile(1-p, nu)
	}
	x := mathext.InvRegIncBeta(nu/2, .5, 2*(1-p)) // nu/(nu+t^2)
	return math.Sqrt(nu * (1 - x) / x)
}

// TwoSided returns the factor of the standard error for a two-sided interval of a confidence level, 0 < level < 1.
func TwoSided(level, nu float64) float64 { return StudentQuantile((1+level)/2, nu) }

// FCDF is the distribution function of F(d1, d2) at f, for any f.
func FCDF(f, d1, d2 float64) float64 {
	switch {
	case f <= 0:
		return 0
	case math.IsInf(f, 1):
		return 1
	}
	return mathext.RegIncBeta(d1/2, d2/2, d1*f/(d1*f+d2))
}

// ShareLimits returns the exact interval (Clopper and Pearson 1934) of a share of which k of n were seen; 0..1 for
// n of 0.
func ShareLimits(k, n int, level float64) (low, high float64) {
	a := (1 - level) / 2
	low, high = 0, 1
	if k > 0 {
		low = mathext.InvRegIncBeta(float64(k), float64(n-k+1), a)
	}
	if k < n {
		high = mathext.InvRegIncBeta(float64(k+1), float64(n-k), 1-a)
	}
	return low, high
}
