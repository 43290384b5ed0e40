package collectortest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/otel"
	"github.com/gensim/load-generator/loadgen/otel/collectortest"
	"github.com/gensim/load-generator/loadgen/prometheus"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/todo"
)

// variables points those of OpenTelemetry at a collector.
func variables(c *collectortest.Collector, protocol string) []string {
	url := c.GRPC
	if protocol != "grpc" {
		url = c.HTTP
	}
	return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + url, "OTEL_EXPORTER_OTLP_PROTOCOL=" + protocol, "OTEL_EXPORTER_OTLP_COMPRESSION=gzip",
		"OTEL_SERVICE_NAME=checkout-load", "OTEL_RESOURCE_ATTRIBUTES=team=shop", "OTEL_BSP_MAX_QUEUE_SIZE=100000", "OTEL_BLRP_MAX_QUEUE_SIZE=100000"}
}

// talker is a user whose tasks log a line each.
type talker struct {
	scenario.User
	log *slog.Logger
}

func (u talker) Tasks() []scenario.Task {
	tasks := u.User.Tasks()
	for i := range tasks {
		do := tasks[i].Do
		tasks[i].Do = func(ctx context.Context) error {
			u.log.InfoContext(ctx, "in a task", "task", tasks[i].Name)
			return do(ctx)
		}
	}
	return tasks
}

// TestARun: what the collector gets of a run against the backend equals its summary, by both protocols: traces, metrics
// down to the buckets, and each line of the log in its trace.
func TestARun(t *testing.T) {
	for _, protocol := range []string{"grpc", "http/protobuf"} {
		t.Run(protocol, func(t *testing.T) {
			c := collectortest.Start(t)
			for _, v := range variables(c, protocol) {
				name, text, _ := strings.Cut(v, "=")
				t.Setenv(name, text)
			}
			e, err := otel.Start(otel.Config{SampleRate: 1, RunID: "r-1", Version: "v1.2.3"})
			require.NoError(t, err)
			metrics, err := prometheus.New(prometheus.Config{RunID: "r-1"})
			require.NoError(t, err)
			backend, err := todo.NewBackend(todo.BackendConfig{Seed: 1})
			require.NoError(t, err)
			server, err := backend.Listen("")
			require.NoError(t, err)
			t.Cleanup(func() { _ = server.Close(context.Background()) })
			client, err := httpclient.New(httpclient.Config{Host: server.URL})
			require.NoError(t, err)
			defer client.Close()
			users, logger := todo.Users(client), slog.New(e.LogHandler(nil))
			sum, err := loadgen.Runner{
				Name: "todo", Seed: 42, Observer: measure.Observers(metrics, e), StopTimeout: time.Minute, Pace: scenario.Between(5*time.Millisecond, 25*time.Millisecond), // nothing is cut off
				NewUser: func(env scenario.Env) (scenario.User, error) {
					u, err := users(env)
					return talker{u, logger}, err
				},
				Schedule: phase.Schedule{
					{Name: "baseline", For: 500 * time.Millisecond, Users: 2, Arm: "A"},
					{Name: "intervention", For: 500 * time.Millisecond, Users: 4, Arm: "B", Enter: phase.HookFunc(func(context.Context) error {
						return backend.Behave(todo.Behaviour{ErrorRate: 0.3})
					})},
				},
			}.Run(t.Context())
			require.NoError(t, err)
			lost := e.Stop()
			require.Zero(t, lost, "%v", lost)
			require.Positive(t, sum.Total.Failures)
			metricsEqual(t, c.Last(t), sum)
			tracesEqual(t, c.Spans(), sum)
			linesEqual(t, c, sum)
			exemplarsEqual(t, metrics, c.Spans())
		})
	}
}

// metricsEqual holds what arrived against the summary, each row.
func metricsEqual(t *testing.T, m map[string]pmetric.Metric, sum *report.Summary) {
	t.Helper()
	for i := range sum.Phases {
		p := &sum.Phases[i]
		in := map[string]any{"load.phase": p.Name}
		assert.EqualValues(t, p.Counters.Planned, number(t, m["loadgen.tasks.planned"], in))
		assert.EqualValues(t, p.Counters.Finished, number(t, m["loadgen.tasks.finished"], in))
		for _, op := range p.Operations[:max(0, len(p.Operations)-1)] {
			of := map[string]any{"load.phase": p.Name, "load.operation": op.Op().String()}
			assert.EqualValues(t, op.Bytes, number(t, m["loadgen.response.body"], of))
			for outcome, sketch := range map[string]*hist.Sketch{"ok": op.Times.Response, "failed": op.Times.Failed} {
				of["load.outcome"] = outcome
				assert.EqualValues(t, sketch.Count(), number(t, m["loadgen.requests"], of))
				if sketch.Count() > 0 {
					bucketsEqual(t, m["loadgen.request.duration"], of, sketch)
				}
			}
		}
	}
}

// number is the value of the counter's only point with these attributes.
func number(t *testing.T, m pmetric.Metric, with map[string]any) int64 {
	t.Helper()
	require.Equal(t, pmetric.AggregationTemporalityCumulative, m.Sum().AggregationTemporality())
	var found []int64
	for _, p := range m.Sum().DataPoints().All() {
		if has(p.Attributes(), with) {
			found = append(found, p.IntValue())
		}
	}
	require.Len(t, found, 1, "%s with %v", m.Name(), with)
	return found[0]
}

// has reports whether attributes are among others.
func has(all pcommon.Map, with map[string]any) bool {
	have := all.AsRaw()
	for key, v := range with {
		if have[key] != v {
			return false
		}
	}
	return true
}

// bucketsEqual holds each bucket of an exponential histogram against the report's.
func bucketsEqual(t *testing.T, m pmetric.Metric, with map[string]any, sketch *hist.Sketch) {
	t.Helper()
	found := 0
	for _, p := range m.ExponentialHistogram().DataPoints().All() {
		if !has(p.Attributes(), with) {
			continue
		}
		found++
		want, zero, have := map[int]uint64{}, uint64(0), map[int]uint64{}
		for b := range sketch.Buckets() {
			v := (b.Low() + (b.High()-b.Low())/2).Seconds()
			if v <= 1./(1<<20) {
				zero += b.Count
				continue
			}
			want[int(math.Ceil(math.Log2(v)*math.Exp2(float64(p.Scale()))))-1] += b.Count // (base^i, base^(i+1)]
		}
		for i, n := range p.Positive().BucketCounts().AsRaw() {
			if n > 0 {
				have[int(p.Positive().Offset())+i] = n
			}
		}
		assert.Equal(t, want, have, "%v", with)
		assert.Equal(t, zero, p.ZeroCount())
		assert.Equal(t, sketch.Count(), p.Count())
		assert.InEpsilon(t, sketch.Sum(), p.Sum(), 1e-9)
	}
	assert.Equal(t, 1, found, "%s with %v", m.Name(), with)
}

// tracesEqual: each task is a trace, and each request a span in that of its task.
func tracesEqual(t *testing.T, spans []collectortest.Span, sum *report.Summary) {
	t.Helper()
	tasks, requests, failed, byID := int64(0), int64(0), int64(0), map[pcommon.SpanID]collectortest.Span{}
	for _, s := range spans {
		byID[s.SpanID()] = s
	}
	for _, s := range spans {
		assert.Equal(t, "checkout-load", s.Resource["service.name"])
		assert.Equal(t, "v1.2.3", s.Resource["service.version"])
		assert.Equal(t, "shop", s.Resource["team"])
		if s.ParentSpanID().IsEmpty() {
			tasks++
			continue
		}
		requests++
		assert.Equal(t, byID[s.ParentSpanID()].TraceID(), s.TraceID())
		if a := s.Attributes().AsRaw(); a["error.type"] != nil {
			failed++
		}
	}
	assert.Equal(t, sum.Total.Counters.Started, tasks)
	assert.Equal(t, sum.Total.Requests, requests)
	assert.Equal(t, sum.Total.Failures, failed)
}

// linesEqual: each task logged one line, in its span.
func linesEqual(t *testing.T, c *collectortest.Collector, sum *report.Summary) {
	t.Helper()
	tasks := map[pcommon.SpanID]collectortest.Span{}
	for _, s := range c.Spans() {
		if s.ParentSpanID().IsEmpty() {
			tasks[s.SpanID()] = s
		}
	}
	lines := c.Lines()
	assert.EqualValues(t, sum.Total.Counters.Started, len(lines))
	for _, x := range lines {
		a, span := x.Attributes().AsRaw(), tasks[x.SpanID()]
		require.Equal(t, "in a task", x.Body().AsString())
		require.Equal(t, span.TraceID(), x.TraceID())
		require.Equal(t, plog.SeverityNumberInfo, x.SeverityNumber())
		for _, key := range []string{"load.run_id", "load.phase", "load.task", "user.id", "load.iteration"} {
			require.Equal(t, span.Attributes().AsRaw()[key], a[key], key)
		}
		require.Equal(t, a["load.task"], a["task"])
		require.Equal(t, "checkout-load", x.Resource["service.name"])
	}
}

// exemplarsEqual: each that Prometheus gets is a span with its response time.
func exemplarsEqual(t *testing.T, e *prometheus.Exporter, spans []collectortest.Span) {
	t.Helper()
	took := map[string]float64{}
	for _, s := range spans {
		took[s.TraceID().String()+" "+s.SpanID().String()] = s.EndTimestamp().AsTime().Sub(s.StartTimestamp().AsTime()).Seconds()
	}
	ask, answer := httptest.NewRequest(http.MethodGet, "/metrics", nil), httptest.NewRecorder()
	ask.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	e.ServeHTTP(answer, ask)
	trace, span := regexp.MustCompile(`trace_id="(\w+)"`), regexp.MustCompile(`span_id="(\w+)"`)
	n := 0
	for line := range strings.Lines(answer.Body.String()) {
		_, exemplar, ok := strings.Cut(line, " # ")
		if !ok {
			continue
		}
		n++
		require.True(t, strings.HasPrefix(line, "loadgen_request_duration_seconds_bucket{"), line)
		v, err := strconv.ParseFloat(strings.Fields(exemplar[strings.Index(exemplar, "} ")+2:])[0], 64)
		require.NoError(t, err)
		require.InDelta(t, took[trace.FindStringSubmatch(exemplar)[1]+" "+span.FindStringSubmatch(exemplar)[1]], v, 1e-9, line)
	}
	assert.Positive(t, n)
}

// TestCommand: the program as it is started in a container sends all three, from its flag and variables alone.
func TestCommand(t *testing.T) {
	program := filepath.Join(t.TempDir(), "todo")
	build := exec.Command("go", "build", "-o", program, "./examples/todo")
	build.Dir = "../../.."
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	c := collectortest.Start(t)
	file := filepath.Join(t.TempDir(), "summary.json")
	cmd := exec.Command(program, "--headless", "--run-time", "2s", "--stop-timeout", "60", "--otel", "--otel-sample-rate", "1", "--summary-file", file)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), append(variables(c, "grpc"), "LOAD_WARMUP_DURATION=1", "LOAD_BASELINE_USERS=3", "LOAD_BASELINE_SPAWN_RATE=30",
		"LOAD_INTERVENTION_USERS=6", "LOAD_INTERVENTION_SPAWN_RATE=30")...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Run(), "%s", &stderr)
	require.NotContains(t, stderr.String(), "OpenTelemetry missed")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	sum := new(report.Summary)
	require.NoError(t, json.Unmarshal(text, sum))
	require.Positive(t, sum.Total.Requests)
	metricsEqual(t, c.Last(t), sum)
	requests := int64(0)
	for _, s := range c.Spans() {
		if !s.ParentSpanID().IsEmpty() {
			requests++
		}
	}
	assert.Equal(t, sum.Total.Requests, requests)
	var said []string
	for _, x := range c.Lines() {
		said = append(said, x.Body().AsString())
	}
	all := strings.Join(said, "\n")
	assert.Contains(t, all, "Starting Locust-compatible", "also what was logged before the part started")
	assert.Contains(t, all, "phase transition")
}
