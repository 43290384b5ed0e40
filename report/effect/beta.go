package effect

import "math"

// betaInc returns the regularised incomplete beta function I_x(a, b), a and b > 0, by its continued
// fraction (DLMF 8.17.22) with the modified Lentz method; relative error about 1e-14.
func betaInc(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2): // where the fraction of the mirror image converges faster
		return 1 - betaInc(b, a, 1-x)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(a*math.Log(x) + b*math.Log1p(-x) + lab - la - lb)
	return min(1, front*betaFraction(a, b, x)/a)
}

// betaFraction is the continued fraction of betaInc.
func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	away := func(v float64) float64 { // from 0
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	f := d
	for m := 1.0; m < 1000; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d, c = 1/away(1+even*d), away(1+even/c)
		f *= c * d
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/away(1+odd*d), away(1+odd/c)
		f *= c * d
		if math.Abs(c*d-1) < 1e-15 {
			break
		}
	}
	return f
}

// betaQuantile returns the x with I_x(a, b) = p by bisection.
func betaQuantile(p, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		if mid := (low + high) / 2; betaInc(a, b, mid) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// fCDF is the distribution function of F(d1, d2) at f.
func fCDF(f, d1, d2 float64) float64 {
	switch {
	case f <= 0:
		return 0
	case math.IsInf(f, 1):
		return 1
	}
	return betaInc(d1/2, d2/2, d1*f/(d1*f+d2))
}

// shareLimits is the exact (Clopper and Pearson 1934) interval of a share of which k of n were seen.
func shareLimits(k, n int, level float64) (low, high float64) {
	a := (1 - level) / 2
	low, high = 0, 1
	if k > 0 {
		low = betaQuantile(a, float64(k), float64(n-k+1))
	}
	if k < n {
		high = betaQuantile(1-a, float64(k+1), float64(n-k))
	}
	return low, high
}
