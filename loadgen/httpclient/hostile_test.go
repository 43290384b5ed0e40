package httpclient_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestSwitchedProtocols: an answer 101 has no body. What the target then does
// with the connection, here nothing at all, is not waited for.
func TestSwitchedProtocols(t *testing.T) { onEachWire(t, testSwitchedProtocols) }

func testSwitchedProtocols(t *testing.T, newClient maker) {
	const answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"
	for _, more := range []string{"", "words of another protocol"} {
		var conns atomic.Int32
		web := newClient(t, rawServer(t, thenHang(func(c *net.TCPConn) {
			conns.Add(1)
			io.WriteString(c, answer+more)
		})), httpclient.Config{})
		for i := range int32(2) {
			r := web.Get(t.Context(), "/")
			require.NoError(t, r.Err())
			assert.Equal(t, http.StatusSwitchingProtocols, r.Status)
			assert.Empty(t, r.Body())
			assert.Zero(t, r.Bytes)
			assert.Equal(t, i+1, conns.Load(), "the connection speaks another protocol now")
		}
	}
}

// TestDowngrade: a redirect from https to http would send in the clear what was
// meant for an encrypted connection. Not followed, or without credentials.
func TestDowngrade(t *testing.T) { onEachWire(t, testDowngrade) }

func testDowngrade(t *testing.T, newClient maker) {
	plain := serve(t, echoing)
	secure := quietTLS(t, nil, func(w http.ResponseWriter, r *http.Request) {
		to := "http://" + r.Host + "/same" // the same host and port in the clear
		if r.URL.Path == "/away" {
			to = plain + "/x"
		}
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	})
	config := httpclient.Config{TLS: trusting(secure), Header: http.Header{"Authorization": {"secret"}, "Cookie": {"secret"}}}
	web := newClient(t, secure.URL, config)
	for _, path := range []string{"/", "/away"} {
		assert.EqualError(t, web.Get(t.Context(), path).Err(), "GET "+path+": redirect: other host")
	}
	config.RedirectHosts = []string{"127.0.0.1"}
	e := seen(t, newClient(t, secure.URL, config).Get(t.Context(), "/away"))
	assert.Empty(t, e.Header.Get("Authorization"))
	assert.Empty(t, e.Header.Get("Cookie"))
}

// TestSpellingOfAHost: the case of a name and a port that goes without saying
// make no other host.
func TestSpellingOfAHost(t *testing.T) { onEachWire(t, testSpellingOfAHost) }

func testSpellingOfAHost(t *testing.T, newClient maker) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			echoing(w, r)
			return
		}
		w.Header().Set("Location", "http://LocalHost:"+r.Host[strings.LastIndex(r.Host, ":")+1:]+"/end")
		w.WriteHeader(http.StatusFound)
	})
	web := newClient(t, strings.Replace(url, "127.0.0.1", "localhost", 1), httpclient.Config{Header: http.Header{"Authorization": {"secret"}}})
	assert.Equal(t, "secret", seen(t, web.Get(t.Context(), "/")).Header.Get("Authorization"))
}

// TestFrozenHTTP2: a connection that goes silent without being closed, as one
// through a router that has died, is given up, and others take its place.
func TestFrozenHTTP2(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for timeouts")
	}
	outlasting(t, func(try assert.TestingT, d time.Duration) { testFrozenHTTP2(t, try, d) })
}

func testFrozenHTTP2(t *testing.T, try assert.TestingT, d time.Duration) {
	server := quietTLS(t, nil, status(http.StatusOK))
	var frozen atomic.Bool
	ctx, thaw := context.WithCancel(t.Context())
	defer thaw()
	forward := func(from, to net.Conn, hold bool) {
		defer to.Close()
		for block := make([]byte, 4096); ; {
			n, err := from.Read(block)
			if err != nil {
				return
			}
			if hold && frozen.Load() {
				<-ctx.Done()
				return
			}
			to.Write(block[:n])
		}
	}
	var conns atomic.Int32
	between := bareServer(t, func(c *net.TCPConn) {
		hold := conns.Add(1) == 1
		target, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			return
		}
		go forward(target, c, hold)
		forward(c, target, hold)
	})
	web := newClient(t, strings.Replace(between, "http:", "https:", 1), httpclient.Config{HTTP2: true, TLS: trusting(server), Timeout: d})
	if !assert.NoError(try, web.Get(t.Context(), "/", httpclient.Timeout(-1)).Err(), "it opens the connection") {
		return // the limit is that of shaking hands too
	}
	frozen.Store(true)
	require.EqualError(t, web.Get(t.Context(), "/").Err(), "GET /: timeout")
	var err error
	for range 10 { // the second one, as a rule
		if err = web.Get(t.Context(), "/").Err(); err == nil {
			break
		}
	}
	assert.NoError(try, err, "on another connection")
}

// TestBrokenTLS breaks an encrypted connection in the middle of a body: that is
// not a failure of the handshake.
func TestBrokenTLS(t *testing.T) { onEachWire(t, testBrokenTLS) }

func testBrokenTLS(t *testing.T, newClient maker) {
	known := quietTLS(t, nil, status(http.StatusOK))
	config := known.TLS.Clone()
	config.NextProtos = nil
	for name, broken := range map[string]string{
		"a record of another key": "\x17\x03\x03\x00\x20" + strings.Repeat("x", 32),
		"an alert in the clear":   "\x15\x03\x03\x00\x02\x02\x28",
		"plain text":              "words in the clear",
	} {
		url := bareServer(t, thenHang(func(c *net.TCPConn) {
			secure := tls.Server(c, config)
			if _, err := http.ReadRequest(bufio.NewReader(secure)); err == nil {
				io.WriteString(secure, head+"Content-Length: 9\r\n\r\nabc")
				io.WriteString(c, broken)
			}
		}))
		web := newClient(t, strings.Replace(url, "http:", "https:", 1), httpclient.Config{TLS: trusting(known)})
		assert.EqualError(t, web.Get(t.Context(), "/").Err(), "GET /: tls: broken", name)
	}
}
