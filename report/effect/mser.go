package effect

import (
	"fmt"
	"math"
)

// mserBatch is how many intervals MSER-5 takes together.
const mserBatch = 5

// lateSettling is the part of the phase, after the settling time, that MSER-5 may want to cut before the
// phase counts as not settled.
const lateSettling = .2

// mser returns how many values MSER-5 (White 1997) would cut from the begin of a series: with Y the means of
// five values each, the d <= n/2 that makes sum_{i>d} (Y_i - mean)^2 / (n-d)^2 smallest. It is used as a
// diagnostic and never as scissors: on clean data it cuts where the noise looks best.
func mser(series []float64) int {
	y := batches(series, mserBatch)
	best, cut := math.Inf(1), 0
	var n, s, squares, centre float64
	if len(y) > 0 {
		centre = y[len(y)-1] // so that a constant series has no rounding errors
	}
	for d := len(y) - 1; d >= 0; d-- {
		v := y[d] - centre
		n, s, squares = n+1, s+v, squares+v*v
		if d > len(y)/2 {
			continue
		}
		if v := max(0, squares-s*s/n) / (n * n); v <= best {
			best, cut = v, d
		}
	}
	return cut * mserBatch
}

// batches returns the means of size values each; what is left over at the end is not used.
func batches(series []float64, size int) []float64 {
	out := make([]float64, 0, len(series)/size)
	for i := 0; i+size <= len(series); i += size {
		out = append(out, sum(series[i:i+size])/float64(size))
	}
	return out
}

// unsettled says that a phase was still on its way when it should have settled; "": it was not.
//
// Two witnesses have to agree. MSER-5 alone accuses up to 14 % of the phases without a transient in
// docs/statistics.md, because it also cuts where slow noise was loud; a trend over what counts accuses
// others of them. Both at once accuse 3 % or less (more where slow noise makes the effect worthless anyhow), and they
// still see what a transient leaves behind where it matters.
func (s *section) unsettled() string {
	limit := s.from - s.rampEnd() + lateSettling*(s.of.EndS-s.of.StartS)
	if s.usable() < leastSeconds || s.mserCut <= limit || s.stretch(all).trend() < .95 {
		return ""
	}
	return fmt.Sprintf("phase %s did not settle: its mean response time was still on its way %.0f s after the ramp", s.Name, s.mserCut)
}

// trend is how surely the mean response time goes from one level to another over the stretch, 0..1: the
// first cosine, which is half a wave, against the seven above it is F(1, 7) without a trend.
func (x *stretch) trend() float64 {
	if x.len() < leastIntervals {
		return 0
	}
	l, m := centred(x.basis, x.means())
	rest := sum(l[1:moreCosines]) / (moreCosines - 1)
	if l[0] <= 1e-20*m*m*float64(x.len()) { // nothing but rounding errors
		return 0
	}
	return fCDF(l[0]/rest, 1, moreCosines-1)
}

// means returns the mean time of the successes of each interval, ms; intervals without
// repeat the one before.
func (x *stretch) means() []float64 {
	out, last := make([]float64, x.len()), math.NaN()
	for t := range out {
		if ok := x.n[t] - x.failed[t]; ok > 0 {
			last = x.times[t] / ok
		}
		out[t] = last
	}
	return withoutGapAtStart(out)
}

// withoutGapAtStart gives the values before the first one that is known that one's value; all 0 if there is
// none.
func withoutGapAtStart(series []float64) []float64 {
	first := 0.0
	for i := len(series) - 1; i >= 0; i-- {
		if math.IsNaN(series[i]) {
			series[i] = first
		} else {
			first = series[i]
		}
	}
	return series
}
