package effect

import (
	"math"

	"github.com/gensim/load-generator/internal/say"
)

// Cells are the figures of an effect in words, for tables.
type Cells struct {
	Metric       string // "p95", "slower than 212 ms"
	Baseline     string // "187 ms", "failed", "no request"
	Intervention string
	Change       string // "+18 %"; "failed" where the intervention lies among its failures; "" without an interval
	Limits       string // "+9 .. +27 %"; "failed" where all of it does; "" likewise
	MDE          string // "8.9 %"; "" where it is not known
}

// Cells returns the figures of the effect in words.
func (e *Effect) Cells() Cells {
	out := Cells{Metric: e.Metric.Label(), Baseline: e.seenIn(e.Baseline, e.BaselineRequests), Intervention: e.seenIn(e.Intervention, e.InterventionRequests)}
	if e.Metric == Exceedance && e.Threshold > 0 {
		out.Metric = "slower than " + say.Number(e.Threshold) + " ms"
	}
	if c := e.Change(); c != nil && e.Verdict.Known() {
		word := e.absolute()
		if e.onRatio() {
			word = say.Change
		}
		out.Change, out.Limits = bounded(c.Estimate, word), short(bounded(c.Low, word), bounded(c.High, word))
		if math.IsInf(c.Estimate, 1) {
			out.Change = "failed"
		}
		if math.IsInf(c.Low, 1) {
			out.Limits = "failed"
		}
		if e.MDE > 0 {
			out.MDE = e.size(e.MDE)
		}
	}
	return out
}
