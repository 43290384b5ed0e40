package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
