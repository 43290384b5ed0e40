package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
)

// scraped asks for metrics with a token.
func scraped(t *testing.T, url, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

// TestMetricsNextToThePage: they need the page's secret or their own, which opens nothing else.
func TestMetricsNextToThePage(t *testing.T) {
	t.Parallel()
	s := visit(t, []string{"LOAD_PROMETHEUS=true", "LOAD_PROMETHEUS_TOKEN=sesame", "LOAD_WEB_TOKEN=page"}, "-u", "5", "--web-base-path=/load")
	s.waitFor("Ramping") // a run has begun
	for _, x := range []struct {
		path, token string
		code        int
	}{
		{"/metrics", "", 401}, {"/metrics", "other", 401}, {"/metrics", "sesame", 200}, {"/metrics", "page", 200},
		{"/", "sesame", 401}, {"/stats/requests", "sesame", 401}, {"/", "page", 200},
	} {
		code, text := scraped(t, s.base+x.path, x.token)
		assert.Equal(t, x.code, code, x)
		assert.Equal(t, x.path == "/metrics" && code == 200, regexp.MustCompile(`(?m)^loadgen_users\{run="\d{8}-\d{6}-[0-9a-f]{6}"\} \d`).MatchString(text), x)
	}
	s.signal(syscall.SIGTERM)
	assert.Zero(t, s.wait())

	s = visit(t, nil, "-u", "5")
	code, _ := scraped(t, s.base+"/metrics", "")
	assert.Equal(t, 404, code, "off unless asked for")
	s.signal(syscall.SIGTERM)
	assert.Zero(t, s.wait())
}

// TestMetricsWithoutAPage: the receiver gets them during a run and at its end, and a port shows them during it.
func TestMetricsWithoutAPage(t *testing.T) {
	t.Parallel()
	var pushed atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Prometheus-Remote-Write-Version") == "0.1.0" {
			pushed.Add(1)
		}
	}))
	defer receiver.Close()
	p := start(t, nil, quickly("--prometheus-listen", ":0", "--prometheus-push", receiver.URL, "--prometheus-run-id", "build-7")...)
	url := regexp.MustCompile(`http://\S+/metrics`).FindString(p.waitFor("Metrics for Prometheus at "))
	p.waitFor("All users spawned")
	code, text := scraped(t, url, "")
	assert.Equal(t, 200, code)
	assert.Contains(t, text, `loadgen_run_info{`)
	assert.Contains(t, text, `run="build-7"`)
	require.Eventually(t, func() bool { return pushed.Load() > 0 }, todotest.Patience, 10*time.Millisecond)
	first := pushed.Load()
	p.signal(syscall.SIGTERM)
	assert.Zero(t, p.wait(), p.stderr.String())
	if log := p.stderr.String(); strings.Contains(log, "Prometheus missed") { // the end has a second, which a busy machine may exceed
		assert.Contains(t, log, "context deadline exceeded")
		return
	}
	assert.Greater(t, pushed.Load(), first, "the last")
}
