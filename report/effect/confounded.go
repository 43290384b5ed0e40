package effect

import (
	"fmt"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// sameLoad is how far apart the planned loads of two arms may lie, as a factor: past it no effect is that of the
// intervention alone. It is a judgement.
const sameLoad = 1.1

// partThem is the advice where arms had different load.
const partThem = "To separate load and intervention, give both arms the same load, or run each load without the intervention and with it: " +
	"--design load-x-intervention, in Go phase.Factorial."

// confounded says how the planned loads of the phases differ that are compared with each other: all of them, in pairs
// the two of each pair, in a factorial design those of one load. "": they do not.
func (c *comparison) confounded() string {
	for i := 1; i < len(c.phases); i++ {
		other := 0
		if c.design == Pairs {
			other = i / 2 * 2
		}
		if c.groups != nil {
			other = slices.Index(c.groups, c.groups[i])
		}
		if now, before := LoadsApart(planOf(c.phases[i]), planOf(c.phases[other])); now != "" {
			return fmt.Sprintf("%s in the %s against %s in the %s", now, c.side(i), before, c.side(other))
		}
	}
	return ""
}

// side names the arm of phase i.
func (c *comparison) side(i int) string {
	first, second := sideNames(c.same)
	switch {
	case c.weights[i] > 0:
		return second
	case c.design == ABA && i > 0:
		return "second " + first
	}
	return first
}

// planOf is what the plan said of the load of a phase.
func planOf(p *series.Phase) report.PhaseInfo {
	return report.PhaseInfo{Model: p.Summary.Model, Users: p.Summary.Users, Predicted: p.Summary.Predicted}
}

// LoadsApart returns the planned loads of two phases if they differ by more than 10 %, so that a verdict on them is
// [Confounded]; "", "" if they do not. What
// was measured says nothing about it: a target that became slower gets less load from users who wait for its answers.
func LoadsApart(x, y report.PhaseInfo) (of, other string) {
	switch {
	case x.Model != y.Model && x.Model != "" && y.Model != "":
		return x.Model + " load", y.Model + " load"
	case x.Model != "open" && x.Users > 0 && y.Users > 0 && apart(float64(x.Users), float64(y.Users)):
		return say.Plural(x.Users, "user"), say.Count(y.Users)
	case x.Predicted == nil || y.Predicted == nil:
		return "", ""
	case x.Predicted.Unlimited != y.Predicted.Unlimited, apart(x.Predicted.Rate, y.Predicted.Rate):
		return plannedRate(x.Predicted), plannedRate(y.Predicted)
	}
	return "", ""
}

// plannedRate is a predicted load in words.
func plannedRate(l *report.Load) string {
	if l.Unlimited {
		return "users " + report.AsTheTargetAnswers
	}
	return "a planned " + say.Setting(l.Rate) + "/s"
}

// apart reports whether two loads differ by more than sameLoad.
func apart(a, b float64) bool { return max(a, b) > sameLoad*min(a, b) }

// confound says that an effect is that of different loads too.
func (e *Effect) confound(how string) {
	if e.Verdict.Known() {
		e.Verdict, e.Confounded = Confounded, how
	}
	if e.Raw != nil {
		e.Raw.confound(how)
	}
}

// Seen returns the verdict on what was seen, whatever made it: of Confounded arms that on intervention and load
// together, of all others their own.
func (e *Effect) Seen() Verdict {
	if e.Verdict != Confounded {
		return e.Verdict
	}
	return decide(e.Metric, *e.Change(), 0)
}

// confoundedSentence is that of arms with different load. Only the primary metric says how they differ.
func (e *Effect) confoundedSentence() string {
	if s := e.noFailureSentence(); s != "" {
		return s
	}
	how, word, size := "under intervention and load together", "no difference seen", e.subject()+" "+e.boundsText()+"."
	if e.same {
		how = "under another load"
	}
	if e.Primary {
		how += ", with " + e.Confounded
	}
	if seen := e.Seen(); seen.Changed() {
		word, size = seenWord(e.Metric, seen), e.changeSentence()
	}
	return fmt.Sprintf("Confounded: %s %s: %s", word, how, size)
}

// seenWord says what a change of a metric is.
func seenWord(m Metric, v Verdict) string {
	switch {
	case m == Failures && v == Worse:
		return "more failures"
	case m == Failures:
		return "fewer failures"
	case v == Worse:
		return "slower"
	case v == Better:
		return "faster"
	}
	return string(v)
}
