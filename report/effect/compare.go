package effect

import (
	"slices"

	"github.com/gensim/load-generator/report"
)

// Between compares an intervention with a baseline: the A-B design. The phases may belong to
// different runs. An error means that the question cannot be asked: no such phase, operation or metric. What
// the data cannot answer is a verdict.
func Between(baseline, intervention Phase, o Options) (*Report, error) {
	r, err := compare(AB, o, []float64{-1, 1}, baseline, intervention)
	if err != nil {
		return nil, err
	}
	r.Caveat = Different
	return r, nil
}

// Return compares an intervention with the baseline before and after it: the A-B-A design, which cancels
// a linear drift. On the log scale the estimate is B - (A1+A2)/2.
func Return(before, intervention, after Phase, o Options) (*Report, error) {
	r, err := compare(ABA, o, []float64{-.5, 1, -.5}, before, intervention, after)
	if err != nil {
		return nil, err
	}
	o.Margin = 0 // it is about the intervention
	moved, err := compare(AB, o, []float64{-1, 1}, before, after)
	if err != nil {
		return nil, err
	}
	r.Moved = moved.Primary()
	if r.Moved.Verdict.Changed() {
		r.Warnings = append(r.Warnings, "Baseline moved: "+r.Moved.seen()+" The effect is measured against the mean of both baselines.")
	}
	return r, nil
}

// comparison is the work of one call.
type comparison struct {
	same    bool // an A-A design
	o       Options
	in      []*section
	weights []float64
	ops     []report.Op
	stopped string // why no effect of these phases is given; "": nothing
}

// compare judges a contrast of phases.
func compare(d Design, o Options, weights []float64, phases ...Phase) (*Report, error) {
	o, err := o.fill()
	if err != nil {
		return nil, err
	}
	c := comparison{same: d == AA, o: o, weights: weights}
	if c.in, err = sections(&o, phases...); err != nil {
		return nil, err
	}
	c.ops = operations(c.in)
	if err := checkOp(o.Op, c.ops); err != nil {
		return nil, err
	}
	r := c.describe(d)
	for _, s := range c.in {
		if why := s.unsettled(); why != "" && c.stopped == "" {
			c.stopped = why
		}
	}
	r.Effects = c.effects(c.judge)
	r.Warnings = c.warnings(r)
	if d == AB {
		r.Saved = c.replayed()
	}
	return r, nil
}

// describe says what is compared.
func (c *comparison) describe(d Design) *Report {
	arms := make([]string, len(c.in))
	var a, b []*section
	for i, s := range c.in {
		if c.weights[i] < 0 {
			arms[i], a = "A", append(a, s)
		} else {
			arms[i], b = "B", append(b, s)
		}
	}
	return &Report{
		Design: d, Phases: use(c.in, arms),
		Baseline:     armOf(a, c.ops, c.o.Primary, c.o.Op),
		Intervention: armOf(b, c.ops, c.o.Primary, c.o.Op),
	}
}

// effects judges all metrics of all operations, the primary one first.
func (c *comparison) effects(judge func(Effect) Effect) []Effect {
	out := []Effect{judge(c.blank(c.o.Op, c.o.Primary))}
	for _, op := range c.ops {
		for _, m := range c.o.Metrics {
			if c.seen(op) && (op != c.o.Op || m != c.o.Primary) {
				out = append(out, judge(c.blank(op, m)))
			}
		}
	}
	return out
}

// seen says whether an operation has requests in what counts of any phase. Of those without, such as a session's
// start, there is nothing to say.
func (c *comparison) seen(op report.Op) bool {
	return op == all || slices.ContainsFunc(c.in, func(s *section) bool { return s.stretch(op).requests > 0 })
}

// blank returns an effect that is not judged yet.
func (c *comparison) blank(op report.Op, m Metric) Effect {
	e := Effect{Method: op.Method, Name: op.Name, Metric: m, Level: c.o.secondary(), same: c.same}
	if op == c.o.Op && m == c.o.Primary {
		e.Primary, e.Level, e.Margin = true, c.o.Level, c.o.Margin
	}
	return e
}

// judge fills in one effect.
func (c *comparison) judge(e Effect) Effect {
	arms := make([]arm, len(c.in))
	for i, s := range c.in {
		arms[i] = arm{s.stretch(e.Op()), c.weights[i]}
	}
	e = effectOf(arms, e, c.threshold(arms, e.Metric), c.o.OwnVariance)
	if c.stopped != "" && e.Verdict != TooShort {
		e.refuse(NotSettled, c.stopped)
	}
	e.Notes = append(e.Notes, notes(arms, &e)...)
	return e
}

// threshold returns the baseline's quantile that an exceedance counts against.
func (c *comparison) threshold(arms []arm, m Metric) point {
	if m != Exceedance {
		return point{}
	}
	var base []*stretch
	for _, a := range arms {
		if a.weight < 0 && a.x.requests > 0 {
			base = append(base, a.x)
		}
	}
	if len(base) == 0 {
		return point{bucket: beyond}
	}
	return together(base).ownQuantile(c.o.threshold())
}

// ownQuantile returns the p-quantile; among the failures if there are no requests.
func (x *stretch) ownQuantile(p float64) point {
	if x.requests == 0 {
		return point{bucket: beyond}
	}
	return x.quantile(p)
}

// together returns the pooled counts of several stretches; they have no intervals.
func together(in []*stretch) *stretch {
	if len(in) == 1 {
		return in[0]
	}
	sum := &stretch{base: in[0].base}
	high := 0
	for _, x := range in {
		sum.requests += x.requests
		sum.failures += x.failures
		if len(x.pool) > 0 {
			sum.base, high = min(sum.base, x.base), max(high, x.base+len(x.pool))
		}
	}
	sum.pool = make([]float64, max(0, high-sum.base))
	for _, x := range in {
		for i, n := range x.pool {
			sum.pool[x.base+i-sum.base] += n
		}
	}
	return sum
}
