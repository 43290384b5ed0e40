package otel

import (
	"context"
	"sync/atomic"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// queue sends what waits in batches, one at a time. Unlike the SDK's it counts what does not arrive, and what is in flight can
// be given up.
type queue[T any] struct {
	e       *Exporter
	of      signal
	as      batching
	waiting chan T
	to      destination[T]

	failed, refused *int64 // counted by package atomic

	flushes chan chan struct{} // closed when all that was there is sent
	quit    chan struct{}
	done    chan struct{}
	cancel  context.CancelFunc // of the batch in flight and of all later ones
}

// destination is where a queue sends to.
type destination[T any] interface {
	// export sends a batch, which the queue uses again.
	export(ctx context.Context, batch []T) error
	// Shutdown frees what it has.
	Shutdown(ctx context.Context) error
}

// start starts a queue whose other fields are set.
func (q *queue[T]) start() {
	q.flushes, q.quit, q.done = make(chan chan struct{}), make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	q.cancel = cancel
	go q.loop(ctx)
}

// ForceFlush waits until all that waits now is sent or lost.
func (q *queue[T]) ForceFlush(ctx context.Context) error {
	sent := make(chan struct{})
	select {
	case q.flushes <- sent:
	case <-q.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-sent:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop sends what is there, waits for that for endLimit, and gives up the rest, which is counted.
func (q *queue[T]) stop() {
	close(q.quit)
	giveUp := time.AfterFunc(q.e.endLimit, q.cancel)
	<-q.done
	giveUp.Stop()
	q.cancel()
	atomic.AddInt64(q.failed, int64(len(q.waiting))) // of tasks that outlived the Exporter
	ctx, cancel := context.WithTimeout(context.Background(), q.e.endLimit)
	defer cancel()
	_ = q.to.Shutdown(ctx) // it holds nothing
}

// loop sends what comes until quit.
func (q *queue[T]) loop(ctx context.Context) {
	defer close(q.done)
	due := time.NewTicker(q.as.delay)
	defer due.Stop()
	batch := make([]T, 0, q.as.batch)
	send := func() {
		if len(batch) > 0 {
			q.send(ctx, batch)
			clear(batch)
			batch = batch[:0]
		}
	}
	take := func(x T) {
		if batch = append(batch, x); len(batch) == cap(batch) {
			send()
		}
	}
	drain := func() {
		for range len(q.waiting) {
			take(<-q.waiting)
		}
		send()
	}
	for {
		select {
		case x := <-q.waiting:
			take(x)
		case <-due.C:
			send()
		case sent := <-q.flushes:
			drain()
			close(sent)
		case <-q.quit:
			drain()
			return
		}
	}
}

// send sends one batch, and counts what does not arrive.
func (q *queue[T]) send(ctx context.Context, batch []T) {
	ctx, cancel := context.WithTimeout(ctx, exportLimit)
	defer cancel()
	err := q.to.export(ctx, batch)
	if err == nil {
		return
	}
	if n, ok := refused(err); ok {
		atomic.AddInt64(q.refused, n)
	} else {
		atomic.AddInt64(q.failed, int64(len(batch)))
	}
	q.e.trouble(q.of, err)
}

// spanQueue is the queue of spans.
type spanQueue struct{ queue[sdk.ReadOnlySpan] }

var _ sdk.SpanProcessor = (*spanQueue)(nil)

// spansTo exports spans.
type spansTo struct{ sdk.SpanExporter }

func (to spansTo) export(ctx context.Context, batch []sdk.ReadOnlySpan) error {
	return to.ExportSpans(ctx, batch)
}

func newSpanQueue(e *Exporter, to sdk.SpanExporter) *spanQueue {
	q := &spanQueue{queue[sdk.ReadOnlySpan]{e: e, of: traces, as: e.tracing, waiting: make(chan sdk.ReadOnlySpan, e.tracing.size), to: spansTo{to},
		failed: &e.lost.Failed, refused: &e.lost.Refused}}
	q.start()
	return q
}

// OnStart implements trace.SpanProcessor.
func (q *spanQueue) OnStart(context.Context, sdk.ReadWriteSpan) {}

// OnEnd implements trace.SpanProcessor.
func (q *spanQueue) OnEnd(s sdk.ReadOnlySpan) {
	select {
	case <-q.quit:
		atomic.AddInt64(q.failed, 1)
	default:
		select {
		case q.waiting <- s:
		default:
			atomic.AddInt64(&q.e.lost.QueueFull, 1)
		}
	}
}

// Shutdown implements trace.SpanProcessor. The provider is not shut down: stop ends the queue.
func (q *spanQueue) Shutdown(context.Context) error { return nil }
