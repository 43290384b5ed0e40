package otel

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/slogtest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/trace"
	collectortraces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// asMap is what slogtest wants of a line.
func asMap(x line) map[string]any {
	out := map[string]any{slog.MessageKey: x.record.Body().AsString(), slog.LevelKey: x.record.SeverityText()}
	if !x.record.Timestamp().IsZero() {
		out[slog.TimeKey] = x.record.Timestamp()
	}
	var put func(to map[string]any, kv attribute.KeyValue)
	put = func(to map[string]any, kv attribute.KeyValue) {
		if kv.Value.Type() != attribute.MAP {
			to[string(kv.Key)] = kv.Value.AsInterface()
			return
		}
		inner := map[string]any{}
		for _, x := range kv.Value.AsMap() {
			put(inner, x)
		}
		to[string(kv.Key)] = inner
	}
	x.record.WalkAttributes(func(kv attribute.KeyValue) bool { put(out, kv); return true })
	return out
}

func TestLogHandlerIsASlogHandler(t *testing.T) {
	only(t)
	var l *lines
	slogtest.Run(t, func(*testing.T) slog.Handler {
		l = newLines()
		return &logHandler{lines: l, from: slog.LevelInfo}
	}, func(*testing.T) map[string]any { return asMap(<-l.waiting()) })
}

// panics cannot be formatted.
type panics struct{}

func (panics) String() string { panic("boom") }

// TestValuesOfALine: each kind has its own form, and no text is longer than the limit.
func TestValuesOfALine(t *testing.T) {
	only(t)
	l := newLines()
	handler := &logHandler{lines: l, from: slog.LevelDebug}
	slog.New(handler).Warn(strings.Repeat("x", 10_000), "b", true, "i", -1, "f", .5, "d", time.Millisecond, "t", epoch.UTC(), "small", uint64(7), "large", uint64(1<<63),
		"err", errors.New("no\xff"), "nil", nil, "p", panics{}, strings.Repeat("k", 5000)+"\xff", strings.Repeat("ä", 5000))
	got := asMap(<-l.waiting())
	assert.Len(t, got[slog.MessageKey], longestText+len("…"))
	long := 0
	for name, v := range got {
		if strings.HasPrefix(name, "kkk") {
			long++
			assert.Len(t, name, longestText+len("…"))
			assert.Len(t, v, longestText+len("…"))
		}
	}
	assert.Equal(t, 1, long)
	for name, want := range map[string]any{"b": true, "i": int64(-1), "f": .5, "d": int64(time.Millisecond), "t": "2023-11-14T22:13:20Z", "small": int64(7), "large": "9223372036854775808",
		"err": "no?", "nil": "<nil>"} {
		assert.Equal(t, want, got[name], name)
	}
	assert.Contains(t, got["p"], "PANIC")
	for level, want := range map[slog.Level]log.Severity{slog.LevelDebug: log.SeverityDebug, slog.LevelInfo: log.SeverityInfo, slog.LevelWarn: log.SeverityWarn,
		slog.LevelError: log.SeverityError, slog.LevelError + 100: log.SeverityFatal4, slog.LevelDebug - 100: log.SeverityTrace1} {
		require.NoError(t, handler.Handle(t.Context(), slog.NewRecord(time.Time{}, level, "x", 0)))
		assert.Equal(t, want, (<-l.waiting()).record.Severity())
	}
}

// TestLinesReachTheCollector by both protocols, with the trace, the run and the resource; those below the level do not.
func TestLinesReachTheCollector(t *testing.T) {
	for name, begun := range map[string]func(testing.TB, ...string) *collector{"gRPC": byGRPC, "HTTP": byHTTP} {
		t.Run(name, func(t *testing.T) {
			c := begun(t, "OTEL_SERVICE_NAME=checkout-load")
			e := start(t, Config{SampleRate: 1})
			logger := slog.New(e.LogHandler(nil)).With("shop", 3)
			logger.Debug("below the level")
			logger.Info("before the run")
			r, _ := begin(e)
			ctx, scope := measure.WithScope(context.Background(), measure.Task{Epoch: epoch, User: 7, Name: "buy", Kind: "buyer", Iteration: 5, Observer: r})
			logger.WithGroup("cart").WarnContext(ctx, "in a task", "items", 2)
			span := trace.SpanContextFromContext(ctx)
			scope.End(nil, false)
			logger.Error("outside of it")
			r.EndRun(&report.Summary{})
			logger.Info("after the run")
			assert.Equal(t, Losses{}, e.Stop())
			logger.Info("after the end")

			lines := c.logged()
			require.Len(t, lines, 4)
			before, task, outside, after := lines[0], lines[1], lines[2], lines[3]
			assert.Equal(t, "before the run", before.Body.GetStringValue())
			assert.Equal(t, map[string]string{"shop": "3"}, attributesOf(before.Attributes))
			assert.Empty(t, before.TraceId)
			sent, seen := span.TraceID(), span.SpanID()
			assert.Equal(t, sent[:], task.TraceId)
			assert.Equal(t, seen[:], task.SpanId)
			assert.EqualValues(t, 1, task.Flags)
			assert.Equal(t, logspb.SeverityNumber_SEVERITY_NUMBER_WARN, task.SeverityNumber)
			assert.Equal(t, "WARN", task.SeverityText)
			assert.NotZero(t, task.TimeUnixNano)
			assert.Equal(t, map[string]string{"shop": "3", "load.run_id": "r-1", "load.phase": "baseline", "load.arm": "A", "load.task": "buyer/buy", "user.id": "7", "load.iteration": "5"},
				attributesOf(withoutMaps(task.Attributes)))
			assert.Equal(t, "r-1", attributesOf(outside.Attributes)["load.run_id"])
			assert.Equal(t, "after, all", attributesOf(outside.Attributes)["load.phase"], "by the clock")
			assert.NotContains(t, attributesOf(after.Attributes), "load.run_id")
			c.look(func() { assert.Equal(t, "checkout-load", c.resource["service.name"]) })
		})
	}
}

// withoutMaps are attributes that are not groups.
func withoutMaps(all []*common.KeyValue) (some []*common.KeyValue) {
	for _, a := range all {
		if a.Value.GetKvlistValue() == nil {
			some = append(some, a)
		}
	}
	return some
}

// TestLogIsSwitchedOff: nothing waits that is not sent.
func TestLogIsSwitchedOff(t *testing.T) {
	for _, off := range []string{"OTEL_LOGS_EXPORTER=none", "OTEL_SDK_DISABLED=true"} {
		c := byGRPC(t, off)
		e := start(t, Config{})
		handler := e.LogHandler(nil)
		assert.False(t, handler.Enabled(t.Context(), slog.LevelError), off)
		slog.New(handler).Error("x")
		assert.Equal(t, Losses{}, e.Stop(), off)
		assert.Empty(t, c.logged(), off)
	}
	only(t, "OTEL_LOGS_EXPORTER=x")
	l := newLines()
	_, err := startWith(Config{}, l)
	require.Error(t, err)
	assert.False(t, (&logHandler{lines: l, from: slog.LevelInfo}).Enabled(t.Context(), slog.LevelError), "nothing started")
}

// TestTroubleIsNotSentToTheCollector: what is logged about it would bring the next trouble.
func TestTroubleIsNotSentToTheCollector(t *testing.T) {
	var posts atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		posts.Add(1)
		http.Error(w, "not me", http.StatusBadRequest)
	}))
	defer s.Close()
	only(t, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT="+s.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_TRACES_EXPORTER=none", "OTEL_METRICS_EXPORTER=none")
	l := newLines()
	var heard journal
	e, err := startWith(Config{Logger: slog.New(slog.NewMultiHandler(slog.NewTextHandler(&heard, nil), &logHandler{lines: l, from: slog.LevelDebug}))}, l)
	require.NoError(t, err)
	e.endLimit = 30 * time.Second
	slog.New(e.LogHandler(nil)).Info("hello")
	require.NoError(t, e.sender.ForceFlush(t.Context()))
	require.NoError(t, e.sender.ForceFlush(t.Context()))
	lost := e.Stop()
	assert.Equal(t, Losses{LinesFailed: 1}, lost)
	assert.Equal(t, "1 line (of the log not taken)", lost.String())
	assert.EqualValues(t, 1, posts.Load())
	require.Len(t, heard.warnings(), 1)
	assert.Contains(t, heard.warnings()[0], "signal=logs")
}

// TestLinesThatAreRefused: the collector took the request, and not all that is in it.
func TestLinesThatAreRefused(t *testing.T) {
	for name, begun := range map[string]func(testing.TB, ...string) *collector{"gRPC": byGRPC, "HTTP": byHTTP} {
		t.Run(name, func(t *testing.T) {
			c := begun(t, "OTEL_BLRP_SCHEDULE_DELAY=60000")
			c.look(func() {
				c.refuse = &collectortraces.ExportTracePartialSuccess{RejectedSpans: 1, ErrorMessage: "too\nlong"}
			})
			var heard journal
			e := start(t, Config{SampleRate: -1, Logger: heard.logger()})
			slog.New(e.LogHandler(nil)).Info("one")
			slog.New(e.LogHandler(nil)).Info("two")
			assert.Equal(t, Losses{LinesRefused: 1}, e.Stop())
			assert.Len(t, heard.warnings(), 1)
		})
	}
}

// slowLog takes its time for each batch of lines.
type slowLog struct{ slow }

func (s *slowLog) Export(ctx context.Context, batch []sdklog.Record) error {
	select {
	case <-time.After(s.takes):
		s.spans.Add(int64(len(batch)))
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slowLog) ForceFlush(context.Context) error { return nil }

// TestEachLineIsSentOrCounted: a full queue holds up no one who logs, also before there is an Exporter.
func TestEachLineIsSentOrCounted(t *testing.T) {
	only(t, "OTEL_BLRP_MAX_QUEUE_SIZE=100", "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE=10")
	synctest.Test(t, func(t *testing.T) {
		l := newLines()
		logger := slog.New(&logHandler{lines: l, from: slog.LevelInfo})
		began := time.Now()
		for range 300 {
			logger.Info("x")
		}
		e := &Exporter{environment: readEnvironment(), lines: l, log: (&journal{}).logger(), endLimit: endLimit}
		to := &slowLog{slow{takes: time.Minute}}
		assert.EqualValues(t, 200, e.Losses().LinesFull)
		e.sender = newSender(e, to)
		synctest.Wait()
		for range 700 {
			logger.Info("x")
		}
		assert.Zero(t, time.Since(began), "no line waits")
		e.Stop()
		assert.Equal(t, endLimit, time.Since(began), "what hangs is given up")
		lost := e.Losses()
		assert.Positive(t, lost.LinesFailed)
		assert.EqualValues(t, 1000, to.spans.Load()+lost.LinesFull+lost.LinesFailed)
	})
}
