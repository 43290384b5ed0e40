package measure

import (
	"context"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Transaction is a span over several operations, by its name in the report; best a constant:
//
//	const checkout = measure.Transaction("checkout")
//
// It has a row that no count of requests includes. It fails if an operation in it failed, with the name and the reason of
// the first one, or if its function returns an error. It belongs to the phase and the second of its start, is cut off
// with its task at the latest, and in flight until then, all as requests are. Transactions may contain others, and each
// counts; those of the same name share a row, also where one contains the other.
type Transaction string

// Do runs f as one span and returns its error. The time of a [Pause] in f is left out; [Transaction.Elapsed] counts it.
// Operations belong to the span if they get the context that f gets. The span of a task that has sent nothing before it
// begins at the task's intended start plus what the script itself took, like a first request; any other one begins now.
// Where f panics the reason is "panic", and the panic continues. Outside a run Do only calls f.
func (t Transaction) Do(ctx context.Context, f func(context.Context) error) error {
	return t.run(ctx, f, false)
}

// Elapsed is Do with the time of pauses.
func (t Transaction) Elapsed(ctx context.Context, f func(context.Context) error) error {
	return t.run(ctx, f, true)
}

// Declare implements Figure.
func (t Transaction) Declare() report.Declared {
	return report.Declare(report.SortTransaction, string(t))
}

func (t Transaction) run(ctx context.Context, f func(context.Context) error, elapsed bool) error {
	s := FromContext(ctx)
	if !s.takes(report.SortTransaction, string(t)) {
		return f(ctx)
	}
	c := &spanCtx{scopeCtx: scopeCtx{ctx, *s}}
	c.scope.span = &c.span
	s.spans.CompareAndSwap(nil, &c.all)
	c.span.begin(s, string(t), elapsed)
	reason := "panic" // until f has returned
	defer func() { s.spans.Load().end(s.taskRun, &c.span, reason) }()
	err := f(c)
	reason = Reason(ctx, err)
	return err
}

// spanCtx holds a transaction and the context of what is in it in one allocation, with the list of the task's transactions,
// which is that of its first one.
type spanCtx struct {
	scopeCtx
	span openSpan
	all  openSpans
}

// openSpan is a transaction that has begun. The lock of the task's openSpans guards all but the first five.
type openSpan struct {
	outer          *openSpan // around it; nil: none
	first          bool
	elapsed        bool
	intended, sent time.Duration
	flight         record.Flight

	before, after *openSpan // of the same task
	paused        pauses
	reason        string // of the first operation that failed
	ended         bool
}

// openSpans are the transactions of a task that have begun and not ended.
type openSpans struct {
	mu   sync.Mutex
	last *openSpan
}

// begin begins a transaction within s.
func (t *openSpan) begin(s *Scope, name string, elapsed bool) {
	now := s.Now()
	t.outer, t.elapsed, t.first = s.span, elapsed, !s.begun.Load()
	t.intended, t.sent = now, now
	if t.first {
		t.intended = s.task.intendedFor(now)
	}
	t.flight = s.task.Shard.Of(report.SortTransaction).Begin(nil, s.own(name), now, t.intended)
	all := s.spans.Load()
	all.mu.Lock()
	defer all.mu.Unlock()
	if t.before = all.last; t.before != nil {
		t.before.after = t
	}
	all.last = t
}

// fail notes that an operation failed in a transaction, and in those around it.
func (all *openSpans) fail(t *openSpan, reason string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for ; t != nil; t = t.outer {
		if t.reason == "" {
			t.reason = reason
		}
	}
}

// end records a transaction, unless it has been.
func (all *openSpans) end(r *taskRun, t *openSpan, reason string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if t.ended {
		return
	}
	t.ended = true
	all.unlink(t)
	if t.reason != "" {
		reason = t.reason
	}
	now := time.Since(r.task.Epoch)
	x := record.Sample{Intended: t.intended, Woken: t.intended, Sent: t.sent, Done: now, Err: reason, Later: !t.first}
	if t.first {
		x.Woken += r.task.Woken - r.task.Intended
	}
	if !t.elapsed {
		out := t.paused.until(now)
		x.Done, x.Bytes = now-out, int64(out)
	}
	r.task.Shard.Of(report.SortTransaction).End(nil, t.flight, &x)
}

// unlink takes a transaction out of the list.
func (all *openSpans) unlink(t *openSpan) {
	if t.after != nil {
		t.after.before = t.before
	} else {
		all.last = t.before
	}
	if t.before != nil {
		t.before.after = t.after
	}
	t.before, t.after = nil, nil
}

// cutSpans ends the transactions that outlive their task.
func (r *taskRun) cutSpans() {
	all := r.spans.Load()
	if all == nil {
		return
	}
	for {
		all.mu.Lock()
		t := all.last
		all.mu.Unlock()
		if t == nil {
			return
		}
		all.end(r, t, report.CutOff)
	}
}
