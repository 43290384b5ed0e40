package recovery

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// The streams of random numbers, apart from each other under one seed.
const (
	streamOfTimes = 0x7265636f766572
	streamOfNoise = 0x717569657420
)

// interval returns the 95 % interval of the recovery time, s, from resampled runs.
func (f figure) interval(base, tail []float64, o *Options) (low, high float64) {
	r := rand.New(rand.NewPCG(o.Seed, streamOfTimes))
	base = withoutGaps(base)
	fit := fallingFit(withoutGaps(tail))
	centre := mean(base)
	times := make([]float64, o.Resamples)
	again, noisy := make([]float64, len(base)), make([]float64, len(fit))
	for i := range times {
		f.resample(r, base, again)
		b := bandOf(f.rolling(again), again, f.slack(again, o.Tolerance))
		f.resample(r, base, noisy)
		for t := range noisy {
			noisy[t] += fit[t] - centre
		}
		times[i] = math.Inf(1)
		if at := f.recovered(f.rolling(noisy), b.level); at >= 0 {
			times[i] = float64(at) * f.width
		}
	}
	slices.Sort(times)
	return percentile(times, .025), percentile(times, .975)
}

// noiseArea returns the 99 % point of the largest excursion, by area, that the noise of the baseline, with the intervals
// that failed, makes in a row of some intervals, over a band that the noise of the usual ones has moved too.
func (f figure) noiseArea(usual, base []float64, length int, o *Options) float64 {
	r := rand.New(rand.NewPCG(o.Seed, streamOfNoise))
	usual, base = withoutGaps(usual), withoutGaps(base)
	areas, again, noise := make([]float64, o.Resamples), make([]float64, len(base)), make([]float64, length)
	for i := range areas {
		f.resample(r, usual, again)
		b := bandOf(f.rolling(again), again, f.slack(again, o.Tolerance))
		f.resample(r, base, noise)
		for _, e := range excursions(f.rolling(noise), 0, b.level) {
			areas[i] = max(areas[i], e.area)
		}
	}
	slices.Sort(areas)
	return percentile(areas, .99)
}

// percentile returns the p-point of sorted values.
func percentile(sorted []float64, p float64) float64 {
	return sorted[min(len(sorted)-1, max(0, int(math.Ceil(p*float64(len(sorted))))-1))]
}

// resample fills out with blocks of base, drawn with replacement and joined; base is a ring.
func (f figure) resample(r *rand.Rand, base, out []float64) {
	size := f.span(blockSeconds)
	for t := 0; t < len(out); t += size {
		from := r.IntN(len(base))
		for i := t; i < min(t+size, len(out)); i++ {
			out[i] = base[(from+i-t)%len(base)]
		}
	}
}

// withoutGaps gives unknown intervals the value before them; 0 if there is none.
func withoutGaps(y []float64) []float64 {
	out := slices.Clone(y)
	last := math.NaN()
	for t, v := range out {
		if math.IsNaN(v) {
			out[t] = last
		}
		last = out[t]
	}
	return stats.FillStart(out)
}

// fallingFit is the non-increasing series closest to y by least squares.
func fallingFit(y []float64) []float64 {
	mirrored, ones := make([]float64, len(y)), make([]float64, len(y))
	for t, v := range y {
		mirrored[t], ones[t] = -v, 1
	}
	out := stats.Rising(mirrored, ones)
	for t := range out {
		out[t] = -out[t]
	}
	return out
}
