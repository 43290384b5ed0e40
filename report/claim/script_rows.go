package claim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// figureIn returns the figure that op names, of all kinds of users together if it names none; nil if there is none.
func figureIn(list []report.Figure, op report.Op) *report.Figure {
	var same []report.Figure
	for _, f := range list {
		if op.Covers(f.Op()) {
			same = append(same, f)
		}
	}
	switch len(same) {
	case 0:
		return nil
	case 1:
		return &same[0]
	}
	all := report.PoolFigures(0, same...)
	return &all
}

// figureOf returns the figure that the claim is about; nil if it is not there.
func (j *judgement) figureOf() *report.Figure {
	if j.claim.Phase == "" {
		return figureIn(j.sum.Total.Figures, j.claim.Op)
	}
	var same []report.Figure
	phases := find(j.phases, j.claim.Phase)
	for _, i := range phases {
		if f := figureIn(j.sum.Phases[i].Figures, j.claim.Op); f != nil {
			same = append(same, *f)
		}
	}
	switch len(same) {
	case 0:
		return nil
	case 1:
		return &same[0]
	}
	all := report.PoolFigures(j.seconds(phases), same...)
	return &all
}

// own judges a claim about a figure of the script. A figure that was never used shows nothing, except for the sum of a
// counter, which is 0 where the script has run.
func (j *judgement) own() {
	f := j.figureOf()
	if f == nil {
		f = j.unused()
	}
	if f == nil {
		j.result.Said = j.noFigure()
		return
	}
	if err := j.claim.fits(f.Sort); err != nil {
		j.result.Said = say.Capital(err.Error()) + "."
		return
	}
	v, n, said := j.valueOfFigure(f)
	j.result.Requests, j.result.Said = n, said
	if n > 0 || f.Sort == report.SortCounter && j.started() > 0 {
		j.compare(point(v), Broken)
	}
	j.result.Notes = append(j.result.Notes, j.losses()...)
	j.late()
}

// unused is a figure of the run that the kind of users of the claim, or all in its phase, did not use; nil: the run has no such
// figure or kind.
func (j *judgement) unused() *report.Figure {
	op := j.claim.Op
	f := figureIn(j.sum.Total.Figures, op.Anyone())
	if f == nil || op.Kind != "" && !slices.Contains(kindsOf(j.phases), op.Kind) {
		return nil
	}
	return &report.Figure{Kind: op.Kind, Name: f.Name, Sort: f.Sort, Unit: f.Unit}
}

// noFigure says that the run, or its phase, does not have the figure.
func (j *judgement) noFigure() string {
	var names, values []string
	for _, f := range j.sum.Total.Figures {
		names = append(names, f.Name)
		if f.Sort == report.SortValue {
			values = append(values, f.Name)
		}
	}
	err := noFigure(j.claim.Op.Name, names)
	switch {
	case slices.Contains(names, j.claim.Op.Name):
		err = noKind(j.phases, j.claim.Op.Kind)
	case j.claim.isValue():
		err = j.claim.noValue(values)
	}
	return say.Capital(err.Error()) + "."
}

// started is how many tasks began where the claim looks.
func (j *judgement) started() (n int64) {
	if j.claim.Phase == "" {
		return j.sum.Total.Counters.Started
	}
	for _, i := range find(j.phases, j.claim.Phase) {
		n += j.sum.Phases[i].Counters.Started
	}
	return n
}

// valueOfFigure is a figure in the unit of the limit, how many numbers it stands on, and what to say of it.
func (j *judgement) valueOfFigure(f *report.Figure) (v float64, n int64, said string) {
	where := ""
	if kind := j.claim.Op.Kind; kind != "" {
		where = " of " + kind
	}
	if j.claim.Phase != "" {
		where += " in " + j.claim.Phase
	}
	name := say.Capital(f.Name)
	switch {
	case f.Sort == report.SortCounter && j.claim.Limit.Unit == PerSecond:
		v, n = f.PerS, f.N
		said = fmt.Sprintf("%s%s was %s; %s in all.", name, where, j.value(v), say.Count(f.N))
	case f.Sort == report.SortCounter:
		v, n = float64(f.N), f.N
		said = fmt.Sprintf("%s%s was %s.", name, where, say.Count(f.N))
	case f.Sort == report.SortRate && f.Of > 0:
		v, n = 100*f.Share(), f.Of
		said = fmt.Sprintf("%s%s was %s: %s of %s.", name, where, j.value(v), say.Count(f.N), say.Count(f.Of))
	case f.Sort == report.SortValue && f.N > 0:
		v, n = j.quantile(f), f.N
		unit := ""
		if f.Unit != "" {
			unit = " " + f.Unit
		}
		said = fmt.Sprintf("%s of %s%s was %s%s; %s.", label(j.claim.Metric), f.Name, where, f.Text(v), unit, say.Plural(f.N, "value"))
	default:
		said = fmt.Sprintf("%s was not used%s, so there is nothing to compare.", name, strings.Replace(where, " of ", " by ", 1))
	}
	return v, n, said
}

// quantile is the figure of a value that the claim is about.
func (j *judgement) quantile(f *report.Figure) float64 {
	switch s := f.Values; j.claim.Metric {
	case effect.P50:
		return s.P50
	case effect.P95:
		return s.P95
	case effect.P99:
		return s.P99
	case effect.Mean:
		return s.Mean
	case Max:
		return s.Max
	}
	p, _ := j.claim.Metric.Quantile()
	v, _ := f.Quantile(p)
	return v
}

// fewFigures says why a claim about a figure cannot be decided yet; "": it can.
func (j *judgement) fewFigures(need int64) string {
	if j.claim.Metric == Own && j.claim.Limit.Unit == Number {
		return "" // a sum is one at any time
	}
	n, f := int64(0), j.figureOf()
	if f != nil {
		n = max(f.N, f.Of)
	}
	if n < need {
		return fmt.Sprintf("%s was used %s so far; it needs %s.", say.Capital(j.claim.Op.Name), say.Plural(n, "time"), say.Count(need))
	}
	return ""
}
