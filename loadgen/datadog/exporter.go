package datadog

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/report/measure"
)

// Config configures what is sent to Datadog. The zero value is a good one.
type Config struct {
	// SampleRate is the share of task runs that are traced, 0 to 1; below 0 none
	// is. 0 chooses a rate for which the plan predicts 50 traced task runs a
	// second, all of them at most, and never begins more than 200 a second.
	// What passes is still subject to Datadog's own sampling
	// (DD_TRACE_SAMPLE_RATE, DD_TRACE_RATE_LIMIT, DD_TRACE_SAMPLING_RULES).
	SampleRate float64
	// MarkAll sends the mark and the baggage with run and phase on every
	// request, not only on those that are traced.
	MarkAll bool
	// RunID names the run in every span, metric, event and log line, and in a
	// header: ASCII without spaces, commas and bars. Empty makes a new one for each run.
	RunID string
	// NoRunTag leaves the run's id away from metrics, where each run makes new
	// time series that Datadog counts.
	NoRunTag bool
	// Tags are added to every span, metric and event.
	Tags map[string]string
	// Logs, if set, gets the run and its phase for the lines outside of tasks.
	Logs *LogHandler
	// Logger logs trouble once, and on its lower levels each run and what the tracer
	// logs; nil logs nothing.
	Logger *slog.Logger
}

func (c *Config) check() error {
	if math.IsNaN(c.SampleRate) || c.SampleRate > 1 {
		return fmt.Errorf("datadog: SampleRate is %v; give a share from 0 to 1, or less than 0 for no traces", c.SampleRate)
	}
	if strings.ContainsFunc(c.RunID, unfitForRunID) {
		return fmt.Errorf("datadog: RunID is %q; give ASCII without spaces, commas and bars", c.RunID)
	}
	for key := range c.Tags {
		if key == "" {
			return errors.New("datadog: Tags has an empty key; give every tag a name")
		}
	}
	return nil
}

func unfitForRunID(r rune) bool { return r <= ' ' || r >= 0x7f || r == ',' || r == '|' }

// limits are how long Start and the two halves of an end may wait for an agent that
// does not answer.
type limits struct{ start, flush, stop time.Duration }

func usualLimits() limits {
	return limits{start: 800 * time.Millisecond, flush: 300 * time.Millisecond, stop: 500 * time.Millisecond}
}

// Exporter sends runs to Datadog. Make it with Start and set it as the Observer
// of a loadgen.Runner. One Exporter may observe many runs, one after another or
// at once. All methods are safe for concurrent use.
//
// The tracer is one per process, so two Exporters at the same time share the
// first one's, and it ends with the first one's Stop.
type Exporter struct {
	config Config
	environment
	limits limits
	log    *slog.Logger

	lost    Losses                              // counted by package atomic
	sending atomic.Int64                        // traces that the agent has been sent and not answered for
	client  atomic.Pointer[statsd.ClientDirect] // nil until its address is known
	tracer  *ownTracer                          // nil: the host program's, or none
	warned  sync.Once
	quit    chan struct{} // closed by Stop
	stopped sync.Once
	last    atomic.Pointer[observedRun]
}

var _ measure.Observer = (*Exporter)(nil)

// Start connects to the agent that the DD_* variables name and returns within a
// second, whether it answers or not. It starts a tracer unless the program runs
// one already. With DD_TRACE_ENABLED=false it sends metrics and events alone; a
// program that obeys Wanted does not call it then. Blanks and line breaks around
// the values of DD_* and OTEL_* variables are cut, in the environment of the
// process too, which Datadog's libraries read. The error names what is malformed in c or in the environment;
// nothing is running then.
//
// In a 32-bit program it is always an error: datadog-go 5.9.1 has 64-bit counters
// there that no processor reads at once, and crashes it.
func Start(c Config) (*Exporter, error) { return startWithin(usualLimits(), c) }

func startWithin(l limits, c Config) (*Exporter, error) {
	if bits.UintSize < 64 {
		return nil, errors.New("datadog: Datadog's client of DogStatsD crashes 32-bit programs; build this one for 64 bits")
	}
	tidyVariables()
	if err := errors.Join(c.check(), checkEnvironment()); err != nil {
		return nil, err
	}
	e := &Exporter{config: c, environment: readEnvironment(), limits: l, log: c.Logger, quit: make(chan struct{})}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	for _, line := range idlers() {
		e.log.Warn(line)
	}
	connected := make(chan struct{})
	go func() { defer close(connected); e.connect() }()
	ready := []<-chan struct{}{connected}
	if c.SampleRate >= 0 && !tracerRuns() {
		e.tracer = startTracer(e)
		ready = append(ready, e.tracer.ready)
		go e.probe()
	}
	if c.Logs != nil {
		c.Logs.seen.Store(e)
	}
	await(l.start, ready...)
	return e, nil
}

// await waits until all channels are closed, up to a limit, and reports whether they
// were.
func await(limit time.Duration, all ...<-chan struct{}) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for _, one := range all {
		select {
		case <-one:
		case <-timer.C:
			return false
		}
	}
	return true
}

// within calls do and reports whether it returned within a limit. Otherwise it
// continues in the background.
func within(limit time.Duration, do func()) bool {
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	return await(limit, done)
}

// Stop sends what is buffered and ends what Start started. It waits for the
// agent for half a second at most, and returns what was lost. Further calls
// only return that.
func (e *Exporter) Stop() Losses {
	e.stopped.Do(func() {
		close(e.quit)
		if !within(e.limits.stop, e.close) {
			atomic.StoreInt64(&e.lost.Unanswered, e.sending.Load())
			e.trouble("the Datadog agent does not answer; not waiting for it any longer", nil)
		}
		if lost := e.Losses(); lost.Any() {
			e.log.Debug("lost on the way to Datadog", "lost", lost)
		}
	})
	return e.Losses()
}

// close ends everything, however long it takes.
func (e *Exporter) close() {
	e.flushMetrics()
	if e.tracer != nil {
		e.tracer.stop()
	}
	if c := e.client.Load(); c != nil {
		_ = c.Close() // what it could not send is in its counters
	}
}

// Losses returns what has been lost so far.
func (e *Exporter) Losses() Losses {
	lost := e.lost.load()
	if c := e.client.Load(); c != nil {
		t := c.GetTelemetry()
		lost.Datagrams = int64(t.TotalPayloadsDropped)
	}
	return lost
}

// trouble warns once that the agent does not take what it is sent; the counters
// have the rest.
func (e *Exporter) trouble(what string, err error) {
	e.warned.Do(func() {
		args := []any{"traces", redact.Address(e.agent), "metrics", redact.Address(e.statsd)}
		if err != nil {
			args = append(args, "error", redact.In(redact.In(err.Error(), e.agent), e.statsd))
		}
		e.log.Warn(what+"; the load continues, and losses are counted", args...)
	})
}

// Verdict sends an event with the verdict on the last run: what the claims
// on its report came to.
func (e *Exporter) Verdict(passed bool, text string) {
	if r := e.last.Load(); r != nil {
		r.verdict(passed, text)
		within(e.limits.flush, e.flushMetrics)
	}
}
