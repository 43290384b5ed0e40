package series

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Ref names a phase of a run that has ended.
type Ref struct {
	Run  *report.Summary
	Name string
}

// Find returns the summary of the phase; the error names the phases of the run.
func (r Ref) Find() (*report.PhaseSummary, error) {
	if r.Run == nil {
		return nil, fmt.Errorf("phase %q of no run", r.Name)
	}
	for i := range r.Run.Phases {
		if r.Run.Phases[i].Name == r.Name {
			return &r.Run.Phases[i], nil
		}
	}
	if slices.Contains(r.Run.NotReached, r.Name) {
		return nil, fmt.Errorf("the run ended before phase %q began", r.Name)
	}
	return nil, fmt.Errorf("no phase %q; the run has %s", r.Name, PhaseNames(r.Run))
}

// PhaseNames lists the phases of a run.
func PhaseNames(run *report.Summary) string {
	var names []string
	for i := range run.Phases {
		names = append(names, run.Phases[i].Name)
	}
	return Quoted(names)
}

// Phase is a phase with what an effect needs of it.
type Phase struct {
	Ref
	Summary   *report.PhaseSummary
	From, End float64 // what counts of it, offsets in s
	MSERCut   float64 // how much after the ramp MSER-5 would cut, s

	whole   *Window // all operations together, the whole phase
	windows map[report.Op]*Window
	bases   map[int]*stats.Basis // by number of intervals, shared by all phases
}

// Open finds phases and their usable parts. settle replaces the settling time of the plan; 0: the plan's; < 0: none.
func Open(settle time.Duration, refs ...Ref) ([]*Phase, error) {
	out, bases := make([]*Phase, len(refs)), map[int]*stats.Basis{}
	for i, r := range refs {
		of, err := r.Find()
		if err != nil {
			return nil, err
		}
		p := &Phase{Ref: r, Summary: of, End: of.EndS, bases: bases, windows: map[report.Op]*Window{}}
		settleS := of.SettleS
		if settle != 0 {
			settleS = settle.Seconds()
		}
		p.From = min(p.rampEnd()+max(0, settleS), p.End)
		p.whole = newWindow(p.series(All))
		p.MSERCut = float64(stats.MSER(p.whole.between(p.rampEnd(), p.End).means())) * p.whole.Width
		p.End = min(p.whole.complete(p.From, p.End), p.uncut())
		out[i] = p
	}
	return out, nil
}

// rampEnd returns where the ramp of the phase is over, s.
func (p *Phase) rampEnd() float64 { return max(p.Summary.StartS, p.Summary.RampEndS) }

// Window returns the usable part for an operation; without requests if there were none.
func (p *Phase) Window(op report.Op) *Window {
	if x := p.windows[op]; x != nil {
		return x
	}
	whole := p.whole
	if op != All {
		whole = newWindow(p.series(op))
	}
	x := whole.between(p.From, p.End)
	x.Spans = p.spans(op)
	if row := p.Row(op); row != nil {
		x.Left.CutOff = row.CutOff
	}
	x.Left.Missing += int64(math.Round(p.cutBefore(op, p.End)))
	x.Left.Settling = p.From - p.Summary.StartS
	x.Left.Edge = max(0, p.Summary.EndS-p.Summary.StartS-x.Left.Settling-x.Seconds())
	p.windows[op] = x
	if p.bases[x.Len()] == nil {
		p.bases[x.Len()] = stats.NewBasis(x.Len())
	}
	x.Basis = p.bases[x.Len()]
	return x
}

// series returns the intervals of an operation in the phase; empty ones if it had no requests.
func (p *Phase) series(op report.Op) *report.Series {
	empty := &report.Series{Phase: p.Name, WidthS: 1, StartS: int(p.Summary.StartS), Slots: max(0, int(p.Summary.EndS)-int(p.Summary.StartS))}
	var covered []*report.Series // of the kinds of users, or of the operations of one
	for i := range p.Run.Intervals {
		switch x := &p.Run.Intervals[i]; {
		case x.Phase != p.Name:
		case x.Op() == op:
			return x
		default:
			if op.Covers(x.Op()) && x.Op() != All {
				covered = append(covered, x)
			}
			empty.WidthS, empty.StartS, empty.Slots = x.WidthS, x.StartS, x.Slots
		}
	}
	if sum := report.SumSeries(op, covered); sum != nil {
		return sum
	}
	for _, list := range further(p.Run) {
		for i := range list {
			if x := &list[i]; x.Phase == p.Name && op.Name != "" && op.Covers(x.Op()) {
				covered = append(covered, x)
			}
		}
	}
	if sum := report.SumSeries(op, covered); sum != nil {
		return sum
	}
	empty.Kind, empty.Method, empty.Name = op.Kind, op.Method, op.Name
	return empty
}

// spans reports whether a name is that of a transaction.
func (p *Phase) spans(op report.Op) bool {
	has := func(rows []report.Operation) bool {
		return slices.ContainsFunc(rows, func(o report.Operation) bool { return op.Covers(o.Op()) })
	}
	return op.Name != "" && has(p.Summary.Transactions) && !has(p.Summary.Operations)
}

// further are the series of rows that are in no sum of requests: transactions, and requests with a tag.
func further(run *report.Summary) [2][]report.Series {
	return [...][]report.Series{run.TransactionIntervals, run.TagIntervals}
}

// uncut returns where the phase ends to be complete in spite of the requests that the end of the run cut off, as
// complete does for straddlers.
func (p *Phase) uncut() float64 {
	x, end := p.whole.between(p.From, p.Summary.EndS), p.Summary.EndS
	limit := fewStraddlers * x.Requests
	for at := end; at > end-mostEdge*x.Seconds(); at -= x.Width {
		if p.cutBefore(All, at) <= limit {
			return at
		}
	}
	return end - mostEdge*x.Seconds()
}

// cutBefore returns how many requests of an operation, intended to start in the phase before an offset, the end of
// the run cut off, or that are in flight; all of them where their ages are not known.
func (p *Phase) cutBefore(op report.Op, at float64) float64 {
	row := p.Row(op)
	switch {
	case row == nil:
		return 0
	case row.Cut.Count()+row.Waiting.Count() == 0:
		return float64(row.CutOff + row.InFlight)
	}
	age := time.Duration((p.Run.EndS - at) * float64(time.Second))
	return row.Cut.CountAbove(age) + row.Waiting.CountAbove(age)
}

// Row returns the figures of an operation in the whole phase; nil: none.
func (p *Phase) Row(op report.Op) *report.Operation { return p.Summary.Row(op) }

// Started returns when the phase did, by the wall clock, which runs have in common.
func (p *Phase) Started() time.Time {
	return p.Run.Start.Add(time.Duration(p.Summary.StartS * float64(time.Second)))
}

// Moving says that the load of a phase moves to its end; "": it does not.
func (p *Phase) Moving() string {
	if what := p.Summary.Moves(); what != "" {
		return fmt.Sprintf("phase %s has a moving %s: there is no steady state to compare, so no effect is given", p.Name, what)
	}
	return ""
}

// lateSettling is the part of the phase, after the settling time, that MSER-5 may want to cut before the
// phase counts as not settled.
const lateSettling = .2

// Unsettled says that a phase was still on its way when it should have settled; "": it was not.
//
// Two witnesses have to agree. MSER-5 alone accuses up to 14 % of the phases without a transient in
// docs/statistics.md, because it also cuts where slow noise was loud; a trend over what counts accuses
// others of them. Both at once accuse 3 % or less (more where slow noise makes the effect worthless anyway), and they
// still see what a transient leaves where it matters.
func (p *Phase) Unsettled() string {
	limit, x := p.From-p.rampEnd()+lateSettling*(p.Summary.EndS-p.Summary.StartS), p.Window(All)
	if x.Seconds() < LeastSeconds || p.MSERCut <= limit || x.Trend() < .95 {
		return ""
	}
	return fmt.Sprintf("phase %s did not settle: its mean response time was still on its way %s s after the ramp", p.Name, say.Count(p.MSERCut))
}

// Operations returns all operations of the phases, All first, and then the one that is asked about, if it is a transaction or
// an operation with a tag.
func Operations(phases []*Phase, asked report.Op) []report.Op {
	ops := []report.Op{All}
	for _, p := range phases {
		for i := range p.Run.Intervals {
			if x := &p.Run.Intervals[i]; x.Phase == p.Name && !slices.Contains(ops, x.Op()) {
				ops = append(ops, x.Op())
			}
		}
	}
	for _, p := range phases {
		for _, list := range further(p.Run) {
			here := func(x report.Series) bool { return x.Phase == p.Name && asked.Name != "" && asked.Covers(x.Op()) }
			if !slices.Contains(ops, asked) && slices.ContainsFunc(list, here) {
				ops = append(ops, asked)
			}
		}
	}
	return ops
}

// CheckOp returns an error that names the operations if one is not among them and covers none.
func CheckOp(op report.Op, ops []report.Op) error {
	if slices.ContainsFunc(ops, func(o report.Op) bool { return o == op || o != All && op.Covers(o) }) {
		return nil
	}
	names := make([]string, len(ops))
	for i, o := range ops {
		names[i] = o.String()
	}
	return fmt.Errorf("no operation %q in these phases; there are %s", op.String(), Quoted(names))
}

// Quoted lists names.
func Quoted(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(out, ", ")
}
