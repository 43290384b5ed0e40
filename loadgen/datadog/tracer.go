package datadog

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
)

// tracerRuns reports whether the process has a tracer. Without one, Extract does
// nothing and reports no error; every real one looks for a context and finds none.
func tracerRuns() bool {
	_, err := tracer.Extract(tracer.TextMapCarrier{})
	return err != nil
}

// ownTracer is the tracer that Start started.
type ownTracer struct {
	client   *http.Client  // to the agent
	ready    chan struct{} // closed when it runs, or could not be started
	failed   error         // why not; read after ready
	replaced atomic.Bool   // another tracer was started, which ended ours
}

// startTracer starts a tracer in the background: with an agent that hangs it
// takes seconds.
func startTracer(e *Exporter) *ownTracer {
	t := &ownTracer{client: e.agentClient(agentTimeout()), ready: make(chan struct{})}
	options := t.options(e)
	tracer.UseLogger(t.logger(e)) // as an option it would miss the warnings about the environment
	go func() {
		defer close(t.ready)
		if t.failed = startSafely(options); t.failed != nil {
			e.trouble("Datadog's tracer cannot be started", t.failed)
		}
	}()
	return t
}

// startSafely is tracer.Start, which panics over some variables that it does not understand.
func startSafely(options []tracer.StartOption) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return tracer.Start(options...)
}

// options are what the tracer does not learn from the environment, and those of
// its defaults that do not suit a load generator.
func (t *ownTracer) options(e *Exporter) []tracer.StartOption {
	options := []tracer.StartOption{
		tracer.WithService(e.service),
		tracer.WithEnv(e.env),
		tracer.WithServiceVersion(e.version),
		tracer.WithAppSecEnabled(false),
		tracer.WithHTTPClient(t.client),
		tracer.WithStatsdClient(&tracerMetrics{e: e, tracer: t}),
	}
	unless := func(name string, option tracer.StartOption) {
		if getenv(name) == "" {
			options = append(options, option)
		}
	}
	unless("DD_TRACE_STARTUP_LOGS", tracer.WithLogStartup(false))
	unless("DD_TRACE_DEBUG_STACK", tracer.WithDebugStack(false))
	unless("DD_PROFILING_CODE_HOTSPOTS_COLLECTION_ENABLED", tracer.WithProfilerCodeHotspots(false))
	unless("DD_PROFILING_ENDPOINT_COLLECTION_ENABLED", tracer.WithProfilerEndpoints(false))
	return options
}

// logger passes on what the tracer warns of while it starts: variables that it does
// not understand. What it says later is of losses, which are counted here.
func (t *ownTracer) logger(e *Exporter) tracer.Logger {
	return tracer.AdaptLogger(func(level tracer.LogLevel, text string, _ ...any) {
		if level.String() == "WARN" && !t.up() {
			e.log.Warn(text)
			return
		}
		e.log.Debug(text)
	})
}

// up reports whether Start has returned.
func (t *ownTracer) up() bool {
	select {
	case <-t.ready:
		return true
	default:
		return false
	}
}

// running reports whether spans can be started.
func (t *ownTracer) running() bool { return t.up() && t.failed == nil }

// stop sends what is buffered and stops the tracer, unless it is ours no longer.
// Without Flush the agent would count the last spans twice in its metrics.
func (t *ownTracer) stop() {
	<-t.ready
	if t.failed == nil && !t.replaced.Load() {
		tracer.Flush()
		tracer.Stop()
	}
	t.client.CloseIdleConnections()
}

// tracerMetrics passes on what the tracer says about itself, and listens for
// what it loses.
type tracerMetrics struct {
	statsd.NoOpClientDirect // what the tracer does not use
	e                       *Exporter
	tracer                  *ownTracer
}

// to is where what the tracer says goes.
func (m *tracerMetrics) to() interface {
	statsd.ClientInterface
	statsd.ClientDirectInterface
} {
	if c := m.e.client.Load(); c != nil {
		return c
	}
	return &m.NoOpClientDirect
}

// Count implements tracer.StatsdClient.
func (m *tracerMetrics) Count(name string, value int64, tags []string, rate float64) error {
	switch name {
	case "datadog.tracer.traces_dropped":
		if atomic.LoadInt64(&m.e.lost.Unanswered) == 0 { // else Stop has counted them
			m.e.lost.dropped(value, tags)
		}
		if atomic.LoadInt64(&m.e.lost.SendFailed) > 0 {
			m.e.trouble("the Datadog agent does not take traces", nil)
		}
	case "datadog.tracer.stats.flush_errors":
		atomic.AddInt64(&m.e.lost.Stats, value)
	}
	return m.to().Count(name, value, tags, rate)
}

// Incr implements tracer.StatsdClient.
func (m *tracerMetrics) Incr(name string, tags []string, rate float64) error {
	return m.Count(name, 1, tags, rate)
}

// CountWithTimestamp implements tracer.StatsdClient.
func (m *tracerMetrics) CountWithTimestamp(name string, value int64, tags []string, rate float64, at time.Time) error {
	return m.to().CountWithTimestamp(name, value, tags, rate, at)
}

// Gauge implements tracer.StatsdClient.
func (m *tracerMetrics) Gauge(name string, value float64, tags []string, rate float64) error {
	return m.to().Gauge(name, value, tags, rate)
}

// GaugeWithTimestamp implements tracer.StatsdClient.
func (m *tracerMetrics) GaugeWithTimestamp(name string, value float64, tags []string, rate float64, at time.Time) error {
	return m.to().GaugeWithTimestamp(name, value, tags, rate, at)
}

// DistributionSamples implements tracer.StatsdClient.
func (m *tracerMetrics) DistributionSamples(name string, values []float64, tags []string, rate float64) error {
	return m.to().DistributionSamples(name, values, tags, rate)
}

// Timing implements tracer.StatsdClient.
func (m *tracerMetrics) Timing(name string, value time.Duration, tags []string, rate float64) error {
	return m.to().Timing(name, value, tags, rate)
}

// Close is called when the tracer has stopped. Before our own Stop it means that
// the host program has started another one.
func (m *tracerMetrics) Close() error {
	m.tracer.replaced.Store(true)
	return nil
}
