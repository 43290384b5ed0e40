package effect

import (
	"slices"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Between compares an intervention with a baseline: the A-B design. The phases may belong to
// different runs. An error means that the question cannot be asked: no such phase, operation or metric, or an
// option out of range. What the data cannot answer is a verdict.
func Between(baseline, intervention Phase, o Options) (*Report, error) {
	r, err := compare(AB, o, []float64{-1, 1}, baseline, intervention)
	if err != nil {
		return nil, err
	}
	r.Caveat = otherTimes
	return r, nil
}

// Return compares an intervention with the baseline before and after it: the A-B-A design, which cancels
// a linear drift. On the log scale the estimate is B - (A1+A2)/2. Errors are those of [Between].
func Return(before, intervention, after Phase, o Options) (*Report, error) {
	r, err := compare(ABA, o, []float64{-.5, 1, -.5}, before, intervention, after)
	if err != nil {
		return nil, err
	}
	o.Margin = 0 // which is for the intervention
	moved, err := compare(AB, o, []float64{-1, 1}, before, after)
	if err != nil {
		return nil, err
	}
	r.Moved = moved.Primary()
	if r.Moved.Verdict.Changed() {
		r.Warnings = append(r.Warnings, "Baseline moved: "+r.Moved.changeSentence()+" The effect is measured against the mean of both baselines.")
	}
	return r, nil
}

// comparison is the work of one call.
type comparison struct {
	same    bool // an A-A design
	o       Options
	phases  []*series.Phase
	weights []float64
	ops     []report.Op
	stopped string // why no effect of these phases is given; "": none is withheld
}

// compare judges a contrast of phases.
func compare(d Design, o Options, weights []float64, phases ...Phase) (*Report, error) {
	c, err := newComparison(d, o, weights, phases)
	if err != nil {
		return nil, err
	}
	return c.compare(d), nil
}

// newComparison checks the options and finds the phases and their operations.
func newComparison(d Design, o Options, weights []float64, phases []Phase) (*comparison, error) {
	o, err := o.fill()
	if err != nil {
		return nil, err
	}
	refs := make([]series.Ref, len(phases))
	for i, p := range phases {
		refs[i] = series.Ref(p)
	}
	c := &comparison{same: d == AA, o: o, weights: weights}
	if c.phases, err = series.Open(o.Settle, refs...); err != nil {
		return nil, err
	}
	c.ops = series.Operations(c.phases)
	return c, series.CheckOp(o.Op, c.ops)
}

// compare builds the report of a contrast of phases.
func (c *comparison) compare(d Design) *Report {
	r := c.describe(d)
	for _, s := range c.phases {
		if why := s.Unsettled(); why != "" && c.stopped == "" {
			c.stopped = why
		}
	}
	r.Effects = c.effects(c.judge)
	r.Warnings = c.warnings(r)
	if d == AB {
		r.Saved = c.replayed()
	}
	return r
}

// describe returns a report of what is compared, without effects.
func (c *comparison) describe(d Design) *Report {
	arms := make([]string, len(c.phases))
	var a, b []*series.Phase
	for i, s := range c.phases {
		if c.weights[i] < 0 {
			arms[i], a = "A", append(a, s)
		} else {
			arms[i], b = "B", append(b, s)
		}
	}
	return &Report{
		Design: d, Phases: usedPhases(c.phases, arms),
		Baseline:     armOf(a, c.ops, c.o.Primary, c.o.Op),
		Intervention: armOf(b, c.ops, c.o.Primary, c.o.Op),
	}
}

// effects judges all metrics of all operations, the primary one first.
func (c *comparison) effects(judge func(Effect) Effect) []Effect {
	out := []Effect{judge(c.newEffect(c.o.Op, c.o.Primary))}
	for _, op := range c.ops {
		for _, m := range c.o.Metrics {
			if c.hasRequests(op) && (op != c.o.Op || m != c.o.Primary) {
				out = append(out, judge(c.newEffect(op, m)))
			}
		}
	}
	return out
}

// hasRequests reports whether an operation has requests in what counts of any phase. Some, such as those of a
// session's start, have none.
func (c *comparison) hasRequests(op report.Op) bool {
	return op == series.All || slices.ContainsFunc(c.phases, func(s *series.Phase) bool { return s.Window(op).Requests > 0 })
}

// newEffect returns an effect that is not judged yet.
func (c *comparison) newEffect(op report.Op, m Metric) Effect {
	e := Effect{Method: op.Method, Name: op.Name, Metric: m, Level: c.o.secondary(), same: c.same}
	if op == c.o.Op && m == c.o.Primary {
		e.Primary, e.Level, e.Margin = true, c.o.Level, c.o.Margin
	}
	return e
}

// windows returns the phases' windows of an operation.
func (c *comparison) windows(op report.Op) []weighted {
	out := make([]weighted, len(c.phases))
	for i, p := range c.phases {
		out[i] = weighted{p.Window(op), c.weights[i]}
	}
	return out
}

// judge fills in one effect.
func (c *comparison) judge(e Effect) Effect {
	phases := c.windows(e.Op())
	e = effectOf(phases, e, c.threshold(phases, e.Metric))
	if c.stopped != "" && e.Verdict != TooShort {
		e.withhold(NotSettled, c.stopped)
	}
	e.Notes = append(e.Notes, tailNotes(phases, &e)...)
	return e
}

// threshold returns the baseline's quantile that an exceedance counts against.
func (c *comparison) threshold(phases []weighted, m Metric) (at series.Point) {
	if m != Exceedance {
		return at
	}
	var base []*series.Window
	for _, p := range phases {
		if p.weight < 0 && p.Requests > 0 {
			base = append(base, p.Window)
		}
	}
	if len(base) == 0 {
		base = []*series.Window{{}} // no requests
	}
	return series.Pool(base).Quantile(c.o.threshold())
}
