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

// RunObserver observes one run.
type RunObserver interface {
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
	Done   time.Duration // last byte, error or timeout; an offset
	Reason string        // short and stable; "" is success, CutOff no failure
	Bytes  int64         // of the answer's body
	Status int           // of the answer in the operation's protocol; 0 if there is none
	Err    error         // the cause in detail; may be nil in a failure
}

// Request is one operation between its begin and its end. All methods of the zero Request do
// nothing.
type Request struct {
	scope *Scope
	span  RequestSpan
	op    Op
	asked time.Duration // when the task wanted it sent
	sent  time.Duration
	first bool
}

// Begin notes that an operation is sent now, at offset sent. The first one of a task counts from
// the task's intended start, each later one from its own send. The caller must End it.
func (s *Scope) Begin(op Op, sent time.Duration) Request { return s.BeginAfter(op, sent, sent) }

// BeginAfter is Begin for an operation that the task asked for at offset asked and that had to wait
// for a free connection until sent. A later operation of the task counts from asked.
func (s *Scope) BeginAfter(op Op, asked, sent time.Duration) Request {
	if s == nil {
		return Request{}
	}
	q := Request{scope: s, op: op, asked: asked, sent: sent, first: !s.begun.Load() && !s.begun.Swap(true)}
	if s.span != nil {
		intended := q.intended()
		s.tell(func() { q.span = s.span.BeginRequest(op, intended, sent) })
	}
	return q
}

// intended is the offset that the response time counts from.
func (q *Request) intended() time.Duration {
	if q.first {
		return q.scope.task.Intended
	}
	return q.asked
}

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
	if o.Reason != "" && o.Reason != CutOff {
		s.failed.Store(true)
	}
	if s.task.Shard != nil {
		x := Sample{
			Op: q.op, Intended: q.asked, Woken: q.asked, Sent: q.sent, Done: o.Done,
			Err: o.Reason, Bytes: o.Bytes, Later: !q.first,
		}
		if q.first {
			x.Intended, x.Woken = s.task.Intended, s.task.Woken
		}
		s.task.Shard.Record(&x)
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
