package claim

import (
	"slices"

	"github.com/gensim/load-generator/report"
)

// rowIn returns the row of an operation, that of all of them for the zero Op, or else that of a transaction or of an operation
// with a tag; nil if there is none.
func rowIn(p *report.PhaseSummary, op report.Op) *report.Operation {
	for _, rows := range [][]report.Operation{p.Operations, p.Transactions, p.Tags} {
		if row := rowOf(p, rows, op); row != nil {
			return row
		}
	}
	return nil
}

// rowOf is rowIn among some rows of a phase.
func rowOf(p *report.PhaseSummary, rows []report.Operation, op report.Op) *report.Operation {
	if op == (report.Op{}) {
		op.Name = report.Aggregated
	}
	for i := range rows {
		if rows[i].Op().String() == op.String() {
			return &rows[i]
		}
	}
	return overall(p, rows, op)
}

// overall sums up the rows that an operation covers: those of all kinds of users, or all of one kind. Nil: there
// are none.
func overall(p *report.PhaseSummary, rows []report.Operation, op report.Op) *report.Operation {
	for i := range rows { // whose method, if it is not one of HTTP, is part of the name in a claim
		if o := rows[i].Op(); o.Anyone().String() == op.Anyone().String() {
			op.Method, op.Name = o.Method, o.Name
		}
	}
	these := report.PhaseSummary{Operations: rows, LagSketch: p.LagSketch}
	return these.Row(op)
}

// part is what the claim is about: the whole run, a phase, or the phases of an arm together.
func (j *judgement) part() *report.PhaseSummary {
	if j.claim.Phase == "" {
		return &j.sum.Total
	}
	phases := find(j.phases, j.claim.Phase)
	if len(phases) == 1 {
		return &j.sum.Phases[phases[0]]
	}
	arm := &report.PhaseSummary{LagSketch: j.sum.WakeLag(phases...)}
	arm.Operations = j.pooled(phases, arm, func(p *report.PhaseSummary) []report.Operation { return p.Operations })
	arm.Transactions = j.pooled(phases, arm, func(p *report.PhaseSummary) []report.Operation { return p.Transactions })
	arm.Tags = j.pooled(phases, arm, func(p *report.PhaseSummary) []report.Operation { return p.Tags })
	return arm
}

// pooled sums up rows of all phases of an arm, whose wake lag is known.
func (j *judgement) pooled(phases []int, arm *report.PhaseSummary, of func(*report.PhaseSummary) []report.Operation) (out []report.Operation) {
	seconds := j.seconds(phases)
	for _, row := range of(&j.sum.Total) {
		op, same := row.Op(), []report.Operation{}
		for _, i := range phases {
			if row := rowOf(&j.sum.Phases[i], of(&j.sum.Phases[i]), op); row != nil {
				same = append(same, *row)
			}
		}
		if len(same) > 0 {
			all := report.Pool(op, seconds, same...)
			all.Trust = all.TrustGiven(arm.LagSketch)
			out = append(out, all)
		}
	}
	return out
}

// seconds is how long phases last together.
func (j *judgement) seconds(phases []int) (s float64) {
	for _, i := range phases {
		s += j.sum.Phases[i].EndS - j.sum.Phases[i].StartS
	}
	return s
}

// withRow is the claim with the operation that its first word turns out to be, where there is no such phase: "checkout
// p95 < 2s" is about a transaction.
func (c *Claim) withRow(isPhase, isRow func(string) bool) Claim {
	out := *c
	name := c.Phase
	if c.Op != (report.Op{}) {
		name += " " + c.Op.String()
	}
	if c.Metric != Own && c.Phase != "" && c.Against == "" && !isPhase(c.Phase) && isRow(name) {
		out.Phase, out.Op = "", ParseOp(name)
	}
	return out
}

// hasPhase says whether the run has a phase, or was to have it.
func (j *judgement) hasPhase(name string) bool {
	return find(j.phases, name) != nil || slices.Contains(j.sum.NotReached, name)
}

// hasRow says whether the run has rows of a name.
func (j *judgement) hasRow(name string) bool {
	return rowIn(&j.sum.Total, ParseOp(name)) != nil || figureIn(j.sum.Total.Figures, report.Op{Name: name}) != nil
}

// noun is what the rows of the claim count.
func (j *judgement) noun() string {
	in := j.so
	if in == nil {
		in = &j.sum.Total
	}
	if op := j.claim.Op; op != (report.Op{}) && rowOf(in, in.Operations, op) == nil && rowOf(in, in.Transactions, op) != nil {
		return "transaction"
	}
	return "request"
}
