package measure

import (
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/timing"
)

// Span is one operation between its start and its end. All methods of the zero Span, and
// of one that has ended, do nothing.
type Span struct {
	scope    *Scope
	observer RequestSpan
	op       report.Op
	flight   record.Flight
	intended time.Duration // where its response time counts from
	asked    time.Duration
	sent     time.Duration
	first    bool
	after    bool // it begins after the end of the run
}

// Begin notes that an operation is sent now, at offset sent. Each later one of a task counts from its
// own send; the first one counts from the task's intended start plus the time that the script itself
// took up to here, so that what the generator was late and what the user's earlier requests held up is
// part of the response time, and what the script computed or slept is not. The caller must End it.
func (s *Scope) Begin(op report.Op, sent time.Duration) Span {
	var q Span
	q.ask(s, op, sent)
	q.Sent(sent)
	return q
}

// Ask is the first half of Begin, for an operation that may have to wait for a free connection: from
// here on it is in flight, and asked stands for sent in both rules. Sent is the other half.
func (s *Scope) Ask(op report.Op, asked time.Duration) Span {
	var q Span
	q.ask(s, op, asked)
	return q
}

// ask is Ask in place of a zero Span, which is large to copy.
func (q *Span) ask(s *Scope, op report.Op, asked time.Duration) {
	if s == nil {
		return
	}
	op.Kind = s.task.Kind
	q.scope, q.op, q.intended, q.asked, q.sent = s, op, asked, asked, asked
	if q.first = !s.begun.Load() && !s.begun.Swap(true); q.first {
		q.intended = s.task.intendedFor(asked)
	}
	if s.task.Shard == nil {
		return
	}
	if q.after = !s.task.Hook && s.task.Shard.Recorder().Over(q.intended); !q.after {
		q.flight = s.task.Shard.Begin(&s.waits, op, asked, q.intended)
	}
}

// Sent notes that the operation is handed to the wire at an offset. Call it once after Ask.
func (q *Span) Sent(at time.Duration) {
	s := q.scope
	if s == nil {
		return
	}
	if q.sent = at; s.observer != nil && !q.after { // what is in no figure is in no exporter's either
		s.notify(func() { q.observer = s.observer.BeginRequest(q.op, q.intended, at) })
	}
}

// Traced reports whether this operation is observed. Only then is a call of Propagate worth its
// arguments.
func (q *Span) Traced() bool { return q.observer != nil }

// Propagate passes the observer where the request goes and lets it set headers.
func (q *Span) Propagate(url string, set func(key, value string)) {
	if q.observer != nil {
		q.scope.notify(func() { q.observer.Propagate(url, set) })
	}
}

// End records the operation.
func (q *Span) End(o Outcome) {
	s := q.scope
	if s == nil {
		return
	}
	q.scope = nil
	if o.Reason != "" && o.Reason != report.CutOff {
		s.failed.Store(true)
	}
	switch {
	case q.after:
		s.Note("requests that began after the end of the run, in tasks that were let finish: in no figure")
	case s.task.Shard != nil:
		var op report.Op
		if o.Name != "" {
			op = report.Op{Kind: q.op.Kind, Method: q.op.Method, Name: o.Name}
		}
		x := record.Sample{
			Op: op, Intended: q.intended, Woken: q.intended, Sent: q.sent, Done: o.Done,
			Err: o.Reason, Bytes: o.Bytes, Later: !q.first, Timings: o.Timings,
		}
		if o.Timings != (timing.Times{}) {
			x.Timings[timing.Late] = max(0, q.asked-q.intended)
		}
		if q.first {
			x.Woken += s.task.Woken - s.task.Intended
		}
		s.task.Shard.End(&s.waits, q.flight, &x)
		if s.span != nil || s.tags != nil {
			q.also(s, &x)
		}
	}
	if q.observer != nil {
		s.notify(func() { q.observer.End(o) })
	}
}

// also counts the operation for the tags and transactions that it is in.
func (q *Span) also(s *Scope, x *record.Sample) {
	if x.Op == (report.Op{}) {
		x.Op = q.op
	}
	if s.tags != nil {
		for _, t := range *s.tags {
			s.task.Shard.Of(report.SortTag).RecordTag(t.text, x)
		}
	}
	if s.span != nil && x.Err != "" && x.Err != report.CutOff {
		s.spans.Load().fail(s.span, x.Op.Anyone().String()+": "+x.Err)
	}
}

// Record takes one operation that was sent and done at these offsets. reason is short and
// stable; "" is success. The offset that its response time counts from is that of [Scope.Begin].
func (s *Scope) Record(op report.Op, sent, done time.Duration, reason string, bytes int64) {
	q := s.Begin(op, sent)
	q.End(Outcome{Done: done, Reason: reason, Bytes: bytes})
}
