package otel

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/loadgen/internal/sampling"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// run is one run as a collector sees it.
type run struct {
	e       *Exporter
	about   measure.Run
	id      string
	seed    string // a signed number would be another one
	phases  []spell
	sampler *sampling.Sampler // nil: nothing is traced
	meter   *meter            // nil: no metrics
}

// spell is what all spans of one phase have in common.
type spell struct {
	name, arm string
	start     time.Duration
	baggage   string
}

// BeginRun implements measure.Observer.
func (e *Exporter) BeginRun(about measure.Run) measure.RunObserver {
	r := &run{e: e, about: about, id: metrics.RunID(e.config.RunID, int(e.begun.Add(1)), about.Start), seed: strconv.FormatUint(about.Seed, 10)}
	if len(about.Phases) == 0 {
		r.about.Phases = make([]report.PhaseInfo, 1)
	}
	for _, p := range r.about.Phases {
		r.phases = append(r.phases, spell{p.Name, p.Arm, p.Start, e.baggageOf(r.id, p.Name)})
	}
	if e.provider != nil {
		rate := e.rate
		if rate == 0 {
			rate = sampling.Rate(about.Phases)
		}
		r.sampler = sampling.New(about.Seed, rate)
		if e.rate == 0 {
			r.sampler.Limit = sampling.Limit
		}
		e.log.Info("observed by OpenTelemetry", "run", r.id, "sample_rate", rate)
	}
	if about.Worker == "" && metered.on() && !disabled() { // a worker's coordinator has the figures
		r.meter = newMeter(e, about, r.id)
	}
	e.lines.of.Store(r)
	return r
}

// baggageOf is the header of that name.
func (e *Exporter) baggageOf(run, phase string) string {
	if !e.baggage {
		return ""
	}
	text := attributeRun + "=" + escape(run)
	if phase != "" { // an empty value would void the header
		text += "," + attributePhase + "=" + escape(metrics.Clean(phase))
	}
	return text
}

// escape encodes a value for W3C baggage, with %20 for a space.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// phase returns the phase that an offset lies in.
func (r *run) phase(at time.Duration) *spell {
	i := len(r.phases) - 1
	for i > 0 && at < r.phases[i].start {
		i--
	}
	return &r.phases[i]
}

// BeginPhase implements measure.RunObserver.
func (r *run) BeginPhase(i int, info report.PhaseInfo) {
	if r.meter != nil {
		r.meter.figures.BeginPhase(i, info)
	}
}

// BeginTask implements measure.RunObserver.
func (r *run) BeginTask(ctx context.Context, t measure.Task) (context.Context, measure.TaskSpan) {
	if r.sampler == nil || !r.sampler.Keep(t.User, t.Iteration) {
		return ctx, nil
	}
	if !r.sampler.Allow(t.Woken) {
		atomic.AddInt64(&r.e.lost.Held, 1)
		return ctx, nil
	}
	return r.traceTask(ctx, t)
}

// Watch implements measure.RunObserver.
func (r *run) Watch(s *report.Snapshot) {
	if r.meter != nil {
		r.meter.figures.Watch(s)
		r.meter.offer(s.At)
	}
}

// EndRun implements measure.RunObserver. All signals are sent at once, each within endLimit.
func (r *run) EndRun(s *report.Summary) {
	r.e.lines.of.CompareAndSwap(r, nil)
	var others sync.WaitGroup
	flush := func(to interface{ ForceFlush(context.Context) error }) {
		others.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), r.e.endLimit)
			defer cancel()
			_ = to.ForceFlush(ctx) // what is left is sent later, or counted by Stop
		})
	}
	if r.sampler != nil {
		flush(r.e.queue)
	}
	if r.e.sender != nil {
		flush(r.e.sender)
	}
	if r.meter != nil {
		r.meter.figures.End(s)
		r.meter.finish(time.Duration(s.EndS * float64(time.Second)))
	}
	others.Wait()
}

// Names of attributes of spans, metrics, lines and baggage.
const (
	attributeRun       = "load.run_id"
	attributePhase     = "load.phase"
	attributeArm       = "load.arm"
	attributeKind      = "load.kind" // of users; only where there are several
	attributeTask      = "load.task"
	attributeOperation = "load.operation"
	attributeIteration = "load.iteration"
	attributeSeed      = "load.seed"
	attributeIntended  = "load.intended"     // s since the start of the run
	attributeLag       = "load.wake_lag"     // s
	attributeService   = "load.service_time" // s, from the send to the last byte
	attributeCutOff    = "load.cut_off"      // by the end of the run: no failure
	attributeUser      = "user.id"
	attributeError     = "error.type"
)

// text is an attribute of any text.
func text(key, value string) attribute.KeyValue { return attribute.String(key, metrics.Clean(value)) }

// seconds is an attribute of a duration.
func seconds(key string, d time.Duration) attribute.KeyValue {
	return attribute.Float64(key, d.Seconds())
}
