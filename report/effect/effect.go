package effect

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Effect is what the intervention did to one metric of one operation.
type Effect struct {
	Kind    string  `json:"kind,omitempty"` // of the users; "" in a run of one kind, and where it is of all kinds
	Method  string  `json:"method"`         // of the operation
	Name    string  `json:"name"`
	Metric  Metric  `json:"metric"`
	Primary bool    `json:"primary"`
	Level   float64 `json:"level"` // confidence of the intervals, .95 or .99

	// Requests that count, in all phases of an arm.
	BaselineRequests     int64 `json:"baseline_requests"`
	InterventionRequests int64 `json:"intervention_requests"`
	// BaselineFailures and InterventionFailures are how many of them failed.
	BaselineFailures     int64 `json:"baseline_failures"`
	InterventionFailures int64 `json:"intervention_failures"`

	// Values of the two arms: ms, share 0..1 or requests per second; a quantile
	// among the failures is +Inf. Nil: nothing was seen.
	Baseline     *Interval `json:"baseline"`
	Intervention *Interval `json:"intervention"`
	// Strata is how many operations are weighted, so that each has the same share of the requests in all phases, that in
	// all together; 0: none, and the figures are of the requests as they came. Raw is the effect on the requests as
	// they came, where those shares are not the same in both arms; nil: they are, or nothing was weighted.
	Strata int     `json:"strata,omitempty"`
	Raw    *Effect `json:"raw,omitempty"`
	// Ratio is intervention / baseline (1: no change), Difference intervention - baseline. Nil: none
	// is known. The verdict is about the ratio, for shares about the difference.
	Ratio      *Interval `json:"ratio"`
	Difference *Interval `json:"difference"`

	Verdict Verdict `json:"verdict"`
	// Confounded says how the loads of the arms differ, where the verdict is that.
	Confounded string `json:"confounded,omitempty"`
	// Reason says why the verdict has no interval.
	Reason string `json:"reason,omitempty"`
	// MDE is the smallest effect that the run would have found 4 times in 5: relative to the
	// baseline, or in points of a share; 0: unknown.
	MDE float64 `json:"mde,omitempty"`
	// Threshold is the response time that an exceedance counts against, ms.
	Threshold float64 `json:"threshold_ms,omitempty"`
	// Margin is that of the Options, for the primary effect.
	Margin float64 `json:"margin,omitempty"`

	// SlowNoise: the run is short compared with the server's own swings. Noise is the guard's F and
	// Cosines the number of cosines it led to; 0 for pairs, which need neither. Degrees are the degrees of freedom of
	// Student's t; of pairs one fewer than there are.
	SlowNoise bool    `json:"slow_noise,omitempty"`
	Noise     float64 `json:"noise,omitempty"`
	Cosines   int     `json:"cosines,omitempty"`
	Degrees   float64 `json:"degrees_of_freedom,omitempty"`
	// Pairs were analysed and PValue is that of the exact randomisation test; 0: another design.
	Pairs  int     `json:"pairs,omitempty"`
	PValue float64 `json:"p_value,omitempty"`
	// Notes are sentences to read with the figures.
	Notes []string `json:"notes,omitempty"`

	nominal float64 // confidence of a single interval as wide as this one, of a run that was looked at several times; 0: of another

	same  bool // the design is A-A
	twice bool // a phase is compared with itself
	spans bool // it is about a transaction

	isFurther bool // its sentence stands after that of the verdict

	factor factor    // in a factorial design: what it is the effect of
	loads  [2]string // and the loads in words
	label  string    // what a sentence on it begins with; "": the verdict
	scope  string    // what follows the metric in a sentence: " over both loads"
}

// noun is what it counts.
func (e *Effect) noun() string {
	if e.spans {
		return "transactions"
	}
	return "requests"
}

// Op returns the operation.
func (e *Effect) Op() report.Op { return report.Op{Kind: e.Kind, Method: e.Method, Name: e.Name} }

// Change returns the interval that the verdict is about, with 0 for no change: the ratio - 1, or the
// difference for shares and where there is no ratio; nil if there is neither.
func (e *Effect) Change() *Interval {
	if e.Ratio == nil || e.Metric.isShare() {
		return e.Difference
	}
	return &Interval{e.Ratio.Estimate - 1, e.Ratio.Low - 1, e.Ratio.High - 1}
}

// withhold sets a verdict without an interval.
func (e *Effect) withhold(v Verdict, why string) {
	e.Verdict, e.Reason = v, why
	e.MDE, e.Ratio, e.Difference = 0, nil, nil
}

// weighted is one phase of a contrast with its weight: -1 and 1, or -1/2, 1 and -1/2.
type weighted struct {
	*series.Window
	weight float64
	base   bool // its quantile is the one that an exceedance counts against
	group  int  // phases of one share the variance of their ranks
}

// effectOf judges one metric of one operation over the phases of a design.
func effectOf(phases []weighted, e Effect, threshold series.Point) Effect {
	for _, p := range phases {
		e.countRequests(p)
	}
	if e.Verdict, e.Reason = nothingToJudge(phases, e.Metric); e.Verdict != "" {
		return e
	}
	if e.Metric == Exceedance {
		e.Threshold = finiteOr0(threshold.MS())
		if threshold.AmongFailures() {
			e.withhold(NotEstimable, "the baseline's own quantile lies among its failures, so nothing can be slower")
			return e
		}
	}
	estimates := make([]*series.Estimate, len(phases))
	open := make([]stats.Term, len(phases)) // values without limits
	for i, p := range phases {
		estimates[i] = e.Metric.estimate(p.Window, threshold)
		open[i] = stats.Term{Weight: p.weight, Value: estimates[i].Value, Low: math.Inf(-1), High: math.Inf(1)}
	}
	e.Baseline, e.Intervention = sideIntervals(open)
	if why := shortPhases(phases); why != "" {
		e.withhold(TooShort, why)
		return e
	}
	e.measure(phases, estimates)
	return e
}

// nothingToJudge says that a phase has nothing to judge; "": all have.
func nothingToJudge(phases []weighted, m Metric) (v Verdict, why string) {
	alive := false
	for _, p := range phases {
		switch {
		case p.Len() == 0:
			return TooShort, shortPhases(phases)
		case p.Requests == 0 && !m.isRate():
			return NotEstimable, p.NoRequest()
		case !p.AllFailed():
			alive = true
		}
	}
	if m == Throughput && !alive {
		return NotEstimable, "no request succeeded in any of the phases"
	}
	return "", ""
}

// countRequests adds the requests of a phase.
func (e *Effect) countRequests(p weighted) {
	if p.weight < 0 {
		e.BaselineRequests += int64(p.Requests)
		e.BaselineFailures += int64(p.Failures)
	} else {
		e.InterventionRequests += int64(p.Requests)
		e.InterventionFailures += int64(p.Failures)
	}
}

// shortPhases says which phases are too short; "": none.
func shortPhases(phases []weighted) string {
	var names []string
	left, known := 0.0, true // out of a phase
	for _, p := range phases {
		if p.IsShort() {
			names = append(names, fmt.Sprintf("phase %s has %s", p.Phase, say.Count(p.Seconds())))
			left, known = max(left, p.Left.Settling+p.Left.Edge), known && p.Len() > 0
		}
	}
	if names == nil {
		return ""
	}
	names[0] += " usable seconds"
	why := fmt.Sprintf("%s; an effect needs %s s and %d intervals in each phase", enumerate(names), say.Number(series.LeastSeconds), series.LeastIntervals)
	if left = math.Ceil(left); known && left > 0 {
		why += fmt.Sprintf(": phases of %s s, since %s s of one do not count", say.Count(series.LeastSeconds+left), say.Count(left))
	}
	return why
}

// measure fills in intervals and verdict.
func (e *Effect) measure(phases []weighted, estimates []*series.Estimate) {
	terms, why := e.terms(phases, estimates)
	if why != "" {
		e.withhold(NotEstimable, why)
		return
	}
	e.Baseline, e.Intervention = sideIntervals(terms)
	e.contrast(terms)
	if e.Metric == Mean && e.Verdict.Known() {
		e.checkSurvivors(phases, terms)
	}
}

// terms returns the values of the phases with their limits, and notes what noise they are of. why names a phase
// that can have none.
func (e *Effect) terms(phases []weighted, estimates []*series.Estimate) (terms []stats.Term, why string) {
	powers := make([]*stats.Powers, len(estimates))
	for i, s := range estimates {
		powers[i] = &s.Powers
	}
	noise := stats.Guard(powers...)
	e.Noise, e.Cosines, e.SlowNoise = noise.F, noise.Cosines, noise.Slow
	se, degrees := standardErrors(phases, estimates, noise.Cosines)
	if !noise.Calm || e.twice {
		degrees = float64(noise.Cosines)
	}
	e.Degrees = degrees
	for i := range se {
		se[i] *= stats.TwoSided(e.confidence(), degrees)
	}
	return limitTerms(phases, estimates, se, e.confidence())
}

// standardErrors are those of the phases, each group for itself, with the degrees of freedom of their sum.
func standardErrors(phases []weighted, estimates []*series.Estimate, cosines int) (out []float64, degrees float64) {
	out = make([]float64, len(phases))
	var parts []stats.Part
	most := 0
	for _, p := range phases {
		most = max(most, p.group)
	}
	for g := range most + 1 {
		var own []*series.Estimate
		var at []int
		for i, p := range phases {
			if p.group == g {
				own, at = append(own, estimates[i]), append(at, i)
			}
		}
		se, shared := series.StandardErrors(own, cosines)
		whole := stats.Part{Degrees: float64(cosines * len(own))}
		for i, v := range se {
			out[at[i]] = v
			v *= phases[at[i]].weight
			whole.Variance += v * v
			if !shared {
				parts = append(parts, stats.Part{Variance: v * v, Degrees: float64(cosines)})
			}
		}
		if shared {
			parts = append(parts, whole)
		}
	}
	return out, stats.Degrees(parts)
}

// limitTerms returns the phases' values with their limits, half to each side. why names the noisiest phase that can
// have none.
func limitTerms(phases []weighted, estimates []*series.Estimate, half []float64, level float64) (terms []stats.Term, why string) {
	worst := -1
	for i, s := range estimates {
		low, high, spoilt := s.Limits(half[i], level)
		terms = append(terms, stats.Term{Weight: phases[i].weight, Value: s.Value, Low: low, High: high})
		if spoilt != "" && (worst < 0 || s.Variance(stats.FewCosines) > estimates[worst].Variance(stats.FewCosines)) {
			worst, why = i, spoilt
		}
	}
	return terms, why
}

// sideIntervals returns the values of both sides with their limits.
func sideIntervals(terms []stats.Term) (baseline, intervention *Interval) {
	var a, b []stats.Term
	for _, t := range terms {
		if t.Weight < 0 {
			t.Weight = -t.Weight
			a = append(a, t)
		} else {
			b = append(b, t)
		}
	}
	return new(Interval(stats.Combine(a))), new(Interval(stats.Combine(b)))
}

// noRatio is the time below which a ratio says nothing: clocks and buckets do not resolve it, ms.
const noRatio = 1e-5

// contrast fills in ratio, difference, verdict and MDE from the phases' intervals.
func (e *Effect) contrast(terms []stats.Term) {
	difference := stats.Combine(terms)
	if math.IsNaN(difference.Estimate) {
		e.withhold(NotEstimable, e.Metric.Label()+" lies among the failures in both arms")
		return
	}
	e.Difference = new(Interval(difference))
	if hasRatio(e.Metric, terms) {
		e.Ratio = new(Interval(stats.Combine(stats.LogTerms(terms)).Exp()))
	}
	if math.IsInf(difference.Estimate, 0) && !(difference.Low > 0 || difference.High < 0) {
		e.withhold(NotEstimable, e.Metric.Label()+" lies among the failures in one arm, and not surely so")
		return
	}
	e.Verdict = decide(e.Metric, *e.Change(), e.Margin)
	e.MDE = smallestDetectable(e, terms)
}

// hasRatio reports whether the values have a ratio.
func hasRatio(m Metric, terms []stats.Term) bool {
	return !slices.ContainsFunc(terms, func(t stats.Term) bool { return t.Value <= 0 || m.isTime() && t.Value < noRatio })
}

// smallestDetectable returns the effect that a run like this one finds 4 times in 5, on the log of the ratio or the difference:
//
//	(t_{(1+level)/2} + t_{.80}) se
//
// The first t is what an interval takes to exclude no change, the mean of that with 4 and with 8 cosines, since
// another run may need either; the second has 2 nu degrees of freedom. (With 2 nu in both
// places runs of 60 s found effects of that size in little more than half of the cases.) 0 where the
// standard error is not known.
func smallestDetectable(e *Effect, terms []stats.Term) float64 {
	onLogs := e.Ratio != nil && !e.Metric.isShare()
	if onLogs {
		terms = stats.LogTerms(terms)
	}
	size := e.detectable() * stats.StandardError(terms, stats.TwoSided(e.confidence(), e.Degrees))
	if onLogs {
		size = math.Expm1(size)
	}
	return finiteOr0(size)
}

// detectable is how many standard errors an effect must have to be found 4 times in 5.
func (e *Effect) detectable() float64 {
	few, more := stats.TwoSided(e.confidence(), stats.FewCosines), stats.TwoSided(e.confidence(), stats.MoreCosines)
	return (few+more)/2 + stats.StudentQuantile(.8, float64(2*e.Cosines))
}

// confidence is that of a single interval as wide as this one: Level, where the run was judged once.
func (e *Effect) confidence() float64 { return cmp.Or(e.nominal, e.Level) }

// finiteOr0 returns 0 for what is not finite.
func finiteOr0(v float64) float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	return v
}
