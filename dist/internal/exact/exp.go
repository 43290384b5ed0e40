package exact

import "math"

// ln 2 in two parts, so that k × ln2High is exact for every exponent k.
const (
	ln2High = 0.69314718055966295651160180568695068359375
	ln2Low  = 0.28235290563031577122588448175013436025525412068e-12
)

// Above largest e^x is infinite, below smallest it is 0.
const (
	largest  = 7.09782712893384e+02
	smallest = -746
)

// Exp returns e^x: the Taylor series of e^(x/16 - k ln 2/16) less 1, squared up
// four times, as Shibata's SLEEF (2010) and Go's math package on amd64 do.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x) || x > largest:
		return x + math.Inf(1) // keeps NaN
	case x < smallest:
		return 0
	}
	k := math.RoundToEven(x * math.Log2E)
	r := math.FMA(-k, ln2Low, math.FMA(-k, ln2High, x)) * 0.0625
	s := math.FMA(r, 2.4801587301587301587e-5, 1.9841269841269841270e-4)
	s = math.FMA(r, s, 1.3888888888888888889e-3)
	s = math.FMA(r, s, 8.3333333333333333333e-3)
	s = math.FMA(r, s, 4.1666666666666666667e-2)
	s = math.FMA(r, s, 1.6666666666666666667e-1)
	s = math.FMA(r, s, 0.5)
	s = float64(r * math.FMA(r, s, 1)) // e^r - 1; (1 + s)² - 1 = s (s + 2)
	for range 3 {
		s = float64(s * (s + 2))
	}
	return scale(math.FMA(s, s+2, 1), int(k))
}

// scale is x × 2^k, for x near 1.
func scale(x float64, k int) float64 {
	const bias, mantissa = 1023, 52
	if k <= -bias || k > bias {
		return math.Ldexp(x, k)
	}
	return float64(x * math.Float64frombits(uint64(k+bias)<<mantissa))
}
