package datadog

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/gensim/load-generator/loadgen/internal/porttest"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// A hanging agent delays start and end by a second at most.
func TestLimits(t *testing.T) {
	l := usualLimits()
	assert.Less(t, l.start, time.Second)
	assert.Less(t, l.flush+l.stop, time.Second)
}

func TestHangingAgent(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits out what Start and Stop may take")
	}
	var j journal
	port, hangUp := listener(t)
	only(t, "DD_AGENT_HOST=127.0.0.1", "DD_TRACE_AGENT_PORT="+port, "DD_DOGSTATSD_PORT=9", "DD_TRACE_AGENT_TIMEOUT=60")
	var e *Exporter
	var err error
	quickly(t, func() { e, err = Start(Config{SampleRate: 1, Logger: j.logger()}) })
	require.NoError(t, err)
	quickly(t, func() { load(e, 100) })
	quickly(t, func() { assert.Equal(t, int64(100), e.Stop().Unready, "what the tracer was not up for is counted") })
	require.Eventually(t, func() bool { return len(j.warnings()) > 0 }, time.Minute, 10*time.Millisecond)
	require.NoError(t, hangUp())
	<-e.tracer.ready // it continued in the background
	assert.Len(t, j.warnings(), 1)
	require.Eventually(t, func() bool { return !tracerRuns() }, time.Minute, 10*time.Millisecond, "it is stopped all the same")
}

// An agent that is well when it is asked, and takes traces without an answer.
func TestAgentThatAcceptsAndNeverAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits out what Start and Stop may take")
	}
	var j journal
	over := make(chan struct{})
	release := sync.OnceFunc(func() { close(over) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/traces") {
			<-over
			http.Error(w, "too late", http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	defer release()
	only(t, "DD_TRACE_AGENT_URL="+server.URL, "DD_DOGSTATSD_PORT=9", "DD_TRACE_AGENT_TIMEOUT=60")
	l := usualLimits()
	l.start = patience.start // it is up first
	e, err := startWithin(l, Config{SampleRate: 1, Logger: j.logger()})
	require.NoError(t, err)
	run := e.BeginRun(anyRun())
	work(run, 50)
	require.Eventually(t, func() bool { tracer.Flush(); return e.sending.Load() == 50 }, time.Minute, time.Millisecond)
	sum := emptySummary()
	quickly(t, func() { run.EndRun(sum) })
	assert.Contains(t, strings.Join(sum.Health.Warnings, ""), "50 traces (agent had not answered)")
	var lost Losses
	quickly(t, func() { lost = e.Stop() })
	assert.Equal(t, int64(50), lost.Unanswered)
	assert.Len(t, j.warnings(), 1)
	release()
	require.Eventually(t, func() bool { return !tracerRuns() && e.sending.Load() == 0 }, time.Minute, 10*time.Millisecond)
	assert.Zero(t, e.Losses().SendFailed, "none is counted twice")
}

func TestStopLeavesNothingBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits out the agent's time limit")
	}
	before := goleak.IgnoreCurrent()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	only(t, "DD_TRACE_AGENT_URL="+server.URL, "DD_DOGSTATSD_PORT=9", "DD_TRACE_AGENT_TIMEOUT=1")
	e, err := startWithin(patience, Config{SampleRate: 1})
	require.NoError(t, err)
	load(e, 10)
	assert.Zero(t, e.Stop().Unanswered)
	require.Eventually(t, func() bool {
		return goleak.Find(before, goleak.IgnoreAnyFunction("net/http/httptest.(*Server).goServe.func1"), goleak.IgnoreAnyFunction("net/http.(*conn).serve")) == nil
	}, time.Minute, 10*time.Millisecond, "the tracer forgets to close some answers; those live until the time limit")
	server.Close()
}

// What the tracer does not understand of the environment is logged like all
// else, not in a line of another form.
func TestWhatTheTracerWarnsOf(t *testing.T) {
	var j journal
	only(t, "DD_AGENT_HOST=127.0.0.1", "DD_TRACE_AGENT_PORT=9", "DD_DOGSTATSD_PORT=9", "DD_SPAN_SAMPLING_RULES={")
	e, err := startWithin(patience, Config{SampleRate: 1, Logger: j.logger()})
	require.NoError(t, err)
	e.Stop()
	// It may also warn of the absent agent, if it looks for that before it is stopped.
	assert.Contains(t, strings.Join(j.warnings(), ""), "DD_SPAN_SAMPLING_RULES")
}

func TestMetricsOnASocket(t *testing.T) {
	path := t.TempDir() + "/dsd.socket"
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	defer l.Close()
	only(t, "DD_DOGSTATSD_URL=unix://"+path)
	e, err := startWithin(patience, Config{SampleRate: -1})
	require.NoError(t, err)
	load(e, 1)
	assert.Zero(t, e.Stop())
	datagram := make([]byte, 1<<16)
	n, err := l.Read(datagram)
	require.NoError(t, err)
	assert.Contains(t, string(datagram[:n]), "_e{")
}

// A variable that checkEnvironment does not know and the tracer panics over must not
// end the load. This one it knows, so it is not asked.
func TestTracerThatPanics(t *testing.T) {
	var j journal
	e := newExporter(t, Config{SampleRate: 1})
	e.log = j.logger()
	t.Setenv("DD_AGENT_HOST", "[::1")
	e.tracer = startTracer(e)
	<-e.tracer.ready
	require.ErrorContains(t, e.tracer.failed, "panic: ")
	load(e, 3)
	assert.Equal(t, int64(3), e.Stop().Unready)
	assert.Len(t, j.warnings(), 1)
}

func TestAbsentAgent(t *testing.T) {
	var j journal
	only(t, "DD_TRACE_AGENT_URL=http://me:secret@127.0.0.1:9", "DD_DOGSTATSD_PORT=9")
	e, err := startWithin(patience, Config{SampleRate: 1, Logger: j.logger()})
	require.NoError(t, err)
	load(e, 100)
	load(e, 100)
	lost := e.Stop()
	assert.Equal(t, int64(200), lost.SendFailed)
	require.Len(t, j.warnings(), 1)
	assert.Contains(t, j.warnings()[0], "the load continues")
	assert.Contains(t, j.warnings()[0], "traces=http://me:xxxxx@127.0.0.1:9")
	assert.NotContains(t, strings.Join(j.lines(), ""), "secret")
	assert.Equal(t, lost, e.Stop(), "again")
}

func TestFailingAgent(t *testing.T) {
	var j journal
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) }))
	defer server.Close()
	only(t, "DD_TRACE_AGENT_URL="+server.URL, "DD_DOGSTATSD_PORT=9")
	e, err := startWithin(patience, Config{SampleRate: 1, Logger: j.logger()})
	require.NoError(t, err)
	load(e, 50)
	assert.Equal(t, int64(50), e.Stop().SendFailed)
	assert.Len(t, j.warnings(), 1)
}

func TestLossesAreInTheHealthBlock(t *testing.T) {
	only(t, "DD_AGENT_HOST=127.0.0.1", "DD_TRACE_AGENT_PORT=9", "DD_DOGSTATSD_PORT=9")
	e, err := startWithin(patience, Config{SampleRate: 1})
	require.NoError(t, err)
	defer e.Stop()
	run := e.BeginRun(measure.Run{Phases: []report.PhaseInfo{{Name: "only"}}})
	atomic.AddInt64(&e.lost.QueueFull, 3)
	var sum report.Summary
	sum.Total.Operations = []report.Operation{{Name: report.Aggregated}}
	run.EndRun(&sum)
	require.Len(t, sum.Health.Warnings, 1)
	assert.Contains(t, sum.Health.Warnings[0], "Datadog missed 3 traces (queue full)")
}

func TestAddressThatDoesNotResolve(t *testing.T) {
	var j journal
	e := newExporter(t, Config{})
	e.log, e.statsd = j.logger(), "127.0.0.1:no-such-service"
	done := make(chan struct{})
	go func() { defer close(done); e.connect() }()
	require.Eventually(t, func() bool { return len(j.warnings()) == 1 }, time.Minute, time.Millisecond)
	close(e.quit)
	<-done
	assert.Nil(t, e.client.Load())
	e.flushMetrics()
	e.Verdict(true, "no run yet: nothing to tell")
}

func TestOtherTracerIsNotStopped(t *testing.T) {
	only(t, "DD_AGENT_HOST=127.0.0.1", "DD_TRACE_AGENT_PORT=9", "DD_DOGSTATSD_PORT=9")
	e, err := startWithin(patience, Config{SampleRate: 1})
	require.NoError(t, err)
	require.NoError(t, tracer.Start(tracer.WithService("host"), tracer.WithLogStartup(false)), "the host program replaces ours")
	defer tracer.Stop()
	e.Stop()
	assert.True(t, tracerRuns())
	span := tracer.StartSpan("x")
	assert.NotNil(t, span)
	span.Finish()
}

func TestNoTracesWanted(t *testing.T) {
	only(t, "DD_AGENT_HOST=127.0.0.1", "DD_TRACE_AGENT_PORT=9", "DD_DOGSTATSD_PORT=9")
	e, err := startWithin(patience, Config{SampleRate: -1})
	require.NoError(t, err)
	assert.False(t, tracerRuns())
	load(e, 10)
	assert.Zero(t, e.Stop().SendFailed)
}

func TestTracingDisabledByTheEnvironment(t *testing.T) {
	only(t, "DD_TRACE_ENABLED=false", "DD_AGENT_HOST=127.0.0.1", "DD_TRACE_AGENT_PORT=9", "DD_DOGSTATSD_PORT=9")
	e, err := startWithin(patience, Config{SampleRate: 1})
	require.NoError(t, err)
	load(e, 10)
	assert.Zero(t, e.Stop().SendFailed)
	assert.False(t, tracerRuns())
}

func TestAgentOnASocket(t *testing.T) {
	path := t.TempDir() + "/apm.socket"
	l, err := net.Listen("unix", path)
	require.NoError(t, err)
	var mu sync.Mutex
	got := map[string]int{}
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("Datadog-Send-Real-Http-Status") == "true" {
			got[r.URL.Path]++
		}
	})}
	go server.Serve(l)
	defer server.Close()
	only(t, "DD_TRACE_AGENT_URL=unix://"+path, "DD_DOGSTATSD_PORT=9", "DD_TRACE_AGENT_TIMEOUT=60")
	var j journal
	e, err := startWithin(patience, Config{SampleRate: 1, Logger: j.logger()})
	require.NoError(t, err)
	load(e, 3)
	assert.Zero(t, e.Stop().SendFailed)
	assert.Empty(t, j.warnings())
	mu.Lock()
	defer mu.Unlock()
	assert.Positive(t, got["/info"])
	assert.Positive(t, got["/v0.4/traces"]+got["/v1.0/traces"])
}

// listener is a port that accepts connections and says nothing, until it is closed. Then it refuses them.
func listener(t *testing.T) (port string, hangUp func() error) {
	l, err := net.Listen("tcp", porttest.Reserved(t))
	require.NoError(t, err)
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, l.Close
}

// quickly says that f does not wait for the minute that the tests give an agent to
// answer. How long it may wait is in constants, which TestLimits checks.
func quickly(t *testing.T, f func()) {
	t.Helper()
	begin := time.Now()
	f()
	assert.Less(t, time.Since(begin), 30*time.Second)
}

// load makes an exporter believe that there was a run of n tasks, each with a request.
func load(e *Exporter, n int) {
	run := e.BeginRun(anyRun())
	work(run, n)
	run.EndRun(emptySummary())
}

// emptySummary is a Summary without a request.
func emptySummary() *report.Summary {
	return &report.Summary{Total: report.PhaseSummary{Operations: []report.Operation{{Name: report.Aggregated}}}}
}

// work runs n tasks, each with a request, where tasks are traced.
func work(run measure.RunObserver, n int) {
	for i := range n {
		_, span := run.BeginTask(context.Background(), measure.Task{User: 1, Iteration: uint64(i), Name: "list"})
		if span != nil {
			span.BeginRequest(report.Op{Method: "GET", Name: "/"}, 0, 0).End(measure.Outcome{Done: time.Millisecond, Status: 200})
			span.End(time.Millisecond, nil, false)
		}
	}
}
