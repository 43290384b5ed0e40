package stats

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Density is the spectrum of noise as data show it, frequency by frequency: that of a fit, corrected by what the data have
// more or less of around each frequency. So it is not bound to one time scale, and it continues below the lowest frequency
// of the data as the fit does.
type Density struct {
	fit    Spectrum
	angles []float64 // of frequencies, ascending
	excess []float64 // the log of what the data have there, over the fit
}

// smoothed is how many frequencies of the data the correction of one is made from: their mean is within a third.
const smoothed = 8

// NewDensity returns the spectrum of series of the same noise. f is what Fit says of them.
func NewDensity(f Fitted, series ...[]float64) *Density {
	d := &Density{fit: Spectrum{White: 1}}
	if f.Sure {
		d.fit = f.Spectrum
	}
	var all []ordinate
	for _, z := range series {
		all = append(all, periodogram(scaled(z))...)
	}
	slices.SortFunc(all, func(a, b ordinate) int { return int(math.Copysign(1, b.cos-a.cos)) })
	for i, o := range all {
		power, weight := 0.0, 0.0
		for reach := 0; weight < smoothed && reach < len(all); reach++ {
			power, weight = 0, 0
			for _, x := range all[max(0, i-reach):min(len(all), i+reach+1)] {
				power, weight = power+x.weight*x.power/d.fit.at(x.cos), weight+x.weight
			}
		}
		d.angles, d.excess = append(d.angles, math.Acos(o.cos)), append(d.excess, math.Log(max(power/weight, 1e-6)))
	}
	return d
}

// at is the spectrum at a frequency whose angle has that cosine.
func (n Spectrum) at(cos float64) float64 {
	if n.Tau == 0 {
		return n.White
	}
	return n.White * (1 + n.Slow*g(math.Exp(-1/n.Tau), cos))
}

// at is the density at an angle, 0..pi.
func (d *Density) at(angle float64) float64 {
	log, i := 0.0, 0
	if n := len(d.angles); n > 0 {
		i, _ = slices.BinarySearch(d.angles, angle)
		i = min(i, n-1)
		log = d.excess[i]
		if i > 0 && angle < d.angles[i] && d.angles[i] > d.angles[i-1] {
			part := (angle - d.angles[i-1]) / (d.angles[i] - d.angles[i-1])
			log = d.excess[i-1] + part*(d.excess[i]-d.excess[i-1])
		}
	}
	return d.fit.at(math.Cos(angle)) * math.Exp(log)
}

// rehearsals is how many comparisons of simulated noise an expected share stands on.
const rehearsals = 2000

// newVerdict returns a function that judges whether two windows of a length differ, by their powers and the gap of their
// means: the interval of an effect at a level.
func newVerdict(length int, level float64) func(a, b *Powers, gap float64) bool {
	few, more, calm := TwoSided(level, FewCosines), TwoSided(level, MoreCosines), TwoSided(level, 2*MoreCosines)
	return func(a, b *Powers, gap float64) bool {
		guard, t := Guard(a, b), more
		switch {
		case guard.Calm:
			t = calm
		case guard.Cosines == FewCosines:
			t = few
		}
		return math.Abs(gap) > t*math.Sqrt((a.Variance(guard.Cosines)+b.Variance(guard.Cosines))/float64(length))
	}
}

// FalseAlarms returns the share of comparisons of two neighbouring windows of the noise that the
// interval calls an effect at a level, from simulations with fixed seeds. length is that of a window, in intervals.
func (d *Density) FalseAlarms(length int, level float64) float64 {
	r, b := rand.New(rand.NewPCG(uint64(length), 1)), NewBasis(length)
	draw, differ, alarms := d.drawer(4*length), newVerdict(length, level), 0
	for range rehearsals / 2 {
		y := draw(r)
		for _, pair := range [][]float64{y[:2*length], y[2*length:]} {
			first, mean := b.centred(pair[:length])
			second, other := b.centred(pair[length:])
			if differ(&first, &second, other-mean) {
				alarms++
			}
		}
	}
	return float64(alarms) / rehearsals
}

// Windows of the data are resampled where at least leastBlocks of them lie side by side, and at most about mostBlocks are.
const (
	leastBlocks = 20
	mostBlocks  = 200
)

// Resampled returns the share of comparisons of two windows of the data themselves, from anywhere in them, that the interval
// calls an effect at a level. That needs no model of the noise, but enough of it: ok is false where fewer than 20 windows fit.
func Resampled(length int, level float64, series ...[]float64) (share float64, ok bool) {
	type window struct {
		powers     Powers
		mean       float64
		series, at int
	}
	total, blocks := 0, 0
	for _, z := range series {
		total, blocks = total+len(z), blocks+len(z)/length
	}
	if blocks < leastBlocks {
		return 0, false
	}
	var all []window
	b := NewBasis(length)
	for i, z := range series {
		for at := 0; at+length <= len(z); at += max(1, length/4, total/mostBlocks) {
			p, m := b.centred(z[at : at+length])
			all = append(all, window{p, m, i, at})
		}
	}
	differ, alarms, n := newVerdict(length, level), 0, 0
	for i := range all {
		for k := range i {
			x, y := &all[i], &all[k]
			if x.series == y.series && x.at-y.at < length {
				continue
			}
			n++
			if differ(&x.powers, &y.powers, x.mean-y.mean) {
				alarms++
			}
		}
	}
	return float64(alarms) / float64(n), true
}

// drawer returns a function that draws a length of the noise: Gaussian, and periodic with the length. What it draws is
// overwritten by the next.
func (d *Density) drawer(length int) func(*rand.Rand) []float64 {
	fft, sizes := fourier.NewFFT(length), make([]float64, length/2+1)
	for k := 1; k < len(sizes); k++ {
		sizes[k] = math.Sqrt(d.at(2*math.Pi*float64(k)/float64(length)) / 2 / float64(length))
	}
	amplitudes, y := make([]complex128, len(sizes)), make([]float64, length)
	return func(r *rand.Rand) []float64 {
		for k := 1; k < len(sizes); k++ {
			amplitudes[k] = complex(sizes[k]*r.NormFloat64(), sizes[k]*r.NormFloat64())
		}
		return fft.Sequence(y, amplitudes)
	}
}
