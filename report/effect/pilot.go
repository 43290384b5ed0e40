package effect

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Pilot is what a former run shows of the noise of a target, from which follows how long another must last. It supposes
// that the next run meets the same noise.
type Pilot struct {
	phases []string // of the former run that it comes from, all of one load
	usable float64  // how much of them counts, s
	users  int
	rate   float64 // of all requests, per second

	metric   Metric
	level    float64
	variance float64 // of the log of the metric, times the seconds that count
	factor   float64 // how many standard errors an effect must have to be found 4 times in 5
	slow     bool    // it is short compared with the swings of the server
}

// toFind is the effect whose finding says how long phases must last.
const toFind = .1

// NewPilot looks at the phases of a former run that have an interval on the primary metric of the options: at the longest
// one and all others of its load. The error says why no phase has one.
func NewPilot(run *report.Summary, o Options) (*Pilot, error) {
	o, err := o.fill()
	if err != nil {
		return nil, err
	}
	if o.Primary.isShare() {
		return nil, fmt.Errorf("a pilot is for a time or the throughput; the primary metric is the %s", o.Primary.Label())
	}
	o.Metrics, o.Margin = []Metric{}, 0
	var all []*Pilot
	why := "it has no phase"
	for i := range run.Phases {
		if one, reason := pilotOf(Phase{run, run.Phases[i].Name}, o); one != nil {
			all = append(all, one)
		} else {
			why = reason
		}
	}
	if all == nil {
		return nil, fmt.Errorf("no phase of the pilot can be used: %s", why)
	}
	return pooled(all), nil
}

// pooled is what the longest phase and all others of its load show together.
func pooled(all []*Pilot) *Pilot {
	longest := slices.MaxFunc(all, func(a, b *Pilot) int { return cmp.Compare(a.usable, b.usable) })
	out := *longest
	out.phases, out.usable, out.rate, out.variance, out.factor = nil, 0, 0, 0, 0
	for _, p := range all {
		if p.users == longest.users {
			out.phases, out.usable, out.slow = append(out.phases, p.phases...), out.usable+p.usable, out.slow || p.slow
			out.rate, out.variance, out.factor = out.rate+p.usable*p.rate, out.variance+p.usable*p.variance, out.factor+p.usable*p.factor
		}
	}
	out.rate, out.variance, out.factor = out.rate/out.usable, out.variance/out.usable, out.factor/out.usable
	return &out
}

// pilotOf looks at one phase; nil and why it cannot be used.
func pilotOf(p Phase, o Options) (*Pilot, string) {
	plain := *p.Run
	plain.Looks = nil
	p.Run = &plain
	r, err := Between(p, p, o)
	if err != nil {
		return nil, err.Error()
	}
	e, used := r.Primary(), r.Phases[0]
	if !e.Verdict.Known() || e.Ratio == nil || e.MDE <= 0 {
		return nil, strings.TrimSuffix(e.Reason, ".")
	}
	x := &Pilot{
		phases: []string{p.Name}, usable: used.UsableS, users: r.Baseline.Users, rate: r.Baseline.Rate,
		metric: e.Metric, level: e.Level, factor: e.detectable(), slow: e.SlowNoise,
	}
	se := math.Log1p(e.MDE) / x.factor // of the difference of two phases like this one
	x.variance = se * se / 2 * x.usable
	return x, ""
}

// Sentences say what a plan finds, and how long it must last to find a tenth 4 times in 5.
func (p *Pilot) Sentences(plan []report.PhaseInfo) []string {
	w := p.weights(plan)
	if w == nil {
		return []string{"This plan has no baseline and intervention, so there is no effect to find."}
	}
	load := say.Number(p.rate) + "/s"
	if p.users > 0 {
		load = say.Plural(p.users, "user") + ", " + load
	}
	by := fmt.Sprintf("By the pilot (%s: %s, %s s that count)", phaseList(p.phases), load, say.Number(p.usable))
	out := []string{by + " this plan finds no effect, since a phase has no time that counts."}
	if size := p.finds(plan, w); size > 0 {
		out[0] = fmt.Sprintf("%s this plan finds a change of %s in %s 4 times in 5.", by, say.Percent(size), p.metric.Label())
	}
	need := p.needs(plan, w)
	counts := slices.Max(need)
	if enough := Enough(plan, need); enough != "" {
		out = append(out, fmt.Sprintf("To find %s it takes %s that count in each phase: %s.", say.Percent(toFind), say.Span(counts), enough))
	} else {
		out = append(out, fmt.Sprintf("To find %s, %s that count in each phase would do.", say.Percent(toFind), say.Span(counts)))
	}
	return append(out, p.doubts(plan, w)...)
}

// doubts say how well the noise is known, and why the next run may meet another.
func (p *Pilot) doubts(plan []report.PhaseInfo, w []float64) []string {
	out := []string{"So much of a pilot shows the noise only roughly: two thirds of that time may do, or it may take half as long again."}
	if len(p.phases) == 1 { // chi squared with 8 degrees of freedom
		out[0] = "One phase shows the noise only roughly: half of that time may do, or it may take twice as long."
	}
	if p.slow {
		out = append(out, "The pilot is short compared with the server's own swings (slow noise): it may take longer.")
	}
	for i, x := range plan {
		if w[i] != 0 && p.users > 0 && x.Users > 0 && apart(float64(p.users), float64(x.Users)) {
			return append(out, fmt.Sprintf("The pilot had %s and phase %s of this plan has %s: its noise may be another.", say.Plural(p.users, "user"), x.Name, say.Count(x.Users)))
		}
	}
	return out
}

// weights are those of the phases in the intervention's effect; nil for a plan that has none.
func (p *Pilot) weights(plan []report.PhaseInfo) []float64 {
	arms := map[string]float64{}
	arm := func(i int) string {
		switch x := plan[i]; {
		case x.Arm != "":
			return x.Arm
		case x.Name == "baseline":
			return "A"
		case x.Name == "intervention":
			return "B"
		}
		return ""
	}
	for i := range plan {
		arms[arm(i)]++
	}
	if arms["A"] == 0 || arms["B"] == 0 {
		return nil
	}
	out := make([]float64, len(plan))
	for i := range plan {
		if of := arm(i); of != "" {
			out[i] = 1 / arms[of]
		}
	}
	return out
}

// pairsIn returns the number of pairs of a plan; 0 for another design.
func pairsIn(plan []report.PhaseInfo) (n int) {
	for _, x := range plan {
		if x.Load != "" {
			return 0
		}
		if x.Arm == "B" {
			n++
		}
	}
	if n < 2 {
		return 0
	}
	return n
}

// reach is how many standard errors an effect must have to be found 4 times in 5.
func (p *Pilot) reach(plan []report.PhaseInfo) float64 {
	if n := float64(pairsIn(plan) - 1); n > 0 {
		return stats.StudentQuantile((1+p.level)/2, n) + stats.StudentQuantile(.8, n)
	}
	return p.factor
}

// finds is the relative effect that the plan finds 4 times in 5; 0 where a phase has no time that counts.
func (p *Pilot) finds(plan []report.PhaseInfo, w []float64) float64 {
	sum := 0.0
	for i := range plan {
		if has, _ := shortfall(plan[i], 0); w[i] != 0 {
			sum += p.variance * w[i] * w[i] / has.Seconds()
		}
	}
	return finiteOr0(math.Expm1(p.reach(plan) * math.Sqrt(sum)))
}

// needs is what must count of each phase to find toFind, in whole seconds: as much of each.
func (p *Pilot) needs(plan []report.PhaseInfo, w []float64) []time.Duration {
	sum := 0.0
	for _, x := range w {
		sum += x * x
	}
	reach := p.reach(plan) / math.Log1p(toFind)
	seconds, least := reach*reach*p.variance*sum, float64(series.LeastSeconds)
	if pairsIn(plan) > 0 {
		least = leastPairSecond
	}
	if q, ok := p.metric.Quantile(); ok && p.rate > 0 {
		least = max(least, series.FewEvents/min(q, 1-q)/p.rate)
	}
	out := make([]time.Duration, len(plan))
	for i := range out {
		if w[i] != 0 {
			out[i] = time.Duration(math.Ceil(min(max(seconds, least), mostSeconds))) * time.Second
		}
	}
	return out
}

// mostSeconds bounds what a pilot asks for: ten days.
const mostSeconds = 864e3
