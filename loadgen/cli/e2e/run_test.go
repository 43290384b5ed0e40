package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
	"github.com/gensim/load-generator/report"
)

// A port where nothing listens fails each request within microseconds.
func TestDeadTargetMeetsNoClaim(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "summary.json")
	p := run(t, nil, quickly("--host", "http://127.0.0.1:"+freePort(t), "-t", "3", "--summary-file", file, "--assert", "mean < 1s", "--assert", "max < 1s",
		"--assert", "throughput > 1/s", "--assert", "requests > 1", "--assert", "GET /api/todos mean < 1s", "--assert", "p50 > 0.001ms")...)
	assert.Equal(t, 3, p.code(), p.stderr.String())
	assert.Equal(t, 6, strings.Count(p.stderr.String(), "\n      No success"), p.stderr.String())
	assert.Equal(t, 6, strings.Count(p.stderr.String(), "claim broken: "), "in the log too")
	todotest.InOrder(t, p.stderr.String(), "--run-time limit reached", "\n6 of 6 claims do not hold.\n", "\nClaims\n", "\nFailures\n", "\nPhase intervention",
		"\nType     Name", "\nResponse time percentiles (approximated)\nType ", "\nError report\n# occurrences", "Shutting down (exit code 3)")
	sum := todotest.Summary(t, file)
	assert.Positive(t, sum.Total.RPS)
	assert.Zero(t, sum.Total.Throughput)
	assert.False(t, sum.Total.Aggregated().ResponseMS.Mean.IsFinite())
}

// The mean of a target that answers 503 at once 7 times in 10 is that of its answers.
func TestMostlyFailingTargetMeetsNoClaim(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%10 < 7 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		time.Sleep(100 * time.Millisecond)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "[]")
	}))
	defer target.Close()
	file := filepath.Join(t.TempDir(), "summary.json")
	p := run(t, nil, quickly("--host", target.URL, "-t", "4", "--summary-file", file, "--assert", "mean < 80ms")...)
	assert.Equal(t, 3, p.code(), p.stderr.String())
	assert.Regexp(t, `Mean was [1-9][\d,]*\d\d ms over \d+ successes; \d+ of \d+ requests failed`, p.stderr.String())
	all := todotest.Summary(t, file).Total.Aggregated()
	assert.GreaterOrEqual(t, float64(all.ResponseMS.Min), 100.)
	assert.Equal(t, all.ResponseMS.Mean, all.SuccessMS.Mean)
}

func TestDemo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "summary.json")
	const slow = 500 // ms
	p := run(t, nil, "--demo", "--warmup-duration=3", "--run-time=7", "--autoquit=0", "--always-on", "--think=500ms", "--summary-file", file,
		"--intervention-backend-latency", fmt.Sprintf("%dms", slow))
	assert.Zero(t, p.code(), p.stderr.String())
	assert.Empty(t, p.stdout.String())
	todotest.InOrder(t, p.stderr.String(), "embedded to-do backend on http://127.0.0.1:", "Starting Locust-compatible", "Starting web interface at http://127.0.0.1:", "Ramping to 100 users",
		"--run-time limit reached", "Too short to tell on p95", "Phase baseline", "Phase intervention", "What changed from baseline to intervention", "Shutting down (exit code 0)")
	sum := todotest.Summary(t, file)
	require.Len(t, sum.Phases, 2)
	assert.Equal(t, []string{"baseline", "intervention"}, []string{sum.Phases[0].Name, sum.Phases[1].Name})
	assert.Positive(t, sum.Phases[0].Requests)
	assert.Positive(t, sum.Phases[1].Requests)
	assert.Zero(t, sum.Total.Failures)
	assert.GreaterOrEqual(t, slowList(t, sum.Phases[1]), slow*.98, "the intervention makes the backend slower")
}

// slowList returns the response time in ms that one in twenty of GET /api/todos exceeds. A busy machine makes it longer, and changes
// the backend late: all that is sent until then is faster than what it waits.
func slowList(t *testing.T, p report.PhaseSummary) float64 {
	t.Helper()
	for _, o := range p.Operations {
		if o.Method == "GET" && o.Name == "/api/todos" {
			return float64(o.ResponseMS.P95)
		}
	}
	require.Failf(t, "no list", "in phase %s", p.Name)
	return 0
}

func TestFirstContactIsTheDemo(t *testing.T) {
	t.Parallel()
	p := run(t, nil, "--plan")
	assert.Zero(t, p.code())
	assert.Empty(t, p.stderr.String())
	todotest.InOrder(t, p.stdout.String(), "baseline", "1m12s", "100 users", "intervention", "100 users", "list_todos 40 %")
}

func TestAHostMakesItAService(t *testing.T) {
	t.Parallel()
	p := run(t, []string{"LOCUST_HOST=http://todo-backend:8081"}, "--plan")
	assert.Zero(t, p.code())
	assert.Regexp(t, `intervention +0s +no end +0 → 10 users, 2/s`, p.stdout.String())
	assert.NotContains(t, p.stdout.String(), "baseline")
}

func TestPhasesByVariables(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "summary.json")
	p := run(t, []string{"LOAD_WARMUP_DURATION=2", "LOAD_BASELINE_USERS=2", "LOAD_INTERVENTION_USERS=4", "LOCUST_SPAWN_RATE=100", "LOCUST_RUN_TIME=4",
		`LOAD_INTERVENTION_TASK_WEIGHTS={"list_todos": 1}`,
		"LOAD_ALWAYS_ON=true", "LOAD_THINK=50ms", "LOCUST_WEB_PORT=0", "LOCUST_AUTOQUIT=0", "LOAD_SUMMARY_FILE=" + file})
	assert.Zero(t, p.code(), p.stderr.String())
	sum := todotest.Summary(t, file)
	require.Len(t, sum.Phases, 2)
	assert.Equal(t, 2, sum.Phases[0].Users)
	assert.Equal(t, 4, sum.Phases[1].Users)
	others := int64(0)
	for _, o := range sum.Phases[1].Operations {
		if o.Name != report.Aggregated && o.Name != "/health" && o.Method+" "+o.Name != "GET /api/todos" {
			others += o.Requests
		}
	}
	assert.LessOrEqual(t, others, int64(2), "except for the second request of a task that began before, of each user then")
}

func TestBadInputIsOneLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ env, arg, want string }{
		{"LOAD_WARMUP_DURATION=ten", "", `LOAD_WARMUP_DURATION="ten"`},
		{"LOAD_BASELINE_TASK_WEIGHTS={broken", "", `LOAD_BASELINE_TASK_WEIGHTS="{broken"`},
		{`LOAD_INTERVENTION_TASK_WEIGHTS={"buy": 1}`, "", "accepted: list_todos, create_todo, update_todo, complete_todo, delete_todo"},
		{`LOAD_INTERVENTION_TASK_WEIGHTS={"list_todos": -1}`, "", "LOAD_INTERVENTION_TASK_WEIGHTS="},
		{"LOCUST_USERS=ten", "", `LOCUST_USERS="ten"`},
		{"LOAD_INTERVENTION_USERS=0", "", `LOAD_INTERVENTION_USERS="0"`},
		{"", "--spawn-rate=-1", `--spawn-rate="-1"`},
		{"LOAD_WARMUP_DURATION=300", "--run-time=60", `--run-time="60"`},
		{"", "--usres=3", "did you mean --users?"},
		{"", "--backend-error-rate=2", `--backend-error-rate="2"`},
		{"", "--backend-latency=slow", `--backend-latency="slow"`},
	} {
		p := run(t, nonEmpty(c.env), nonEmpty(c.arg)...)
		assert.Equalf(t, 2, p.code(), "%v", c)
		assert.Emptyf(t, p.stdout.String(), "%v", c)
		assert.Containsf(t, p.stderr.String(), c.want, "%v", c)
		assert.Equalf(t, 1, strings.Count(p.stderr.String(), "\n"), "%v: %s", c, p.stderr.String())
	}
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

func TestUnreachableHost(t *testing.T) {
	t.Parallel()
	host := "http://127.0.0.1:" + freePort(t)
	p := run(t, nil, quickly("--host", host, "-t", "3")...)
	assert.Equal(t, 1, p.code())
	todotest.InOrder(t, p.stderr.String(), host+" cannot be reached (connect: refused)", "--run-time limit reached", "connect: refused", "Shutting down (exit code 1)")
	assert.Equal(t, 1, strings.Count(p.stderr.String(), "cannot be reached"))
}

// With the default seed, the only user sends its first request 25 ms before the end, whose answer takes longer. On a busy
// machine it comes too late for that.
func TestShortestRunOfAGoodTarget(t *testing.T) {
	t.Parallel()
	p := run(t, nil, "--headless", "-u", "1", "-t", "1", "--backend-latency", "50ms", "--web-port", "0")
	assert.Zero(t, p.code(), p.stderr.String())
	assert.Regexp(t, `it shows (little|nothing) of the target`, p.stderr.String())
}

func TestHungTarget(t *testing.T) {
	t.Parallel()
	p := run(t, nil, quickly("--host", hung(t), "-t", "3", "--timeout", "500ms")...)
	assert.Equal(t, 1, p.code())
	assert.NotContains(t, p.stderr.String(), "cannot be reached")
	todotest.InOrder(t, p.stderr.String(), "--run-time limit reached", "timeout", "Shutting down (exit code 1)")
}

func TestHungTargetThatNeverTimesOut(t *testing.T) {
	t.Parallel()
	p := run(t, nil, quickly("--host", hung(t), "-t", "5", "--wire", "fast")...)
	assert.Equal(t, 1, p.code())
	assert.Contains(t, p.stderr.String(), "not one request was answered")
}

func TestHungBehindItsHealthCheck(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/api/", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client has gone
		<-r.Context().Done()
	})
	target := httptest.NewServer(mux)
	t.Cleanup(target.Close)
	p := run(t, nil, quickly("--host", target.URL, "-t", "5")...)
	assert.Equal(t, 1, p.code())
	todotest.InOrder(t, p.stderr.String(), "not one task came to its end", "/api/todos (", "Shutting down (exit code 1)")
}

func TestNobodyReadsTheProgress(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "summary.json")
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	p := prepared(t, nil, quickly("--summary-file", file, "-t", "2")...)
	p.cmd.Stderr = writer
	require.NoError(t, p.cmd.Run())
	require.NoError(t, writer.Close())
	assert.Positive(t, todotest.Summary(t, file).Total.Requests)
}

func TestFirstSignalEndsGently(t *testing.T) {
	t.Parallel()
	for signal, name := range map[os.Signal]string{os.Interrupt: "SIGINT", syscall.SIGTERM: "SIGTERM"} {
		file := filepath.Join(t.TempDir(), "summary.json")
		p := start(t, nil, quickly("--summary-file", file)...)
		p.waitFor("All users spawned")
		recorded(t, file, worked)
		p.signal(signal)
		assert.Zero(t, p.wait(), p.stderr.String())
		todotest.InOrder(t, p.stderr.String(), "No run time limit set", "Got "+name+" signal", "/api/todos", "Shutting down (exit code 0)")
		assert.Positive(t, todotest.Summary(t, file).Total.Requests)
	}
}

func TestSecondSignalExitsAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, nil, quickly("--host", hung(t), "--stop-timeout", "1h")...)
	p.waitFor("All users spawned")
	p.signal(os.Interrupt)
	p.waitFor("Got SIGINT signal")
	<-time.After(time.Second) // one that comes at once is taken for an echo of the first
	p.signal(os.Interrupt)
	assert.Equal(t, 130, p.wait())
	assert.NotContains(t, p.stderr.String(), "Shutting down")
}

func TestJSONIsAloneOnStandardOutput(t *testing.T) {
	t.Parallel()
	p := run(t, nil, quickly("--json", "-t", "2")...)
	assert.Zero(t, p.code(), p.stderr.String())
	var rows []map[string]any
	require.NoError(t, json.Unmarshal(p.stdout.Bytes(), &rows))
	require.NotEmpty(t, rows)
	for _, key := range []string{"name", "method", "last_request_timestamp", "start_time", "num_requests", "num_none_requests", "num_failures",
		"total_response_time", "max_response_time", "min_response_time", "total_content_length", "response_times", "num_reqs_per_sec", "num_fail_per_sec"} {
		assert.Contains(t, rows[0], key)
	}
}

func TestFailuresOfTheBackendDecideTheExitCode(t *testing.T) {
	t.Parallel()
	p := run(t, nil, quickly("--backend-error-rate=0.5", "-t", "5", "--exit-code-on-error=3")...)
	assert.Equal(t, 3, p.code())
	assert.Contains(t, p.stderr.String(), "http 5")
}

func TestBackendCommand(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "backend", "--port=0", "--latency=1ms")
	answer, err := http.Get(address(p.waitFor("Serving")) + "/health")
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	p.signal(syscall.SIGTERM)
	assert.Zero(t, p.wait(), p.stderr.String())
}

func TestPortBusy(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	p := run(t, nil, "backend", "--port", port)
	assert.Equal(t, 1, p.code())
	assert.Contains(t, p.stderr.String(), `--port="`+port+`"`)
	assert.Equal(t, 1, strings.Count(p.stderr.String(), "\n"), p.stderr.String())
}
