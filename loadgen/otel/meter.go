package otel

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report/measure"
)

// meter sends the metrics of one run, one export at a time. Counts are cumulative, or the next export has what the last
// one could not deliver, so that makes up for one that is late or refused.
type meter struct {
	e       *Exporter
	figures *metrics.Run
	to      metric.Exporter
	began   time.Time
	points  *points
	next    time.Duration // offset from which an export is due

	work   chan time.Duration // offsets of what is to be sent
	cancel context.CancelFunc // of the export in flight
	idle   chan struct{}      // closed when all of work is done
}

// newMeter starts the sending for a run. Each has its own connection, since an exporter does one thing at a time.
func newMeter(e *Exporter, about measure.Run, id string) *meter {
	to, err := newMetricExporter()
	if err != nil {
		atomic.AddInt64(&e.lost.Ends, 1)
		e.trouble(metered, err)
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	m := &meter{e: e, figures: metrics.NewRun(about, id), to: to, began: about.Start, points: newPoints(to), next: e.interval,
		work: make(chan time.Duration, 1), cancel: cancel, idle: make(chan struct{})}
	go m.loop(ctx)
	return m
}

// loop sends what is offered until there is no more.
func (m *meter) loop(ctx context.Context) {
	defer close(m.idle)
	for at := range m.work {
		limited, done := context.WithTimeout(ctx, exportLimit)
		err := m.send(limited, at)
		done()
		if ctx.Err() == nil {
			m.note(err, false)
		}
	}
}

// offer has the figures of an offset sent if it is time, and waits for nothing.
func (m *meter) offer(at time.Duration) {
	if at < m.next {
		return
	}
	select {
	case m.work <- at:
		m.next = at + m.e.interval
	default: // the last one is still on its way
	}
}

// finish sends the final figures, those of offset end, and ends the sending. What is on its way is given up: the final
// figures hold it too.
func (m *meter) finish(end time.Duration) {
	m.cancel()
	close(m.work)
	<-m.idle
	ctx, cancel := context.WithTimeout(context.Background(), m.e.endLimit)
	defer cancel()
	m.note(m.send(ctx, end), true)
	_ = m.to.Shutdown(ctx) // it holds nothing
}

// send sends the figures under the timestamp of an offset.
func (m *meter) send(ctx context.Context, at time.Duration) error {
	err := m.to.Export(ctx, m.points.read(m.figures, m.e.resource, m.began.Add(at)))
	if err == nil {
		m.points.taken()
		return nil
	}
	if n, ok := refused(err); ok {
		m.points.taken()
		atomic.AddInt64(&m.e.lost.Points, n)
		m.e.trouble(metered, err)
		return nil
	}
	return err
}

// note counts an export that failed.
func (m *meter) note(err error, last bool) {
	if err == nil {
		return
	}
	count := &m.e.lost.Exports
	if last {
		count = &m.e.lost.Ends
	}
	atomic.AddInt64(count, 1)
	m.e.trouble(metered, err)
}
