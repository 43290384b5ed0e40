package claim

import (
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/recovery"
)

// Judge checks the claims against a run that has ended, a claim with Abort about
// the whole run against each phase too. What cannot be answered
// (an operation without requests, a phase that was not reached) is NotShown.
func (l List) Judge(sum *report.Summary) []Result {
	out, effects := make([]Result, len(l)), 0
	for i, c := range l {
		level := .95
		if c.isEffect() {
			if effects++; effects > 1 {
				level = .99 // one primary effect, all others secondary
			}
		}
		out[i] = c.hold(sum, level)
	}
	return out
}

// hold holds the claim against a run, and, if it was watched in every phase,
// against each of them.
func (c Claim) hold(sum *report.Summary, level float64) Result {
	text := c.String()
	j := judgement{sum: sum, phases: phasesOf(sum)}
	c = c.resolved(j.phases)
	c = c.withRow(j.hasPhase, j.hasRow)
	whole := c.judge(sum, level)
	whole.Claim = text
	if c.Abort && c.Phase == "" && c.Metric != Generator && whole.Held() {
		return c.everywhere(sum, level, whole)
	}
	return whole
}

// everywhere holds a claim that was watched in every phase against each of them:
// what ended the run must not hold because the phases before it were good.
func (c Claim) everywhere(sum *report.Summary, level float64, whole Result) Result {
	for _, p := range sum.Phases {
		in := c
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
	for _, c := range l {
		if c.isEffect() {
			return c.Metric, c.Op
		}
	}
	return effect.P95, report.Op{}
}

// trial is the judgement of one claim.
type judgement struct {
	claim  *Claim
	sum    *report.Summary
	phases []report.PhaseInfo   // of the run: names and arms
	level  float64              // of intervals; 0: a figure gets none
	so     *report.PhaseSummary // during the run, which has no sum yet; nil: afterwards

	result Result
}

func (c *Claim) judge(sum *report.Summary, level float64) Result {
	j := judgement{claim: c, sum: sum, phases: phasesOf(sum), level: level}
	j.result = Result{Claim: c.String(), Outcome: NotShown, Seed: sum.Seed, Plan: sum.PlanDigest}
	if err := c.validate(); err != nil {
		j.result.Said = say.Capital(err.Error()) + "."
		return j.result
	}
	exact := *c
	j.claim = &exact
	if j.result.Said = j.missing(); j.result.Said != "" {
		return j.result
	}
	if !exact.ofFigure() && exact.Op != (report.Op{}) {
		exact.Op = rowIn(&sum.Total, exact.Op).Op() // with the method that it has
	}
	j.answer()
	return j.result
}

func (j *judgement) answer() {
	switch {
	case j.claim.Metric == Generator:
		j.generator()
	case j.claim.Metric == Exceptions:
		j.exceptions()
	case j.claim.ofFigure():
		j.own()
	case j.claim.Recovery:
		j.recovery()
	case j.claim.Against != "":
		j.effectOf(j.compared())
	default:
		j.figure()
	}
}

// missing says which phase or operation the run does not have; "": none.
func (j *judgement) missing() string {
	for _, name := range []string{j.claim.Phase, j.claim.Against} {
		switch {
		case name == "" || find(j.phases, name) != nil:
		case slices.Contains(j.sum.NotReached, name):
			return fmt.Sprintf("The run ended before phase %q began.", name)
		default:
			return say.Capital(unknown(j.phases, name, j.claim.alone()).Error()) + "."
		}
	}
	if f := figureIn(j.sum.Total.Figures, j.claim.Op.Anyone()); f != nil && !j.claim.ofFigure() && j.claim.Op.Anyone() != (report.Op{}) {
		return say.Capital(j.claim.fits(f.Sort).Error()) + "."
	}
	if all := &j.sum.Total; !j.claim.ofFigure() && j.claim.Op != (report.Op{}) && rowIn(all, j.claim.Op) == nil {
		there := append(operationsOf(all.Operations), operationsOf(all.Transactions)...)
		if _, tag := j.claim.Op.Untagged(); tag != "" && all.Tags != nil {
			there = operationsOf(all.Tags)
		}
		return say.Capital(noOperation(j.claim.Op, there).Error()) + "."
	}
	return ""
}

func (j *judgement) generator() {
	j.result.Outcome, j.result.Said = Holds, "The generator was not the bottleneck."
	j.result.Requests = j.sum.Total.Requests
	if why := j.sum.Health.Bottleneck; why != "" {
		j.result.Outcome, j.result.Said = Broken, why
	}
}

func (j *judgement) exceptions() {
	var n int64
	for _, e := range j.sum.Exceptions {
		n += e.Occurrences
		if len(j.result.Worst) < mostWorst {
			j.result.Worst = append(j.result.Worst, fmt.Sprintf("%s: %s (%s)", e.Kind, e.Message, say.Count(e.Occurrences)))
		}
	}
	j.result.Requests = j.sum.Total.Requests
	j.result.Said = say.There(n, "exception") + "."
	j.compare(point(float64(n)), Broken)
}

// compare holds a figure against the limit. across is the outcome when the
// interval reaches across it.
func (j *judgement) compare(v effect.Interval, across Outcome) {
	j.result.Figure = &v
	switch limit := j.claim.Limit.Value; {
	case j.claim.Is.holds(limit, v.Low, v.High):
		j.result.Outcome = Holds
	case j.claim.Is.isUpper() && v.Low >= limit, !j.claim.Is.isUpper() && v.High <= limit:
		j.result.Outcome = Broken
	default:
		j.result.Outcome = across
	}
}

// point is a figure without an interval.
func point(v float64) effect.Interval { return effect.Interval{Estimate: v, Low: v, High: v} }

// JudgeEffects holds claims about effects against a comparison that is not that
// of one run: of runs pooled, say. compare computes it; like is one of the runs. Any
// other claim is NotShown.
func (l List) JudgeEffects(like *report.Summary, compare func(effect.Options) (*effect.Report, error)) []Result {
	out := make([]Result, len(l))
	for i := range l {
		j := judgement{claim: &l[i], sum: like, level: .95}
		if i > 0 {
			j.level = .99
		}
		j.result = Result{Claim: l[i].String(), Outcome: NotShown, Said: "Of pooled runs only effects can be claimed, such as intervention vs baseline p95 < +10%."}
		if l[i].isEffect() && l[i].validate() == nil {
			j.effectOf(compare(j.options()))
		}
		out[i] = j.result
	}
	return out
}

// effectOf judges a claim about a change.
func (j *judgement) effectOf(r *effect.Report, err error) {
	if err == nil && j.claim.Interaction && r.Factors == nil {
		err = errInteraction
	}
	if err != nil {
		j.result.Said = say.Capital(err.Error()) + "."
		return
	}
	e := &j.factor(r)[0]
	j.result.Requests = e.BaselineRequests + e.InterventionRequests
	j.result.Notes = slices.Concat(r.Warnings, e.Notes)
	if r.Looked != nil {
		j.result.Notes = append(j.result.Notes, r.Looked.Sentence())
	}
	if r.Caveat != "" {
		j.result.Notes = append(j.result.Notes, r.Caveat)
	}
	j.result.Said = fmt.Sprintf("%s %s %ss against %s.", e.Sentence(), say.Count(e.InterventionRequests), j.noun(), say.Count(e.BaselineRequests))
	if j.claim.Interaction {
		j.result.Said = fmt.Sprintf("%s %ss: %s.", e.Sentence(), say.Capital(j.noun()), say.Count(j.result.Requests))
	}
	if why := j.armFailed(e); why != "" {
		j.dead(why, e.Verdict.Known())
		return
	}
	change := j.inUnit(e)
	if !e.Verdict.Known() || change == nil || e.Verdict == effect.Confounded && j.ofArms() {
		return
	}
	j.compare(*change, NotShown)
	if !j.result.Held() {
		j.result.Worst = j.changes(r)
	}
}

// factor are the effects that the claim is about, the primary one first: in a factorial design perhaps those of the load
// or of both together.
func (j *judgement) factor(r *effect.Report) []effect.Effect {
	switch {
	case r.Factors == nil:
	case j.claim.Interaction:
		return r.Factors.Interaction
	case j.claim.OfLoad():
		return r.Factors.Load
	}
	return r.Effects
}

// dead breaks a claim about a phase without a success. It is followed by what
// was measured if that is an answer.
func (j *judgement) dead(why string, answered bool) {
	if answered {
		why += " " + j.result.Said
	}
	j.result.Outcome, j.result.Said = Broken, why
}

// armFailed says which arm has no success in what counts of it; "": both have.
func (j *judgement) armFailed(e *effect.Effect) string {
	for _, arm := range []struct {
		name          string
		requests, bad int64
	}{{j.claim.Against, e.BaselineRequests, e.BaselineFailures}, {j.claim.Phase, e.InterventionRequests, e.InterventionFailures}} {
		if arm.requests > 0 && arm.bad == arm.requests {
			return j.noSuccess(arm.requests, j.named(arm.name))
		}
	}
	return ""
}

// compared computes the effect: that of the whole design, or of two phases.
func (j *judgement) compared() (*effect.Report, error) {
	phase, against := find(j.phases, j.claim.Phase), find(j.phases, j.claim.Against)
	o := j.options()
	if byDesign(j.phases, phase, against) {
		return effect.Analyze(j.sum, o)
	}
	if len(phase) > 1 || len(against) > 1 {
		return nil, fmt.Errorf("%q and %q do not form a design that can be compared (A B, A B A, pairs)", j.claim.Phase, j.claim.Against)
	}
	return effect.Between(j.phase(against[0]), j.phase(phase[0]), o)
}

// options judge the claim's metric as the primary one.
func (j *judgement) options() effect.Options {
	return effect.Options{Primary: j.claim.Metric, Op: j.claim.Op, Metrics: []effect.Metric{j.claim.Metric}, Level: j.level}
}

func (j *judgement) phase(i int) effect.Phase {
	return effect.Phase{Run: j.sum, Name: j.phases[i].Name}
}

// inUnit is the change in the unit of the limit; nil if there is none.
func (j *judgement) inUnit(e *effect.Effect) *effect.Interval {
	switch {
	case j.claim.Limit.Unit == Percent && e.Ratio != nil:
		return scaled(effect.Interval{Estimate: e.Ratio.Estimate - 1, Low: e.Ratio.Low - 1, High: e.Ratio.High - 1}, 100)
	case e.Difference == nil:
		return nil
	case j.claim.Limit.Unit == Percent && e.Metric == effect.Throughput && e.Baseline != nil && e.Baseline.Estimate > 0: // nothing at all in the intervention
		return scaled(*e.Difference, 100/e.Baseline.Estimate)
	case j.claim.Limit.Unit == Percent:
		return nil
	case j.claim.Limit.Unit == Points:
		return scaled(*e.Difference, 100)
	}
	return e.Difference
}

func scaled(v effect.Interval, by float64) *effect.Interval {
	return &effect.Interval{Estimate: v.Estimate * by, Low: v.Low * by, High: v.High * by}
}

// recovery judges a claim about the time to get back.
func (j *judgement) recovery() {
	phase, against := find(j.phases, j.claim.Phase), find(j.phases, j.claim.Against)
	if len(phase) > 1 || len(against) > 1 {
		j.result.Said = "A recovery is from one phase to another, not between arms."
		return
	}
	r, err := recovery.Analyze(j.phase(against[0]), j.phase(phase[0]), recovery.Options{Metric: j.claim.Metric, Op: j.claim.Op, Seed: j.sum.Seed})
	if err != nil {
		j.result.Said = say.Capital(err.Error()) + "."
		return
	}
	j.result.Said = r.Sentence()
	if row := rowIn(&j.sum.Phases[phase[0]], j.claim.Op); row != nil {
		j.result.Requests = row.Requests
	}
	for _, i := range []int{against[0], phase[0]} {
		if row := rowIn(&j.sum.Phases[i], j.claim.Op); row != nil && allFailed(row) {
			j.dead(j.noSuccess(row.Requests, j.named(j.phases[i].Name)), r.Reason == "")
			return
		}
	}
	switch {
	case r.Reason != "":
	case !r.Recovered:
		j.compare(effect.Interval{Estimate: math.Inf(1), Low: r.HorizonS * 1000, High: math.Inf(1)}, NotShown)
	default:
		j.compare(effect.Interval{Estimate: r.AfterS * 1000, Low: r.LowS * 1000, High: r.HighS * 1000}, NotShown)
	}
}
