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
		r.Warnings = slices.Insert(r.Warnings, 0, "Baseline moved: "+r.Moved.changeSentence()+" The effect is measured against the mean of both baselines.")
	}
	return r, nil
}

// comparison is the work of one call.
type comparison struct {
	design  Design
	same    bool // an A-A design
	o       Options
	phases  []*series.Phase
	weights []float64
	base    []float64 // weights whose negative ones are the baseline of an exceedance; nil: weights
	groups  []int     // phases of one group share the variance of their ranks; nil: all do
	ops     []report.Op
	twice   bool // a phase is compared with itself
	mixes   map[report.Op]*mix
	stopped Verdict // NotSettled or Disturbed: no effect of these phases is given; "": none is withheld
	why     string  // it is stopped
	moving  bool    // it is, as a phase has no steady state

	looks  *series.Looks       // of the run; nil: it is judged once
	levels map[float64]float64 // Effect.nominal by Effect.Level
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
	c := &comparison{design: d, same: d == AA, o: o, weights: weights, mixes: map[report.Op]*mix{}}
	for i, r := range refs {
		c.twice = c.twice || slices.Contains(refs[:i], r)
	}
	if c.phases, err = series.Open(o.Settle, refs...); err != nil {
		return nil, err
	}
	c.looks, c.levels = series.LooksOf(c.phases, weights), map[float64]float64{}
	c.ops = series.Operations(c.phases, o.Op)
	c.o.Op = o.Op.In(c.ops)
	return c, series.CheckOp(c.o.Op, c.ops)
}

// compare builds the report of a contrast of phases.
func (c *comparison) compare(d Design) *Report {
	r := c.describe(d)
	c.stop(Disturbed, c.disturbed())
	for _, s := range c.phases {
		if why := s.Moving(); why != "" && !c.moving {
			c.stopped, c.why, c.moving = NotSettled, why, true // whatever else there is
		}
	}
	for _, s := range c.phases {
		c.stop(NotSettled, s.Unsettled())
	}
	r.Effects = c.effects(c.judge)
	r.Looked = c.looked(&r.Effects[0])
	r.Warnings = c.warnings(r)
	if r.Effects[0].Verdict.Known() && d != AA {
		r.Swings = c.swings()
	}
	if d == AB {
		r.Saved = c.replayed()
	}
	return r
}

// stop withholds all effects, if there is a reason and no other yet.
func (c *comparison) stop(v Verdict, why string) {
	if why != "" && c.stopped == "" {
		c.stopped, c.why = v, why
	}
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
	ops := series.Operations(c.phases, series.All) // a transaction is not part of the mix
	return &Report{
		Design: d, Phases: usedPhases(c.phases, arms),
		Baseline:     armOf(a, ops, c.o.Primary, c.o.Op),
		Intervention: armOf(b, ops, c.o.Primary, c.o.Op),
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
	if how := c.confounded(); how != "" {
		for i := range out {
			out[i].confound(how)
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
	e := Effect{Kind: op.Kind, Method: op.Method, Name: op.Name, Metric: m, Level: c.o.secondary(), same: c.same, twice: c.twice, spans: slices.ContainsFunc(c.phases, func(p *series.Phase) bool { return p.Window(op).Spans })}
	if op == c.o.Op && m == c.o.Primary {
		e.Primary, e.Level, e.Margin = true, c.o.Level, c.o.Margin
	}
	e.nominal = c.nominal(e.Level)
	return e
}

// nominal is the confidence of a single interval as wide as one of a level has to be, since the run was looked at several times;
// 0: it was not.
func (c *comparison) nominal(level float64) float64 {
	if c.looks == nil {
		return 0
	}
	if c.levels[level] == 0 {
		c.levels[level] = c.looks.Level(level)
	}
	return c.levels[level]
}

// windows returns the phases' windows of an operation, weighted to one mix where it has several.
func (c *comparison) windows(op report.Op) []weighted { return c.inContrast(c.mix(op).weighed.Windows) }

// inContrast gives the windows of the phases their weights.
func (c *comparison) inContrast(windows []*series.Window) []weighted {
	out := make([]weighted, len(windows))
	for i, x := range windows {
		out[i] = weighted{Window: x, weight: c.weights[i], base: c.weights[i] < 0}
		if c.base != nil {
			out[i].base = c.base[i] < 0
		}
		if c.groups != nil {
			out[i].group = c.groups[i]
		}
	}
	return out
}

// judge fills in one effect.
func (c *comparison) judge(e Effect) Effect {
	return c.besideRaw(e, func(e Effect, phases []weighted) Effect {
		e = effectOf(phases, e, c.threshold(phases, e.Metric))
		if c.moving || c.stopped != "" && e.Verdict != TooShort {
			e.withhold(c.stopped, c.why)
		}
		e.Notes = append(e.Notes, tailNotes(phases, &e)...)
		return e
	})
}

// threshold returns the baseline's quantile that an exceedance counts against.
func (c *comparison) threshold(phases []weighted, m Metric) (at series.Point) {
	if m != Exceedance {
		return at
	}
	var base []*series.Window
	for _, p := range phases {
		if p.base && p.Requests > 0 {
			base = append(base, p.Window)
		}
	}
	if len(base) == 0 {
		base = []*series.Window{{}} // no requests
	}
	return series.Pool(base).Quantile(c.o.threshold())
}
