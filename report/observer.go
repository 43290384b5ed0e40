package report

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// Observer is told of runs as they happen: by tracing and metrics systems, which this module's
// core knows nothing of. It may be told of several runs at once. A panic of it, or of what it
// returns, is an exception of the run; tasks and requests do not notice.
type Observer interface {
	// BeginRun is called before the first task of a run. It returns who observes that run; nil
	// observes nothing.
	BeginRun(Run) RunObserver
}

// Run tells an Observer which run begins.
type Run struct {
	Name       string
	Seed       uint64
	PlanDigest string
	Start      time.Time   // offset 0, with its monotonic reading
	Phases     []PhaseInfo // in time order
	Recorder   *Recorder   // where the run is measured; for reading
}

// RunObserver observes one run. BeginPhase, Watch and EndRun are never called at the same time, so
// they need no lock among each other.
type RunObserver interface {
	// BeginPhase is called at the start of each phase that the run reaches, in order and once each,
	// the first at offset 0, however short the phase is; one that a cut run never reaches is not
	// announced, and zeroing the statistics announces nothing. It waits for a Watch that is still
	// running, so it may come late: info.Start is the exact offset. It delays neither tasks nor
	// hooks, only the next BeginPhase and Watch. info must not be changed.
	BeginPhase(i int, info PhaseInfo)
	// BeginTask is called before each task, on the task's goroutine and by many at once. The task
	// runs with the context it returns, if it is not nil. A nil TaskSpan costs the task nothing
	// further: what is seldom looked at must be decided here, before anything is built.
	BeginTask(context.Context, Task) (context.Context, TaskSpan)
	// Watch is called every second and at the end, never twice at the same time. A slow Watch
	// skips seconds.
	Watch(*Snapshot)
	// EndRun is called once when everything is measured, after the last Watch. It may add notes
	// to the Summary.
	EndRun(*Summary)
}

// TaskSpan observes one task. BeginRequest may be called by several goroutines at once.
type TaskSpan interface {
	// BeginRequest is called when an operation of the task is sent. Its response time counts
	// from intended. Nil does not look at it.
	BeginRequest(op Op, intended, sent time.Duration) RequestSpan
	// End is called when the task has ended at offset done, with its error. cut says that the end
	// of the run, or of the user, cut it off.
	End(done time.Duration, err error, cut bool)
}

// RequestSpan observes one operation.
type RequestSpan interface {
	// Propagate is called before a request goes to url. set adds a header to it.
	Propagate(url string, set func(key, value string))
	// End is called once, with what came of it.
	End(Outcome)
}

// Outcome is what came of one operation.
type Outcome struct {
	Name   string        // of the operation's row, where the outcome decides it; "" is the name that it began with
	Done   time.Duration // last byte, error or timeout; an offset
	Reason string        // short and stable; "" is success, CutOff no failure
	Bytes  int64         // of the answer's body
	Status int           // of the answer in the operation's protocol; 0 if there is none
	Err    error         // the cause in detail; may be nil in a failure
}

// Request is one operation between its begin and its end. All methods of the zero Request, and
// of one that has ended, do nothing.
type Request struct {
	scope    *Scope
	span     RequestSpan
	op       Op
	flight   flightID
	intended time.Duration // where its response time counts from
	sent     time.Duration
	first    bool
}

// Begin notes that an operation is sent now, at offset sent. Each later one of a task counts from its
// own send; the first one counts from the task's intended start plus the time that the script itself
// took up to here, so that what the generator was late and what the user's earlier requests held up is
// part of the response time, and what the script computed or slept is not. The caller must End it.
func (s *Scope) Begin(op Op, sent time.Duration) Request { return s.BeginAfter(op, sent, sent) }

// BeginAfter is Begin for an operation that the task asked for at offset asked and that had to wait
// for a free connection until sent. In both rules asked stands for sent.
func (s *Scope) BeginAfter(op Op, asked, sent time.Duration) Request {
	q := s.Ask(op, asked)
	q.Sent(sent)
	return q
}

// Ask is the first half of BeginAfter, for an operation that is about to wait for a free connection:
// from here on it is in flight. Sent is the other half.
func (s *Scope) Ask(op Op, asked time.Duration) Request {
	if s == nil {
		return Request{}
	}
	q := Request{scope: s, op: op, intended: asked, sent: asked, first: !s.begun.Load() && !s.begun.Swap(true)}
	if q.first {
		q.intended = s.task.counts(asked)
	}
	if s.task.Shard != nil {
		q.flight = s.task.Shard.begin(s, op, asked, q.intended)
	}
	return q
}

// Sent notes that the operation is handed to the wire at an offset. Call it once after Ask.
func (q *Request) Sent(at time.Duration) {
	s := q.scope
	if s == nil {
		return
	}
	if q.sent = at; s.span != nil {
		s.tell(func() { q.span = s.span.BeginRequest(q.op, q.intended, at) })
	}
}

// counts returns the offset that the response time of the task's first request counts from, which
// it asks for at another one.
func (t *Task) counts(asked time.Duration) time.Duration {
	return t.Intended + t.Own + max(0, asked-t.began())
}

// began returns when the task's code got control.
func (t *Task) began() time.Duration { return max(t.Begun, t.Woken) }

// Traced says that somebody observes this operation. Only then is a call of Propagate worth its
// arguments.
func (q *Request) Traced() bool { return q.span != nil }

// Propagate tells the observer where the request goes and lets it set headers.
func (q *Request) Propagate(url string, set func(key, value string)) {
	if q.span != nil {
		q.scope.tell(func() { q.span.Propagate(url, set) })
	}
}

// End records the operation.
func (q *Request) End(o Outcome) {
	s := q.scope
	if s == nil {
		return
	}
	q.scope = nil
	if o.Reason != "" && o.Reason != CutOff {
		s.failed.Store(true)
	}
	if s.task.Shard != nil {
		var op Op
		if o.Name != "" {
			op = Op{q.op.Method, o.Name}
		}
		x := Sample{
			Op: op, Intended: q.intended, Woken: q.intended, Sent: q.sent, Done: o.Done,
			Err: o.Reason, Bytes: o.Bytes, Later: !q.first,
		}
		if q.first {
			x.Woken += s.task.Woken - s.task.Intended
		}
		s.task.Shard.end(s, q.flight, &x)
	}
	if q.span != nil {
		s.tell(func() { q.span.End(o) })
	}
}

// End tells the observer that the task has ended. cut says that the end of the run, or of the
// user, cut it off.
func (s *Scope) End(err error, cut bool) {
	if s != nil && s.span != nil {
		s.tell(func() { s.span.End(s.Now(), err, cut) })
	}
}

// tell tells the observer something. A panic of it is an exception of the run; the task and its
// requests do not notice.
func (s *Scope) tell(what func()) {
	defer func() {
		if p := recover(); p != nil && s.task.Shard != nil {
			s.task.Shard.r.Exception("panic", fmt.Sprint("Observer: ", p), string(debug.Stack()), s.Now())
		}
	}()
	what()
}
