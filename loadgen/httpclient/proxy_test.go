package httpclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestProxyRefuses: what a proxy answers in place of a way to an https target is a
// own reason, whatever words it has for it.
func TestProxyRefuses(t *testing.T) {
	for answer, want := range map[string]string{
		"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n": "proxy: http 407",
		"HTTP/1.1 407\r\n\r\n":                             "proxy: http 407",
		"HTTP/1.1 502 Bad Gateway\r\n\r\n":                 "proxy: http 502",
		"HTTP/1.1 403 server closed, tls: http2: \r\n\r\n": "proxy: http 403",
		"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n":        "proxy: http 302",
		"HTTP/1.1 204 No Content\r\n\r\n":                  "proxy: http 204",
		"what is tls: server closed http2: \r\n\r\n":       "protocol: not HTTP",
		"HTTP/1.1 200 OK\r\nno field\r\n\r\n":              "protocol: not HTTP",
		"":                                                 "connect: closed",
	} {
		proxy := parsed(t, rawServer(t, func(c *net.TCPConn) { io.WriteString(c, answer) }))
		web := newClient(t, "https://shop.invalid", httpclient.Config{Proxy: http.ProxyURL(proxy)})
		for range 2 {
			assert.EqualError(t, web.Get(t.Context(), "/").Err(), "GET /: "+want, answer)
		}
	}
}

// TestProxyWantsPassword: the proxy gets that of its address, the target does not.
func TestProxyWantsPassword(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
		if user != "me" || password != "s@cret" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		assert.Empty(t, r.Header["Authorization"])
	})
	for _, x := range []struct{ user, plain, secure string }{
		{"", "GET /: http 407", "GET /: proxy: http 407"},
		{"me:wrong@", "GET /: http 407", "GET /: proxy: http 407"},
		{"me:s%40cret@", "<nil>", "GET /: tls: not TLS"}, // this proxy lets us in, but opens no way
	} {
		via := http.ProxyURL(parsed(t, strings.Replace(url, "//", "//"+x.user, 1)))
		err := newClient(t, "http://shop.invalid", httpclient.Config{Proxy: via}).Get(t.Context(), "/").Err()
		assert.Equal(t, x.plain, fmt.Sprint(err))
		assert.EqualError(t, newClient(t, "https://shop.invalid", httpclient.Config{Proxy: via}).Get(t.Context(), "/").Err(), x.secure)
	}
}

// TestReachOfProxies tries the port that requests go to.
func TestReachOfProxies(t *testing.T) {
	for scheme, port := range map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"} {
		web := newClient(t, "http://shop.invalid", httpclient.Config{Proxy: http.ProxyURL(parsed(t, scheme+"://127.0.0.9"))})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var dial *net.OpError
		require.True(t, errors.As(web.Reach(ctx), &dial), scheme)
		assert.Equal(t, "127.0.0.9:"+port, dial.Addr.String())
	}
}

func parsed(t *testing.T, text string) *url.URL {
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u
}
