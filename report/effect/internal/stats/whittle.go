package stats

import "math"

// Spectrum is a model of noise: white noise plus a first-order autoregression with a correlation time.
//
//	S(f) = White (1 + Slow g(f)),  g(f) = (1 - phi^2) / (1 - 2 phi cos(2 pi f) + phi^2),  phi = exp(-1/Tau)
//
// Slow is the variance of the autoregression relative to that of the white noise, and Tau its correlation time in
// intervals.
type Spectrum struct{ White, Slow, Tau float64 }

// mostPoints bounds the length of the series that is fitted; longer ones are merged pairwise.
const mostPoints = 4096

// The grids of the fit.
const (
	tauSteps  = 64
	slowSteps = 24
)

// Points of chi-squared that the log likelihood is held against.
const (
	surelySlow = 9.21 / 2 // gained by Slow and Tau over white noise: the 99 % point, 2 degrees of freedom
	tauDrop    = 3.84 / 2 // lost inside the limits of Tau: the 95 % point, 1 degree of freedom
)

// Fitted is a spectrum with how sure it is.
type Fitted struct {
	Spectrum
	TauLow, TauHigh float64 // 95 % limits; +Inf where the series is too short to bound it
	Sure            bool    // slow noise is there: the likelihood ratio test at 99 % says so
}

// Fit fits the spectrum to series of the same noise by Whittle's (1953) likelihood: sum of ln S(f) + I(f)/S(f) over
// the Fourier frequencies, I the periodogram. Each series is taken in units of its standard deviation. It is searched on a
// grid of Tau and Slow, White following in closed form; the limits of Tau hold what lies within tauDrop of the best, and
// half a step of the grid.
func Fit(series ...[]float64) Fitted {
	width, longest := 1, 0
	for _, z := range series {
		longest = max(longest, len(z))
	}
	for longest/width > mostPoints {
		width *= 2
	}
	var p []ordinate
	for _, z := range series {
		p = append(p, periodogram(batches(scaled(z), width))...)
	}
	longest /= width
	noSlow, white := whittle(p, 0, 1)
	best := Fitted{Spectrum: Spectrum{White: white}}
	profile, taus := make([]float64, tauSteps), make([]float64, tauSteps)
	top := noSlow
	for i := range profile {
		taus[i] = math.Exp(math.Log(float64(longest)/2) * float64(i) / (tauSteps - 1))
		profile[i] = math.Inf(-1)
		for k := range slowSteps {
			slow := .02 * math.Pow(5000, float64(k)/(slowSteps-1))
			ll, white := whittle(p, slow, taus[i])
			profile[i] = max(profile[i], ll)
			if ll > top {
				top, best.Spectrum = ll, Spectrum{white, slow, taus[i]}
			}
		}
	}
	best.Sure = top-noSlow > surelySlow
	best.limits(profile, taus, top)
	best.Tau, best.TauLow, best.TauHigh = best.Tau*float64(width), best.TauLow*float64(width), best.TauHigh*float64(width)
	return best
}

// noNoise is a standard deviation that is nothing but rounding errors.
const noNoise = 1e-9

// scaled is a series in units of its standard deviation; nothing of one without noise.
func scaled(z []float64) []float64 {
	sd := math.Sqrt(Variance(z))
	if !(sd > noNoise) {
		return nil
	}
	out := make([]float64, len(z))
	for i, v := range z {
		out[i] = v / sd
	}
	return out
}

// limits sets those of Tau from the profile of the likelihood.
func (f *Fitted) limits(profile, taus []float64, top float64) {
	f.TauLow, f.TauHigh = math.Inf(1), 0
	for i, ll := range profile {
		if top-ll <= tauDrop {
			f.TauLow, f.TauHigh = min(f.TauLow, taus[i]), max(f.TauHigh, taus[i])
		}
	}
	if f.TauHigh == taus[len(taus)-1] { // the series is too short to bound it
		f.TauHigh = math.Inf(1)
	}
	half := math.Sqrt(taus[1] / taus[0]) // the grid knows it no better
	f.TauLow, f.TauHigh = f.TauLow/half, f.TauHigh*half
}

// g is the shape of the slow part at frequency i of n.
func g(phi float64, c float64) float64 { return (1 - phi*phi) / (1 - 2*phi*c + phi*phi) }

// whittle returns the log likelihood of a periodogram for a shape, and the white level that fits best.
func whittle(p []ordinate, slow, tau float64) (ll, white float64) {
	if len(p) == 0 {
		return 0, 0
	}
	phi, logs, n := math.Exp(-1/tau), 0.0, 0.0
	for _, o := range p {
		shape := 1 + slow*g(phi, o.cos)
		white += o.weight * o.power / shape
		logs += o.weight * math.Log(shape)
		n += o.weight
	}
	white /= n
	return -logs - n*math.Log(max(white, 1e-300)) - n, white
}

// ordinate is the mean power of a series at one Fourier frequency or some next to each other, with the cosine of the
// angle of the middle one and how many they are.
type ordinate struct{ cos, power, weight float64 }

// alike is the part of a frequency that is merged with it: the spectrum is smooth in its log.
const alike = 12

// periodogram returns |sum z_t e^{-2 pi i j t / n}|^2 / n at j = 1..(n-1)/2, frequencies that differ by less than a
// part in alike merged: a fit takes hundreds of times as long as it does.
func periodogram(z []float64) (out []ordinate) {
	n := len(z)
	cos, sin := make([]float64, n), make([]float64, n)
	for t := range z {
		sin[t], cos[t] = math.Sincos(2 * math.Pi * float64(t) / float64(n))
	}
	for j := 1; j <= (n-1)/2; {
		next := min(j+1+j/alike, (n+1)/2)
		o := ordinate{cos: cos[(j+next-1)/2], weight: float64(next - j)}
		for ; j < next; j++ {
			var re, im float64
			at := 0
			for _, v := range z {
				re, im = re+v*cos[at], im+v*sin[at]
				if at += j; at >= n {
					at -= n
				}
			}
			o.power += (re*re + im*im) / float64(n) / o.weight
		}
		out = append(out, o)
	}
	return out
}
