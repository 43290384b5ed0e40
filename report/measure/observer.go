package measure

import (
	"context"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/timing"
)

// Observer follows runs as they happen: tracing and metrics systems implement it, which this module's
// core knows nothing of. It may follow several runs at once. A panic of it, or of what it
// returns, is an exception of the run; tasks and requests do not notice.
type Observer interface {
	// BeginRun is called before the first task of a run. It returns the observer of that run; nil
	// observes nothing.
	BeginRun(Run) RunObserver
}

// Run describes to an Observer the run that starts.
type Run struct {
	Name       string
	Seed       uint64
	PlanDigest string
	Start      time.Time          // offset 0, with its monotonic reading
	Phases     []report.PhaseInfo // in time order
	Recorder   *record.Recorder   // where the run is measured; for reading
	// Worker is the id of the process whose share of the run this is; its coordinator observes the
	// whole run, so here figures and events would be there twice. "": this is the whole run.
	Worker string
}

// RunObserver observes one run. BeginPhase, Watch and EndRun are never called at the same time, so
// they need no lock among each other.
type RunObserver interface {
	// BeginPhase is called at the start of each phase that the run reaches, in order and once each,
	// the first at offset 0, however short the phase is; one that a cut run never reaches is not
	// announced, and zeroing the statistics announces nothing. It waits for a Watch that is still
	// running, so it may come late: info.Start is the exact offset. It delays neither tasks nor
	// hooks, only the next BeginPhase and Watch. info must not be changed.
	BeginPhase(i int, info report.PhaseInfo)
	// BeginTask is called before each task, on the task's goroutine and by many at once. The task
	// runs with the context it returns, if it is not nil. A nil TaskSpan costs the task nothing
	// further: what is seldom looked at must be decided here, before anything is built.
	BeginTask(context.Context, Task) (context.Context, TaskSpan)
	// Watch is called every second and at the end, never twice at the same time. A slow Watch
	// skips seconds.
	Watch(*report.Snapshot)
	// EndRun is called once when everything is measured, after the last Watch. It may add notes
	// to the Summary.
	EndRun(*report.Summary)
}

// TaskSpan observes one task. BeginRequest may be called by several goroutines at once.
type TaskSpan interface {
	// BeginRequest is called when an operation of the task is sent. Its response time counts
	// from intended. Nil does not look at it.
	BeginRequest(op report.Op, intended, sent time.Duration) RequestSpan
	// End is called when the task has ended at offset done, with its error. cut says that the end
	// of the run, or of the user, cut it off.
	End(done time.Duration, err error, cut bool)
}

// RequestSpan observes one operation.
type RequestSpan interface {
	// Propagate is called before a request goes to url. set adds a header to it.
	Propagate(url string, set func(key, value string))
	// End is called once, with the outcome.
	End(Outcome)
}

// Tracer is a RequestSpan that is a span of a trace, by which people find the operation elsewhere.
type Tracer interface {
	// Trace returns the ids of trace and span in hexadecimal digits; "" unless the trace is kept. It is called after End.
	Trace() (trace, span string)
}

// TraceReader is a RunObserver that wants to know which operations others among [Observers] trace, such as one that has
// examples for its figures.
type TraceReader interface {
	// ReadTrace is called after an operation that a Tracer follows, unless it was cut off; by many goroutines at once.
	ReadTrace(Traced)
}

// Traced is an operation that is in a trace.
type Traced struct {
	Op             report.Op     // of its row
	Intended, Done time.Duration // offsets; what lies between is the response time
	Failed         bool
	Trace, Span    string // ids
}

// Outcome is the result of one operation.
type Outcome struct {
	Name   string        // of the operation's row, where the outcome decides it; "" is the name that it began with
	Done   time.Duration // last byte, error or timeout; an offset
	Reason string        // short and stable; "" is success, CutOff no failure
	Bytes  int64         // of the answer's body
	Status int           // of the answer in the operation's protocol; 0 if there is none
	Err    error         // the cause in detail; may be nil in a failure

	// Timings are the parts of the time from the call to Done, without timing.Late, which follows; zero: not measured.
	Timings timing.Times
}
