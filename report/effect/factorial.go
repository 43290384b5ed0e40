package effect

import (
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Crossing holds the phases of a factorial design: each of two loads without the intervention (off) and with it (on).
type Crossing struct{ LowOff, LowOn, HighOff, HighOn []Phase }

// Factors are what a factorial design parts from the intervention's own effect. Load and Interaction have the primary
// metric first, as Effects do, and judge it at the primary level.
type Factors struct {
	Low  string `json:"low"`  // the loads in words: "10 users"
	High string `json:"high"` // "50 users"
	// Load is what the higher load does, on the mean of without and with the intervention. Baseline is the value at
	// low load, Intervention that at high load.
	Load []Effect `json:"load"`
	// Interaction is how far load and intervention together are from what the effects of both multiply to (for
	// shares: add up to): the effect of the intervention at high load over that at low load.
	Interaction []Effect `json:"interaction"`
	// AtLow and AtHigh are the intervention's effects on the primary metric at one load.
	AtLow  Effect `json:"at_low"`
	AtHigh Effect `json:"at_high"`
}

// Find returns the effects of the load and of both together on a metric of an operation; nil if it was not judged.
func (f *Factors) Find(op report.Op, m Metric) (load, interaction *Effect) {
	if op == (report.Op{}) {
		op = series.All
	}
	for i := range f.Load {
		if e := &f.Load[i]; e.Metric == m && e.Op() == op {
			return e, &f.Interaction[i]
		}
	}
	return nil, nil
}

// factor is what an effect is of.
type factor string

const (
	ofIntervention factor = ""
	ofLoad         factor = "load"
	ofBoth         factor = "interaction"
)

// Crossed parts the effects of an intervention, of the load and of their interaction: a factorial design of two loads,
// each without and with the intervention. The report's Effects are those of the intervention, on the mean of both
// loads; Factors has the others. With values y on the log scale (shares: as they are)
//
//	intervention = (lowOn - lowOff + highOn - highOff) / 2
//	load         = (highOff - lowOff + highOn - lowOn) / 2
//	interaction  = (highOn - highOff) - (lowOn - lowOff)
//
// and the interval of each is that of a sum of phases. Several phases of one kind count with their mean. Phases of one
// load share the variance of their ranks. Errors are those of [Between], and that a kind has no phase.
func Crossed(in Crossing, o Options) (*Report, error) {
	cells := []cell{{in.LowOff, 0, -1}, {in.LowOn, 0, 1}, {in.HighOff, 1, -1}, {in.HighOn, 1, 1}}
	var phases []Phase
	var weights, load, both []float64
	var groups []int
	for i, x := range cells {
		if len(x.phases) == 0 {
			return nil, fmt.Errorf("no phase of %s: it takes both loads without the intervention and with it", cellNames[i])
		}
		w, high := 1/float64(len(x.phases)), float64(2*x.group-1)
		for _, p := range x.phases {
			phases, groups = append(phases, p), append(groups, x.group)
			weights, load, both = append(weights, x.arm*w/2), append(load, high*w/2), append(both, high*x.arm*w)
		}
	}
	c, err := newComparison(Factorial, o, weights, phases)
	if err != nil {
		return nil, err
	}
	c.groups = groups
	r := c.compare(Factorial)
	f := &Factors{Low: c.amount(0), High: c.amount(1)}
	r.Effects[0].scope = " over both loads"
	f.Load, f.Interaction = c.factor(ofLoad, load, f), c.factor(ofBoth, both, f)
	f.AtLow, f.AtHigh = c.at(0, f.Low), c.at(1, f.High)
	r.Factors, r.Caveat = f, c.driftCaveat(map[factor][]float64{ofIntervention: weights, ofLoad: load, ofBoth: both})
	return r, nil
}

// cell is one kind of phases of a factorial design.
type cell struct {
	phases []Phase
	group  int     // 0: low load, 1: high load
	arm    float64 // -1: without the intervention, 1: with it
}

// cellNames are the kinds of phases in words.
var cellNames = []string{"low load without the intervention", "low load with the intervention", "high load without the intervention", "high load with the intervention"}

// crossingOf finds the kinds of phases of a run by their labels; ok is false for another design.
func crossingOf(run *report.Summary) (in Crossing, ok bool) {
	for i := range run.Phases {
		p := &run.Phases[i]
		own := map[string]*[]Phase{"lowA": &in.LowOff, "lowB": &in.LowOn, "highA": &in.HighOff, "highB": &in.HighOn}[p.Load+p.Arm]
		if own != nil {
			*own, ok = append(*own, Phase{run, p.Name}), true
		}
	}
	return in, ok
}

// with is the same comparison with other weights. A margin is for the intervention alone.
func (c *comparison) with(weights []float64) *comparison {
	d := *c
	d.weights, d.o.Margin = weights, 0
	return &d
}

// factor judges all metrics of all operations for the load or the interaction.
func (c *comparison) factor(f factor, weights []float64, of *Factors) []Effect {
	d := c.with(weights)
	if f == ofBoth {
		d.base = c.weights // an exceedance is still of the quantile without the intervention
	}
	return d.effects(func(e Effect) Effect {
		e.Primary, e.factor, e.label, e.loads = false, f, "Both together", [2]string{of.Low, of.High}
		if f == ofLoad {
			e.label = fmt.Sprintf("Load, %s in place of %s", of.High, of.Low)
		}
		if e = d.judge(e); f == ofBoth {
			e.Baseline, e.Intervention = nil, nil // sums of phases that differ in both say nothing
			if e.Raw != nil {
				e.Raw.Baseline, e.Raw.Intervention = nil, nil
			}
		}
		return e
	})
}

// at judges the intervention at one load.
func (c *comparison) at(group int, load string) Effect {
	d := c.with(nil)
	d.phases, d.groups, d.mixes = nil, nil, map[report.Op]*mix{}
	for i, g := range c.groups {
		if g == group {
			d.phases, d.weights = append(d.phases, c.phases[i]), append(d.weights, 2*c.weights[i])
		}
	}
	e := d.newEffect(d.o.Op, d.o.Primary)
	e.Primary, e.label = false, "The intervention at "+load
	return d.judge(e)
}

// amount is the load of a group in words.
func (c *comparison) amount(group int) string {
	p := c.phases[slices.Index(c.groups, group)].Summary
	if a := p.Arrivals; a != nil {
		return say.Number(max(a.Rate, a.RateTo)) + " arrivals/s"
	}
	return say.Plural(p.Users, "user")
}

// driftCaveat says into which of the effects a drift goes that is steady over the run: the sum of weights times the
// middles of the phases is how long a drift it contains.
func (c *comparison) driftCaveat(weights map[factor][]float64) string {
	names := map[factor]string{ofIntervention: "the intervention", ofLoad: "the load", ofBoth: "both together"}
	var free, bound, drift []string
	for _, f := range []factor{ofIntervention, ofLoad, ofBoth} {
		sum, length := 0.0, math.Inf(1)
		for i, p := range c.phases {
			sum += weights[f][i] * (p.Started().Sub(c.phases[0].Started()).Seconds() + (p.From+p.End)/2 - p.Summary.StartS)
			length = min(length, p.Summary.EndS-p.Summary.StartS)
		}
		if sum = math.Abs(sum); sum < length/4 {
			free = append(free, names[f])
		} else {
			bound = append(bound, names[f])
			drift = append(drift, say.Number(math.Round(sum))+" s")
		}
	}
	s := "The phases ran one after the other, and the target may have grown steadily slower or faster meanwhile."
	if free != nil {
		s += " That is not in the effect of " + say.And(free) + "."
	}
	if bound != nil {
		s += fmt.Sprintf(" What it changes in %s is in the effect of %s; an even number of rounds cancels it.", say.And(slices.Compact(drift)), say.And(bound))
	}
	return s
}

// interactionSentence says whether the intervention does the same at both loads.
func (e *Effect) interactionSentence() string {
	if e.Verdict.Changed() {
		return fmt.Sprintf("The intervention acts on %s differently at %s than at %s: %s beyond what load and intervention do alone.",
			e.subject(), e.loads[1], e.loads[0], e.intervalText(*e.Change(), e.changeFormat(), true))
	}
	s := fmt.Sprintf("No sign that the intervention acts on %s differently at %s than at %s: %s.", e.subject(), e.loads[1], e.loads[0], e.boundsText())
	if e.MDE > 0 && !e.isFurther {
		s += fmt.Sprintf(" The smallest such difference this run would have found 4 times in 5 is %s.", e.sizeText(e.MDE))
	}
	return s
}

// FactorRow is an effect of a factorial design on the primary metric, for a table.
type FactorRow struct {
	Name   string // what it is the effect of: "intervention, 10 users"
	Effect *Effect
}

// Cells are the figures of the effect as text, without values of the arms where it has none.
func (r FactorRow) Cells() Cells {
	c := r.Effect.Cells()
	if r.Effect.factor != ofIntervention {
		c.Baseline, c.Intervention = "", ""
	}
	return c
}

// FactorRows are the effects of a factorial design on the primary metric: those of the intervention, over both loads and
// at each, of the load, and of both together; nil for another design.
func (r *Report) FactorRows() []FactorRow {
	f := r.Factors
	if f == nil {
		return nil
	}
	return []FactorRow{
		{"intervention, both loads", r.Primary()}, {"intervention, " + f.Low, &f.AtLow}, {"intervention, " + f.High, &f.AtHigh},
		{"load", &f.Load[0]}, {"both together", &f.Interaction[0]},
	}
}

// sentences say what the intervention does at each load, what the load does, and what both do together.
func (f *Factors) sentences() (out []string) {
	for _, e := range []*Effect{&f.AtLow, &f.AtHigh, &f.Load[0], &f.Interaction[0]} {
		if e.Verdict.Known() {
			out = append(out, e.further().Sentence())
		}
	}
	return out
}

// couples pairs the phases of each load in the order of time.
func (in Crossing) couples() (out []Couple, err error) {
	for _, load := range [][2][]Phase{{in.LowOff, in.LowOn}, {in.HighOff, in.HighOn}} {
		off, on := load[0], load[1]
		if len(off) != len(on) || len(off) == 0 {
			return nil, fmt.Errorf("%d phases without the intervention and %d with it at one load: no pairs", len(off), len(on))
		}
		for i := range off {
			out = append(out, Couple{off[i], on[i]})
		}
	}
	return out, nil
}
