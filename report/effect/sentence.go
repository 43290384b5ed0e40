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
const alternate = "Slow noise: this run is short compared with the server's own swings; alternate A and B."

// Sentence says what came out, in one or two sentences.
func (e *Effect) Sentence() string {
	s := e.verdictWords()
	if e.PValue > 0 {
		s += fmt.Sprintf(" %d pairs, randomisation p %s.", e.Pairs, pValue(e.PValue))
	}
	return s
}

// verdictWords is Sentence without the pairs.
func (e *Effect) verdictWords() string {
	switch e.Verdict {
	case NoneSeen:
		return e.noneSeen()
	case Equivalent:
		return fmt.Sprintf("Equivalent on %s within the margin of %s set before the run: %s.", e.what(), e.size(e.Margin), e.bounds())
	case NotEstimable:
		return fmt.Sprintf("Not estimable on %s: %s.", e.what(), e.Reason) + e.pointWords()
	case TooShort:
		return fmt.Sprintf("Too short to tell on %s: %s.", e.what(), e.Reason) + e.pointWords()
	case NotSettled:
		return fmt.Sprintf("No verdict on %s: %s.", e.what(), e.Reason) + e.pointWords()
	case "":
		return e.what() + ": not judged."
	}
	return say.Capital(string(e.Verdict)) + ": " + e.seen()
}

// seen words an effect: "p95 +18 % (95 % interval +9 % to +27 %), +34 ms (+17 to +52 ms)."
func (e *Effect) seen() string {
	var parts []string
	if e.onRatio() {
		parts = append(parts, e.interval(*e.Change(), say.Change, true))
	}
	// The difference of an infinite value says nothing that the ratio has not said.
	if first := len(parts) == 0; first || e.Metric.isTime() && !math.IsInf(e.Difference.Estimate, 0) {
		parts = append(parts, e.interval(*e.Difference, e.absolute(), first))
	}
	return e.what() + " " + strings.Join(parts, ", ") + "."
}

// noneSeen words that there is no detectable effect.
func (e *Effect) noneSeen() string {
	if s := e.noFailure(); s != "" {
		return s
	}
	s := fmt.Sprintf("No detectable effect on %s: %s.", e.what(), e.bounds())
	if e.MDE > 0 {
		s += fmt.Sprintf(" The smallest effect this run would have found 4 times in 5 is %s.", e.size(e.MDE))
	}
	return s
}

// bounds words the interval of the change: "between -5 % and +6 % (95 % interval)".
func (e *Effect) bounds() string {
	c, word := *e.Change(), e.absolute()
	if e.onRatio() {
		word = say.Change
	}
	switch {
	case math.IsInf(c.Low, -1) && math.IsInf(c.High, 1):
		return "the interval is without limits"
	case math.IsInf(c.High, 1):
		return fmt.Sprintf("at least %s (%s interval)", word(c.Low), say.Level(e.Level))
	case math.IsInf(c.Low, -1):
		return fmt.Sprintf("at most %s (%s interval)", word(c.High), say.Level(e.Level))
	}
	return fmt.Sprintf("between %s and %s (%s interval)", word(c.Low), word(c.High), say.Level(e.Level))
}

// interval words an estimate with its limits, named on the first one.
func (e *Effect) interval(v Interval, word func(float64) string, named bool) string {
	name := ""
	if named {
		name = say.Level(e.Level) + " interval "
	}
	switch {
	case math.IsInf(v.Estimate, 1) && math.IsInf(v.Low, 1):
		return "is now among the failures, beyond every success"
	case math.IsInf(v.Estimate, -1), v.Estimate == -1 && e.onRatio():
		return "was among the failures and is no more"
	case math.IsInf(v.Estimate, 1):
		return fmt.Sprintf("is now among the failures (%sat least %s)", name, word(v.Low))
	case math.IsInf(v.High, 1):
		return fmt.Sprintf("%s (%sat least %s)", word(v.Estimate), name, word(v.Low))
	case math.IsInf(v.Low, -1):
		return fmt.Sprintf("%s (%sat most %s)", word(v.Estimate), name, word(v.High))
	}
	return fmt.Sprintf("%s (%s%s to %s)", word(v.Estimate), name, word(v.Low), word(v.High))
}

// onRatio says whether the change is relative.
func (e *Effect) onRatio() bool { return e.Ratio != nil && !e.Metric.isShare() }

// absolute words a difference in the metric's unit.
func (e *Effect) absolute() func(float64) string {
	switch {
	case e.Metric.isShare():
		return func(v float64) string { return say.Signed(100*v) + " points" }
	case e.Metric.isRate():
		return func(v float64) string { return say.Signed(v) + "/s" }
	}
	return func(v float64) string { return say.Signed(v) + " ms" }
}

// size words a size without sign: of the MDE or the margin.
func (e *Effect) size(v float64) string {
	switch {
	case e.onRatio():
		return say.Percent(v)
	case e.Metric.isShare():
		return say.Number(100*v) + " points"
	case e.Metric.isRate():
		return say.Number(v) + "/s"
	}
	return say.Number(v) + " ms"
}

// seenIn words one arm's value out of n requests.
func (e *Effect) seenIn(v *Interval, n int64) string {
	if v == nil && n > 0 {
		return "–"
	}
	return e.value(v)
}

// value words one arm's value.
func (e *Effect) value(v *Interval) string {
	if v == nil {
		return "no request"
	}
	return e.Metric.Format(v.Estimate)
}

// pointWords gives the values of both arms where there is no interval.
func (e *Effect) pointWords() string {
	if e.Baseline == nil || e.Intervention == nil {
		return ""
	}
	a, b := sideNames(e.same)
	return fmt.Sprintf(" Seen were %s in the %s and %s in the %s.", e.value(e.Baseline), a, e.value(e.Intervention), b)
}

// Point words both values without a verdict, for views of a run that goes on: looking again and again and
// stopping at the first effect would call noise one in a quarter of all runs.
func (e *Effect) Point() string {
	if e.Baseline == nil || e.Intervention == nil {
		return e.what() + ": no requests yet."
	}
	first, second := sideNames(e.same)
	s := fmt.Sprintf("%s %s in the %s, %s in the %s", e.what(), e.value(e.Baseline), first, e.value(e.Intervention), second)
	a, b := e.Baseline.Estimate, e.Intervention.Estimate
	if ratio := b / a; !e.Metric.isShare() && ratio > 0 && !math.IsInf(ratio, 0) {
		s += " (" + say.Change(ratio-1) + ")"
	}
	return s + "; the verdict comes at the end."
}

// what names the metric, and the operation where it is not all of them.
func (e *Effect) what() string {
	s := e.Metric.Label()
	if e.Metric == Exceedance && e.Threshold > 0 {
		s = "share of requests slower than " + say.Number(e.Threshold) + " ms"
	}
	return s + e.where()
}

// where names the operation where it is not all of them.
func (e *Effect) where() string {
	if e.Op() == series.All {
		return ""
	}
	return " of " + e.Op().String()
}

// Exceeds words the exceedance: "5 % of the baseline's requests were slower than 212 ms; under the
// intervention 8.1 %." "" for another metric or without values.
func (e *Effect) Exceeds() string {
	if e.Metric != Exceedance || e.Threshold == 0 || e.Baseline == nil || e.Intervention == nil {
		return ""
	}
	return fmt.Sprintf("%s of the baseline's requests were slower than %s ms; under the intervention %s.",
		say.Share(e.Baseline.Estimate), say.Number(e.Threshold), say.Share(e.Intervention.Estimate))
}

// noFailure words a failure share of which nothing was seen in either arm; "" if something failed.
func (e *Effect) noFailure() string {
	a, b := e.Baseline, e.Intervention
	if e.Metric != Failures || a == nil || b == nil || a.Estimate != 0 || b.Estimate != 0 {
		return ""
	}
	bound := func(n int64) string { return say.Share(math.Ceil(1e4*min(1, 3/float64(max(1, n)))) / 1e4) }
	first, second := sideNames(e.same)
	return fmt.Sprintf("0 of %s requests%s failed in the %s and 0 of %s in the %s: less than %s and %s do (more, if failures come in clumps). No test is made.",
		say.Count(e.BaselineRequests), e.where(), first, say.Count(e.InterventionRequests), second,
		bound(e.BaselineRequests), bound(e.InterventionRequests))
}

// pValue words a probability.
func pValue(p float64) string {
	if p < .001 {
		return "< 0.001"
	}
	return "= " + strconv.FormatFloat(p, 'g', 2, 64)
}
