package e2e

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAPageWithLocks is HTTPS, a token from the environment and a base path.
func TestAPageWithLocks(t *testing.T) {
	t.Parallel()
	cert, key, trust := certificate(t)
	s := visit(t, []string{"LOAD_WEB_TOKEN=open sesame", "LOCUST_WEB_LOGIN=true"}, "--autostart=false", "--tls-cert", cert, "--tls-key", key, "--web-base-path", "/load")
	require.True(t, strings.HasPrefix(s.base, "https://127.0.0.1:") && strings.HasSuffix(s.base, "/load"), s.base)
	s.client.Transport = &http.Transport{TLSClientConfig: trust}
	code, header, _ := s.ask("GET", "/stats/requests")
	assert.Equal(t, 401, code)
	assert.Contains(t, header.Get("WWW-Authenticate"), "Basic")

	s.client.Transport = bearer{s.client.Transport, "open sesame"}
	s.swarm("user_count", "2", "spawn_rate", "50")
	s.until("running", 2)
	s.requests()
	s.get("/stop")
	root := strings.TrimSuffix(s.base, "/load")
	answer, err := s.client.Get(root + "/stats/requests")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, 404, answer.StatusCode, "nothing lives outside the base path")
	s.signal(syscall.SIGTERM)
	assert.Zero(t, s.wait(), s.stderr.String())
	assert.NotContains(t, s.stderr.String(), "sesame")
}

func TestListeningOnEveryInterfaceWarns(t *testing.T) {
	t.Parallel()
	s := visit(t, []string{"LOCUST_WEB_HOST=0.0.0.0"}, "--autostart=false")
	assert.Contains(t, s.waitFor("Anyone who reaches this address"), "LOAD_WEB_PASSWORD")
	assert.True(t, strings.HasPrefix(s.base, "http://localhost:"), s.base)
	s.until("ready", 0)
	s.signal(syscall.SIGTERM)
	assert.Zero(t, s.wait(), s.stderr.String())
}

// TestForeignNames is DNS rebinding: a name that is not ours, on our loopback
// address.
func TestForeignNames(t *testing.T) {
	t.Parallel()
	s := visit(t, nil, "--autostart=false", "--web-allowed-hosts", "load.example")
	for host, want := range map[string]int{"evil.example": 403, "load.example": 200, "localhost": 200} {
		r, err := http.NewRequest("GET", s.base+"/stats/requests", nil)
		require.NoError(t, err)
		r.Host = host
		answer, err := s.client.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Equal(t, want, answer.StatusCode, host)
	}
	s.signal(syscall.SIGTERM)
	assert.Zero(t, s.wait(), s.stderr.String())
}
