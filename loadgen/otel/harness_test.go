package otel

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortraces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// only sets the OTEL_* variables of the test and no others.
func only(t testing.TB, variables ...string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "") // restores it at the end of the test
			require.NoError(t, os.Unsetenv(name))
		}
	}
	for _, entry := range variables {
		name, text, _ := strings.Cut(entry, "=")
		t.Setenv(name, text)
	}
}

// collector receives by gRPC and HTTP, and keeps what it takes.
type collector struct {
	collectortraces.UnimplementedTraceServiceServer
	url      string
	protocol string

	mu       sync.Mutex
	resource map[string]string
	headers  http.Header
	spans    []*tracepb.Span
	exports  [][]*metricspb.Metric
	lines    []*logspb.LogRecord
	refuse   *collectortraces.ExportTracePartialSuccess // of traces and logs
	busy     func() error                               // what is answered by gRPC instead, unless it is nil
}

// ask has a call by gRPC answered by busy first.
func (c *collector) ask(ctx context.Context, in any, _ *grpc.UnaryServerInfo, answer grpc.UnaryHandler) (any, error) {
	c.mu.Lock()
	busy := c.busy
	c.mu.Unlock()
	if busy != nil {
		if err := busy(); err != nil {
			return nil, err
		}
	}
	return answer(ctx, in)
}

// byGRPC and byHTTP start a collector, and set the variables that name it.
func byGRPC(t testing.TB, variables ...string) *collector {
	c := &collector{protocol: "grpc"}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer(grpc.UnaryInterceptor(c.ask))
	collectortraces.RegisterTraceServiceServer(server, c)
	collectormetrics.RegisterMetricsServiceServer(server, meters{c: c})
	collectorlogs.RegisterLogsServiceServer(server, loggers{c: c})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() { server.Stop(); <-done })
	c.url = "http://" + l.Addr().String()
	only(t, append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url}, variables...)...)
	return c
}

// byHTTP is a collector that takes OTLP by HTTP, and the variables that name it.
func byHTTP(t testing.TB, variables ...string) *collector {
	c := &collector{protocol: "http/protobuf"}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	c.url = s.URL
	only(t, append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"}, variables...)...)
	return c
}

// Export implements the receiver of traces.
func (c *collector) Export(_ context.Context, r *collectortraces.ExportTraceServiceRequest) (*collectortraces.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range r.ResourceSpans {
		c.resource = attributesOf(one.Resource.Attributes)
		for _, s := range one.ScopeSpans {
			c.spans = append(c.spans, s.Spans...)
		}
	}
	return &collectortraces.ExportTraceServiceResponse{PartialSuccess: c.refuse}, nil
}

// meters receives metrics, since both services name their method Export.
type meters struct {
	collectormetrics.UnimplementedMetricsServiceServer
	c *collector
}

// Export implements the receiver of metrics.
func (m meters) Export(_ context.Context, r *collectormetrics.ExportMetricsServiceRequest) (*collectormetrics.ExportMetricsServiceResponse, error) {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	for _, one := range r.ResourceMetrics {
		m.c.resource = attributesOf(one.Resource.Attributes)
		for _, s := range one.ScopeMetrics {
			m.c.exports = append(m.c.exports, s.Metrics)
		}
	}
	return &collectormetrics.ExportMetricsServiceResponse{}, nil
}

// loggers receives lines of the log.
type loggers struct {
	collectorlogs.UnimplementedLogsServiceServer
	c *collector
}

// Export implements the receiver of logs.
func (l loggers) Export(_ context.Context, r *collectorlogs.ExportLogsServiceRequest) (*collectorlogs.ExportLogsServiceResponse, error) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	for _, one := range r.ResourceLogs {
		l.c.resource = attributesOf(one.Resource.Attributes)
		for _, s := range one.ScopeLogs {
			l.c.lines = append(l.c.lines, s.LogRecords...)
		}
	}
	answer := new(collectorlogs.ExportLogsServiceResponse)
	if l.c.refuse != nil {
		answer.PartialSuccess = &collectorlogs.ExportLogsPartialSuccess{RejectedLogRecords: l.c.refuse.RejectedSpans, ErrorMessage: l.c.refuse.ErrorMessage}
	}
	return answer, nil
}

// ServeHTTP receives all three by HTTP.
func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var from io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		from = unpacked
	}
	body, err := io.ReadAll(from)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.headers = r.Header.Clone()
	c.mu.Unlock()
	var answer proto.Message
	switch r.URL.Path {
	case "/v1/traces":
		var in collectortraces.ExportTraceServiceRequest
		if err = proto.Unmarshal(body, &in); err == nil {
			answer, err = c.Export(r.Context(), &in)
		}
	case "/v1/metrics":
		var in collectormetrics.ExportMetricsServiceRequest
		if err = proto.Unmarshal(body, &in); err == nil {
			answer, err = meters{c: c}.Export(r.Context(), &in)
		}
	case "/v1/logs":
		var in collectorlogs.ExportLogsServiceRequest
		if err = proto.Unmarshal(body, &in); err == nil {
			answer, err = loggers{c: c}.Export(r.Context(), &in)
		}
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out, err := proto.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(out)
}

// attributesOf are attributes as text.
func attributesOf(list []*common.KeyValue) map[string]string {
	out := map[string]string{}
	for _, a := range list {
		switch v := a.Value.Value.(type) {
		case *common.AnyValue_StringValue:
			out[a.Key] = v.StringValue
		case *common.AnyValue_IntValue:
			out[a.Key] = fmt.Sprint(v.IntValue)
		case *common.AnyValue_BoolValue:
			out[a.Key] = fmt.Sprint(v.BoolValue)
		case *common.AnyValue_DoubleValue:
			out[a.Key] = fmt.Sprint(v.DoubleValue)
		}
	}
	return out
}

// look looks at what has arrived.
func (c *collector) look(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

// all are the spans that have arrived.
func (c *collector) all() []*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

// logged are the lines of the log that have arrived.
func (c *collector) logged() []*logspb.LogRecord {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.lines)
}

// last is the export of metrics that arrived last, by name.
func (c *collector) last(t testing.TB) map[string]*metricspb.Metric {
	c.mu.Lock()
	defer c.mu.Unlock()
	require.NotEmpty(t, c.exports)
	out := map[string]*metricspb.Metric{}
	for _, m := range c.exports[len(c.exports)-1] {
		out[m.Name] = m
	}
	return out
}

// start starts an exporter whose runs are named r-1, and stops it at the end of the test. It waits longer than others: a busy
// machine loses nothing.
func start(t testing.TB, c Config) *Exporter {
	t.Helper()
	if c.RunID == "" {
		c.RunID = "r-1"
	}
	e, err := Start(c)
	require.NoError(t, err)
	e.endLimit = 30 * time.Second
	t.Cleanup(func() { e.Stop() })
	return e
}

// twoPhases are a baseline with an arm, and what follows.
var twoPhases = []report.PhaseInfo{
	{Name: "baseline", End: 10 * time.Second, Arm: "A", Model: "closed"},
	{Name: "after, all", Start: 10 * time.Second, Model: "closed"},
}

// epoch is the start of the runs that tests record themselves.
var epoch = time.Unix(1_700_000_000, 0)

// begin begins a run that the test records itself.
func begin(e *Exporter) (*run, *record.Recorder) {
	r := record.New(record.Config{Phases: twoPhases, Shards: 1})
	return e.BeginRun(measure.Run{Name: "shop", Seed: 1 << 63, Start: epoch, Phases: twoPhases, Recorder: r}).(*run), r
}

// recordAt records a request at an offset, failed if there is a reason.
func recordAt(r *record.Recorder, at, took time.Duration, op report.Op, reason string) {
	r.Shard(0).Record(&record.Sample{Op: op, Intended: at, Woken: at, Sent: at, Done: at + took, Err: reason, Bytes: 10})
}

// journal is a log that tests can read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

// warnings are the lines of that level.
func (j *journal) warnings() (list []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, "level=WARN") {
			list = append(list, line)
		}
	}
	return list
}

// value is the value of the point with all of these attributes, or the count of a histogram.
func value(t testing.TB, m *metricspb.Metric, with ...string) float64 {
	t.Helper()
	require.NotNil(t, m)
	found, out := 0, 0.
	add := func(of []*common.KeyValue, v float64) {
		have := attributesOf(of)
		for _, w := range with {
			if key, want, _ := strings.Cut(w, "="); have[key] != want {
				return
			}
		}
		found, out = found+1, out+v
	}
	for _, p := range m.GetSum().GetDataPoints() {
		add(p.Attributes, number(p))
	}
	for _, p := range m.GetGauge().GetDataPoints() {
		add(p.Attributes, number(p))
	}
	for _, p := range m.GetExponentialHistogram().GetDataPoints() {
		add(p.Attributes, float64(p.Count))
	}
	for _, p := range m.GetHistogram().GetDataPoints() {
		add(p.Attributes, float64(p.Count))
	}
	assert.Equal(t, 1, found, "points of %s with %v", m.Name, with)
	return out
}

// number is the value of a point, whole or not.
func number(p *metricspb.NumberDataPoint) float64 {
	if v, ok := p.Value.(*metricspb.NumberDataPoint_AsInt); ok {
		return float64(v.AsInt)
	}
	return p.GetAsDouble()
}

// chosen are the task runs that an exporter traces of a run.
func chosen(e *Exporter, seed uint64) (list []measure.Task) {
	r := e.BeginRun(measure.Run{Seed: seed, Start: epoch, Phases: twoPhases})
	for user := range 50 {
		for i := range uint64(100) {
			task := measure.Task{User: user, Iteration: i, Name: "x"}
			if _, s := r.BeginTask(context.Background(), task); s != nil {
				s.End(0, nil, false)
				list = append(list, task)
			}
		}
	}
	r.EndRun(&report.Summary{})
	return list
}

// observeOne makes one run with one traced request.
func observeOne(e *Exporter) {
	r, rec := begin(e)
	if _, task := r.BeginTask(context.Background(), measure.Task{User: 1, Name: "x"}); task != nil { // traces may be off
		task.BeginRequest(report.Op{Method: "GET", Name: "/"}, 0, 0).End(measure.Outcome{Done: time.Second})
		task.End(time.Second, nil, false)
	}
	recordAt(rec, 0, time.Second, report.Op{Method: "GET", Name: "/"}, "")
	r.EndRun(rec.Summary(record.Meta{End: time.Second}))
}

// op is an operation.
var op = report.Op{Method: "GET", Name: "/a"}

// slow takes its time for each batch.
type slow struct {
	takes time.Duration
	spans atomic.Int64
}

func (s *slow) ExportSpans(ctx context.Context, batch []sdk.ReadOnlySpan) error {
	select {
	case <-time.After(s.takes):
		s.spans.Add(int64(len(batch)))
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slow) Shutdown(context.Context) error { return nil }
