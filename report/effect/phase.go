package effect

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
)

// Phase names a phase of a run that has ended.
type Phase struct {
	Run  *report.Summary
	Name string
}

// all is the row of all operations together.
var all = report.Op{Name: report.Aggregated}

// section is a phase with what an effect needs of it.
type section struct {
	Phase
	of        *report.PhaseSummary
	from, end float64  // usable, offsets in s
	whole     *stretch // all operations together, the whole phase
	stretches map[report.Op]*stretch
	bases     map[int]*basis // by number of intervals, shared by all sections
	mserCut   float64        // how much after the ramp MSER-5 would cut, s
}

// sections finds phases and their usable parts.
func sections(o *Options, phases ...Phase) ([]*section, error) {
	out, bases := make([]*section, len(phases)), map[int]*basis{}
	for i, p := range phases {
		of, err := p.find()
		if err != nil {
			return nil, err
		}
		s := &section{Phase: p, of: of, end: of.EndS, bases: bases, stretches: map[report.Op]*stretch{}}
		s.from = min(s.rampEnd()+o.settle(of), s.end)
		s.whole = newStretch(s.series(all))
		s.mserCut = float64(mser(s.whole.between(s.rampEnd(), s.end).means())) * s.whole.width
		s.end = min(s.whole.complete(s.from, s.end), s.uncut())
		out[i] = s
	}
	return out, nil
}

// rampEnd returns where the ramp of the phase is over, s.
func (s *section) rampEnd() float64 { return max(s.of.StartS, s.of.RampEndS) }

// settle returns the settling time of a phase, s.
func (o *Options) settle(of *report.PhaseSummary) float64 {
	if o.Settle != 0 {
		return max(0, o.Settle.Seconds())
	}
	return max(0, of.SettleS)
}

// find returns the summary of the phase; the error has the names that there are.
func (p Phase) find() (*report.PhaseSummary, error) {
	if p.Run == nil {
		return nil, fmt.Errorf("effect: phase %q of no run", p.Name)
	}
	names := make([]string, len(p.Run.Phases))
	for i := range p.Run.Phases {
		if names[i] = p.Run.Phases[i].Name; names[i] == p.Name {
			return &p.Run.Phases[i], nil
		}
	}
	if slices.Contains(p.Run.NotReached, p.Name) {
		return nil, fmt.Errorf("effect: the run ended before phase %q began", p.Name)
	}
	return nil, fmt.Errorf("effect: no phase %q; the run has %s", p.Name, quoted(names))
}

// stretch returns the usable part for an operation; without requests if there were none.
func (s *section) stretch(op report.Op) *stretch {
	if x := s.stretches[op]; x != nil {
		return x
	}
	whole := s.whole
	if op != all {
		whole = newStretch(s.series(op))
	}
	x := whole.between(s.from, s.end)
	if row := s.row(op); row != nil {
		x.left.CutOff = row.CutOff
	}
	x.left.Missing += int64(math.Round(s.cutBefore(op, s.end)))
	x.left.Settling = s.from - s.of.StartS
	s.stretches[op] = x
	if s.bases[x.len()] == nil {
		s.bases[x.len()] = newBasis(x.len())
	}
	x.basis = s.bases[x.len()]
	return x
}

// series returns the intervals of an operation in the phase; empty ones if it had no requests.
func (s *section) series(op report.Op) *report.Series {
	empty := &report.Series{Phase: s.Name, WidthS: 1, StartS: int(s.of.StartS), Slots: max(0, int(s.of.EndS)-int(s.of.StartS))}
	for i := range s.Run.Intervals {
		switch x := &s.Run.Intervals[i]; {
		case x.Phase != s.Name:
		case x.Op() == op:
			return x
		default:
			empty.WidthS, empty.StartS, empty.Slots = x.WidthS, x.StartS, x.Slots
		}
	}
	empty.Method, empty.Name = op.Method, op.Name
	return empty
}

// uncut returns where the phase ends to be complete in spite of the requests that the end of the run cut, as
// complete does for straddlers.
func (s *section) uncut() float64 {
	x, end := s.whole.between(s.from, s.of.EndS), s.of.EndS
	limit := fewStraddlers * x.requests
	for at := end; at > end-mostEdge*x.seconds(); at -= x.width {
		if s.cutBefore(all, at) <= limit {
			return at
		}
	}
	return end - mostEdge*x.seconds()
}

// cutBefore returns how many requests of an operation, meant to start in the phase before an offset, the end of
// the run cut, or that are in flight; all of them where their ages are not known.
func (s *section) cutBefore(op report.Op, at float64) float64 {
	row := s.row(op)
	switch {
	case row == nil:
		return 0
	case row.Cut.Count()+row.Waiting.Count() == 0:
		return float64(row.CutOff + row.InFlight)
	}
	age := time.Duration((s.Run.EndS - at) * float64(time.Second))
	return row.Cut.CountAbove(age) + row.Waiting.CountAbove(age)
}

// row returns the figures of an operation in the whole phase; nil: none.
func (s *section) row(op report.Op) *report.Operation {
	for i := range s.of.Operations {
		if row := &s.of.Operations[i]; row.Op() == op {
			return row
		}
	}
	return nil
}

// operations returns all operations of the sections, Aggregated first.
func operations(in []*section) []report.Op {
	ops := []report.Op{all}
	for _, s := range in {
		for i := range s.Run.Intervals {
			if x := &s.Run.Intervals[i]; x.Phase == s.Name && !slices.Contains(ops, x.Op()) {
				ops = append(ops, x.Op())
			}
		}
	}
	return ops
}

// checkOp says that an operation is not among those there are.
func checkOp(op report.Op, ops []report.Op) error {
	if slices.Contains(ops, op) {
		return nil
	}
	names := make([]string, len(ops))
	for i, o := range ops {
		names[i] = o.String()
	}
	return fmt.Errorf("effect: no operation %q in these phases; there are %s", op.String(), quoted(names))
}

// quoted lists names.
func quoted(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(out, ", ")
}

// began is when the phase did, by the wall clock: runs have clocks of their own.
func (s *section) began() time.Time {
	return s.Run.Start.Add(time.Duration(s.of.StartS * float64(time.Second)))
}

// usable returns how many seconds of the phase count.
func (s *section) usable() float64 { return s.stretch(all).seconds() }

// edge returns the part of the phase that is left out at its end, s: split intervals, and those whose slow requests
// are missing because they were done after the phase.
func (s *section) edge() float64 {
	return math.Max(0, s.of.EndS-s.of.StartS-s.stretch(all).left.Settling-s.usable())
}
