package datadog

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/mocktracer"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

func TestLogHandlerIsASlogHandler(t *testing.T) {
	only(t)
	var text bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		text.Reset()
		return NewLogHandler(&text, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch { // slogtest wants slog's own names
			case len(groups) == 0 && a.Key == "timestamp":
				a.Key = slog.TimeKey
			case len(groups) == 0 && a.Key == "message":
				a.Key = slog.MessageKey
			}
			return a
		}})
	}, func(t *testing.T) map[string]any { return objects(t, text.Bytes())[0] })
}

// TestLogsWithoutInjection: DD_LOGS_INJECTION=false takes away what joins logs and
// traces, and no more.
func TestLogsWithoutInjection(t *testing.T) {
	for text, want := range map[string]bool{"false": false, "0": false, "true": true, "": true, "structured": true} {
		only(t, "DD_LOGS_INJECTION="+text)
		require.NoError(t, checkEnvironment())
		mock := mocktracer.Start()
		span, ctx := tracer.StartSpanFromContext(t.Context(), "x")
		var out bytes.Buffer
		slog.New(NewLogHandler(&out, nil)).InfoContext(ctx, "hello")
		span.Finish()
		mock.Stop()
		line := objects(t, out.Bytes())[0]
		assert.Equal(t, "load-generator", line["service"])
		for _, key := range []string{"dd.trace_id", "dd.span_id", "dd.service", "dd.env", "dd.version"} {
			_, there := line[key]
			assert.Equal(t, want, there, "%s with %q", key, text)
		}
	}
	only(t, "DD_LOGS_INJECTION=perhaps")
	require.ErrorContains(t, checkEnvironment(), `DD_LOGS_INJECTION is "perhaps"; give true or false`)
}

func TestLogLineAsDatadogReadsIt(t *testing.T) {
	only(t, "DD_ENV=perf")
	var text bytes.Buffer
	log := slog.New(NewLogHandler(&text, nil)).With("a", 1).WithGroup("g").With("b", 2)
	log.Warn("hello", "c", 3)
	line := objects(t, text.Bytes())[0]
	_, err := time.Parse(time.RFC3339Nano, line["timestamp"].(string))
	assert.NoError(t, err)
	delete(line, "timestamp")
	assert.Equal(t, map[string]any{
		"level": "WARN", "message": "hello", "service": "load-generator",
		"dd.service": "load-generator", "dd.env": "perf", "dd.version": "1.0.0",
		"a": 1.0, "g": map[string]any{"b": 2.0, "c": 3.0},
	}, line)
}

func TestLogLinesOfATask(t *testing.T) {
	e := newExporter(t, Config{SampleRate: 1, RunID: "r-1"})
	mock := mocktracer.Start()
	defer mock.Stop()
	var text bytes.Buffer
	handler := NewLogHandler(&text, nil)
	handler.seen.Store(e)
	log := slog.New(handler).WithGroup("script")
	log.Info("before the run")
	run := e.BeginRun(measure.Run{Start: time.Now().Add(-15 * time.Second), Phases: []report.PhaseInfo{
		{Name: "baseline", End: 10 * time.Second, Arm: "A"}, {Name: "intervention", Start: 10 * time.Second}}})
	ctx, scope := measure.WithScope(context.Background(), measure.Task{Intended: time.Second, User: 7, Name: "list", Iteration: 3, Observer: run})
	log.InfoContext(ctx, "in a task", "n", 1)
	span, ok := tracer.SpanFromContext(ctx)
	require.True(t, ok)
	scope.End(nil, false)
	log.Info("outside")

	lines := objects(t, text.Bytes())
	assert.NotContains(t, lines[0], tagRun)
	task := lines[1]
	assert.Equal(t, span.Context().TraceID(), task["dd.trace_id"])
	assert.Len(t, task["dd.trace_id"], 32)
	assert.Equal(t, strconv.FormatUint(span.Context().SpanID(), 10), task["dd.span_id"])
	assert.Equal(t, "r-1", task[tagRun])
	assert.Equal(t, "baseline", task[tagPhase])
	assert.Equal(t, "A", task[tagArm])
	assert.Equal(t, "list", task[tagTask])
	assert.Equal(t, "7", task[tagUser])
	assert.Equal(t, 3.0, task[tagIteration])
	assert.Equal(t, map[string]any{"n": 1.0}, task["script"])
	assert.Equal(t, "r-1", lines[2][tagRun], "the run continues")
	assert.Equal(t, "intervention", lines[2][tagPhase], "by the clock")
	assert.NotContains(t, lines[2], tagUser)
	assert.NotContains(t, lines[2], "dd.trace_id")
}
