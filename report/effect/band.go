package effect

import (
	"math"
	"slices"
)

// band is what counts as recovered.
type band struct {
	centre  float64 // mean of the baseline
	level   float64 // the band's edge: at or below it counts
	longest int     // how many intervals in a row the baseline itself spent above the edge
}

// bandOf returns the band of a baseline from its series and rolling means: slack above the centre, or where
// the baseline's own means go further, the 97.5 % point of them.
func bandOf(means, base []float64, slack float64) band {
	b := band{centre: mean(base)}
	known := slices.DeleteFunc(slices.Clone(means), math.IsNaN)
	slices.Sort(known)
	own := known[int(math.Ceil(.975*float64(len(known))))-1]
	b.level = max(b.centre+slack, own)
	run := 0
	for _, v := range means {
		if run++; v <= b.level {
			run = 0
		}
		b.longest = max(b.longest, run)
	}
	return b
}

// relapses returns the stretches after the recovery at which the means left the band for longer than the
// baseline ever did, and for 5 s at least.
func (f figure) relapses(means []float64, at int, b band) (out []Relapse) {
	least := max(b.longest+1, f.span(rollingSeconds))
	from, worst := -1, 0.0
	for t := at; t <= len(means); t++ {
		if t < len(means) && !(means[t] <= b.level) {
			if from < 0 {
				from, worst = t, math.Inf(-1)
			}
			if !math.IsNaN(means[t]) {
				worst = max(worst, means[t])
			}
			continue
		}
		if from >= 0 && t-from >= least {
			out = append(out, Relapse{float64(from) * f.width, float64(t) * f.width, finiteOr0(f.back(worst))})
		}
		from = -1
	}
	return out
}
