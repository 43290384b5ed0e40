package measure

import (
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Span is one operation between its start and its end. All methods of the zero Span, and
// of one that has ended, do nothing.
type Span struct {
	scope    *Scope
	observer RequestSpan
	op       report.Op
	flight   record.Flight
	intended time.Duration // where its response time counts from
	sent     time.Duration
	first    bool
}

// Begin notes that an operation is sent now, at offset sent. Each later one of a task counts from its
// own send; the first one counts from the task's intended start plus the time that the script itself
// took up to here, so that what the generator was late and what the user's earlier requests held up is
// part of the response time, and what the script computed or slept is not. The caller must End it.
func (s *Scope) Begin(op report.Op, sent time.Duration) Span {
	q := s.Ask(op, sent)
	q.Sent(sent)
	return q
}

// Ask is the first half of Begin, for an operation that may have to wait for a free connection: from
// here on it is in flight, and asked stands for sent in both rules. Sent is the other half.
func (s *Scope) Ask(op report.Op, asked time.Duration) Span {
	if s == nil {
		return Span{}
	}
	q := Span{scope: s, op: op, intended: asked, sent: asked, first: !s.begun.Load() && !s.begun.Swap(true)}
	if q.first {
		q.intended = s.task.intendedFor(asked)
	}
	if s.task.Shard != nil {
		q.flight = s.task.Shard.Begin(&s.waits, op, asked, q.intended)
	}
	return q
}

// Sent notes that the operation is handed to the wire at an offset. Call it once after Ask.
func (q *Span) Sent(at time.Duration) {
	s := q.scope
	if s == nil {
		return
	}
	if q.sent = at; s.observer != nil {
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
	if s.task.Shard != nil {
		var op report.Op
		if o.Name != "" {
			op = report.Op{Method: q.op.Method, Name: o.Name}
		}
		x := record.Sample{
			Op: op, Intended: q.intended, Woken: q.intended, Sent: q.sent, Done: o.Done,
			Err: o.Reason, Bytes: o.Bytes, Later: !q.first,
		}
		if q.first {
			x.Woken += s.task.Woken - s.task.Intended
		}
		s.task.Shard.End(&s.waits, q.flight, &x)
	}
	if q.observer != nil {
		s.notify(func() { q.observer.End(o) })
	}
}

// Record takes one operation that was sent and done at these offsets. reason is short and
// stable; "" is success. The offset that its response time counts from is that of [Scope.Begin].
func (s *Scope) Record(op report.Op, sent, done time.Duration, reason string, bytes int64) {
	q := s.Begin(op, sent)
	q.End(Outcome{Done: done, Reason: reason, Bytes: bytes})
}
