package effect

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Differences between arms and shares of requests that are worth a warning.
const (
	mixPoints    = .02  // of the share of an operation
	lostShare    = .005 // of planned starts that were not made
	lagPerMillis = 1.0  // lag p99 that differs by less is not compared, ms
	lagPart      = .25  // of the effect, that the lag p99 differs by
	exploratory  = 120. // s; shorter phases are called so
)

// tailNotes say what of a phase's tail is missing in an effect.
func tailNotes(phases []weighted, e *Effect) (out []string) {
	p, ok := e.Metric.Quantile()
	if !ok {
		return nil
	}
	for _, x := range phases {
		if n := float64(x.Left.Missing); n > (1-p)/10*x.Requests {
			out = append(out, fmt.Sprintf("%s slow requests of phase %s are missing, because they were not done before its end; %s is a lower bound there.",
				say.Count(n), x.Phase, e.Metric.Label()))
		}
	}
	return out
}

// warnings are the sentences to read before the effect.
func (c *comparison) warnings(r *Report) []string {
	out := []string{}
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if c.stopped != "" && r.Effects[0].Verdict != NotSettled { // else the verdict says it
		add("%s; the steady-state effect is withheld.", say.Capital(c.stopped))
	}
	if r.Effects[0].SlowNoise {
		add("%s", alternate)
	}
	if s := r.Usable(); s >= series.LeastSeconds && s < exploratory && r.Design != Pairs {
		add("Exploratory: only %s s of a phase count; below %s s intervals are wide.", say.Count(s), say.Number(exploratory))
	}
	out = append(out, c.planWarnings()...)
	out = append(out, loadWarnings(&r.Baseline, &r.Intervention)...)
	if e := c.loadEffect(r); e != nil && e.Verdict.Changed() {
		add("The arms had different load: %s", e.changeSentence())
	}
	out = append(out, lagWarnings(r)...)
	for _, s := range c.phases {
		out = append(out, startWarnings(s)...)
	}
	return out
}

// loadEffect compares the rates of all requests; nil where the throughput is not looked at either.
func (c *comparison) loadEffect(r *Report) *Effect {
	if r.Find(series.All, Throughput) == nil {
		return nil
	}
	judge := c.judge
	if r.Design == Pairs {
		judge = c.judgePairs
	}
	return new(judge(c.newEffect(series.All, load)))
}

// planWarnings say what differs between the runs that the phases come from.
func (c *comparison) planWarnings() (out []string) {
	first := c.phases[0].Run
	for _, s := range c.phases[1:] {
		if s.Run == first {
			continue
		}
		if diff := first.PlanDiff(s.Run); diff != nil {
			return []string{"The runs have different plans, and what differs is included in the effect: " + strings.Join(diff, "; ") + "."}
		}
	}
	return nil
}

// loadWarnings say where the planned load of the arms differs.
func loadWarnings(a, b *Arm) (out []string) {
	differ := func(what, a, b string) {
		if a != b {
			out = append(out, fmt.Sprintf("The arms differ in %s: %s against %s.", what, cmp.Or(a, "none"), cmp.Or(b, "none")))
		}
	}
	differ("model", a.Model, b.Model)
	differ("users", say.Count(a.Users), say.Count(b.Users))
	differ("pace", a.Pace, b.Pace)
	worst, gap := "", 0.0
	for _, name := range slices.Sorted(maps.Keys(a.Mix)) {
		if d := math.Abs(a.Mix[name] - b.Mix[name]); d > gap {
			worst, gap = name, d
		}
	}
	if gap > mixPoints {
		out = append(out, fmt.Sprintf("The arms differ in mix: %s is %s of the requests against %s.", worst, say.Share(a.Mix[worst]), say.Share(b.Mix[worst])))
	}
	return out
}

// phaseNames lists the phases of the arm in a warning; of many phases it is the worst one that counts.
func (a *Arm) phaseNames() string {
	one := slices.Compact(slices.Clone(a.Phases))
	if len(one) < len(a.Phases) {
		return series.Quoted(one) + " of some of the runs"
	}
	if len(a.Phases) > 3 {
		return fmt.Sprintf("some of the phases %q to %q", a.Phases[0], a.Phases[len(a.Phases)-1])
	}
	return series.Quoted(a.Phases)
}

// lagWarnings say where the generator's own lag may explain the effect.
func lagWarnings(r *Report) (out []string) {
	late := func(lag report.Grade, arms ...string) {
		if lag == report.Doubtful || lag == report.NotMeasured {
			out = append(out, fmt.Sprintf("The generator was late in %s: %s is %s there.", strings.Join(arms, " and "), r.Effects[0].Metric.Label(), lag))
		}
	}
	if first, second := &r.Baseline, &r.Intervention; first.Lag == second.Lag {
		late(first.Lag, first.phaseNames(), second.phaseNames())
	} else {
		late(first.Lag, first.phaseNames())
		late(second.Lag, second.phaseNames())
	}
	a, b, e := r.Baseline.LagP99MS, r.Intervention.LagP99MS, &r.Effects[0]
	if !a.IsFinite() || !b.IsFinite() || !e.Metric.isTime() || !e.Verdict.Changed() {
		return out
	}
	gap, d := math.Abs(float64(b-a)), math.Abs(e.Difference.Estimate)
	switch {
	case gap <= lagPerMillis:
	case gap > d:
		out = append(out, fmt.Sprintf("The generator's lag p99 differs by %s ms between the arms, more than the effect of %s ms: the generator changed, not only the target.",
			say.Number(gap), say.Number(d)))
	case gap > lagPart*d:
		out = append(out, fmt.Sprintf("The generator's lag p99 differs by %s ms between the arms: part of the effect of %s ms may be the generator's own.", say.Number(gap), say.Number(d)))
	}
	return out
}

// startWarnings say that a phase did not start what its plan called for.
func startWarnings(s *series.Phase) []string {
	c := s.Summary.Counters
	if n := c.Missed + c.Dropped; c.Planned > 0 && float64(n) > lostShare*float64(c.Planned) {
		return []string{fmt.Sprintf("In phase %s %s of %s planned starts were missed or dropped.", s.Name, say.Count(n), say.Count(c.Planned))}
	}
	return nil
}
