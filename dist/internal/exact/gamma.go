package exact

// Gamma returns Γ(x) for x from 1 to some dozens: reduced to [2, 3), where a
// rational function of Moshier's Cephes library stands for it.
func Gamma(x float64) float64 {
	z := 1.0
	for x >= 3 {
		x--
		z = float64(z * x)
	}
	for x < 2 {
		z /= x
		x++
	}
	if x == 2 {
		return z
	}
	p := polynomial(x-2, 1.60119522476751861407e-04, 1.19135147006586384913e-03, 1.04213797561761569935e-02,
		4.76367800457137231464e-02, 2.07448227648435975150e-01, 4.94214826801497100753e-01, 9.99999999999999996796e-01)
	q := polynomial(x-2, -2.31581873324120129819e-05, 5.39605580493303397842e-04, -4.45641913851797240494e-03,
		1.18139785222060435552e-02, 3.58236398605498653373e-02, -2.34591795718243348568e-01,
		7.14304917030273074085e-02, 1.00000000000000000320e+00)
	return float64(z*p) / q
}

// polynomial is that of the coefficients, the one of the highest power first.
func polynomial(x float64, coefficients ...float64) float64 {
	sum := 0.0
	for _, c := range coefficients {
		sum = float64(sum*x) + c
	}
	return sum
}
