package effect

import (
	"math"

	"github.com/gensim/load-generator/report"
)

// Effect is what the intervention did to one metric of one operation.
type Effect struct {
	Method  string  `json:"method"` // of the operation
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
	// Ratio is intervention / baseline (1: no change), Difference intervention - baseline. Nil: none
	// can be given. The verdict is about the ratio, for shares about the difference.
	Ratio      *Interval `json:"ratio"`
	Difference *Interval `json:"difference"`

	Verdict Verdict `json:"verdict"`
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
	// Cosines the number of cosines it led to; 0 for pairs, which need neither.
	SlowNoise bool    `json:"slow_noise,omitempty"`
	Noise     float64 `json:"noise,omitempty"`
	Cosines   int     `json:"cosines,omitempty"`
	// Pairs were analysed and PValue is that of the exact randomisation test; 0: another design.
	Pairs  int     `json:"pairs,omitempty"`
	PValue float64 `json:"p_value,omitempty"`
	// Notes are sentences to read beside the figures.
	Notes []string `json:"notes,omitempty"`

	same bool // of an A-A design
}

// Op returns the operation.
func (e *Effect) Op() report.Op { return report.Op{Method: e.Method, Name: e.Name} }

// Change returns the interval that the verdict is about, with 0 for no change: the ratio - 1, or the
// difference for shares and where there is no ratio; nil if there is neither.
func (e *Effect) Change() *Interval {
	if e.Ratio == nil || e.Metric.isShare() {
		return e.Difference
	}
	return &Interval{e.Ratio.Estimate - 1, e.Ratio.Low - 1, e.Ratio.High - 1}
}

// margins returns the margin around no change; none without one or for an effect that is not primary.
func (e *Effect) margins() Interval { return Interval{0, -e.Margin, e.Margin} }

// refuse sets a verdict without an interval.
func (e *Effect) refuse(v Verdict, why string) {
	e.Verdict, e.Reason = v, why
	e.MDE, e.Ratio, e.Difference = 0, nil, nil
}

// arm is one phase of a contrast with its weight: -1 and 1, or -1/2, 1 and -1/2.
type arm struct {
	x      *stretch
	weight float64
}

// effectOf judges one metric of one operation over the phases of a design. apart: with variances of their own.
func effectOf(arms []arm, e Effect, threshold point, apart bool) Effect {
	for _, a := range arms {
		e.countRequests(a)
	}
	if e.Verdict, e.Reason = nothing(arms, e.Metric); e.Verdict != "" {
		return e
	}
	if e.Metric == Exceedance {
		e.Threshold = threshold.ns * msPerNS
		if threshold.bucket == beyond {
			e.Threshold = 0
			e.refuse(NotEstimable, "the baseline's own quantile lies among its failures, so nothing can be slower")
			return e
		}
	}
	sights := look(arms, e.Metric, threshold)
	e.Baseline, e.Intervention = values(arms, sights)
	if why := shortest(arms); why != "" {
		e.refuse(TooShort, why)
		return e
	}
	e.measure(arms, sights, apart)
	return e
}

// nothing says that a phase has nothing to look at; "": all have.
func nothing(arms []arm, m Metric) (v Verdict, why string) {
	alive := false
	for _, a := range arms {
		switch {
		case a.x.len() == 0:
			return TooShort, shortest(arms)
		case a.x.requests == 0 && !m.isRate():
			return NotEstimable, a.x.noRequest()
		case !a.x.allFailed():
			alive = true
		}
	}
	if m == Throughput && !alive {
		return NotEstimable, "no request succeeded in any of the phases"
	}
	return "", ""
}

// countRequests adds the requests of a phase.
func (e *Effect) countRequests(a arm) {
	if a.weight < 0 {
		e.BaselineRequests += int64(a.x.requests)
		e.BaselineFailures += int64(a.x.failures)
	} else {
		e.InterventionRequests += int64(a.x.requests)
		e.InterventionFailures += int64(a.x.failures)
	}
}

// look sees a metric in each phase.
func look(arms []arm, m Metric, threshold point) []*sight {
	sights := make([]*sight, len(arms))
	for i, a := range arms {
		sights[i] = see(a.x, m, threshold)
	}
	return sights
}

// shortest says which phases are too short.
func shortest(arms []arm) string {
	var short []*stretch
	for _, a := range arms {
		if a.x.isShort() {
			short = append(short, a.x)
		}
	}
	return tooShort(short)
}

// values returns the estimates of both sides, without limits.
func values(arms []arm, sights []*sight) (baseline, intervention *Interval) {
	var a, b float64
	for i, s := range sights {
		if w := arms[i].weight; w < 0 {
			a -= w * s.value
		} else {
			b += w * s.value
		}
	}
	open := func(v float64) *Interval { return &Interval{v, math.Inf(-1), math.Inf(1)} }
	return open(a), open(b)
}

// measure fills in intervals and verdict.
func (e *Effect) measure(arms []arm, sights []*sight, apart bool) {
	look := make([]*waves, len(sights))
	for i, s := range sights {
		look[i] = &s.l
	}
	g := guard(look...)
	e.Noise, e.Cosines, e.SlowNoise = g.f, g.nu, g.slow
	terms, why := limited(arms, sights, halves(sights, g.nu, e.Level, apart), e.Level)
	if why != "" {
		e.refuse(NotEstimable, why)
		return
	}
	e.Baseline, e.Intervention = bothSides(terms)
	e.contrast(terms)
	if e.Metric == Mean && e.Verdict.Known() {
		e.holdUp(arms, terms)
	}
}

// limited returns the phases' values with their limits, half to each side. why names the noisiest phase that can
// have none.
func limited(arms []arm, sights []*sight, half []float64, level float64) (terms []term, why string) {
	worst := -1
	for i, s := range sights {
		low, high, spoilt := s.limits(half[i], level)
		terms = append(terms, term{arms[i].weight, s.value, low, high})
		if spoilt != "" && (worst < 0 || s.variance(fewCosines) > sights[worst].variance(fewCosines)) {
			worst, why = i, spoilt
		}
	}
	return terms, why
}

// bothSides returns the values of both sides with their limits.
func bothSides(terms []term) (baseline, intervention *Interval) {
	var a, b []term
	for _, t := range terms {
		if t.weight < 0 {
			t.weight = -t.weight
			a = append(a, t)
		} else {
			b = append(b, t)
		}
	}
	va, vb := between(a), between(b)
	return &va, &vb
}

// between is mover, or where a value is infinite the sum of the limits: wider, but always defined.
func between(terms []term) Interval {
	for _, t := range terms {
		if math.IsInf(t.value, 0) {
			return box(terms)
		}
	}
	return mover(terms)
}

// box is the interval of a sum of weighted values from the sums of their limits. Infinities that
// meet leave NaN for the estimate and no limit.
func box(terms []term) (v Interval) {
	for _, t := range terms {
		low, high := t.low, t.high
		if t.weight < 0 {
			low, high = high, low
		}
		v.Estimate += t.weight * t.value
		v.Low += t.weight * low
		v.High += t.weight * high
	}
	if math.IsNaN(v.Low) {
		v.Low = math.Inf(-1)
	}
	if math.IsNaN(v.High) {
		v.High = math.Inf(1)
	}
	return v
}

// noRatio is the time below which a ratio says nothing: clocks and buckets do not resolve it, ms.
const noRatio = 1e-5

// contrast fills in ratio, difference, verdict and MDE from the phases' intervals.
func (e *Effect) contrast(terms []term) {
	difference := between(terms)
	if math.IsNaN(difference.Estimate) {
		e.refuse(NotEstimable, e.Metric.label()+" lies among the failures in both arms")
		return
	}
	e.Difference = &difference
	if hasRatio(e.Metric, terms) {
		ratio := between(logs(terms)).exp()
		e.Ratio = &ratio
	}
	if math.IsInf(difference.Estimate, 0) && !e.oneSided() {
		e.refuse(NotEstimable, e.Metric.label()+" lies among the failures in one arm, and not surely so")
		return
	}
	e.Verdict = decide(e.Metric, *e.Change(), e.margins())
	e.MDE = smallest(e, terms)
}

// oneSided says whether an infinite change is sure of its direction.
func (e *Effect) oneSided() bool { return e.Difference.Low > 0 || e.Difference.High < 0 }

// hasRatio says whether the values have a ratio.
func hasRatio(m Metric, terms []term) bool {
	for _, t := range terms {
		if t.value <= 0 || m.isTime() && t.value < noRatio {
			return false
		}
	}
	return true
}

// smallest returns the effect that a run like this one finds 4 times in 5, on the log of the ratio or the difference:
//
//	(t_{(1+level)/2} + t_{.80}) se
//
// The first t is what an interval takes to exclude no change, the mean of that with 4 and with 8 cosines, since
// another run may need either; the second has 2 nu degrees of freedom. (With 2 nu in both
// places runs of 60 s found effects of that size in little more than half of the cases.) 0 where the
// standard error is not known.
func smallest(e *Effect, terms []term) float64 {
	onLogs := e.Ratio != nil && !e.Metric.isShare()
	if onLogs {
		terms = logs(terms)
	}
	se := standardError(terms, twoSided(e.Level, e.Cosines))
	excludes := (twoSided(e.Level, fewCosines) + twoSided(e.Level, moreCosines)) / 2
	size := (excludes + studentQuantile(.8, float64(2*e.Cosines))) * se
	if onLogs {
		size = math.Expm1(size)
	}
	return finiteOr0(size)
}
