package claim

import (
	"fmt"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// JudgeSoFar judges the claims during the run: each is Passing, Failing or
// Undecided, by the figures so far and without an interval. A claim about an
// effect or a recovery is Undecided until [List.Judge], since looking again and
// again and stopping at the first effect finds one in noise. An invalid claim is
// NotShown. sum is the Summary of the run so far.
func (l List) JudgeSoFar(sum *report.Summary) []Result {
	out := make([]Result, len(l))
	for i, c := range l {
		out[i] = c.soFar(sum)
		out[i].Seed, out[i].Plan = 0, "" // there is nothing to replay yet
	}
	return out
}

func (c Claim) soFar(sum *report.Summary) Result {
	own := c
	c = c.resolved(phasesOf(sum))
	if c.validate() != nil {
		return c.judge(sum, 0)
	}
	if why := c.tooSoon(sum); why != "" {
		return Result{Claim: own.String(), Outcome: Undecided, Said: why}
	}
	r := own.hold(sum, 0)
	switch {
	case r.Outcome == Holds && !c.mayYetFail():
		r.Outcome = Passing
	case r.Outcome == Broken && !c.mayYetHold(&r):
		r.Outcome = Failing
	default:
		r.Outcome = Undecided
	}
	return r
}

// tooSoon says why the claim cannot be decided yet; "": it can.
func (c *Claim) tooSoon(sum *report.Summary) string {
	j := judgement{sum: sum, phases: phasesOf(sum)}
	exact := c.withRow(j.hasPhase, j.hasRow)
	c, j.claim = &exact, &exact
	phases, need := find(j.phases, c.Phase), int64(fewRequests)
	if c.Phase == "" && len(j.phases) > 0 {
		phases = []int{len(j.phases) - 1} // the one in progress
	}
	switch {
	case c.Against != "":
		return "It is judged when the run is over."
	case c.Metric == Generator || c.Metric == Exceptions:
		return ""
	case c.Phase != "" && len(phases) == 0:
		return fmt.Sprintf("Phase %q has not started.", c.Phase)
	case c.Metric == effect.Throughput && slices.ContainsFunc(phases, func(i int) bool { return sum.EndS < sum.Phases[i].RampEndS+steadySeconds }):
		return fmt.Sprintf("A rate needs %d s after the ramp.", steadySeconds)
	case c.Metric == effect.Throughput || c.Metric == Requests:
		return ""
	case c.ofFigure():
		return j.fewFigures(need)
	case c.isCount():
		need = 1
	}
	var n int64
	row := rowIn(j.part(), c.Op)
	if row != nil {
		n = row.Requests
	}
	if n < need {
		return fmt.Sprintf("%s%s so far; it needs %s.", say.There(n, j.noun()), j.where(), say.Count(need))
	}
	if c.Metric == effect.Mean && row.Successes() > 0 && row.Successes() < need {
		return fmt.Sprintf("%s of the %ss%s succeeded so far; it needs %s.", say.Count(row.Successes()), j.noun(), j.where(), say.Count(need))
	}
	return ""
}

// isCount reports whether the figure counts something, so that it only grows.
func (c *Claim) isCount() bool {
	return c.Metric == Requests || c.Metric == Exceptions || c.Metric == Own && c.Limit.Unit == Number || c.Metric == effect.Failures && c.Limit.Unit == Number
}

// mayYetFail says whether a count that holds is on its way past the limit: it is
// to be some number and has just reached it.
func (c *Claim) mayYetFail() bool { return c.isCount() && c.Is == Equal && c.Limit.Value > 0 }

// mayYetHold says whether a count that does not hold is still below the limit,
// or waits for the first success.
func (c *Claim) mayYetHold(r *Result) bool {
	figure := r.Figure
	switch {
	case !c.isCount() || c.Is.isUpper():
		return false
	case figure == nil:
		return c.Metric == Requests && r.Requests > 0
	}
	return figure.High < c.Limit.Value || c.Is == Above && figure.High == c.Limit.Value
}
