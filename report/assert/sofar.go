package assert

import (
	"fmt"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// JudgeSoFar tells where the claims stand while the run goes on: each is
// Passing, Failing or Undecided, by the figures so far and without an interval.
// A claim about an effect or a recovery is Undecided until [List.Judge], since
// who looks again and again and stops at the first effect calls noise one. A
// wrong claim is NotShown. sum is the Summary of the run so far.
func (l List) JudgeSoFar(sum *report.Summary) []Result {
	out := make([]Result, len(l))
	for i, a := range l {
		out[i] = a.soFar(sum)
		out[i].Seed, out[i].Plan = 0, "" // there is nothing to replay yet
	}
	return out
}

func (a Assertion) soFar(sum *report.Summary) Result {
	if a.validate() != nil {
		return a.judge(sum, 0)
	}
	if why := a.tooSoon(sum); why != "" {
		return Result{Claim: a.String(), Outcome: Undecided, Said: why}
	}
	r := a.hold(sum, 0)
	switch {
	case r.Outcome == Holds && !a.mayYetFail():
		r.Outcome = Passing
	case r.Outcome == Broken && !a.mayYetHold(&r):
		r.Outcome = Failing
	default:
		r.Outcome = Undecided
	}
	return r
}

// tooSoon says why the claim cannot be decided yet; "": it can.
func (a *Assertion) tooSoon(sum *report.Summary) string {
	c := trial{Assertion: a, sum: sum, in: done(sum)}
	phases, need := find(c.in, a.Phase), int64(fewRequests)
	if a.Phase == "" && len(c.in) > 0 {
		phases = []int{len(c.in) - 1} // the one in progress
	}
	switch {
	case a.Against != "":
		return "It is judged when the run is over."
	case a.Metric == Generator || a.Metric == Exceptions:
		return ""
	case a.Phase != "" && len(phases) == 0:
		return fmt.Sprintf("Phase %q has not begun.", a.Phase)
	case a.Metric == effect.Throughput && slices.ContainsFunc(phases, func(i int) bool { return sum.EndS < sum.Phases[i].RampEndS+steadySeconds }):
		return fmt.Sprintf("A rate needs %d s after the ramp.", steadySeconds)
	case a.Metric == effect.Throughput || a.Metric == Requests:
		return ""
	case a.isCount():
		need = 1
	}
	var n int64
	row := rowOf(c.rows(), a.Op)
	if row != nil {
		n = row.Requests
	}
	if n < need {
		return fmt.Sprintf("There were %s requests%s so far; it needs %s.", say.Count(n), c.where(), say.Count(need))
	}
	if a.Metric == effect.Mean && row.Successes() > 0 && row.Successes() < need {
		return fmt.Sprintf("There were %s successes%s so far; it needs %s.", say.Count(row.Successes()), c.where(), say.Count(need))
	}
	return ""
}

// isCount says whether the figure counts something, so that it only grows.
func (a *Assertion) isCount() bool {
	return a.Metric == Requests || a.Metric == Exceptions || a.Metric == effect.Failures && a.Limit.Unit == Number
}

// mayYetFail says whether a count that holds is on its way past the limit: it is
// to be some number and has just reached it.
func (a *Assertion) mayYetFail() bool { return a.isCount() && a.Is == Equal && a.Limit.Value > 0 }

// mayYetHold says whether a count that does not hold is still below the limit,
// or waits for the first success.
func (a *Assertion) mayYetHold(r *Result) bool {
	figure := r.Figure
	switch {
	case !a.isCount() || a.Is.isUpper():
		return false
	case figure == nil:
		return a.Metric == Requests && r.Requests > 0
	}
	return figure.High < a.Limit.Value || a.Is == Above && figure.High == a.Limit.Value
}
