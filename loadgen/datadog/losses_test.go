package datadog

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLossesInWords(t *testing.T) {
	assert.False(t, Losses{}.Any())
	assert.Equal(t, "nothing", Losses{}.String())
	l := Losses{QueueFull: 3, SendFailed: 4, OtherTraces: 5, Unready: 9, Unanswered: 10, Held: 6, Stats: 7, Datagrams: 8}
	assert.True(t, l.Any())
	assert.Equal(t, "3 traces (queue full), 4 traces (agent did not take them), 5 traces (other reasons), "+
		"9 traces (tracer not up yet), 10 traces (agent had not answered), 6 traces (too many a second for the default rate), 7 reports of trace metrics, 8 datagrams of metrics", l.String())
	assert.Equal(t, l, l.minus(Losses{}))
	assert.False(t, l.minus(l).Any())
	var line strings.Builder
	slog.New(slog.NewTextHandler(&line, nil)).Info("x", "lost", l)
	assert.Contains(t, line.String(), "lost.traces_queue_full=3")
	assert.Contains(t, line.String(), "lost.datagrams=8")
}

func TestTracerSaysWhatItDropped(t *testing.T) {
	e := newExporter(t, Config{})
	m := &tracerMetrics{e: e, tracer: &ownTracer{}}
	for _, reason := range []string{"queue_full", "send_failed", "v1_rejected", "trace_filter", "trace_too_large"} {
		assert.NoError(t, m.Count("datadog.tracer.traces_dropped", 2, []string{"reason:" + reason}, 1))
	}
	assert.NoError(t, m.Incr("datadog.tracer.traces_dropped", []string{"reason:encoding_error"}, 1))
	assert.NoError(t, m.Incr("datadog.tracer.stats.flush_errors", nil, 1))
	assert.NoError(t, m.Incr("datadog.tracer.started", nil, 1))
	assert.Equal(t, Losses{QueueFull: 2, SendFailed: 4, OtherTraces: 3, Stats: 1}, e.Losses(), "what a filter of the agent drops is not a loss")
}
