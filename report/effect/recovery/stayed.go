package recovery

import (
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Stayed compares the end of the phase after a disruption with the baseline: inside the band a figure may still be worse
// than usual.
type Stayed struct {
	// FromS is where the end begins, counted from the end of the disruption: the last third of the phase, or its last
	// minute if that is longer.
	FromS float64 `json:"from_s"`
	// Change is that against the baseline: relative, of failures a difference of shares.
	Change effect.Interval `json:"change"`
	// Worse says that the whole interval lies on the bad side.
	Worse bool `json:"worse"`
}

// lastPart is the part of the phase after the disruption that is compared with the baseline.
const lastPart = 1. / 3

// endOf compares the end of a phase with the baseline; nil where what is left after the recovery is too short for that, or
// the data cannot carry an interval.
func endOf(baseline, after effect.Phase, recoveredS float64, o *Options) *Stayed {
	run := *after.Run
	run.Phases = slices.Clone(run.Phases)
	p := &run.Phases[slices.IndexFunc(run.Phases, func(p report.PhaseSummary) bool { return p.Name == after.Name })]
	length := p.EndS - p.StartS
	from := length - max(length*lastPart, series.LeastSeconds+1) // the phase may end within a second
	if from < recoveredS || p.StartS+from < p.RampEndS {
		return nil
	}
	p.RampEndS, p.SettleS = p.StartS+from, 0
	r, err := effect.Between(baseline, effect.Phase{Run: &run, Name: after.Name}, effect.Options{Primary: o.Metric, Op: o.Op, Metrics: []effect.Metric{}})
	if err != nil || !r.Primary().Verdict.Known() || r.Primary().Change() == nil {
		return nil
	}
	seen := r.Primary().Seen()
	return &Stayed{from, *r.Primary().Change(), seen == effect.Worse || seen == effect.Lower && o.Metric == effect.Throughput}
}

// stayedSentence says that the figure came back to the band and not to what is usual; "": it did, or nothing is known.
func (r *Result) stayedSentence() string {
	if r.Stayed == nil || !r.Stayed.Worse {
		return ""
	}
	c, side, size := r.Stayed.Change, "above", say.Percent
	switch r.Metric {
	case effect.Throughput:
		c, side = effect.Interval{Estimate: -c.Estimate, Low: -c.High, High: -c.Low}, "below"
	case effect.Failures:
		size = func(v float64) string { return say.Number(100*v) + " points" }
	}
	between := "at least " + size(c.Low)
	if !math.IsInf(c.High, 1) {
		between = size(c.Low) + " to " + size(c.High)
	}
	if math.IsInf(c.Estimate, 1) {
		return " It stayed among the failures."
	}
	return fmt.Sprintf(" And it stayed %s %s the usual value in the last %s s (95 %% interval %s).", size(c.Estimate), side, say.Number(r.HorizonS-r.Stayed.FromS), between)
}
