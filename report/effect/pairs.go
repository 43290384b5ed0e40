package effect

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"github.com/gensim/load-generator/internal/say"
)

// Couple is a baseline and an intervention phase that belong together.
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
// pair's, so drift, slow wander and moods that outlast a pair cancel. The pairs may come from one
// run or from several, which also covers what differs from start to start.
//
// With the order inside each pair drawn at random the p-value of the primary effect is exact: the share
// of all 2^n ways to swap the labels that give a mean as far from 0. It needs no model of the noise
// (Bojinov, Simchi-Levi and Zhao 2023).
func Paired(pairs []Couple, o Options) (*Report, error) {
	o, err := o.fill()
	if err != nil {
		return nil, err
	}
	if len(pairs) == 0 {
		return nil, errors.New("effect: no pairs")
	}
	c := &comparison{o: o}
	var phases []Phase
	for _, p := range pairs {
		phases = append(phases, p.Baseline, p.Intervention)
		c.weights = append(c.weights, -1, 1)
	}
	if c.in, err = sections(&o, phases...); err != nil {
		return nil, err
	}
	c.ops = operations(c.in)
	if err := checkOp(o.Op, c.ops); err != nil {
		return nil, err
	}
	return c.paired(), nil
}

// paired builds the report.
func (c *comparison) paired() *Report {
	r := c.describe(Pairs)
	r.Effects = c.effects(c.judgePairs)
	first := c.differences(&r.Effects[0])
	r.Pairs, r.Saved = c.list(first), first.saved()
	r.Warnings = c.warnings(r)
	if w := c.order(); w != "" {
		r.Warnings = append(r.Warnings, w)
	}
	return r
}

// differences are what the pairs say about one metric.
type differences struct {
	a, b  []float64 // values; +Inf among the failures
	spoil []string  // why a pair does not count; "": it does
	has   []bool    // whether the pair has values all the same
	logs  bool      // whether pairs are compared by their ratio

	failed int    // pairs with a value that lies among the failures
	why    string // of the first of them
}

// differences looks at every pair.
func (c *comparison) differences(e *Effect) *differences {
	d := &differences{logs: !e.Metric.isShare()}
	threshold := c.pairThreshold(e)
	for i := 0; i < len(c.in); i += 2 {
		a, whyA := value(c.in[i].stretch(e.Op()), e.Metric, threshold)
		b, whyB := value(c.in[i+1].stretch(e.Op()), e.Metric, threshold)
		if math.IsInf(b, 0) && !math.IsInf(a, 0) || whyA == "" {
			whyA = whyB
		}
		if math.IsInf(a, 0) || math.IsInf(b, 0) {
			d.failed++
			d.why = cmp.Or(d.why, whyA)
		}
		d.a, d.b, d.spoil = append(d.a, a), append(d.b, b), append(d.spoil, whyA)
		d.has = append(d.has, whyA == "" || a > 0 && b > 0 && !math.IsInf(a+b, 0))
		d.logs = d.logs && (whyA != "" || a >= noRatio && b >= noRatio)
	}
	return d
}

// pairThreshold is the pooled quantile of all baseline phases.
func (c *comparison) pairThreshold(e *Effect) point {
	arms := make([]arm, len(c.in))
	for i, s := range c.in {
		arms[i] = arm{s.stretch(e.Op()), c.weights[i]}
	}
	return c.threshold(arms, e.Metric)
}

// value returns the value of a metric in one short phase; why says that it has none.
func value(x *stretch, m Metric, threshold point) (v float64, why string) {
	if x.seconds() < leastPairSecond {
		return 0, fmt.Sprintf("phase %s has %s usable seconds; a pair needs %.0f", x.phase, say.Count(x.seconds()), leastPairSecond)
	}
	if x.requests == 0 && !m.isRate() {
		return 0, x.noRequest()
	}
	if m == Exceedance && threshold.bucket == beyond {
		return 0, "the baseline's own quantile lies among its failures"
	}
	s := plain(x, m, threshold)
	p, quantile := m.Quantile()
	switch {
	case x.allFailed() && m.isTime():
		return s, x.noSuccess()
	case math.IsInf(s, 0):
		return s, m.label() + " lies among the failures in phase " + x.phase
	case quantile && x.requests*min(p, 1-p) < fewEvents*(1-1e-9):
		return s, x.tooFew("requests beyond "+m.label(), x.requests*min(p, 1-p))
	}
	return s, ""
}

// plain returns the value of a metric without its variance.
func plain(x *stretch, m Metric, threshold point) float64 {
	switch m {
	case Mean:
		if x.successes() == 0 {
			return math.Inf(1)
		}
		return sum(x.times) / x.successes()
	case Failures:
		return x.failures / x.requests
	case Throughput:
		return x.successes() / x.seconds()
	case load:
		return x.requests / x.seconds()
	case Exceedance:
		return sum(x.above(threshold)) / x.requests
	}
	p, _ := m.Quantile()
	return x.quantile(p).ns * msPerNS
}

// judgePairs fills in one effect.
func (c *comparison) judgePairs(e Effect) Effect {
	for i, s := range c.in {
		e.countRequests(arm{s.stretch(e.Op()), c.weights[i]})
	}
	if e.Metric == Exceedance {
		e.Threshold = finiteOr0(c.pairThreshold(&e).ns * msPerNS)
	}
	d := c.differences(&e)
	d.judge(&e)
	if e.Metric == Mean && e.Verdict.Known() {
		d.holdUp(&e, c.in)
	}
	return e
}

// list names the pairs, with the differences in the primary metric.
func (c *comparison) list(d *differences) []Pair {
	out := make([]Pair, len(d.a))
	for i := range out {
		a, b := c.in[2*i], c.in[2*i+1]
		p := Pair{Baseline: a.Name, Intervention: b.Name, First: "A", LeftOut: d.spoil[i]}
		p.A, p.B = finiteOr0(d.a[i]), finiteOr0(d.b[i])
		if p.LeftOut == "" && p.A > 0 {
			p.Ratio = p.B / p.A
		}
		if b.began().Before(a.began()) {
			p.First = "B"
		}
		if a.Run != c.in[0].Run || a.Run != c.in[len(c.in)-1].Run {
			p.Run = a.Run.Name
		}
		out[i] = p
	}
	return out
}

// order warns when the order inside the pairs was the same in all of them.
func (c *comparison) order() string {
	aFirst := 0
	for i := 0; i < len(c.in); i += 2 {
		if c.in[i].began().Before(c.in[i+1].began()) {
			aFirst++
		}
	}
	if n := len(c.in) / 2; aFirst > 0 && aFirst < n {
		return ""
	}
	return "All pairs ran in the same order: drift of one phase's length remains in the effect, and the p-value is not exact. Draw the order at random."
}

// finiteOr0 returns 0 for what is not finite.
func finiteOr0(v float64) float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	return v
}
