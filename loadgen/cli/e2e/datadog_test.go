package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
)

// agent takes what a Datadog agent takes and keeps the bytes. What they mean to
// Datadog's own agent is tested in loadgen/datadog/agenttest.
type agent struct {
	http   *httptest.Server
	statsd net.PacketConn
	done   chan struct{} // closed when statsd is

	mu      sync.Mutex
	traces  bytes.Buffer
	metrics bytes.Buffer
}

func listenAsAgent(t *testing.T) *agent {
	t.Helper()
	a := &agent{done: make(chan struct{})}
	a.http = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what was cut short is missed by the test
		if strings.HasSuffix(r.URL.Path, "/traces") {
			a.keep(&a.traces, body)
		}
	}))
	var err error
	a.statsd, err = net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	go a.receive()
	t.Cleanup(func() {
		a.http.Close()
		_ = a.statsd.Close() // ends receive
		<-a.done
	})
	return a
}

func (a *agent) receive() {
	defer close(a.done)
	datagram := make([]byte, 64<<10)
	for {
		n, _, err := a.statsd.ReadFrom(datagram)
		if err != nil {
			return
		}
		a.keep(&a.metrics, append(datagram[:n:n], '\n'))
	}
}

func (a *agent) keep(where *bytes.Buffer, what []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = where.Write(what) // never fails
}

// got returns what came to one of the two.
func (a *agent) got(where *bytes.Buffer) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return where.String()
}

// holds waits until each of some texts has come to one of the two.
func (a *agent) holds(t *testing.T, where *bytes.Buffer, parts ...string) {
	t.Helper()
	for _, part := range parts {
		require.Eventually(t, func() bool { return strings.Contains(a.got(where), part) }, todotest.Patience, 20*time.Millisecond, part)
	}
}

func (a *agent) env() []string {
	return []string{"DD_TRACE_AGENT_URL=" + a.http.URL, "DD_DOGSTATSD_URL=udp://" + a.statsd.LocalAddr().String(), "DD_ENV=test"}
}

func TestARunIsSentToDatadog(t *testing.T) {
	t.Parallel()
	a := listenAsAgent(t)
	p := start(t, a.env(), quickly("--warmup-duration", "5", "--datadog-sample-rate", "1")...) // the tracer may not be up for the first seconds
	a.holds(t, &a.traces, "loadgen.task", "http.request", "GET /api/todos", "load-generator", "todo-backend", "baseline", "intervention", "list_todos")
	a.holds(t, &a.metrics, "load_generator.requests:", "load_generator.response_ms:", "load_generator.users:", "load.phase:baseline", "load.phase:intervention", "env:test")
	a.holds(t, &a.metrics, "_e{") // events of begin, phases, end and verdict
	p.signal(syscall.SIGTERM)
	assert.Zero(t, p.wait(), p.stderr.String())
	for line := range strings.Lines(p.stderr.String()) {
		if strings.HasPrefix(line, "{") {
			var entry map[string]any
			require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
			assert.Equal(t, "test", entry["dd.env"])
		}
	}
	assert.Contains(t, p.stderr.String(), `"message":"phase transition"`)
	assert.Contains(t, p.stderr.String(), `"load.phase":"intervention"`)
}

func TestATraceGoesOnInABackendOfItsOwn(t *testing.T) {
	t.Parallel()
	a := listenAsAgent(t)
	b := start(t, a.env(), "backend", "--port=0", "--latency=1ms")
	host := address(b.waitFor("Serving"))
	p := start(t, a.env(), quickly("--host", host, "--datadog-sample-rate", "1")...)
	a.holds(t, &a.traces, "todo-backend")
	p.signal(syscall.SIGTERM)
	assert.Zero(t, p.wait(), p.stderr.String())
	b.signal(syscall.SIGTERM)
	assert.Zero(t, b.wait())
}

func TestAnAgentThatIsNotThere(t *testing.T) {
	t.Parallel()
	a := listenAsAgent(t)
	env := append(a.env(), "DD_TRACE_AGENT_URL=http://127.0.0.1:"+freePort(t))
	file := filepath.Join(t.TempDir(), "summary.json")
	p := run(t, env, quickly("-t", "6", "--log-format", "text", "--summary-file", file)...)
	assert.Zero(t, p.code(), "the load continues")
	assert.Equal(t, 1, strings.Count(p.stderr.String(), "the load continues, and losses are counted"), p.stderr.String())
	assert.Regexp(t, `Datadog missed \d+ traces`, strings.Join(todotest.Summary(t, file).Health.Warnings, "\n"))
	assert.Positive(t, todotest.Summary(t, file).Total.Requests)
}

func TestMalformedDatadogVariables(t *testing.T) {
	t.Parallel()
	p := run(t, []string{"DD_AGENT_HOST=http://agent:8126", "DD_TRACE_SAMPLE_RATE=half"}, quickly("-t", "2", "--log-format", "text")...)
	assert.Zero(t, p.code(), "the load continues")
	assert.Equal(t, 1, strings.Count(p.stderr.String(), "WARNING"), p.stderr.String())
	assert.Contains(t, p.stderr.String(), `DD_TRACE_SAMPLE_RATE is "half"; give a number from 0 to 1`)
}

func TestDatadogSwitchedOff(t *testing.T) {
	t.Parallel()
	a := listenAsAgent(t)
	p := run(t, append(a.env(), "DD_TRACE_ENABLED=false"), quickly("-t", "2")...)
	assert.Zero(t, p.code())
	assert.Empty(t, a.got(&a.traces))
	assert.Empty(t, a.got(&a.metrics))
	assert.NotContains(t, p.stderr.String(), `"message"`)
}
