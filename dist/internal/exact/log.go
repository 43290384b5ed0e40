package exact

import "math"

// ln 2 in two parts for the logarithms, and the coefficients of the series that
// both of them share.
const (
	logHigh = 6.93147180369123816490e-01
	logLow  = 1.90821492927058770002e-10
	l1      = 6.666666666666735130e-01
	l2      = 3.999999999940941908e-01
	l3      = 2.857142874366239149e-01
	l4      = 2.222219843214978396e-01
	l5      = 1.818357216161805012e-01
	l6      = 1.531383769920937332e-01
	l7      = 1.479819860511658591e-01
)

// Log returns the natural logarithm of x: FreeBSD's method, in the order of
// operations of Go's math package.
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	fraction, exponent := math.Frexp(x)
	if fraction <= math.Sqrt2/2 {
		fraction *= 2
		exponent--
	}
	f, k := fraction-1, float64(exponent)
	s := f / (2 + f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	odd := float64(s2 * (l1 + float64(s4*(l3+float64(s4*(l5+float64(s4*l7)))))))
	even := float64(s4 * (l2 + float64(s4*(l4+float64(s4*l6)))))
	half := float64(float64(0.5*f) * f)
	low := float64(s*(half+(odd+even))) + float64(k*logLow)
	return float64(k*logHigh) - ((half - low) - f)
}

// Log1p returns the natural logarithm of 1 + x, for x from 0 on, precise also
// where x is small.
func Log1p(x float64) float64 {
	const small, tiny = 1.0 / (1 << 29), 1.0 / (1 << 54)
	switch {
	case !(x >= 0): // no caller has one
		return math.NaN()
	case x < tiny || math.IsInf(x, 1):
		return x
	case x < small:
		return x - float64(float64(x*x)*0.5)
	}
	f, k, lost := reduce(x)
	s := f / (2 + f)
	z := float64(s * s)
	half := float64(float64(0.5*f) * f)
	rest := float64(s * (half + series(z)))
	if k == 0 {
		return f - (half - rest)
	}
	return float64(k*logHigh) - ((half - (rest + (float64(k*logLow) + lost))) - f)
}

// reduce writes 1 + x as (1 + f) 2^k, f near 0, and returns also what rounding
// 1 + x lost, relative to it.
func reduce(x float64) (f, k, lost float64) {
	const precise = 1 << 53              // from here on adding 1 changes nothing that counts
	if x < 4.142135623730950488017e-01 { // √2 - 1
		return x, 0, 0
	}
	u := x
	if x < precise {
		u = 1 + x
		lost = (1 - (u - x)) / u
		if u < 2 {
			lost = (x - (u - 1)) / u
		}
	}
	fraction, exponent := math.Frexp(u)
	if fraction < math.Sqrt2/2 {
		fraction *= 2
		exponent--
	}
	return fraction - 1, float64(exponent), lost
}

// series is the polynomial in z = s² of Log1p, which [Log] works out in two halves.
func series(z float64) float64 {
	r := l5 + float64(z*(l6+float64(z*l7)))
	r = l2 + float64(z*(l3+float64(z*(l4+float64(z*r)))))
	return float64(z * (l1 + float64(z*r)))
}
