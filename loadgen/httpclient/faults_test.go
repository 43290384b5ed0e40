package httpclient_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// soon is the timeout of targets that never answer.
const soon = 250 * time.Millisecond

func redirect(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// quietTLS is a TLS server, with HTTP/2 too, that does not log handshakes that fail.
func quietTLS(t *testing.T, config *tls.Config, f http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(f)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = config
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// trusting is the TLS configuration of a client that knows server.
func trusting(server *httptest.Server) *tls.Config {
	return server.Client().Transport.(*http.Transport).TLSClientConfig
}

// TestFaultyTarget gives every way in which a target can fail its reason, on
// real sockets.
func TestFaultyTarget(t *testing.T) { onEachWire(t, testFaultyTarget) }

func testFaultyTarget(t *testing.T, newClient maker) {
	const head = "HTTP/1.1 200 OK\r\n"
	silent := func(*net.TCPConn) {}
	plain := func(f func(*net.TCPConn)) func(*testing.T) string {
		return func(t *testing.T) string { return rawServer(t, f) }
	}
	server := func(f http.HandlerFunc) func(*testing.T) string {
		return func(t *testing.T) string { return serve(t, f) }
	}
	for _, fault := range []struct {
		name   string
		target func(*testing.T) string
		config httpclient.Config
		want   string
		status int
	}{
		{name: "nobody listens", want: "connect: refused", target: refusing},
		{name: "resets instead of an answer", want: "connect: reset", target: plain(thenReset(silent))},
		{name: "resets in the body", want: "connect: reset", status: 200,
			target: plain(thenReset(says(head + "Content-Length: 9\r\n\r\nabc")))},
		{name: "closes instead of an answer", want: "connect: closed", target: plain(silent)},
		{name: "accepts and never answers", want: "timeout", target: plain(thenHang(silent)), config: httpclient.Config{Timeout: soon}},
		{name: "hangs in the header", want: "timeout", target: plain(thenHang(says(head + "Content-"))), config: httpclient.Config{Timeout: soon}},
		{name: "hangs in the body", want: "timeout", status: 200, target: plain(thenHang(says(head + "Content-Length: 9\r\n\r\nabc"))), config: httpclient.Config{Timeout: soon}},
		{name: "answers a byte at a time", want: "timeout", status: 200, target: server(trickle), config: httpclient.Config{Timeout: soon}},
		{name: "truncates the body", want: "body: truncated", status: 200, target: plain(says(head + "Content-Length: 9\r\n\r\nabc"))},
		{name: "truncates chunks", want: "body: truncated", status: 200, target: plain(says(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nab"))},
		{name: "garbles chunks", want: "body: malformed", status: 200, target: plain(says(head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nab"))},
		{name: "announces too much", want: "body: too large", status: 200, target: plain(says(head + "Content-Length: 10000000000\r\n\r\nabc"))},
		{name: "sends too much", want: "body: too large", status: 200, target: server(flood), config: httpclient.Config{MaxBody: 1 << 20}},
		{name: "stops in the header", want: "connect: closed", target: plain(says(head + "X: y\r\nX:"))},
		{name: "stops after the status", want: "connect: closed", target: plain(says(head))},
		{name: "stops in a wrong header", want: "protocol: not HTTP", target: plain(says(head + "Content-Len"))},
		{name: "says one word", want: "protocol: not HTTP", target: plain(says("hello"))},
		{name: "says nothing but a line", want: "protocol: not HTTP", target: plain(says("\r\n"))},
		{name: "speaks another protocol", want: "protocol: not HTTP", target: plain(says("SSH-2.0-OpenSSH_9.2\r\n"))},
		{name: "sends noise", want: "protocol: not HTTP", target: plain(says("\x00\xff\x01\r\n\r\n\r\n"))},
		{name: "has a broken header", want: "protocol: not HTTP", target: plain(says(head + "no colon\r\n\r\n"))},
		{name: "has a broken length", want: "protocol: not HTTP", target: plain(says(head + "Content-Length: many\r\n\r\n"))},
		{name: "has an endless header", want: "protocol: header too large", target: plain(says(head + "X: " + strings.Repeat("x", 2<<20) + "\r\n\r\n"))},
		{name: "has an unknown certificate", want: "tls: certificate", target: func(t *testing.T) string { return quietTLS(t, nil, status(200)).URL }},
		{name: "wants a certificate of ours", want: "tls: handshake", config: httpclient.Config{TLS: &tls.Config{InsecureSkipVerify: true}},
			target: func(t *testing.T) string {
				return quietTLS(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, status(200)).URL
			}},
		{name: "never shakes hands", want: "timeout", config: httpclient.Config{Timeout: soon}, target: func(t *testing.T) string {
			return strings.Replace(rawServer(t, thenHang(silent)), "http:", "https:", 1)
		}},
		{name: "speaks no TLS", want: "tls: not TLS", target: func(t *testing.T) string {
			return strings.Replace(serve(t, status(200)), "http:", "https:", 1)
		}},
		{name: "redirects to itself for ever", want: "redirect: too many", status: 302, target: server(redirect("/x"))},
		{name: "redirects to another host", want: "redirect: other host", status: 302, target: server(redirect("http://127.0.0.2:1/x"))},
		{name: "redirects to another port", want: "redirect: other host", status: 302, target: server(redirect("http://127.0.0.1:1/x"))},
		{name: "redirects to metadata", want: "redirect: other host", status: 302, target: server(redirect("http://169.254.169.254/latest/meta-data/"))},
		{name: "redirects to a file", want: "redirect: bad location", status: 302, target: server(redirect("file:///etc/passwd"))},
		{name: "redirects to a file of a host", want: "redirect: other host", status: 302, target: server(redirect("file://127.0.0.1/etc/passwd"))},
		{name: "redirects nowhere", want: "redirect: bad location", status: 302, target: server(redirect("http://[::1"))},
		{name: "refuses", want: "http 403", status: 403, target: server(status(403))},
		{name: "has not got it", want: "http 404", status: 404, target: server(status(404))},
		{name: "breaks", want: "http 500", status: 500, target: server(status(500))},
		{name: "is overloaded", want: "http 503", status: 503, target: server(status(503))},
		{name: "makes up a status", want: "http 999", status: 999, target: server(status(999))},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			p := newProbe()
			ctx, scope := p.task(t.Context())
			r := newClient(t, fault.target(t), fault.config).Get(ctx, "/api/todos/{id}", 7)

			require.Error(t, r.Err())
			assert.Equal(t, "GET /api/todos/{id}: "+fault.want, r.Err().Error())
			assert.Equal(t, fault.status, r.Status)
			assert.True(t, scope.Failed())
			row := p.row(t)
			assert.EqualValues(t, 1, row.Requests)
			assert.EqualValues(t, 1, row.Failures)
			require.Len(t, p.summary().Failures, 1)
			assert.Equal(t, fault.want, p.summary().Failures[0].Reason)
		})
	}
}

// refusing is the address of a port on which nobody listens any more.
func refusing(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return "http://" + listener.Addr().String()
}

// trickle sends one byte and then another, until the client has gone.
func trickle(w http.ResponseWriter, r *http.Request) {
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		w.Write([]byte("x"))
		w.(http.Flusher).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			tick.Stop()
			return
		}
	}
}

// flood sends as much as the client takes.
func flood(w http.ResponseWriter, r *http.Request) {
	for block := make([]byte, 64<<10); ; {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func TestTargetRecovers(t *testing.T) { onEachWire(t, testTargetRecovers) }

func testTargetRecovers(t *testing.T, newClient maker) {
	var failing atomic.Bool
	failing.Store(true)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if failing.Load() {
			panic(http.ErrAbortHandler)
		}
	})
	web := newClient(t, url, httpclient.Config{})
	require.EqualError(t, web.Get(t.Context(), "/x").Err(), "GET /x: connect: closed")
	failing.Store(false)
	require.NoError(t, web.Get(t.Context(), "/x").Err())
}

func TestStaleConnectionIsNoFailure(t *testing.T) { onEachWire(t, testStaleConnectionIsNoFailure) }

func testStaleConnectionIsNoFailure(t *testing.T, newClient maker) {
	server := httptest.NewServer(status(200))
	defer server.Close()
	web := newClient(t, server.URL, httpclient.Config{})
	require.NoError(t, web.Get(t.Context(), "/x").Err())
	server.CloseClientConnections()
	require.NoError(t, web.Get(t.Context(), "/x").Err())
}

func TestEndOfRunIsCutOff(t *testing.T) { onEachWire(t, testEndOfRunIsCutOff) }

func testEndOfRunIsCutOff(t *testing.T, newClient maker) {
	for _, x := range []struct{ scheme, answer string }{
		{"http:", ""}, {"http:", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}, {"https:", ""},
	} {
		arrived := make(chan struct{})
		url := rawServer(t, thenHang(func(c *net.TCPConn) {
			c.Write([]byte(x.answer))
			close(arrived)
		}))
		url = strings.Replace(url, "http:", x.scheme, 1)
		run, end := context.WithCancel(t.Context())
		p := newProbe()
		ctx, scope := p.task(run)
		go func() {
			<-arrived
			end()
		}()
		err := newClient(t, url, httpclient.Config{}).Get(ctx, "/x").Err()
		require.EqualError(t, err, "GET /x: cut off")
		require.ErrorIs(t, err, context.Canceled)
		assert.False(t, scope.Failed())
		row := p.row(t)
		assert.EqualValues(t, 1, row.CutOff)
		assert.Zero(t, row.Failures)
	}
}

func TestScriptsOwnDeadline(t *testing.T) { onEachWire(t, testScriptsOwnDeadline) }

func testScriptsOwnDeadline(t *testing.T, newClient maker) {
	web := newClient(t, rawServer(t, thenHang(says(""))), httpclient.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	require.EqualError(t, web.Get(ctx, "/x").Err(), "GET /x: timeout")
	require.EqualError(t, web.Get(t.Context(), "/x", httpclient.Timeout(soon)).Err(), "GET /x: timeout")
}

func TestTimeoutIsExact(t *testing.T) { onEachWire(t, testTimeoutIsExact) }

func testTimeoutIsExact(t *testing.T, newClient maker) {
	web := newClient(t, rawServer(t, thenHang(says(""))), httpclient.Config{Timeout: soon})
	for range 3 { // the second one is not the first in the list of deadlines
		done := make(chan time.Duration)
		for range 2 {
			go func() { done <- web.Get(t.Context(), "/x").Time }()
		}
		for range 2 {
			took := <-done
			assert.GreaterOrEqual(t, took, soon)
			assert.Less(t, took, 20*soon)
		}
	}
}

func TestNoTimeout(t *testing.T) { onEachWire(t, testNoTimeout) }

func testNoTimeout(t *testing.T, newClient maker) {
	web := newClient(t, serve(t, status(200)), httpclient.Config{Timeout: -1})
	require.NoError(t, web.Get(t.Context(), "/x").Err())
}

func TestErrorHidesAddressesButKeepsThem(t *testing.T) {
	onEachWire(t, testErrorHidesAddressesButKeepsThem)
}

func testErrorHidesAddressesButKeepsThem(t *testing.T, newClient maker) {
	url := refusing(t)
	err := newClient(t, strings.Replace(url, "http://", "http://me:secret@", 1), httpclient.Config{}).Get(t.Context(), "/x/{id}", "42").Err()
	assert.Equal(t, "GET /x/{id}: connect: refused", err.Error())
	failure, ok := errors.AsType[*httpclient.Error](err)
	require.True(t, ok)
	assert.Contains(t, failure.Err.Error(), strings.TrimPrefix(url, "http://"))
	assert.NotContains(t, failure.Err.Error(), "secret")
}

func TestHTTP2(t *testing.T) {
	goAway := make(chan struct{})
	server := quietTLS(t, nil, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/hang":
			<-goAway
		}
		io.WriteString(w, r.Proto)
	})
	defer close(goAway)
	trust := trusting(server)
	two := newClient(t, server.URL, httpclient.Config{HTTP2: true, TLS: trust, Timeout: 2 * soon})
	assert.Equal(t, "HTTP/2.0", string(two.Get(t.Context(), "/").Body()))
	require.EqualError(t, two.Get(t.Context(), "/abort").Err(), "GET /abort: protocol: http2")
	require.EqualError(t, two.Get(t.Context(), "/hang").Err(), "GET /hang: timeout")

	one := newClient(t, server.URL, httpclient.Config{TLS: trust})
	assert.Equal(t, "HTTP/1.1", string(one.Get(t.Context(), "/").Body()))
}
