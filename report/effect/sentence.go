package effect

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// otherTimes is the caveat of every comparison of two phases.
const otherTimes = "The two phases ran at different times; anything else that changed between them is included in this difference."

// alternate is the advice where a run is short compared with the server's own swings.
const alternate = "Slow noise: the interval was widened, as this run is short compared with the server's own swings; alternate A and B."

// Sentence returns the result in one or two sentences.
func (e *Effect) Sentence() string {
	s := e.verdictSentence()
	if e.label != "" {
		s = e.label + ": " + strings.ToLower(s[:1]) + s[1:]
	}
	if e.PValue > 0 {
		s += fmt.Sprintf(" %d pairs, randomisation p %s.", e.Pairs, pValue(e.PValue))
	}
	return s
}

// verdictSentence is Sentence without the pairs.
func (e *Effect) verdictSentence() string {
	if e.factor == ofBoth && e.Verdict.Known() {
		return e.interactionSentence()
	}
	switch e.Verdict {
	case NoneSeen:
		return e.noneSeenSentence()
	case Confounded:
		return e.confoundedSentence()
	case Equivalent:
		return fmt.Sprintf("Equivalent on %s within the margin of %s set before the run: %s.", e.subject(), e.sizeText(e.Margin), e.boundsText())
	case NotEstimable, TooShort, NotSettled, Disturbed:
		what := map[Verdict]string{NotEstimable: "Not estimable", TooShort: "Too short to tell", NotSettled: "No verdict", Disturbed: "No verdict"}[e.Verdict]
		return fmt.Sprintf("%s on %s: %s.", what, e.subject(), e.Reason) + e.pointSentence()
	case "":
		return e.subject() + ": not judged."
	}
	return say.Capital(string(e.Verdict)) + ": " + e.changeSentence() + e.sizeDoubt()
}

// sizeDoubt says that an effect is smaller than what the run finds 4 times in 5: it had to look larger than it is to be
// found at all. "": it is not.
func (e *Effect) sizeDoubt() string {
	size := math.Abs(e.Change().Estimate)
	if e.isRelative() {
		size = math.Expm1(math.Abs(math.Log1p(e.Change().Estimate)))
	}
	if e.MDE == 0 || size >= e.MDE {
		return ""
	}
	return fmt.Sprintf(" That is less than the %s that a run like this one finds 4 times in 5, so the true change is probably smaller.", e.sizeText(e.MDE))
}

// further is the effect for a sentence after the verdict: the smallest effect that the run finds stands in the table, not in
// each of them.
func (e *Effect) further() *Effect {
	out := *e
	out.isFurther = true
	return &out
}

// changeSentence says how large the change is: "p95 +18 % (95 % interval +9 % to +27 %), +34 ms (+17 to +52 ms)."
func (e *Effect) changeSentence() string {
	var parts []string
	if e.isRelative() {
		parts = append(parts, e.intervalText(*e.Change(), say.Change, true))
	}
	// The difference of an infinite value adds nothing to the ratio.
	if first := len(parts) == 0; first || e.Metric.isTime() && !math.IsInf(e.Difference.Estimate, 0) {
		parts = append(parts, e.intervalText(*e.Difference, e.Metric.FormatDifference, first))
	}
	return e.subject() + " " + strings.Join(parts, ", ") + "."
}

// rawSentence gives the effect on the requests as they came.
func (e *Effect) rawSentence() string {
	if !e.Raw.Verdict.Known() || e.factor == ofBoth {
		return "Unweighted, with the change of mix in it: " + e.Raw.Sentence()
	}
	return "Unweighted, with the change of mix in it: " + e.Raw.changeSentence()
}

// noneSeenSentence says that there is no detectable effect, and how large one could be.
func (e *Effect) noneSeenSentence() string {
	if s := e.noFailureSentence(); s != "" {
		return s
	}
	s := fmt.Sprintf("No detectable effect on %s: %s.", e.subject(), e.boundsText())
	if e.MDE > 0 && !e.isFurther {
		s += fmt.Sprintf(" The smallest effect this run would have found 4 times in 5 is %s.", e.sizeText(e.MDE))
	}
	return s
}

// boundsText formats the interval of the change: "between -5 % and +6 % (95 % interval)".
func (e *Effect) boundsText() string {
	c, format := *e.Change(), e.changeFormat()
	switch {
	case math.IsInf(c.Low, -1) && math.IsInf(c.High, 1):
		return "the interval is without limits"
	case math.IsInf(c.High, 1):
		return fmt.Sprintf("at least %s (%s interval)", format(c.Low), say.Level(e.Level))
	case math.IsInf(c.Low, -1):
		return fmt.Sprintf("at most %s (%s interval)", format(c.High), say.Level(e.Level))
	}
	return fmt.Sprintf("between %s and %s (%s interval)", format(c.Low), format(c.High), say.Level(e.Level))
}

// intervalText formats an estimate with its limits. named: with the level.
func (e *Effect) intervalText(v Interval, format func(float64) string, named bool) string {
	name := ""
	if named {
		name = say.Level(e.Level) + " interval "
	}
	switch {
	case math.IsInf(v.Estimate, 1) && math.IsInf(v.Low, 1):
		return "is now among the failures, beyond every success"
	case math.IsInf(v.Estimate, -1), v.Estimate == -1 && e.isRelative():
		return "was among the failures and no longer is"
	case math.IsInf(v.Estimate, 1):
		return fmt.Sprintf("is now among the failures (%sat least %s)", name, format(v.Low))
	case math.IsInf(v.High, 1):
		return fmt.Sprintf("%s (%sat least %s)", format(v.Estimate), name, format(v.Low))
	case math.IsInf(v.Low, -1):
		return fmt.Sprintf("%s (%sat most %s)", format(v.Estimate), name, format(v.High))
	}
	return fmt.Sprintf("%s (%s%s to %s)", format(v.Estimate), name, format(v.Low), format(v.High))
}

// isRelative reports whether the change is relative.
func (e *Effect) isRelative() bool { return e.Ratio != nil && !e.Metric.isShare() }

// changeFormat returns the format of what Change returns.
func (e *Effect) changeFormat() func(float64) string {
	if e.isRelative() {
		return say.Change
	}
	return e.Metric.FormatDifference
}

// sizeText formats a change without its sign, such as the MDE or the margin.
func (e *Effect) sizeText(v float64) string {
	if e.isRelative() {
		return say.Percent(v)
	}
	return e.Metric.inUnit(v, say.Number)
}

// valueText formats one arm's value, which n requests gave.
func (e *Effect) valueText(v *Interval, n int64) string {
	switch {
	case v != nil:
		return e.Metric.Format(v.Estimate)
	case n > 0:
		return "–"
	}
	return "no " + strings.TrimSuffix(e.noun(), "s")
}

// pointSentence gives the values of both arms where there is no interval.
func (e *Effect) pointSentence() string {
	if e.Baseline == nil || e.Intervention == nil {
		return ""
	}
	a, b := e.sides()
	return fmt.Sprintf(" Observed: %s in the %s and %s in the %s.", e.Metric.Format(e.Baseline.Estimate), a, e.Metric.Format(e.Intervention.Estimate), b)
}

// Point returns a sentence with both values and no verdict, for views of a run in progress: looking again and again and
// stopping at the first effect would call noise one in a quarter of all runs.
func (e *Effect) Point() string {
	if e.Baseline == nil || e.Intervention == nil {
		return e.subject() + ": no " + e.noun() + " yet."
	}
	first, second := e.sides()
	s := fmt.Sprintf("%s %s in the %s, %s in the %s", e.subject(), e.Metric.Format(e.Baseline.Estimate), first, e.Metric.Format(e.Intervention.Estimate), second)
	a, b := e.Baseline.Estimate, e.Intervention.Estimate
	if ratio := b / a; !e.Metric.isShare() && ratio > 0 && !math.IsInf(ratio, 0) {
		s += " (" + say.Change(ratio-1) + ")"
	}
	if e.nominal > 0 {
		return s + "; the verdict comes at one of the planned looks."
	}
	return s + "; the verdict comes at the end."
}

// subject names the metric, and the operation where it is not all of them.
func (e *Effect) subject() string {
	s := e.Metric.Label()
	if e.Metric == Exceedance && e.Threshold > 0 {
		s = "share of " + e.noun() + " slower than " + say.Number(e.Threshold) + " ms"
	}
	return s + e.ofOperation() + e.scope
}

// ofOperation names the operation where it is not all of them.
func (e *Effect) ofOperation() string {
	if e.Op() == series.All {
		return ""
	}
	return " of " + e.Op().String()
}

// Exceeds returns a sentence on the exceedance: "5 % of the baseline's requests were slower than 212 ms; under the
// intervention 8.1 %." "" for another metric or without values.
func (e *Effect) Exceeds() string {
	if e.Metric != Exceedance || e.Threshold == 0 || e.Baseline == nil || e.Intervention == nil {
		return ""
	}
	return fmt.Sprintf("%s of the baseline's %s were slower than %s ms; under the intervention %s.",
		say.Share(e.Baseline.Estimate), e.noun(), say.Number(e.Threshold), say.Share(e.Intervention.Estimate))
}

// noFailureSentence bounds the failure shares where nothing failed in either arm; "" if something did.
func (e *Effect) noFailureSentence() string {
	a, b := e.Baseline, e.Intervention
	if e.Metric != Failures || a == nil || b == nil || a.Estimate != 0 || b.Estimate != 0 {
		return ""
	}
	bound := func(n int64) string { return say.Share(math.Ceil(1e4*min(1, 3/float64(max(1, n)))) / 1e4) }
	first, second := e.sides()
	return fmt.Sprintf("0 of %s %s%s failed in the %s and 0 of %s in the %s: less than %s and %s do (more, if failures come in clumps). No test is made.",
		say.Count(e.BaselineRequests), e.noun(), e.ofOperation(), first, say.Count(e.InterventionRequests), second,
		bound(e.BaselineRequests), bound(e.InterventionRequests))
}

// pValue formats a probability.
func pValue(p float64) string {
	if p < .001 {
		return "< 0.001"
	}
	return "= " + strconv.FormatFloat(p, 'g', 2, 64)
}
