package recovery

import (
	"fmt"
	"math"
	"slices"
)

// band is what counts as recovered.
type band struct {
	centre float64 // mean of the baseline
	level  float64 // the band's edge: at or below it counts
}

// bandOf returns the band of a baseline from its series and rolling means: slack above the centre, or where
// the baseline's own means go further, the 97.5 % point of them.
func bandOf(means, base []float64, slack float64) band {
	b := band{centre: mean(base)}
	known := slices.DeleteFunc(slices.Clone(means), math.IsNaN)
	slices.Sort(known)
	own := known[int(math.Ceil(.975*float64(len(known))))-1]
	b.level = max(b.centre+slack, own)
	return b
}

// mostFailed is the share of a baseline's intervals past which there is no usual value. It is a judgement.
const mostFailed = .2

// withoutFailed returns the series of a baseline without the intervals whose quantile lies among the failures: they
// would make the band so wide that anything counts as recovered. why says that they are too many; "": they are not.
func (f figure) withoutFailed(base []float64, phase string) (usual []float64, why string) {
	if !f.quantile {
		return base, ""
	}
	usual, failed, known := slices.Clone(base), 0, 0
	for t, v := range usual {
		if !math.IsNaN(v) {
			known++
		}
		if v >= worst {
			usual[t] = math.NaN()
			failed++
		}
	}
	if float64(failed) <= mostFailed*float64(known) {
		return usual, ""
	}
	return nil, fmt.Sprintf("%s lies among the failures in %d of %d intervals of phase %s, so there is no usual value to get back to",
		f.metric.Label(), failed, known, phase)
}

// excursion is a row of rolling means outside the band.
type excursion struct {
	from, to int
	worst    float64
	area     float64 // sum of what lies outside
}

// excursions returns those from interval at on. Unknown intervals are outside, with no
// area.
func excursions(means []float64, at int, level float64) (out []excursion) {
	open := false
	for t := at; t < len(means); t++ {
		if means[t] <= level {
			open = false
			continue
		}
		if !open {
			open, out = true, append(out, excursion{from: t, worst: level})
		}
		e := &out[len(out)-1]
		e.to = t + 1
		if v := means[t]; !math.IsNaN(v) {
			e.worst, e.area = max(e.worst, v), e.area+v-level
		}
	}
	return out
}

// relapses returns the excursions after the recovery that last 5 s at least, reach twice as far from the
// baseline as the band does, and are larger than the noise of the baseline makes them: larger than quiet.
func (f figure) relapses(means []float64, at int, b band, quiet float64) (out []Relapse) {
	far := b.centre + 2*(b.level-b.centre)
	for _, e := range excursions(means, at, b.level) {
		if e.to-e.from >= f.span(rollingSeconds) && e.worst >= far && e.area > quiet {
			out = append(out, Relapse{float64(e.from) * f.width, float64(e.to) * f.width, f.fromScale(e.worst)})
		}
	}
	return out
}
