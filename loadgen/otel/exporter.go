package otel

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report/measure"
)

// Config configures what is sent. The zero value is a good one.
type Config struct {
	// SampleRate is the share of task runs that are traced, 0 to 1; below 0 none is. 0 lets OTEL_TRACES_SAMPLER decide;
	// without it, it is a rate for which the plan predicts 50 traced task runs a second, all of them at most, and no more than
	// 200 a second begin.
	SampleRate float64
	// RunID names the run in every span and metric, such as a build's number; further runs append "-2", "-3". Empty makes a new
	// one for each run.
	RunID string
	// Version is that of the program; "": the main module's.
	Version string
	// Logger logs trouble once; nil logs nothing.
	Logger *slog.Logger
}

func (c *Config) check() error {
	if math.IsNaN(c.SampleRate) || c.SampleRate > 1 {
		return fmt.Errorf("otel: SampleRate is %v; give a share from 0 to 1, or less than 0 for no traces", c.SampleRate)
	}
	if err := metrics.CheckRunID(c.RunID); err != nil {
		return fmt.Errorf("otel: %w", err)
	}
	return nil
}

// How long the end of a run and of the program may wait for each signal, and an export while the run continues.
const (
	endLimit    = time.Second
	exportLimit = 10 * time.Second
)

// scope names what makes the spans, metrics and lines.
const scope = "github.com/gensim/load-generator/loadgen/otel"

// Exporter sends runs to a collector. Make it with Start and set it as the Observer of a loadgen.Runner, or give it to
// loadtest. One Exporter may observe many runs, one after another or at once. All methods are safe for concurrent use.
type Exporter struct {
	lost   Losses // counted by package atomic: first, as 32-bit processors want it
	config Config
	environment
	log      *slog.Logger
	endLimit time.Duration // what the end of a run, and Stop, wait for each signal
	resource *resource.Resource
	provider *sdk.TracerProvider // nil: nothing is traced
	tracer   trace.Tracer
	queue    *spanQueue   // nil: nothing is traced
	lines    *lines       // of the log
	sender   *queue[line] // of lines; nil: none is sent
	warned   sync.Once
	begun    atomic.Int64
	stopped  sync.Once
}

var _ measure.Observer = (*Exporter)(nil)

// Start returns an Exporter, and waits for no collector. With OTEL_SDK_DISABLED=true it sends nothing; of
// OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and OTEL_LOGS_EXPORTER each "none" switches a signal off. The error names what
// is malformed in c and in the environment; nothing is running then.
func Start(c Config) (*Exporter, error) { return startWith(c, newLines()) }

// startWith is Start with lines that have been logged before. With an error no more are kept.
func startWith(c Config, l *lines) (*Exporter, error) {
	e, err := newExporter(c, l)
	if err != nil {
		l.off.Store(true)
		return nil, err
	}
	return e, nil
}

func newExporter(c Config, l *lines) (*Exporter, error) {
	if err := errors.Join(c.check(), checkEnvironment()); err != nil {
		return nil, err
	}
	e := &Exporter{config: c, environment: readEnvironment(), log: c.Logger, endLimit: endLimit, lines: l}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if c.SampleRate != 0 {
		e.rate = c.SampleRate
	}
	e.resource = newResource(c.Version)
	if traces.on() && e.rate >= 0 && !disabled() {
		to, err := newSpanExporter()
		if err != nil {
			return nil, fmt.Errorf("otel: traces cannot be sent: %w", err)
		}
		e.queue = newSpanQueue(e, to)
		e.provider = sdk.NewTracerProvider(sdk.WithResource(e.resource), sdk.WithSampler(sdk.AlwaysSample()), sdk.WithSpanProcessor(e.queue))
		e.tracer = e.provider.Tracer(scope, trace.WithInstrumentationVersion(c.Version))
	}
	if !logged.on() || disabled() {
		l.off.Store(true)
		return e, nil
	}
	to, err := newLogExporter()
	if err != nil {
		if e.queue != nil {
			e.queue.stop()
		}
		return nil, fmt.Errorf("otel: lines of the log cannot be sent: %w", err)
	}
	e.sender = newSender(e, to)
	return e, nil
}

// newResource is what sends the data. The environment has the last word.
func newResource(version string) *resource.Resource {
	if info, ok := debug.ReadBuildInfo(); ok && version == "" {
		version = info.Main.Version
	}
	var instance [8]byte
	_, _ = rand.Read(instance[:]) // never fails
	all, _ := resource.New(context.Background(),
		resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithAttributes(
			attribute.String("service.name", "load-generator"), attribute.String("service.version", version),
			attribute.String("service.instance.id", hex.EncodeToString(instance[:]))),
		resource.WithFromEnv()) // an error is about a part that is left out
	return all
}

// Stop sends what is left and ends what Start started. It waits for the collector for a second at most, and returns
// what was lost. Further calls only return that. What is logged from then on is not sent.
func (e *Exporter) Stop() Losses {
	e.stopped.Do(func() {
		e.lines.off.Store(true)
		var both sync.WaitGroup
		if e.queue != nil {
			both.Go(e.queue.stop)
		}
		if e.sender != nil {
			both.Go(e.sender.stop)
		}
		both.Wait()
	})
	return e.Losses()
}

// longestError is how much is logged of what a collector answers, in bytes.
const longestError = 1000

// cut is text in UTF-8, with a mark in place of what is over a number of bytes.
func cut(text string, longest int) string {
	if len(text) <= longest {
		return strings.ToValidUTF8(text, "?")
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}

// trouble warns once that a collector does not take what it is sent; the counters have the rest.
func (e *Exporter) trouble(s signal, err error) {
	e.warned.Do(func() {
		e.log.WarnContext(context.WithValue(context.Background(), ownKey{}, true), "the OpenTelemetry collector does not take everything; the load continues, and losses are counted",
			"signal", strings.ToLower(string(s)), "endpoint", s.endpoint(), "error", cut(s.conceal(err.Error()), longestError))
	})
}

// Losses is what did not reach the collector, as far as this process can know.
type Losses struct {
	// Spans that found the queue full, that the collector did not take, and that it refused out of a request which it took.
	QueueFull, Failed, Refused int64
	// Held are task runs that the default sampling rate would have traced, had there not been too many of them in one second.
	Held int64
	// Exports of metrics that were not taken. The next one makes up for all but the resolution; Ends are those at the end of
	// a run, which have no next one. Points were refused out of exports that were taken.
	Exports, Ends, Points int64
	// Lines of the log, as for spans.
	LinesFull, LinesFailed, LinesRefused int64
}

// Losses returns what has been lost so far.
func (e *Exporter) Losses() (now Losses) {
	for _, k := range lossKinds {
		*k.of(&now) = atomic.LoadInt64(k.of(&e.lost))
	}
	now.LinesFull += e.lines.full.Load()
	return now
}

// lossKinds are the fields of Losses, and what they count.
var lossKinds = [...]struct {
	one, why string
	of       func(*Losses) *int64
}{
	{"span", "queue full", func(l *Losses) *int64 { return &l.QueueFull }},
	{"span", "not taken", func(l *Losses) *int64 { return &l.Failed }},
	{"span", "refused", func(l *Losses) *int64 { return &l.Refused }},
	{"trace", "too many a second for the default rate", func(l *Losses) *int64 { return &l.Held }},
	{"export", "metrics not taken", func(l *Losses) *int64 { return &l.Exports }},
	{"end", "metrics of a run", func(l *Losses) *int64 { return &l.Ends }},
	{"point", "metrics refused", func(l *Losses) *int64 { return &l.Points }},
	{"line", "queue of the log full", func(l *Losses) *int64 { return &l.LinesFull }},
	{"line", "of the log not taken", func(l *Losses) *int64 { return &l.LinesFailed }},
	{"line", "of the log refused", func(l *Losses) *int64 { return &l.LinesRefused }},
}

// Any reports whether something was lost.
func (l Losses) Any() bool { return l != Losses{} }

// String lists what was lost: "3 spans (queue full), 2 exports (metrics not taken)".
func (l Losses) String() string {
	var parts []string
	for _, k := range lossKinds {
		if n := *k.of(&l); n > 0 {
			parts = append(parts, fmt.Sprintf("%s (%s)", say.Plural(n, k.one), k.why))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "nothing")
}
