package assert

import (
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/recovery"
)

// Judge holds the claims against a run that has ended, a claim with Abort about
// the whole run against each phase too. What cannot be answered
// (an operation without requests, a phase that was not reached) is NotShown.
func (l List) Judge(sum *report.Summary) []Result {
	out, effects := make([]Result, len(l)), 0
	for i, a := range l {
		level := .95
		if a.isEffect() {
			if effects++; effects > 1 {
				level = .99 // one primary effect, all others secondary
			}
		}
		out[i] = a.hold(sum, level)
	}
	return out
}

// hold holds the claim against a run, and, if it was watched in every phase,
// against each of them.
func (a Assertion) hold(sum *report.Summary, level float64) Result {
	whole := a.judge(sum, level)
	if a.Abort && a.Phase == "" && a.Metric != Generator && whole.Held() {
		return a.everywhere(sum, level, whole)
	}
	return whole
}

// everywhere holds a claim that was watched in every phase against each of them:
// what ended the run must not hold because the phases before it were good.
func (a Assertion) everywhere(sum *report.Summary, level float64, whole Result) Result {
	for _, p := range sum.Phases {
		in := a
		in.Phase = p.Name
		if r := in.judge(sum, level); r.Outcome == Broken {
			r.Claim = whole.Claim
			return r
		}
	}
	return whole
}

// Primary is the metric and the operation of the first effect that is claimed;
// p95 of all operations if none is. A report's verdict is about the same.
func (l List) Primary() (effect.Metric, report.Op) {
	for _, a := range l {
		if a.isEffect() {
			return a.Metric, a.Op
		}
	}
	return effect.P95, report.Op{}
}

// trial is the judgement of one claim.
type trial struct {
	*Assertion
	sum   *report.Summary
	in    []stretch
	level float64 // of intervals; 0: a figure gets none
	Result
}

func (a *Assertion) judge(sum *report.Summary, level float64) Result {
	c := trial{Assertion: a, sum: sum, in: done(sum), level: level}
	c.Result = Result{Claim: a.String(), Outcome: NotShown, Seed: sum.Seed, Plan: sum.PlanDigest}
	if err := a.validate(); err != nil {
		c.Said = say.Capital(err.Error()) + "."
		return c.Result
	}
	if c.Said = c.missing(); c.Said != "" {
		return c.Result
	}
	exact := *a
	if a.Op != (report.Op{}) {
		exact.Op = rowOf(sum.Total.Operations, a.Op).Op() // with the method that it has
	}
	c.Assertion = &exact
	c.answer()
	return c.Result
}

func (c *trial) answer() {
	switch {
	case c.Metric == Generator:
		c.generator()
	case c.Metric == Exceptions:
		c.exceptions()
	case c.Recovery:
		c.recovery()
	case c.Against != "":
		c.effect()
	default:
		c.figure()
	}
}

// missing says which phase or operation the run does not have; "": none.
func (c *trial) missing() string {
	for _, name := range []string{c.Phase, c.Against} {
		switch {
		case name == "" || find(c.in, name) != nil:
		case slices.Contains(c.sum.NotReached, name):
			return fmt.Sprintf("The run ended before phase %q began.", name)
		default:
			return say.Capital(unknown(c.in, name).Error()) + "."
		}
	}
	if all := c.sum.Total.Operations; c.Op != (report.Op{}) && rowOf(all, c.Op) == nil {
		return say.Capital(noOperation(c.Op, operationsOf(all)).Error()) + "."
	}
	return ""
}

func (c *trial) generator() {
	c.Outcome, c.Said = Holds, "The generator was not the bottleneck."
	c.Requests = c.sum.Total.Requests
	if why := c.sum.Health.Bottleneck; why != "" {
		c.Outcome, c.Said = Broken, why
	}
}

func (c *trial) exceptions() {
	var n int64
	for _, e := range c.sum.Exceptions {
		n += e.Occurrences
		if len(c.Worst) < mostWorst {
			c.Worst = append(c.Worst, fmt.Sprintf("%s: %s (%s)", e.Kind, e.Message, say.Count(e.Occurrences)))
		}
	}
	c.Requests = c.sum.Total.Requests
	c.Said = fmt.Sprintf("There were %s exceptions.", say.Count(n))
	c.compare(point(float64(n)), Broken)
}

// compare holds a figure against the limit. across is the outcome when the
// interval reaches across it.
func (c *trial) compare(v effect.Interval, across Outcome) {
	c.Figure = &v
	switch limit := c.Limit.Value; {
	case c.Is.holds(limit, v.Low, v.High):
		c.Outcome = Holds
	case c.Is.isUpper() && v.Low >= limit, !c.Is.isUpper() && v.High <= limit:
		c.Outcome = Broken
	default:
		c.Outcome = across
	}
}

// point is a figure without an interval.
func point(v float64) effect.Interval { return effect.Interval{Estimate: v, Low: v, High: v} }

// JudgeEffects holds claims about effects against a comparison that is not that
// of one run: of runs pooled, say. compare computes it. Any other claim is
// NotShown.
func (l List) JudgeEffects(compare func(effect.Options) (*effect.Report, error)) []Result {
	out := make([]Result, len(l))
	for i := range l {
		c := trial{Assertion: &l[i], level: .95}
		if i > 0 {
			c.level = .99
		}
		c.Result = Result{Claim: l[i].String(), Outcome: NotShown, Said: "Of pooled runs only effects can be claimed, such as intervention vs baseline p95 < +10%."}
		if l[i].isEffect() && l[i].validate() == nil {
			c.effectOf(compare(c.options()))
		}
		out[i] = c.Result
	}
	return out
}

// effect judges a claim about a change.
func (c *trial) effect() { c.effectOf(c.compared()) }

func (c *trial) effectOf(r *effect.Report, err error) {
	if err != nil {
		c.Said = say.Capital(err.Error()) + "."
		return
	}
	e := r.Primary()
	c.Requests = e.BaselineRequests + e.InterventionRequests
	c.Notes = slices.Concat(r.Warnings, e.Notes)
	if r.Caveat != "" {
		c.Notes = append(c.Notes, r.Caveat)
	}
	c.Said = fmt.Sprintf("%s %s requests against %s.", e.Sentence(), say.Count(e.InterventionRequests), say.Count(e.BaselineRequests))
	if why := c.armFailed(e); why != "" {
		c.dead(why, e.Verdict.Known())
		return
	}
	change := c.inUnit(e)
	if !e.Verdict.Known() || change == nil {
		return
	}
	c.compare(*change, NotShown)
	if !c.Held() {
		c.Worst = c.changes(r)
	}
}

// dead breaks a claim about a phase without a success. What was said stays beside
// it if it is an answer.
func (c *trial) dead(why string, answered bool) {
	if answered {
		why += " " + c.Said
	}
	c.Outcome, c.Said = Broken, why
}

// armFailed says which arm has no success in what counts of it; "": both have.
func (c *trial) armFailed(e *effect.Effect) string {
	for _, arm := range []struct {
		name          string
		requests, bad int64
	}{{c.Against, e.BaselineRequests, e.BaselineFailures}, {c.Phase, e.InterventionRequests, e.InterventionFailures}} {
		if arm.requests > 0 && arm.bad == arm.requests {
			return noSuccess(arm.requests, c.named(arm.name))
		}
	}
	return ""
}

// compared computes the effect: that of the whole design, or of two phases.
func (c *trial) compared() (*effect.Report, error) {
	phase, against := find(c.in, c.Phase), find(c.in, c.Against)
	o := c.options()
	if byDesign(c.in, phase, against) {
		return effect.Of(c.sum, o)
	}
	if len(phase) > 1 || len(against) > 1 {
		return nil, fmt.Errorf("%q and %q are no design that can be compared (A B, A B A, pairs)", c.Phase, c.Against)
	}
	return effect.Between(c.phase(against[0]), c.phase(phase[0]), o)
}

// options judge the claim's metric as the primary one.
func (c *trial) options() effect.Options {
	return effect.Options{Primary: c.Metric, Op: c.Op, Metrics: []effect.Metric{c.Metric}, Level: c.level}
}

func (c *trial) phase(i int) effect.Phase { return effect.Phase{Run: c.sum, Name: c.in[i].name} }

// inUnit is the change in the unit of the limit; nil if there is none.
func (c *trial) inUnit(e *effect.Effect) *effect.Interval {
	switch {
	case c.Limit.Unit == Percent && e.Ratio != nil:
		return scaled(effect.Interval{Estimate: e.Ratio.Estimate - 1, Low: e.Ratio.Low - 1, High: e.Ratio.High - 1}, 100)
	case e.Difference == nil:
		return nil
	case c.Limit.Unit == Percent && e.Metric == effect.Throughput && e.Baseline.Estimate > 0: // nothing at all in the intervention
		return scaled(*e.Difference, 100/e.Baseline.Estimate)
	case c.Limit.Unit == Percent:
		return nil
	case c.Limit.Unit == Points:
		return scaled(*e.Difference, 100)
	}
	return e.Difference
}

func scaled(v effect.Interval, by float64) *effect.Interval {
	return &effect.Interval{Estimate: v.Estimate * by, Low: v.Low * by, High: v.High * by}
}

// recovery judges a claim about the time to get back.
func (c *trial) recovery() {
	phase, against := find(c.in, c.Phase), find(c.in, c.Against)
	if len(phase) > 1 || len(against) > 1 {
		c.Said = "A recovery is from one phase to another, not between arms."
		return
	}
	r, err := recovery.Analyze(c.phase(against[0]), c.phase(phase[0]), recovery.Options{Metric: c.Metric, Op: c.Op, Seed: c.sum.Seed})
	if err != nil {
		c.Said = say.Capital(err.Error()) + "."
		return
	}
	c.Said = r.Sentence()
	if row := rowOf(c.sum.Phases[phase[0]].Operations, c.Op); row != nil {
		c.Requests = row.Requests
	}
	for _, i := range []int{against[0], phase[0]} {
		if row := rowOf(c.sum.Phases[i].Operations, c.Op); row != nil && allFailed(row) {
			c.dead(noSuccess(row.Requests, c.named(c.in[i].name)), r.Reason == "")
			return
		}
	}
	switch {
	case r.Reason != "":
	case !r.Recovered:
		c.compare(effect.Interval{Estimate: math.Inf(1), Low: r.HorizonS * 1000, High: math.Inf(1)}, NotShown)
	default:
		c.compare(effect.Interval{Estimate: r.AfterS * 1000, Low: r.LowS * 1000, High: r.HighS * 1000}, NotShown)
	}
}
