package record

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/figure"
)

// ledgers hold what is not a request: for each sort of rows a Recorder that is a part of another one. So transactions,
// tags and figures take the path of requests, with their phases, seconds, resets and exact merging, and never come
// into a count of requests. There is none of a sort until something is recorded in it.
type ledgers struct {
	mu       sync.Mutex // held while what all have in common changes or one is made; taken before any other lock
	of       [report.SortValue + 1]atomic.Pointer[Recorder]
	declared []report.Declared
}

// Most rows of a sort in a run. What is past them is counted together, in a row named by report.Sort.Other.
const (
	mostTransactions = 200
	mostTags         = 200
	mostFigures      = 100 // of each sort
)

// ledgerBytes bounds the memory of a ledger's seconds.
const ledgerBytes = 8 << 20

// existing returns the ledger of a sort; nil if there is none.
func (r *Recorder) existing(sort report.Sort) *Recorder { return r.ledgers.of[sort].Load() }

// ledger returns the ledger of a sort, which it makes if need be.
func (r *Recorder) ledger(sort report.Sort) *Recorder {
	if l := r.existing(sort); l != nil {
		return l
	}
	r.ledgers.mu.Lock()
	defer r.ledgers.mu.Unlock()
	return r.makeLedger(sort)
}

// makeLedger is ledger for a caller that holds the lock of the ledgers.
func (r *Recorder) makeLedger(sort report.Sort) *Recorder {
	if l := r.existing(sort); l != nil {
		return l
	}
	most := map[report.Sort]int{report.SortTransaction: mostTransactions, report.SortTag: mostTags}[sort]
	if sort.IsFigure() {
		most = mostFigures
	}
	l := newRecorder(Config{Phases: r.phases, Shards: len(r.shards), MaxOps: most, IntervalBytes: ledgerBytes}.withDefaults(), sort)
	r.mu.Lock()
	z, ended := r.zeroed, r.ended
	r.mu.Unlock()
	if z.resets > 0 {
		l.zero(func(zeroed) zeroed { return z })
	}
	if ended >= 0 {
		l.End(ended)
	}
	r.ledgers.of[sort].Store(l)
	return l
}

// each calls do with all ledgers that exist.
func (s *ledgers) each(do func(sort report.Sort, l *Recorder)) {
	for i := range s.of {
		if l := s.of[i].Load(); l != nil {
			do(report.Sort(i), l)
		}
	}
}

// declare gives rows to what a script is known to have, in this order.
func (r *Recorder) declare(list []report.Declared) {
	r.ledgers.declared = list
	for _, d := range list {
		l := r.ledger(d.Sort)
		l.ops.id(report.Op{Name: clean(d.Text(), maxName)})
	}
}

// Of returns where transactions and requests with a tag are recorded, as requests are in s: in rows that no count of
// requests includes.
func (s *Shard) Of(sort report.Sort) *Shard { return s.r.ledger(sort).shards[s.number] }

// RecordTag takes a sample once more, for the row of its operation and a tag, "key=value".
func (s *Shard) RecordTag(tag string, x *Sample) {
	s.lock()
	s.counted(sentRequests, x.Intended, 1)
	s.appendEntry(s.tagged(x.Op, tag), x)
}

// taggedOp is an operation with a tag.
type taggedOp struct {
	op  report.Op
	tag string
}

// tagged returns the number of the row of an operation and a tag.
func (s *Shard) tagged(op report.Op, tag string) uint16 {
	key := taggedOp{op, tag}
	if id, known := s.tags[key]; known {
		return id
	}
	row := op
	row.Name += " {" + tag + "}"
	id := s.newOp(row)
	if id != 0 { // else it is past the limit, and there may be any number of these
		if s.tags == nil {
			s.tags = make(map[taggedOp]uint16)
		}
		s.tags[key] = id
	}
	return id
}

// Add adds n to a counter, in a task that is due at an offset. It returns false, and adds nothing, if n is negative or more
// than 1.0e12.
func (s *Shard) Add(counter report.Op, at time.Duration, n int64) bool {
	if n < 0 || n > figure.MostAdded {
		return false
	}
	for digit := range figure.Digits(n) {
		s.Of(report.SortCounter).put(counter, at, digit, "")
	}
	return true
}

// Answer counts a yes or a no of a rate, in a task that is due at an offset.
func (s *Shard) Answer(rate report.Op, at time.Duration, yes bool) {
	reason := ""
	if !yes {
		reason = "no"
	}
	s.Of(report.SortRate).put(rate, at, 0, reason)
}

// Value adds a number to a histogram, in a task that is due at an offset. It returns false, and adds nothing, if x is
// negative or not a finite number.
func (s *Shard) Value(value report.Op, at time.Duration, x float64) bool {
	d, ok := figure.OfValue(x)
	if ok {
		s.Of(report.SortValue).put(value, at, d, "")
	}
	return ok
}

// put records an entry of a figure.
func (s *Shard) put(name report.Op, at, number time.Duration, reason string) {
	s.lock()
	s.counted(sentRequests, at, 1)
	why := uint16(noReason)
	if reason != "" {
		why = s.reason(reason)
	}
	c, due := s.chunk, int64(at)
	c.records[c.n] = entry{intended: due, woken: due, sent: due, done: due + int64(number), op: s.op(&name), reason: why, later: true}
	s.filled(c)
}

// ends returns when an entry ends, which decides its phase: the time of a span without its pauses is shorter than it lasted,
// and the number of a figure is not a time.
func (f *store) ends(x *entry) int64 {
	switch {
	case f.sort == report.SortTransaction:
		return x.done + x.bytes
	case f.sort.IsFigure():
		return x.intended
	}
	return x.done
}

// addLedgers adds the rows of the ledgers to a Summary.
func (r *Recorder) addLedgers(s *report.Summary, end time.Duration, rows bool) {
	r.ledgers.each(func(sort report.Sort, l *Recorder) {
		of := new(report.Summary)
		l.sumUp(of, end, rows)
		for i := range s.Phases {
			r.ledgers.add(&s.Phases[i], phaseAt(of.Phases, s.Phases[i].StartS), sort, s.ResetS)
		}
		r.ledgers.add(&s.Total, &of.Total, sort, s.ResetS)
		if sort == report.SortTransaction {
			s.TransactionFailures = of.Failures
		}
		for i := range of.Intervals {
			switch x := of.Intervals[i]; {
			case x.Op() == report.Op{Name: report.Aggregated}:
			case sort == report.SortTransaction:
				s.TransactionIntervals = append(s.TransactionIntervals, x)
			case sort == report.SortTag:
				s.TagIntervals = append(s.TagIntervals, x)
			default:
				s.FigureIntervals = append(s.FigureIntervals, report.NewFigureSeries(sort, &x))
			}
		}
	})
}

// add adds the rows of a phase in the ledger of a sort, which count from some second on.
func (s *ledgers) add(to, from *report.PhaseSummary, sort report.Sort, countedFrom float64) {
	rows, seconds := ownRows(from), to.EndS-max(to.StartS, countedFrom)
	switch sort {
	case report.SortTransaction:
		to.Transactions = s.transactions(rows, seconds)
	case report.SortTag:
		to.Tags = rows
	default:
		to.Figures = append(to.Figures, s.figures(sort, rows, seconds)...)
	}
}

// phaseAt returns the phase that begins at a second; an empty one if there is none.
func phaseAt(in []report.PhaseSummary, startS float64) *report.PhaseSummary {
	for i := range in {
		if in[i].StartS == startS {
			return &in[i]
		}
	}
	return new(report.PhaseSummary)
}

// ownRows are the rows of a phase but the Aggregated one.
func ownRows(p *report.PhaseSummary) []report.Operation {
	return p.Operations[:max(0, len(p.Operations)-1)]
}

// transactions adds rows over seconds for what is declared and has none.
func (s *ledgers) transactions(rows []report.Operation, seconds float64) []report.Operation {
	for _, d := range s.declared {
		op := report.Op{Name: d.Name}
		if d.Sort == report.SortTransaction && !slices.ContainsFunc(rows, func(o report.Operation) bool { return o.Op().Anyone() == op }) {
			rows = append(rows, report.NewOperation(op, report.Times{}, seconds, nil))
		}
	}
	return rows
}

// figures makes figures of rows over seconds, and of what is declared and has none.
func (s *ledgers) figures(sort report.Sort, rows []report.Operation, seconds float64) (out []report.Figure) {
	names := make(map[string]bool)
	for i := range rows {
		d := report.Declare(sort, rows[i].Name)
		names[d.Name] = true
		out = append(out, report.NewFigure(rows[i].Kind, d, &rows[i].Times, seconds))
	}
	for _, d := range s.declared {
		if d.Sort == sort && !names[d.Name] {
			out = append(out, report.NewFigure("", d, new(report.Times), seconds))
		}
	}
	return out
}

// lookLedgers adds the rows of the ledgers to a Snapshot.
func (r *Recorder) lookLedgers(s *report.Snapshot, quantiles []float64) {
	r.ledgers.each(func(sort report.Sort, l *Recorder) {
		switch sort {
		case report.SortTransaction:
			s.Transactions = l.Snapshot(s.At, quantiles...).Ops
		case report.SortTag:
			s.Tags = l.Snapshot(s.At, quantiles...).Ops
		default:
			of := new(report.Summary)
			l.sumUp(of, s.At, false)
			s.Figures = append(s.Figures, r.ledgers.figures(sort, ownRows(&of.Total), (s.At-r.countedFrom()).Seconds())...)
		}
	})
}

// FollowSort is Follow for the rows of another sort. Of a counter, Change.Successes are parts of what was added, see
// Change.Sum; of a rate they are yes, and failures no; of a value they are thousandths.
func (r *Recorder) FollowSort(sort report.Sort) *Follower { return &Follower{parent: r, sort: sort} }

// Sum returns what was added to a counter.
func (c *Change) Sum() (n int64) {
	for _, b := range c.Successes {
		n += figure.SumOf(b)
	}
	return n
}
