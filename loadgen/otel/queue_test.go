package otel

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// queued returns an exporter that traces to one that is slow.
func queued(takes time.Duration) (*Exporter, *slow) {
	to := &slow{takes: takes}
	e := &Exporter{environment: environment{tracing: batching{time.Second, 100, 10}}, lines: newLines(), log: (&journal{}).logger(), endLimit: endLimit}
	e.queue = newSpanQueue(e, to)
	return e, to
}

// end ends some spans.
func (e *Exporter) end(n int) {
	p := sdk.NewTracerProvider(sdk.WithSampler(sdk.AlwaysSample()), sdk.WithSpanProcessor(e.queue))
	for range n {
		_, s := p.Tracer("").Start(context.Background(), "x")
		s.End()
	}
}

// TestEachSpanIsSentOrCounted: a full queue holds up no task.
func TestEachSpanIsSentOrCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, to := queued(time.Minute)
		began := time.Now()
		e.end(1000)
		assert.Zero(t, time.Since(began), "no span waits")
		synctest.Wait()
		lost := e.Losses()
		assert.GreaterOrEqual(t, lost.QueueFull, int64(1000-100-2*10))
		e.Stop()
		assert.Equal(t, endLimit, time.Since(began), "what hangs is given up")
		lost = e.Losses()
		assert.EqualValues(t, 1000, to.spans.Load()+lost.QueueFull+lost.Failed)
		e.end(1)
		assert.EqualValues(t, 1, e.Losses().Failed-lost.Failed, "after the end")
	})
}

// TestSpansLeaveAfterAWhile, and in full batches at once.
func TestSpansLeaveAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, to := queued(0)
		e.end(3)
		synctest.Wait()
		assert.Zero(t, to.spans.Load())
		time.Sleep(time.Second)
		synctest.Wait()
		assert.EqualValues(t, 3, to.spans.Load())
		e.end(25)
		synctest.Wait()
		assert.EqualValues(t, 23, to.spans.Load())
		assert.NoError(t, e.queue.ForceFlush(t.Context()))
		assert.EqualValues(t, 28, to.spans.Load())
		e.Stop()
		assert.NoError(t, e.queue.ForceFlush(t.Context()))
		assert.Equal(t, Losses{}, e.Losses())
	})
}
