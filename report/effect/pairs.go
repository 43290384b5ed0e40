package effect

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// The least that a comparison of pairs takes.
const (
	leastPairs      = 5
	leastPairSecond = 5.0 // usable, of each phase
)

// Couple is a baseline and an intervention phase to be compared with each other alone.
type Couple struct{ Baseline, Intervention Phase }

// Pair is one pair of phases and what it says about the primary metric.
type Pair struct {
	Run          string  `json:"run,omitempty"`
	Baseline     string  `json:"baseline"`     // phase
	Intervention string  `json:"intervention"` // phase
	First        string  `json:"first"`        // the arm that came first: "A" or "B"
	A            float64 `json:"a"`            // value of the primary metric
	B            float64 `json:"b"`
	Ratio        float64 `json:"ratio"`              // B/A; 0: none
	LeftOut      string  `json:"left_out,omitempty"` // why the pair says nothing; "": it counts
}

// Paired compares an intervention with a baseline over pairs of phases: each pair gives one log ratio (one
// difference for shares); the interval is Student's t on them. No phase is compared with another
// pair's, so drift, slow wander and offsets that outlast a pair cancel. The pairs may come from one
// run or from several, which also covers what differs from start to start.
//
// With the order inside each pair drawn at random the p-value of the primary effect is exact: the share
// of all 2^n ways to swap the labels that give a mean as far from 0. It needs no model of the noise
// (Bojinov, Simchi-Levi and Zhao 2023). Errors are those of [Between].
func Paired(pairs []Couple, o Options) (*Report, error) {
	if len(pairs) == 0 {
		return nil, errors.New("no pairs")
	}
	var phases []Phase
	var weights []float64
	for _, p := range pairs {
		phases, weights = append(phases, p.Baseline, p.Intervention), append(weights, -1, 1)
	}
	c, err := newComparison(Pairs, o, weights, phases)
	if err != nil {
		return nil, err
	}
	return c.pairedReport(), nil
}

// pairedReport builds the report.
func (c *comparison) pairedReport() *Report {
	r := c.describe(Pairs)
	r.Effects = c.effects(c.judgePairs)
	r.Looked = c.looked(&r.Effects[0])
	first := c.differences(&r.Effects[0], c.windows(c.o.Op))
	r.Pairs, r.Saved = c.listPairs(first), first.savedVariance()
	r.Warnings = c.warnings(r)
	if w := c.carryOver(&r.Effects[0]); w != "" {
		r.Warnings = slices.Insert(r.Warnings, 0, w)
	}
	return r
}

// differences are what the pairs say about one metric.
type differences struct {
	a, b      []float64 // values; +Inf among the failures
	leftOut   []string  // why a pair does not count; "": it does
	hasValues []bool    // whether a pair has values to show, even if it does not count
	logs      bool      // whether pairs are compared by their ratio

	failed       int    // pairs with a value that lies among the failures
	firstFailure string // why the first of them has one
}

// differences evaluates every pair.
func (c *comparison) differences(e *Effect, phases []weighted) *differences {
	d := &differences{logs: !e.Metric.isShare()}
	threshold := c.threshold(phases, e.Metric)
	for i := 0; i < len(c.phases); i += 2 {
		a, whyA := pairValue(phases[i].Window, e.Metric, threshold)
		b, whyB := pairValue(phases[i+1].Window, e.Metric, threshold)
		if math.IsInf(b, 0) && !math.IsInf(a, 0) || whyA == "" {
			whyA = whyB
		}
		if math.IsInf(a, 0) || math.IsInf(b, 0) {
			d.failed++
			d.firstFailure = cmp.Or(d.firstFailure, whyA)
		} else if why := cmp.Or(c.phases[i].Moving(), c.phases[i+1].Moving(), c.void(i/2)); why != "" {
			whyA = why
		}
		d.a, d.b, d.leftOut = append(d.a, a), append(d.b, b), append(d.leftOut, whyA)
		d.hasValues = append(d.hasValues, whyA == "" || a > 0 && b > 0 && !math.IsInf(a+b, 0))
		d.logs = d.logs && (whyA != "" || a >= noRatio && b >= noRatio)
	}
	return d
}

// pairValue returns the value of a metric in one short phase. why is why it does not count; "": it does.
func pairValue(x *series.Window, m Metric, threshold series.Point) (v float64, why string) {
	if x.Seconds() < leastPairSecond {
		return 0, fmt.Sprintf("phase %s has %s usable seconds; a pair needs %.0f", x.Phase, say.Count(x.Seconds()), leastPairSecond)
	}
	if x.Requests == 0 && !m.isRate() {
		return 0, x.NoRequest()
	}
	if m == Exceedance && threshold.AmongFailures() {
		return 0, "the baseline's own quantile lies among its failures"
	}
	v = m.estimate(x, threshold).Value
	p, quantile := m.Quantile()
	switch beyond := x.Requests * min(p, 1-p); {
	case x.AllFailed() && m.isTime():
		return v, x.NoSuccess()
	case math.IsInf(v, 0):
		return v, m.Label() + " lies among the failures in phase " + x.Phase
	case quantile && !series.Enough(beyond, series.FewEvents):
		return v, x.TooFew(x.Noun()+" beyond "+m.Label(), beyond)
	}
	return v, ""
}

// judgePairs fills in one effect.
func (c *comparison) judgePairs(e Effect) Effect {
	return c.besideRaw(e, func(e Effect, phases []weighted) Effect {
		for _, p := range phases {
			e.countRequests(p)
		}
		if e.Metric == Exceedance {
			e.Threshold = finiteOr0(c.threshold(phases, e.Metric).MS())
		}
		d := c.differences(&e, phases)
		d.judge(&e)
		if e.Metric == Mean && e.Verdict.Known() {
			d.checkSurvivors(&e, phases)
		}
		return e
	})
}

// listPairs lists the pairs with the differences in the primary metric.
func (c *comparison) listPairs(d *differences) []Pair {
	out := make([]Pair, len(d.a))
	for i := range out {
		a, b := c.phases[2*i], c.phases[2*i+1]
		p := Pair{Baseline: a.Name, Intervention: b.Name, First: "A", LeftOut: d.leftOut[i]}
		p.A, p.B = finiteOr0(d.a[i]), finiteOr0(d.b[i])
		if p.LeftOut == "" && p.A > 0 {
			p.Ratio = p.B / p.A
		}
		if b.Started().Before(a.Started()) {
			p.First = "B"
		}
		if a.Run != c.phases[0].Run || a.Run != c.phases[len(c.phases)-1].Run {
			p.Run = a.Run.Name
		}
		out[i] = p
	}
	return out
}

// orderWarning warns when the order inside the pairs was the same in all of them.
func (c *comparison) orderWarning() string {
	aFirst := 0
	for i := 0; i < len(c.phases); i += 2 {
		if c.phases[i].Started().Before(c.phases[i+1].Started()) {
			aFirst++
		}
	}
	if n := len(c.phases) / 2; aFirst > 0 && aFirst < n {
		return ""
	}
	return "All pairs ran in the same order: drift of one phase's length remains in the effect, and the p-value is not exact. Draw the order at random."
}
