package effect

import "math"

// How many cosines the variance is built from, and how many the guard looks at.
const (
	fewCosines  = 4
	moreCosines = 8
	allCosines  = 12
)

// basis holds cos(pi j (t-1/2)/T) for j = 1..12 and t = 1..T.
type basis [allCosines][]float64

// newBasis returns the basis of T intervals.
func newBasis(T int) *basis {
	b := new(basis)
	for j := range b {
		b[j] = make([]float64, T)
		for t := range b[j] {
			b[j][t] = math.Cos(math.Pi * float64(j+1) * (float64(t) + .5) / float64(T))
		}
	}
	return b
}

// waves are the cosine coefficients L_j = (2/T) [sum_t z_t cos(pi j (t-1/2)/T)]^2 of a series, each an
// estimate of its long-run variance that is independent of the others.
type waves [allCosines]float64

// of returns the coefficients of z.
func (b *basis) of(z []float64) (l waves) {
	for j, a := range b.amplitudes(z) {
		l[j] = a * a
	}
	return l
}

// amplitudes returns the roots of the coefficients with their signs: sqrt(2/T) sum_t z_t cos(pi j (t-1/2)/T).
func (b *basis) amplitudes(z []float64) (a [allCosines]float64) {
	if len(z) == 0 {
		return a
	}
	for j := range a {
		s := 0.0
		for t, c := range b[j] {
			s += z[t] * c
		}
		a[j] = math.Sqrt(2/float64(len(z))) * s
	}
	return a
}

// omega is the long-run variance by the equal-weighted cosine estimator with nu cosines (Lazarus,
// Lewis, Stock and Watson 2018).
func (l *waves) omega(nu int) float64 { return sum(l[:nu]) / float64(nu) }

// noise is the guard's look at the lowest frequencies of several phases together.
type noise struct {
	f    float64 // mean of L_1..L_4 over mean of L_5..L_12
	nu   int     // how many cosines to use
	slow bool    // f is beyond the 95 % point: the run is short for the server's own swings
}

// guard compares the four lowest frequencies with the eight above them. For k phases of white noise
// F has 4k and 8k degrees of freedom; past its 75 % point (1.45 for two phases) 4 cosines are
// used in place of 8, past its 95 % point (2.6) the noise is called slow.
func guard(phases ...*waves) noise {
	low, high := 0.0, 0.0
	for _, l := range phases {
		low += sum(l[:fewCosines]) / fewCosines
		high += sum(l[fewCosines:]) / (allCosines - fewCosines)
	}
	g := noise{nu: moreCosines}
	if low == 0 {
		return g
	}
	k := float64(len(phases))
	g.f = min(low/high, 1e6) // not +Inf for a pure swing
	c := fCDF(g.f, fewCosines*k, (allCosines-fewCosines)*k)
	if c > .75 {
		g.nu = fewCosines
	}
	g.slow = c > .95
	return g
}
