package effect

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Differences between arms and shares of requests that are worth a warning.
const (
	mixPoints    = .01  // of the share of an operation
	missedShare  = .005 // of planned starts that were missed or dropped
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
			out = append(out, fmt.Sprintf("%s slow %s of phase %s are missing, because they were not done before its end; %s is a lower bound there.",
				say.Count(n), e.noun(), x.Phase, e.Metric.Label()))
		}
	}
	return out
}

// warnings are the sentences to read before the effect, each once, in the order of their harm: no effect at all, phases that
// differ in more than the intervention, a generator that has a part in it, a number that is less sure than others.
func (c *comparison) warnings(r *Report) []string {
	out := []string{}
	add := func(said ...string) {
		for _, s := range said {
			if s != "" && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	if c.stopped != "" && !r.Effects[0].Verdict.isWithheld() { // else the verdict says it
		add(say.Capital(c.why) + "; the steady-state effect is withheld.")
	}
	if c.mixed() && c.mix(c.o.Op).weighed.Strata == 0 {
		add("The arms mix kinds of users differently: compare kind by kind.")
	}
	add(c.planWarnings()...)
	confounded := r.Effects[0].Verdict == Confounded // the verdict says how
	add(loadWarnings(&r.Baseline, &r.Intervention, confounded)...)
	add(c.mix(series.All).warnings()...)
	if e := c.loadEffect(r); e != nil && e.Verdict.Changed() && !confounded {
		add("The arms had different load: " + e.changeSentence())
	}
	add(c.lossWarnings(r.Design)...)
	add(lagWarnings(r)...)
	for _, s := range c.phases {
		add(startWarnings(s)...)
	}
	if r.Design == Pairs {
		add(c.orderWarning())
	}
	add(c.gap())
	if r.Effects[0].SlowNoise {
		add(alternate)
	}
	if s := r.Usable(); s >= series.LeastSeconds && s < exploratory && r.Design != Pairs {
		add(fmt.Sprintf("Exploratory: only %s s of a phase count; below %s s intervals are wide.", say.Count(s), say.Number(exploratory)))
	}
	return out
}

// inGap is how many times as long the quantile is a fifth of its tail further out as a fifth further in, where it lies between two
// humps; between 1.1 and 1.5 is usual. It is a judgement.
const inGap = 2

// gap warns that the primary quantile lies where hardly any request does, so that a small shift of their shares moves it
// far; "": it does not.
func (c *comparison) gap() string {
	p, ok := c.o.Primary.Quantile()
	if !ok {
		return ""
	}
	for _, s := range c.phases {
		x, d := s.Window(c.o.Op), min(p, 1-p)/5
		if x.Requests*d < series.FewEvents/5 {
			continue
		}
		low, high := x.Quantile(p-d).MS(), x.Quantile(p+d).MS()
		if high > inGap*low && !math.IsInf(high, 1) && low > 0 {
			return fmt.Sprintf("In phase %s %s lies in a gap: %s of the requests took up to %s ms and %s up to %s ms. A small shift between the two moves it far: choose another primary metric, such as exceedance or mean.",
				s.Name, c.o.Primary.Label(), say.Share(p-d), say.Number(low), say.Share(p+d), say.Number(high))
		}
	}
	return ""
}

// mixed reports whether some phases differ in the shares of their kinds of users. What all of them together show
// may then be the mix alone (Simpson's paradox).
func (c *comparison) mixed() bool {
	for _, p := range c.phases[1:] {
		if !slices.EqualFunc(p.Summary.Kinds, c.phases[0].Summary.Kinds, func(a, b report.KindInfo) bool {
			return a.Name == b.Name && math.Abs(a.Share-b.Share) < 1e-9 && a.Count == b.Count
		}) {
			return true
		}
	}
	return false
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

// loadWarnings say where the planned load of the arms differs; of users and model only where the verdict does not.
func loadWarnings(a, b *Arm, confounded bool) (out []string) {
	differ := func(what, a, b string) {
		if a != b {
			out = append(out, fmt.Sprintf("The arms differ in %s: %s against %s.", what, cmp.Or(a, "none"), cmp.Or(b, "none")))
		}
	}
	if !confounded {
		differ("model", a.Model, b.Model)
		differ("users", say.Count(a.Users), say.Count(b.Users))
	}
	differ("pace", a.Pace, b.Pace)
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
	if !a.IsFinite() || !b.IsFinite() || !e.Metric.isTime() || !e.Seen().Changed() {
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
	if n := c.Missed + c.Dropped; c.Planned > 0 && float64(n) > missedShare*float64(c.Planned) {
		return []string{fmt.Sprintf("In phase %s %s of %s planned starts were missed or dropped.", s.Name, say.Count(n), say.Count(c.Planned))}
	}
	return nil
}
