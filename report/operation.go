package report

import (
	"slices"

	"github.com/gensim/load-generator/report/hist"
)

// Operation is one row: the figures of one operation in one phase.
type Operation struct {
	Kind       string   `json:"kind,omitempty"` // of the users; "" in a run of one kind, and where it is of all kinds
	Method     string   `json:"method"`
	Name       string   `json:"name"`
	Requests   int64    `json:"requests"`             // completed: successes and failures
	Failures   int64    `json:"failures"`             // of Requests
	RPS        float64  `json:"rps"`                  // Requests per second of the phase
	Throughput float64  `json:"throughput"`           // successes per second of the phase
	ResponseMS Figures  `json:"response_ms"`          // done - intended; the headline
	ServiceMS  Figures  `json:"service_ms"`           // done - sent
	SuccessMS  *Figures `json:"success_ms,omitempty"` // response time of successes, where not all were
	Trust      Trust    `json:"trust"`                // of the percentiles in ResponseMS
	Straddlers int64    `json:"straddlers"`           // of Requests: done after the end of their phase
	CutOff     int64    `json:"cut_off"`              // not in Requests: in flight at the end of the run
	InFlight   int64    `json:"in_flight"`            // not in Requests or CutOff: not ended yet, in a run in progress or killed
	WaitingMS  Millis   `json:"waiting_ms,omitempty"` // how long the oldest of InFlight has waited, so what it takes at least
	Bytes      int64    `json:"bytes"`                // of the answers' bodies

	Times
}

// Op returns the operation of the row.
func (o *Operation) Op() Op { return Op{o.Kind, o.Method, o.Name} }

// FailureShare returns failures/requests, 0..1; 0 without requests.
func (o *Operation) FailureShare() float64 { return share(o.Failures, o.Requests) }

// Successes returns how many requests did not fail.
func (o *Operation) Successes() int64 { return o.Requests - o.Failures }

// NewOperation returns the row of an operation over seconds. The row keeps the histograms of t. lag is the wake
// lag of the phase; nil for an operation that no wake-up began. Straddlers and Bytes are the caller's.
func NewOperation(op Op, t Times, seconds float64, lag *hist.Sketch) Operation {
	figures, trust := t.judged(lag)
	o := Operation{
		Kind: op.Kind, Method: op.Method, Name: op.Name,
		Requests: t.Completed(), Failures: int64(t.Failed.Count()), RPS: rate(t.Completed(), seconds),
		Throughput: rate(int64(t.Response.Count()), seconds),
		ResponseMS: figures,
		ServiceMS:  figuresOf(t.Service, t.FailedService, nil),
		Trust:      trust,
		CutOff:     int64(t.Cut.Count()),
		InFlight:   int64(t.Waiting.Count()), WaitingMS: inMillis(t.Waiting.Max()),
		Times: t.kept(),
	}
	if o.Failures > 0 && o.Failures < o.Requests {
		successes := figuresOf(t.Response, nil, nil)
		o.SuccessMS = &successes
	}
	return o
}

// Pool sums up rows of one operation, from phases that last seconds in all. Rows whose histograms were
// left out add nothing to the percentiles. Trust stays empty.
func Pool(op Op, seconds float64, rows ...Operation) Operation {
	var t Times
	for i := range rows {
		t.Merge(&rows[i].Times)
	}
	out := NewOperation(op, t, seconds, nil)
	out.Trust = Trust{}
	for i := range rows {
		out.Straddlers += rows[i].Straddlers
		out.Bytes += rows[i].Bytes
	}
	return out
}

// Row returns the row of an operation. Where there is none, it is made of all rows that op covers, as their exact sum:
// that of an operation over all kinds of users, or of a kind over all its operations. A name that no operation has may be
// that of a transaction, or of an operation with a tag. Nil: there is nothing of it.
func (p *PhaseSummary) Row(op Op) *Operation {
	if op == (Op{}) {
		op.Name = Aggregated
	}
	for _, rows := range [][]Operation{p.Operations, p.Transactions, p.Tags} {
		if row := p.among(rows, op); row != nil || op.Name == "" || op.Name == Aggregated {
			return row
		}
	}
	return nil
}

// among is Row among some rows.
func (p *PhaseSummary) among(rows []Operation, op Op) *Operation {
	var covered []Operation
	for i := range rows {
		switch row := &rows[i]; {
		case row.Op() == op:
			return row
		case op.Covers(row.Op()) && row.Op() != Op{Name: Aggregated}:
			covered = append(covered, *row)
		}
	}
	if covered == nil {
		return nil
	}
	sum := sumUp(op, covered, p.LagSketch)
	return &sum
}

// Overall returns the rows over all kinds of users, the Aggregated one last: Operations itself in a run of one
// kind.
func (p *PhaseSummary) Overall() (rows []Operation) {
	if !slices.ContainsFunc(p.Operations, func(o Operation) bool { return o.Kind != "" }) {
		return p.Operations
	}
	by := map[Op][]Operation{}
	for i := range p.Operations {
		by[p.Operations[i].Op().Anyone()] = append(by[p.Operations[i].Op().Anyone()], p.Operations[i])
	}
	for i := range p.Operations {
		op := p.Operations[i].Op().Anyone()
		switch same := by[op]; len(same) {
		case 0: // it has been summed up
		case 1:
			same[0].Kind = ""
			rows = append(rows, same[0])
		default:
			rows = append(rows, sumUp(op, same, p.LagSketch))
		}
		delete(by, op)
	}
	return rows
}

// sumUp sums up rows of one phase.
func sumUp(op Op, rows []Operation, lag *hist.Sketch) Operation {
	var t Times
	woken := false
	for i := range rows {
		t.Merge(&rows[i].Times)
		woken = woken || rows[i].Trust != Trust{}
	}
	if !woken {
		lag = nil
	}
	out := NewOperation(op, t, 0, lag)
	for i := range rows {
		out.RPS += rows[i].RPS
		out.Throughput += rows[i].Throughput
		out.Straddlers += rows[i].Straddlers
		out.Bytes += rows[i].Bytes
	}
	return out
}

// rate returns n per second; 0 for no time.
func rate(n int64, seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	return float64(n) / seconds
}

// TransactionsCutOff returns how many transactions, and journeys, the end of the run, of a matched arm or of their user cut
// off; 0 without any.
func (p *PhaseSummary) TransactionsCutOff() (n int64) {
	for i := range p.Transactions {
		n += p.Transactions[i].CutOff
	}
	return n
}
