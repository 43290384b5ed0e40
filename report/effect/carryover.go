package effect

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// An intervention that lingers in the phase after it, or a baseline in the intervention, makes the effect look smaller than
// it is, and no interval sees that. Two witnesses do, each in the direction of the arm before: the first third of what
// counts of a phase against the rest of it, and phases after the other arm against phases after their own.

// sureCarryOver is how sure one of the two has to be: in 2 of 100 runs without carry-over at most there is a warning.
const sureCarryOver = .99

// carryOver warns that phases of pairs still show the arm before them; "": they do not.
func (c *comparison) carryOver(e *Effect) string {
	if !e.Verdict.Changed() || !e.Metric.isTime() {
		return ""
	}
	towards := 1.0 // the effect, as the log of the mean
	if e.Change().Estimate < 0 {
		towards = -1
	}
	var early, other, own []float64
	var thirds [3]float64
	least := math.Inf(1)
	for _, v := range c.inTime() {
		x := v.phase.Window(c.o.Op)
		size := x.Len() / 3
		level := logMean(x, 0, x.Len())
		if v.before == 0 || size == 0 || math.IsNaN(level) {
			continue
		}
		sign := towards * v.before // the side of the arm before
		if v.before == v.weight {
			own = append(own, sign*(level-c.armLevel(v.weight)))
			continue
		}
		first, rest := logMean(x, 0, size), logMean(x, size, x.Len())
		if math.IsNaN(first + rest) {
			continue
		}
		other, early = append(other, sign*(level-c.armLevel(v.weight))), append(early, sign*(first-rest))
		for i := range thirds {
			thirds[i] += sign * logMean(x, i*size, (i+1)*size)
		}
		least = min(least, float64(size)*x.Width)
	}
	if !surelyAbove(early, nil) && !surelyAbove(other, own) {
		return ""
	}
	return fmt.Sprintf("Carry-over: phases still show the one before them, which makes the effect look smaller than it is. Let each settle for longer: %s s after the ramp would do.",
		say.Count(c.washOut(thirds, least)))
}

// neighbour is a phase with the arm before it: -1 or 1 as weights are, 0 for none.
type neighbour struct {
	phase  *series.Phase
	weight float64
	before float64
}

// inTime returns the phases in order of time.
func (c *comparison) inTime() []neighbour {
	var out []neighbour
	for i, p := range c.phases {
		out = append(out, neighbour{phase: p, weight: c.weights[i]})
	}
	slices.SortStableFunc(out, func(a, b neighbour) int { return a.phase.Started().Compare(b.phase.Started()) })
	for i := 1; i < len(out); i++ {
		if out[i].phase.Run == out[i-1].phase.Run {
			out[i].before = out[i-1].weight
		}
	}
	return out
}

// armLevel is the mean level of the phases of an arm.
func (c *comparison) armLevel(weight float64) float64 {
	sum, n := 0.0, 0.0
	for i, p := range c.phases {
		x := p.Window(c.o.Op)
		if v := logMean(x, 0, x.Len()); c.weights[i] == weight && !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	return sum / n
}

// logMean is the log of the mean time of the successes of some intervals; NaN for none.
func logMean(x *series.Window, from, to int) float64 {
	return math.Log(stats.Sum(x.Times[from:to]) / (stats.Sum(x.Counts[from:to]) - stats.Sum(x.Failed[from:to])))
}

// surelyAbove reports whether the mean of some values lies above that of others, or above 0 where there are none to
// compare with, by Student's t.
func surelyAbove(values, than []float64) bool {
	n, m := float64(len(values)), float64(len(than))
	switch {
	case n < leastPairs || than != nil && m < 2:
		return false
	case than == nil:
		return stats.Mean(values) > stats.StudentQuantile(sureCarryOver, n-1)*math.Sqrt(stats.Variance(values)/n)
	}
	pooled := ((n-1)*stats.Variance(values) + (m-1)*stats.Variance(than)) / (n + m - 2)
	return stats.Mean(values)-stats.Mean(than) > stats.StudentQuantile(sureCarryOver, n+m-2)*math.Sqrt(pooled*(1/n+1/m))
}

// washOut is how long phases should settle, s: as they do, and until 5 % is left of what decays as the thirds of a phase
// do; where they do not show how fast that is, once more what counts of a phase.
func (c *comparison) washOut(thirds [3]float64, third float64) float64 {
	tau := 3 * third
	if fall := (thirds[0]-thirds[2])/(thirds[1]-thirds[2]) - 1; thirds[1] > thirds[2] && fall > 1 {
		tau = min(tau, third/math.Log(fall))
	}
	settled := slices.MaxFunc(c.phases, func(a, b *series.Phase) int { return cmp.Compare(a.From-a.Summary.StartS, b.From-b.Summary.StartS) })
	return 5 * math.Ceil((settled.From-max(settled.Summary.StartS, settled.Summary.RampEndS)+3*tau)/5)
}
