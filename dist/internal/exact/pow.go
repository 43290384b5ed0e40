package exact

import "math"

// Pow returns x^y for x from 0 on and y from 0 to 2^62: the fraction of y by
// logarithm, its whole part by squaring.
func Pow(x, y float64) float64 {
	switch {
	case x == 1 || y == 0:
		return 1
	case x == 0 || y == 1 || math.IsInf(x, 1):
		return x
	case !(x > 0 && y > 0): // no caller has them
		return math.NaN()
	case y == 0.5:
		return math.Sqrt(x)
	}
	whole, part := math.Modf(y)
	if part > 0.5 {
		part--
		whole++
	}
	root := 1.0
	if part != 0 {
		root = Exp(part * Log(x))
	}
	return power(root, x, whole)
}

// power is root × x^n. Powers of 2 are kept apart until the end.
func power(root, x, n float64) float64 {
	const beyond = 1 << 12 // of all exponents
	exponent := 0
	square, twos := math.Frexp(x)
	for i := int64(n); i != 0; i >>= 1 {
		if twos < -beyond || beyond < twos { // the rest decides nothing
			exponent += twos
			break
		}
		if i&1 == 1 {
			root = float64(root * square)
			exponent += twos
		}
		square = float64(square * square)
		twos <<= 1
		if square < .5 {
			square *= 2
			twos--
		}
	}
	return math.Ldexp(root, exponent)
}
