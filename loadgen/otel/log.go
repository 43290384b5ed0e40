package otel

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/trace"

	"github.com/gensim/load-generator/report/measure"
)

// longestText is how much is sent of each text in a line of the log, in bytes.
const longestText = 4096

// line is one line of the log.
type line struct {
	of     trace.SpanContext // of the span in which it was logged
	record *log.Record
}

// lines are those of the log on their way to the queue that sends them. They may be there before an Exporter is.
type lines struct {
	waiting func() chan line
	full    atomic.Int64        // lines that found no room
	off     atomic.Bool         // nothing is sent, or no more
	of      atomic.Pointer[run] // that is in progress, the one that began last
}

func newLines() *lines {
	return &lines{waiting: sync.OnceValue(func() chan line { return make(chan line, readEnvironment().logging.size) })}
}

// ownKey marks the context of what this package logs about the collector, which is sent to none: its failure would be logged again, without end.
type ownKey struct{}

// LogHandler returns a slog.Handler that sends what is logged from a level on, nil for slog.LevelInfo, as records of
// OpenTelemetry: with the ids of the trace where the context is that of a traced task run, and run, phase, arm, task, user and
// iteration as attributes where it is that of any. It never waits. After Stop it does nothing.
func (e *Exporter) LogHandler(from slog.Leveler) slog.Handler {
	if from == nil {
		from = slog.LevelInfo
	}
	return &logHandler{lines: e.lines, from: from}
}

// logHandler is the slog.Handler.
type logHandler struct {
	*lines
	from  slog.Leveler
	steps []step // WithAttrs and WithGroup
}

// step is one call of WithGroup, or of WithAttrs.
type step struct {
	group string
	attrs []attribute.KeyValue
}

// Enabled implements slog.Handler.
func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.from.Level() && !h.off.Load() && ctx.Value(ownKey{}) == nil
}

// Handle implements slog.Handler.
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	out := new(log.Record)
	out.SetTimestamp(r.Time)
	out.SetObservedTimestamp(time.Now())
	out.SetSeverity(min(max(log.SeverityInfo+log.Severity(r.Level), log.SeverityTrace1), log.SeverityFatal4)) // both have steps of 4 from debug to error
	out.SetSeverityText(r.Level.String())
	out.SetBody(attribute.StringValue(cut(r.Message, longestText)))
	var own []attribute.KeyValue
	r.Attrs(func(a slog.Attr) bool { own = addAttr(own, a); return true })
	for _, s := range slices.Backward(h.steps) {
		if s.group == "" {
			own = append(slices.Clip(s.attrs), own...)
		} else if len(own) > 0 { // slog leaves empty groups out
			own = []attribute.KeyValue{{Key: keyOf(s.group), Value: attribute.MapValue(own...)}}
		}
	}
	out.AddAttributes(own...)
	out.AddAttributes(h.place(ctx)...)
	select {
	case h.waiting() <- line{trace.SpanContextFromContext(ctx), out}:
	default:
		h.full.Add(1)
	}
	return nil
}

// place is where in a run something was logged.
func (l *lines) place(ctx context.Context) []attribute.KeyValue {
	t := measure.FromContext(ctx).Task()
	if r, ok := measure.ObserverOf[*run](t); ok {
		at := r.phase(t.Intended)
		return append(r.place(at), text(attributeTask, t.String()), attribute.String(attributeUser, strconv.Itoa(t.User)),
			attribute.Int64(attributeIteration, int64(t.Iteration)))
	}
	if r := l.of.Load(); r != nil {
		return r.place(r.phase(time.Since(r.about.Start)))
	}
	return nil
}

// place is the run and a phase of it.
func (r *run) place(at *spell) []attribute.KeyValue {
	all := []attribute.KeyValue{text(attributeRun, r.id), text(attributePhase, at.name)}
	if at.arm != "" {
		all = append(all, text(attributeArm, at.arm))
	}
	return all
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var own []attribute.KeyValue
	for _, a := range attrs {
		own = addAttr(own, a)
	}
	return h.with(step{attrs: own}, len(own) > 0)
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	return h.with(step{group: name}, name != "")
}

func (h *logHandler) with(s step, some bool) slog.Handler {
	if !some {
		return h
	}
	more := *h
	more.steps = append(slices.Clip(h.steps), s)
	return &more
}

// addAttr adds an attribute, or those of a group without a name, unless it is empty.
func addAttr(to []attribute.KeyValue, a slog.Attr) []attribute.KeyValue {
	v := a.Value.Resolve()
	if v.Kind() != slog.KindGroup {
		if a.Key == "" && v.Equal(slog.Value{}) {
			return to
		}
		return append(to, attribute.KeyValue{Key: keyOf(a.Key), Value: valueOf(v)})
	}
	var all []attribute.KeyValue
	for _, inner := range v.Group() {
		all = addAttr(all, inner)
	}
	switch {
	case len(all) == 0:
		return to
	case a.Key == "":
		return append(to, all...)
	}
	return append(to, attribute.KeyValue{Key: keyOf(a.Key), Value: attribute.MapValue(all...)})
}

// keyOf is the name of an attribute.
func keyOf(name string) attribute.Key { return attribute.Key(cut(name, longestText)) }

// valueOf is a value as OpenTelemetry has it; what has no type there is text. Durations are in nanoseconds, as in slog's own JSON.
func valueOf(v slog.Value) attribute.Value {
	switch v.Kind() {
	case slog.KindBool:
		return attribute.BoolValue(v.Bool())
	case slog.KindInt64:
		return attribute.Int64Value(v.Int64())
	case slog.KindFloat64:
		return attribute.Float64Value(v.Float64())
	case slog.KindDuration:
		return attribute.Int64Value(v.Duration().Nanoseconds())
	case slog.KindTime:
		return attribute.StringValue(v.Time().Format(time.RFC3339Nano))
	case slog.KindUint64:
		if n := int64(v.Uint64()); n >= 0 {
			return attribute.Int64Value(n)
		}
	}
	return attribute.StringValue(cut(fmt.Sprint(v.Any()), longestText)) // fmt survives what it formats
}

// linesTo exports lines, which the SDK makes into what its exporters take.
type linesTo struct {
	sdklog.Exporter
	logger  log.Logger
	records *records
}

// newSender starts the queue of lines.
func newSender(e *Exporter, to sdklog.Exporter) *queue[line] {
	made := new(records)
	provider := sdklog.NewLoggerProvider(sdklog.WithResource(e.resource), sdklog.WithProcessor(made))
	q := &queue[line]{e: e, of: logged, as: e.logging, waiting: e.lines.waiting(), failed: &e.lost.LinesFailed, refused: &e.lost.LinesRefused,
		to: linesTo{to, provider.Logger(scope, log.WithInstrumentationVersion(e.config.Version)), made}}
	q.start()
	return q
}

func (to linesTo) export(ctx context.Context, batch []line) error {
	to.records.all = to.records.all[:0]
	for _, x := range batch {
		to.logger.Emit(trace.ContextWithSpanContext(context.Background(), x.of), *x.record)
	}
	return to.Export(ctx, to.records.all)
}

// records keeps what the SDK makes. One goroutine uses it.
type records struct{ all []sdklog.Record }

var _ sdklog.Processor = (*records)(nil)

// Enabled implements log.Processor.
func (*records) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }

// OnEmit implements log.Processor.
func (r *records) OnEmit(_ context.Context, one *sdklog.Record) error {
	r.all = append(r.all, one.Clone())
	return nil
}

// Shutdown implements log.Processor.
func (*records) Shutdown(context.Context) error { return nil }

// ForceFlush implements log.Processor.
func (*records) ForceFlush(context.Context) error { return nil }
