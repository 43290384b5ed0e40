package datadog

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/ext"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"

	"github.com/gensim/load-generator/report/measure"
)

// LogHandler is a slog.Handler that writes one JSON object per line as Datadog reads
// it: "timestamp", "level", "message", "service", "dd.service", "dd.env" and
// "dd.version" in each, and in those of a task run also run, phase, arm, task, user and,
// where it is traced, "dd.trace_id" and "dd.span_id", by which Datadog shows logs
// and traces together. With DD_LOGS_INJECTION=false there is none of "dd.".
type LogHandler struct {
	json  slog.Handler // writes at the root, whatever groups were opened
	steps []step       // WithAttrs and WithGroup since
	seen  *atomic.Pointer[Exporter]
	bare  bool // DD_LOGS_INJECTION=false: no line names a trace
}

// step is one call of WithGroup, or of WithAttrs below a group.
type step struct {
	group string
	attrs []slog.Attr
}

var _ slog.Handler = (*LogHandler)(nil)

// NewLogHandler returns a handler that writes to w. Of opts, which may be nil,
// ReplaceAttr is called after the names are Datadog's.
func NewLogHandler(w io.Writer, opts *slog.HandlerOptions) *LogHandler {
	o := slog.HandlerOptions{}
	if opts != nil {
		o = *opts
	}
	o.ReplaceAttr = renamed(o.ReplaceAttr)
	return wrap(slog.NewJSONHandler(w, &o), new(atomic.Pointer[Exporter]))
}

// wrap returns a handler that writes through json, and learns from seen which
// Exporter observes the runs.
func wrap(json slog.Handler, seen *atomic.Pointer[Exporter]) *LogHandler {
	e := readEnvironment()
	fixed := []slog.Attr{slog.String("service", e.service)}
	if e.correlated {
		fixed = append(fixed, slog.String("dd.service", e.service), slog.String("dd.env", e.env), slog.String("dd.version", e.version))
	}
	return &LogHandler{bare: !e.correlated, json: json.WithAttrs(fixed), seen: seen}
}

// renamed gives slog's own attributes the names that Datadog reads by default.
func renamed(then func([]string, slog.Attr) slog.Attr) func([]string, slog.Attr) slog.Attr {
	return func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 {
			switch a.Key {
			case slog.TimeKey:
				a.Key = "timestamp"
			case slog.MessageKey:
				a.Key = "message"
			}
		}
		if then != nil {
			a = then(groups, a)
		}
		return a
	}
}

// Enabled implements slog.Handler.
func (h *LogHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.json.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *LogHandler) Handle(ctx context.Context, r slog.Record) error {
	line := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	line.AddAttrs(h.correlation(ctx)...)
	if len(h.steps) == 0 {
		r.Attrs(func(a slog.Attr) bool { line.AddAttrs(a); return true })
		return h.json.Handle(ctx, line)
	}
	own := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool { own = append(own, a); return true })
	line.AddAttrs(h.nested(own)...)
	return h.json.Handle(ctx, line)
}

// nested puts attributes into the groups that are open.
func (h *LogHandler) nested(attrs []slog.Attr) []slog.Attr {
	for _, s := range slices.Backward(h.steps) {
		if s.group == "" {
			attrs = append(slices.Clip(s.attrs), attrs...)
		} else if len(attrs) > 0 { // slog leaves empty groups out
			attrs = []slog.Attr{{Key: s.group, Value: slog.GroupValue(attrs...)}}
		}
	}
	return attrs
}

// WithAttrs implements slog.Handler.
func (h *LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	more := *h
	if len(h.steps) == 0 {
		more.json = h.json.WithAttrs(attrs)
	} else {
		more.steps = append(slices.Clip(h.steps), step{attrs: attrs})
	}
	return &more
}

// WithGroup implements slog.Handler.
func (h *LogHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	more := *h
	more.steps = append(slices.Clip(h.steps), step{group: name})
	return &more
}

// correlation returns the attributes that place a line in a run.
func (h *LogHandler) correlation(ctx context.Context) []slog.Attr {
	attrs := make([]slog.Attr, 0, 7)
	if span, ok := tracer.SpanFromContext(ctx); ok && !h.bare {
		attrs = append(attrs, slog.String(ext.LogKeyTraceID, span.Context().TraceID()),
			slog.String(ext.LogKeySpanID, strconv.FormatUint(span.Context().SpanID(), 10)))
	}
	if scope := measure.FromContext(ctx); scope != nil {
		return append(attrs, ofTask(scope.Task())...)
	}
	if e := h.seen.Load(); e != nil {
		if r := e.last.Load(); r != nil {
			attrs = append(attrs, slog.String(tagRun, r.id))
			attrs = append(attrs, r.phase(time.Since(r.run.Start)).log()...)
		}
	}
	return attrs
}

// ofTask are the attributes of a task run.
func ofTask(t measure.Task) []slog.Attr {
	attrs := []slog.Attr{slog.String(tagTask, t.Name), slog.String(tagUser, strconv.Itoa(t.User)), slog.Uint64(tagIteration, t.Iteration)}
	if r, ok := measure.ObserverOf[*observedRun](t); ok {
		attrs = append(attrs, slog.String(tagRun, r.id))
		attrs = append(attrs, r.phase(t.Intended).log()...)
	}
	return attrs
}

func (p *phaseTags) log() []slog.Attr {
	if p.arm == "" {
		return []slog.Attr{slog.String(tagPhase, p.name)}
	}
	return []slog.Attr{slog.String(tagPhase, p.name), slog.String(tagArm, p.arm)}
}
