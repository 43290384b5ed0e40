package prometheus

import (
	"context"
	"time"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

var _ measure.TraceReader = (*run)(nil)

// run is one run as Prometheus sees it.
type run struct {
	figures *metrics.Run
	push    *pusher // nil: nothing is pushed
}

func newRun(e *Exporter, about measure.Run, id string) *run {
	r := &run{figures: metrics.NewRun(about, id)}
	if e.config.Push != "" {
		r.push = newPusher(e, r, about.Start, id)
	}
	return r
}

// BeginPhase implements measure.RunObserver.
func (r *run) BeginPhase(i int, info report.PhaseInfo) { r.figures.BeginPhase(i, info) }

// ReadTrace implements measure.TraceReader: what others trace are exemplars.
func (r *run) ReadTrace(x measure.Traced) { r.figures.ReadTrace(x) }

// BeginTask implements measure.RunObserver: nothing is counted twice.
func (r *run) BeginTask(ctx context.Context, _ measure.Task) (context.Context, measure.TaskSpan) {
	return ctx, nil
}

// Watch implements measure.RunObserver.
func (r *run) Watch(s *report.Snapshot) {
	r.figures.Watch(s)
	if r.push != nil {
		r.push.offer(s.At)
	}
}

// EndRun implements measure.RunObserver.
func (r *run) EndRun(s *report.Summary) {
	r.figures.End(s)
	if r.push != nil {
		r.push.finish(time.Duration(s.EndS * float64(time.Second)))
	}
}
