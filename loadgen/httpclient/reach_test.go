package httpclient_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestIdleTimeout: a connection that has rested for longer is not used again.
func TestIdleTimeout(t *testing.T) { onEachWire(t, testIdleTimeout) }

func testIdleTimeout(t *testing.T, newClient maker) {
	for idle, want := range map[time.Duration]int{0: 1, time.Hour: 1, time.Nanosecond: 5} {
		for _, perUser := range []bool{false, true} {
			reusing(t, func(try assert.TestingT) {
				url, count := connections(t, echoing)
				web := newClient(t, url, httpclient.Config{IdleTimeout: idle, PerUserConns: perUser}).Session()
				for range 5 {
					require.NoError(t, web.Post(t.Context(), "/", []byte("x")).Err())
				}
				assert.Equal(try, want, count(), "%v", idle)
			})
		}
	}
}

// unixServer serves f on a socket of the file system.
func unixServer(t *testing.T, f http.HandlerFunc, secure bool) (path string, server *httptest.Server) {
	dir, err := os.MkdirTemp("", "sock") // the test's own name may be too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	path = filepath.Join(dir, "s")
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	server = httptest.NewUnstartedServer(f)
	server.Listener.Close()
	server.Listener = listener
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return path, server
}

func TestUnixSocket(t *testing.T) { onEachWire(t, testUnixSocket) }

func testUnixSocket(t *testing.T, newClient maker) {
	path, _ := unixServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/move" {
			http.Redirect(w, r, "http://app.internal/end", http.StatusFound)
			return
		}
		echoing(w, r)
	}, false)
	for _, perUser := range []bool{false, true} {
		web := newClient(t, "http://app.internal", httpclient.Config{UnixSocket: path, PerUserConns: perUser})
		require.NoError(t, web.Reach(t.Context()))
		e := seen(t, web.Session().Post(t.Context(), "/x", []byte(strings.Repeat("x", 100_000))))
		assert.Equal(t, "app.internal", e.Host)
		assert.Len(t, e.Body, 100_000)
		assert.Equal(t, "/end", seen(t, web.Get(t.Context(), "/move")).URI)
	}
	secured, server := unixServer(t, echoing, true)
	web := newClient(t, "https://example.com", httpclient.Config{UnixSocket: secured, TLS: trusting(server)}) // the certificate's name
	require.NoError(t, web.Reach(t.Context()))
	assert.Equal(t, "example.com", seen(t, web.Get(t.Context(), "/")).Host)

	gone := newClient(t, "http://app.internal", httpclient.Config{UnixSocket: path + "-absent"})
	assert.EqualError(t, gone.Get(t.Context(), "/").Err(), "GET /: connect: refused")
}

// TestReach goes the way of the load: what requests would fail with, it fails
// with, and else it sends nothing.
func TestReach(t *testing.T) { onEachWire(t, testReach) }

func testReach(t *testing.T, newClient maker) {
	fails := func(http.ResponseWriter, *http.Request) { t.Error("a request went out") }
	secure := quietTLS(t, nil, fails)
	reason := func(web *httpclient.Client) string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if e, ok := web.Reach(ctx).(*httpclient.Error); ok {
			return e.Reason
		}
		return ""
	}
	assert.Empty(t, reason(newClient(t, serve(t, fails), httpclient.Config{})))
	assert.Equal(t, "connect: refused", reason(newClient(t, refusing(t), httpclient.Config{})))
	assert.Equal(t, "tls: certificate", reason(newClient(t, secure.URL, httpclient.Config{})))
	assert.Empty(t, reason(newClient(t, secure.URL, httpclient.Config{TLS: trusting(secure)})))
	assert.Empty(t, reason(newClient(t, secure.URL, httpclient.Config{TLS: &tls.Config{InsecureSkipVerify: true}})))
	ended, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	assert.ErrorContains(t, newClient(t, serve(t, fails), httpclient.Config{}).Reach(ended), "timeout")
}

// TestReachThroughOthers: what only a proxy or a Base can resolve is not a failure.
func TestReachThroughOthers(t *testing.T) {
	proxy, err := url.Parse(serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request went out") }))
	require.NoError(t, err)
	dead, err := url.Parse(refusing(t))
	require.NoError(t, err)
	for _, host := range []string{"http://only.the.proxy.invalid", "https://only.the.proxy.invalid"} {
		require.NoError(t, newClient(t, host, httpclient.Config{Proxy: http.ProxyURL(proxy)}).Reach(t.Context()))
		assert.ErrorContains(t, newClient(t, host, httpclient.Config{Proxy: http.ProxyURL(dead)}).Reach(t.Context()), "connect: refused")
		require.NoError(t, newClient(t, host, httpclient.Config{Base: panicking{}}).Reach(t.Context()))
	}
	_, err = net.LookupHost("only.the.proxy.invalid")
	require.Error(t, err)
}
