package e2e

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSecretsStayInside runs against a target whose URL has a password, one that
// answers and one that does not, and looks for it, and for those of the page and of metrics,
// in everything that the program writes.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	backend := start(t, nil, "backend", "--port=0")
	answering := address(backend.waitFor("Serving"))
	for _, target := range []string{answering, "http://127.0.0.1:1"} {
		dir := t.TempDir()
		file := func(name string) string { return filepath.Join(dir, name) }
		p := run(t, []string{
			"LOCUST_HOST=" + strings.Replace(target, "http://", "http://ann:s3cret@", 1),
			"LOAD_WEB_USER=bob", "LOAD_WEB_PASSWORD=s3cret-p", "LOAD_WEB_TOKEN=s3cret-t", "LOCUST_WEB_PORT=0", "LOCUST_AUTOQUIT=0",
			"DD_AGENT_HOST=127.0.0.1", "DD_TRACE_AGENT_URL=http://127.0.0.1:1", "DD_DOGSTATSD_PORT=1",
			"LOAD_PROMETHEUS=true", "LOAD_PROMETHEUS_TOKEN=s3cret-m", "LOAD_PROMETHEUS_PUSH=http://ann:s3cret@127.0.0.1:1/write?key=s3cret",
		}, "-u", "5", "-r", "50", "--always-on", "--think", "100ms", "--warmup-duration=2", "--run-time=4", "--loglevel", "DEBUG", "--print-stats", "--logfile", file("log"),
			"--json", "--html", file("report.html"), "--csv", file("csv"), "--csv-full-history", "--summary-file", file("summary.json"),
			"--junit", file("junit.xml"), "--markdown", file("brief.md"))
		written := map[string]string{"stdout": p.stdout.String(), "stderr": p.stderr.String()}
		require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			written[d.Name()] = string(text)
			return err
		}))
		for _, name := range []string{"stdout", "stderr", "log", "report.html", "csv_stats.csv", "csv_stats_history.csv", "csv_failures.csv", "csv_exceptions.csv", "summary.json", "junit.xml", "brief.md"} {
			if name != "stderr" {
				assert.NotEmpty(t, written[name], name)
			}
			assert.NotContains(t, written[name], "s3cret", name)
			assert.NotContains(t, written[name], "YW5uOnMzY3JldA", "%s: ann:s3cret in base64", name)
		}
	}
	backend.signal(syscall.SIGTERM)
	assert.Zero(t, backend.wait())
}

// TestSecretsOfTheCollectorStayInside: a collector that repeats the headers which it got, in its refusal, makes none of them
// appear in what the program writes, serves or prints of itself.
func TestSecretsOfTheCollectorStayInside(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := fmt.Sprint(r.Header)
		if strings.Contains(text, "s3cret") {
			arrived.Add(1)
		}
		http.Error(w, "not with "+text, http.StatusUnauthorized)
	}))
	defer collector.Close()
	env := []string{"LOAD_OTEL=true", "LOAD_OTEL_SAMPLE_RATE=1", "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
		"OTEL_EXPORTER_OTLP_HEADERS=api-key=s3cret", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=authorization=Bearer%20s3cret-t",
		"OTEL_EXPORTER_OTLP_METRICS_HEADERS=authorization=Basic%20s3cret-m", "OTEL_EXPORTER_OTLP_LOGS_HEADERS=api-key=s3cret-l"}
	file := filepath.Join(t.TempDir(), "summary.json")
	s := visit(t, env, "-u", "5", "--loglevel", "DEBUG", "--summary-file", file, "--otel-run-id", "r-1")
	s.waitFor("OpenTelemetry collector does not take everything")
	s.requests()
	served := map[string]string{}
	for _, path := range []string{"/", "/stats/requests", "/logs", "/stats/report?theme=light"} {
		code, _, body := s.ask("GET", path)
		assert.Equal(t, 200, code, path)
		served[path] = body
	}
	s.signal(syscall.SIGTERM)
	s.wait()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	served["summary"], served["stderr"], served["stdout"] = string(text), s.stderr.String(), s.stdout.String()
	for _, args := range [][]string{{"--help"}, {"--plan", "-t", "10"}, {"-u", "many"}} {
		p := run(t, env, args...)
		served[strings.Join(args, " ")] = p.stdout.String() + p.stderr.String()
	}
	assert.Positive(t, arrived.Load(), "they are sent")
	assert.Contains(t, served["stderr"], "xxxxx")
	for name, text := range served {
		assert.NotContains(t, text, "s3cret", name)
	}
}
