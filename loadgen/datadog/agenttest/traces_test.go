package agenttest_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/loadgen/datadog/agenttest"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report"
)

func TestTraces(t *testing.T) {
	for _, c := range []struct {
		protocol string
		wire     httpclient.Wire
	}{{"1.0", httpclient.NetHTTP}, {"1.0", httpclient.Fast}, {"0.4", httpclient.NetHTTP}} {
		t.Run("protocol "+c.protocol+" on "+string(c.wire), func(t *testing.T) {
			agent, in := received(t, map[string]string{"DD_TRACE_AGENT_PROTOCOL_VERSION": c.protocol, "DD_ENV": "perf"})
			_, sum := observedOn(t, c.wire, agent, datadog.Config{SampleRate: 1, RunID: "r-1"})
			spans := treeOf(in.Spans())
			require.EqualValues(t, sum.Total.Requests, len(spans.requests), "every request is a span")
			require.EqualValues(t, sum.Total.Requests, len(spans.backend), "and its answer is another")
			require.Equal(t, int(sum.Total.Counters.Started)+hooks, len(spans.tasks))
			checkTasks(t, spans)
			checkRequests(t, spans)
			checkBackend(t, spans)
			checkDurations(t, spans, sum)
			checkHits(t, in, sum)
		})
	}
}

func checkTasks(t *testing.T, spans *tree) {
	names := map[string]bool{}
	traces := map[string]bool{}
	for _, s := range spans.tasks {
		names[s.Resource] = true
		traces[s.TraceID] = true
		require.Len(t, s.TraceID, 32)
		require.Zero(t, s.ParentID)
		require.Equal(t, "load-generator", s.Service)
		require.Equal(t, s.Resource, s.Tags["load.task"])
		for tag, want := range map[string]string{
			"span.kind": "internal", "component": "load-generator", "env": "perf", "version": "1.0.0", "load.run_id": "r-1", "load.seed": "42",
			"load.arm": map[string]string{"baseline": "A", "intervention": "B"}[s.Tags["load.phase"]],
		} {
			require.Equal(t, want, s.Tags[tag], tag)
		}
		user, err := strconv.Atoi(s.Tags["usr.id"])
		require.NoError(t, err)
		require.True(t, 1 <= user && user <= 4)
		require.Contains(t, s.Numbers, "load.iteration")
		require.GreaterOrEqual(t, s.Numbers["load.late_ms"], 0.0)
		require.Equal(t, phaseOf(s), s.Tags["load.phase"], "the phase switches exactly at its border")
	}
	assert.Len(t, traces, len(spans.tasks), "each task is a separate trace")
	for _, name := range []string{"Start", "list_todos", "create_todo", "update_todo", "complete_todo", "delete_todo"} {
		assert.True(t, names[name], name)
	}
}

// phaseOf is the phase that a span's intended start lies in.
func phaseOf(s agenttest.Span) string {
	if s.Numbers["load.intended_ms"] >= 1000 {
		return "intervention"
	}
	return "baseline"
}

func checkRequests(t *testing.T, spans *tree) {
	failed := 0
	for _, s := range spans.requests {
		task := spans.byID[s.ParentID]
		require.Equal(t, "loadgen.task", task.Name)
		require.Equal(t, task.TraceID, s.TraceID)
		require.Equal(t, "http.request", s.Name)
		require.Equal(t, "load-generator", s.Service)
		require.Equal(t, "http", s.Type)
		method, route, _ := strings.Cut(s.Resource, " ")
		require.Equal(t, method, s.Tags["http.method"])
		require.Contains(t, []string{"/health", "/api/todos", "/api/todos/{id}"}, route, "never an id")
		require.Equal(t, phaseOf(s), s.Tags["load.phase"], "that of the request, not of its task")
		for _, tag := range []string{"load.run_id", "load.task", "usr.id", "load.seed", "env", "version"} {
			require.Equal(t, task.Tags[tag], s.Tags[tag], tag)
		}
		require.Regexp(t, `^http://127\.0\.0\.1:\d+/(health|api/todos(/\d+)?)$`, s.Tags["http.url"])
		require.Equal(t, "127.0.0.1", s.Tags["network.destination.name"])
		require.NotEmpty(t, s.Tags["network.destination.port"])
		require.False(t, s.Start.Before(task.Start))
		require.False(t, s.Start.Add(s.Duration).After(task.Start.Add(task.Duration)))
		if s.Tags["http.status_code"] == "503" {
			failed++
			require.True(t, s.Error)
			require.Equal(t, "http 503", s.Tags["error.type"])
			require.Equal(t, s.Resource+": http 503", s.Tags["error.message"])
			require.NotContains(t, s.Tags, "error.handling_stack")
		} else {
			require.False(t, s.Error, "%v", s)
		}
	}
	assert.Positive(t, failed)
}

func checkBackend(t *testing.T, spans *tree) {
	for _, s := range spans.backend {
		request := spans.byID[s.ParentID]
		require.Equal(t, "client", request.Tags["span.kind"])
		require.Equal(t, request.TraceID, s.TraceID)
		require.Equal(t, "todo-backend", s.Service)
		require.Equal(t, request.Resource, s.Resource)
		require.Equal(t, "web", s.Type)
		for _, tag := range []string{"load.run_id", "load.phase", "http.status_code"} {
			require.Equal(t, request.Tags[tag], s.Tags[tag], tag)
		}
		require.GreaterOrEqual(t, request.Duration, s.Duration)
		require.Equal(t, request.Error, s.Error)
	}
}

// checkHits compares the trace metrics, which are counted before any sampling:
// nothing is counted twice at the end.
func checkHits(t *testing.T, in *agenttest.Intake, sum *report.Summary) {
	hits, errs := uint64(0), uint64(0)
	for _, h := range in.Hits() {
		if h.Name == "http.request" && h.Kind == "client" {
			hits, errs = hits+h.Count, errs+h.Errors
		}
	}
	assert.EqualValues(t, sum.Total.Requests, hits)
	assert.EqualValues(t, sum.Total.Failures, errs)
}

// chosen are the iterations of each user that were traced, in ascending order.
func chosen(spans []agenttest.Span) map[string][]float64 {
	byUser := map[string][]float64{}
	for _, s := range spans {
		if s.Name == "loadgen.task" && s.Resource != "Start" && s.Resource != "Stop" {
			byUser[s.Tags["usr.id"]] = append(byUser[s.Tags["usr.id"]], s.Numbers["load.iteration"])
		}
	}
	for _, list := range byUser {
		slices.Sort(list)
	}
	return byUser
}

func TestSamplingIsKeyed(t *testing.T) {
	run := func(rate float64) (map[string][]float64, *site, *agenttest.Intake, *report.Summary) {
		agent, in := received(t, nil)
		s, sum := observed(t, agent, datadog.Config{SampleRate: rate, RunID: "r-1"})
		return chosen(in.Spans()), s, in, sum
	}
	fifth, s, in, sum := run(0.2)
	again, _, _, _ := run(0.2)
	size, common := 0, 0
	for user, list := range fifth {
		n := min(len(list), len(again[user])) // one run may have come further than the other
		assert.Equal(t, list[:n], again[user][:n], "the same task runs of user %s", user)
		size, common = size+len(list), common+n
	}
	assert.Positive(t, common)
	assert.InDelta(t, 0.2*float64(sum.Total.Counters.Started), size, 5+0.1*float64(sum.Total.Counters.Started))

	traced := 0
	for _, h := range s.list() {
		if h.Get("X-Datadog-Trace-Id") != "" {
			traced++
			assert.Equal(t, "r-1", h.Get(datadog.MarkHeader))
			id, err := strconv.ParseUint(h.Get("X-Datadog-Trace-Id"), 10, 64)
			require.NoError(t, err)
			assert.Regexp(t, fmt.Sprintf("^00-[0-9a-f]{16}%016x-[0-9a-f]{16}-01$", id), h.Get("Traceparent"), "the same trace in W3C's words")
			assert.Contains(t, h.Get("Tracestate"), "dd=s:2")
			assert.Equal(t, "2", h.Get("X-Datadog-Sampling-Priority"), "DD_TRACE_SAMPLE_RATE rules on what passes")
			assert.Regexp(t, `^load\.run_id=r-1,load\.phase=(baseline|intervention)$`, h.Get("Baggage"))
		} else {
			assert.Empty(t, h.Get("Traceparent"))
			assert.Empty(t, h.Get("Baggage"))
		}
	}
	assert.Equal(t, len(treeOf(in.Spans()).requests), traced)
	assert.Equal(t, float64(sum.Total.Requests), counted(in, "load_generator.requests"), "what is not traced is still counted")
}

func TestDatadogsOwnRateStillWorks(t *testing.T) {
	agent, in := received(t, map[string]string{"DD_TRACE_SAMPLE_RATE": "0"})
	s, sum := observed(t, agent, datadog.Config{SampleRate: 1})
	assert.Empty(t, in.Named("loadgen.task"))
	assert.Equal(t, "-1", s.list()[0].Get("X-Datadog-Sampling-Priority"), "the target sees it")
	checkHits(t, in, sum)
}

func TestDatadogsOwnRulesStillWork(t *testing.T) {
	agent, in := received(t, map[string]string{"DD_TRACE_SAMPLING_RULES": `[{"tags":{"load.phase":"baseline"},"sample_rate":0}]`})
	_, sum := observed(t, agent, datadog.Config{SampleRate: 1})
	kept := in.Named("loadgen.task")
	assert.NotEmpty(t, kept)
	for _, s := range kept {
		require.Equal(t, "intervention", s.Tags["load.phase"], "a rule on our own tag")
	}
	checkHits(t, in, sum)
}

func TestAllRequestsCanBeMarked(t *testing.T) {
	agent, _ := received(t, nil)
	s, _ := observed(t, agent, datadog.Config{SampleRate: -1, MarkAll: true, RunID: "r-1"})
	for _, h := range s.list() {
		require.Equal(t, "r-1", h.Get(datadog.MarkHeader))
		require.Contains(t, h.Get("Baggage"), "load.phase=")
		require.Empty(t, h.Get("Traceparent"))
	}
}

func TestTracerOfTheHostProgram(t *testing.T) {
	agent, in := received(t, nil)
	require.NoError(t, tracer.Start(tracer.WithService("host"), tracer.WithEnv("production"), tracer.WithLogStartup(false)))
	stop := func() { tracer.Flush(); tracer.Stop() }
	defer func() { stop() }()
	before := tracer.StartSpan("host.before")
	s := newSite(t)
	dd, err := datadog.Start(datadog.Config{SampleRate: 1})
	require.NoError(t, err)
	_, err = s.run(t, dd).Run(tracer.ContextWithSpan(t.Context(), before))
	require.NoError(t, err)
	dd.Stop()
	before.Finish()
	tracer.StartSpan("host.after").Finish()
	stop()
	stop = func() {}
	agent.Stop()

	require.Len(t, in.Named("host.before"), 1, "it was open while the load ran")
	require.Len(t, in.Named("host.after"), 1, "the host's tracer continues")
	assert.NotContains(t, in.Named("host.before")[0].Tags, "_dd.base_service")
	spans := treeOf(in.Spans())
	require.NotEmpty(t, spans.tasks)
	for _, s := range append(spans.tasks, spans.requests...) {
		require.Equal(t, "load-generator", s.Service)
		require.Equal(t, "production", s.Tags["env"])
		require.NotEqual(t, in.Named("host.before")[0].TraceID, s.TraceID, "a whole run is not a trace")
	}
}
