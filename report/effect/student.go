package effect

import "math"

// studentCDF is the distribution function of Student's t with nu degrees of freedom:
// 1 - I_x(nu/2, 1/2)/2 with x = nu/(nu+t^2) for t >= 0.
func studentCDF(t, nu float64) float64 {
	tail := betaInc(nu/2, .5, nu/(nu+t*t)) / 2
	if t < 0 {
		return tail
	}
	return 1 - tail
}

// studentQuantile returns the p-quantile of Student's t with nu degrees of freedom, 0 < p < 1.
//
// Newton's method from the normal quantile. Right of 0 the distribution function is concave and the
// normal quantile lies left of the solution, so the steps approach it from the left and cannot
// overshoot.
func studentQuantile(p, nu float64) float64 {
	if p < .5 {
		return -studentQuantile(1-p, nu)
	}
	up, _ := math.Lgamma((nu + 1) / 2)
	low, _ := math.Lgamma(nu / 2)
	scale := up - low - math.Log(nu*math.Pi)/2
	t := math.Sqrt2 * math.Erfinv(2*p-1)
	for range 200 {
		density := math.Exp(scale - (nu+1)/2*math.Log1p(t*t/nu))
		step := (p - studentCDF(t, nu)) / density
		t += step
		if math.Abs(step) <= 1e-13*t {
			break
		}
	}
	return t
}

// twoSided returns the factor of the standard error for an interval of a level, 0..1.
func twoSided(level float64, nu int) float64 { return studentQuantile((1+level)/2, float64(nu)) }
