package effect

import (
	"math"

	"github.com/gensim/load-generator/internal/say"
)

// Cells are the figures of an effect as text, for tables.
type Cells struct {
	Metric       string // "p95", "slower than 212 ms"
	Baseline     string // "187 ms", "failed", "no request"
	Intervention string
	Change       string // "+18 %"; "failed" where the intervention lies among its failures; "" without an interval
	Limits       string // "+9 .. +27 %"; "failed" where all of it does; "" without an interval
	MDE          string // "8.9 %"; "" where it is unknown
}

// Cells returns the figures of the effect as text.
func (e *Effect) Cells() Cells {
	out := Cells{Metric: e.Metric.Label(), Baseline: e.valueText(e.Baseline, e.BaselineRequests), Intervention: e.valueText(e.Intervention, e.InterventionRequests)}
	if e.Metric == Exceedance && e.Threshold > 0 {
		out.Metric = "slower than " + say.Number(e.Threshold) + " ms"
	}
	if c := e.Change(); c != nil && e.Verdict.Known() {
		format := e.changeFormat()
		out.Change, out.Limits = bounded(c.Estimate, format), joinLimits(bounded(c.Low, format), bounded(c.High, format))
		if math.IsInf(c.Estimate, 1) {
			out.Change = "failed"
		}
		if math.IsInf(c.Low, 1) {
			out.Limits = "failed"
		}
		if e.MDE > 0 {
			out.MDE = e.sizeText(e.MDE)
		}
	}
	return out
}
