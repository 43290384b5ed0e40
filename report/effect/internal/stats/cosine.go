package stats

import "math"

// How many cosines the variance is built from, and how many the guard looks at.
const (
	FewCosines  = 4
	MoreCosines = 8
	AllCosines  = 12
)

// Basis holds cos(pi j (t-1/2)/T) for j = 1..12 and t = 1..T.
type Basis [AllCosines][]float64

// NewBasis returns the basis of series of length T.
func NewBasis(T int) *Basis {
	b := new(Basis)
	for j := range b {
		b[j] = make([]float64, T)
		for t := range b[j] {
			b[j][t] = math.Cos(math.Pi * float64(j+1) * (float64(t) + .5) / float64(T))
		}
	}
	return b
}

// Powers are the squared cosine coefficients L_j = (2/T) [sum_t z_t cos(pi j (t-1/2)/T)]^2 of a series, each an
// estimate of its long-run variance that is independent of the others.
type Powers [AllCosines]float64

// Powers returns the powers of z, which has the basis' length or none.
func (b *Basis) Powers(z []float64) (p Powers) {
	for j, a := range b.Amplitudes(z) {
		p[j] = a * a
	}
	return p
}

// Amplitudes returns the roots of the powers with their signs: sqrt(2/T) sum_t z_t cos(pi j (t-1/2)/T).
func (b *Basis) Amplitudes(z []float64) (a [AllCosines]float64) {
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

// centred returns the powers of x less its mean, and the mean.
func (b *Basis) centred(x []float64) (Powers, float64) {
	m, z := Mean(x), make([]float64, len(x))
	for t, v := range x {
		z[t] = v - m
	}
	return b.Powers(z), m
}

// Variance is the long-run variance by the equal-weighted cosine estimator with nu cosines (Lazarus,
// Lewis, Stock and Watson 2018).
func (p *Powers) Variance(nu int) float64 { return Sum(p[:nu]) / float64(nu) }

// Noise is what the lowest frequencies of several phases together show.
type Noise struct {
	F       float64 // mean of L_1..L_4 over mean of L_5..L_12; 0 without any noise
	Cosines int     // how many to use: FewCosines or MoreCosines
	Slow    bool    // F is beyond its 95 % point: the run is short for the server's own swings
	Calm    bool    // F is below its median
}

// mostF bounds the F of a pure swing, which would be +Inf.
const mostF = 1e6

// Guard compares the four lowest frequencies with the eight above them. For k phases of white noise
// F has 4k and 8k degrees of freedom; past its 75 % point (1.45 for two phases) 4 cosines are
// used in place of 8, past its 95 % point (2.6) the noise is called slow, below its median calm.
func Guard(phases ...*Powers) Noise {
	low, high := 0.0, 0.0
	for _, p := range phases {
		low += Mean(p[:FewCosines])
		high += Mean(p[FewCosines:])
	}
	n := Noise{Cosines: MoreCosines}
	if low == 0 {
		return n
	}
	k := float64(len(phases))
	n.F = min(low/high, mostF)
	point := FCDF(n.F, FewCosines*k, (AllCosines-FewCosines)*k)
	if point > .75 {
		n.Cosines = FewCosines
	}
	n.Slow, n.Calm = point > .95, point < .5
	return n
}

// Trend returns how surely a series of b's length goes from one level to another, 0..1: the first
// cosine, which is half a wave, against the seven above it is F(1, 7) without a trend.
func (b *Basis) Trend(series []float64) float64 {
	p, m := b.centred(series)
	if p[0] <= 1e-20*m*m*float64(len(series)) { // nothing but rounding errors
		return 0
	}
	return FCDF(p[0]/Mean(p[1:MoreCosines]), 1, MoreCosines-1)
}

// Part is a variance in a sum of independent ones, and the degrees of freedom that it is known with.
type Part struct{ Variance, Degrees float64 }

// Degrees are the degrees of freedom of the sum of variances (Welch 1947, Satterthwaite 1946); the fewest of any where all are 0.
func Degrees(parts []Part) float64 {
	sum, squares, least := 0.0, 0.0, math.Inf(1)
	for _, p := range parts {
		sum, squares, least = sum+p.Variance, squares+p.Variance*p.Variance/p.Degrees, min(least, p.Degrees)
	}
	if squares == 0 {
		return least
	}
	return sum * sum / squares
}
