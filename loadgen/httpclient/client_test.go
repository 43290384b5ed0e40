package httpclient_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

func TestVerbs(t *testing.T) { onEachWire(t, testVerbs) }

func testVerbs(t *testing.T, newClient maker) {
	web := newClient(t, serve(t, echoing)+"/base/", httpclient.Config{})
	ctx, body := t.Context(), []byte("b")
	for _, x := range []struct {
		r          *httpclient.Response
		want, kind string
	}{
		{web.Get(ctx, "/a/{id}", 1), "GET /base/a/1 ", ""},
		{web.Delete(ctx, "/a/{id}", 1), "DELETE /base/a/1 ", ""},
		{web.Post(ctx, "/a/{id}", body, 1), "POST /base/a/1 b", ""},
		{web.Put(ctx, "/a/{id}", body, 1, httpclient.Header("Content-Type", "text/plain")), "PUT /base/a/1 b", "text/plain"},
		{web.Patch(ctx, "/a", nil), "PATCH /base/a ", ""},
		{web.PostJSON(ctx, "/a", map[string]int{"n": 1}), `POST /base/a {"n":1}`, "application/json"},
		{web.PutJSON(ctx, "/a/{id}", nil, 1), `PUT /base/a/1 null`, "application/json"},
		{web.PatchJSON(ctx, "/a", 1), `PATCH /base/a 1`, "application/json"},
		{web.PostForm(ctx, "/a", url.Values{"k": {"v w"}}), "POST /base/a k=v+w", "application/x-www-form-urlencoded"},
		{web.Do(ctx, httpclient.Request{Path: "/a?x=1", Query: url.Values{"k": {"v"}}}), "GET /base/a?x=1&k=v ", ""},
		{web.Do(ctx, httpclient.Request{Method: "REPORT", Path: "/{a}", Args: []any{"b"}, Query: url.Values{"k": {"v"}}}), "REPORT /base/b?k=v ", ""},
	} {
		e := seen(t, x.r)
		assert.Equal(t, x.want, e.Method+" "+e.URI+" "+e.Body)
		assert.Equal(t, x.kind, e.Header.Get("Content-Type"))
		assert.Equal(t, "load-generator", e.Header.Get("User-Agent"))
	}
}

func TestHeaders(t *testing.T) { onEachWire(t, testHeaders) }

func testHeaders(t *testing.T, newClient maker) {
	host := strings.Replace(serve(t, echoing), "http://", "http://me:pass@", 1)
	web := newClient(t, host, httpclient.Config{Header: http.Header{"x-all": {"1"}, "Host": {"shop.example"}, "User-Agent": {"me"}}})
	e := seen(t, web.Get(t.Context(), "/", httpclient.Header("X-One", "2"), httpclient.Header("x-all", "3")))
	assert.Equal(t, "shop.example", e.Host)
	assert.Equal(t, "2", e.Header.Get("X-One"))
	assert.Equal(t, []string{"3"}, e.Header["X-All"])
	assert.Equal(t, "me", e.Header.Get("User-Agent"))
	assert.Equal(t, "Basic bWU6cGFzcw==", e.Header.Get("Authorization"))
	e = seen(t, web.Get(t.Context(), "/"))
	assert.Empty(t, e.Header.Get("X-One"))
	assert.Equal(t, "1", e.Header.Get("X-All"))
}

func TestRowNames(t *testing.T) { onEachWire(t, testRowNames) }

func testRowNames(t *testing.T, newClient maker) {
	p := newProbe()
	ctx, _ := p.task(t.Context())
	web := newClient(t, serve(t, echoing), httpclient.Config{})
	for id := range 20 {
		web.Get(ctx, "/a/{id}", id)
		web.Get(ctx, "/a/{id}?x={x}", id, id)
		web.Delete(ctx, "/a/{id}", id, httpclient.Name("remove"))
	}
	assert.ElementsMatch(t, []string{"GET /a/{id}", "GET /a/{id}?x={x}", "DELETE remove"}, p.rows())
}

func TestSampleIsComplete(t *testing.T) { onEachWire(t, testSampleIsComplete) }

func testSampleIsComplete(t *testing.T, newClient maker) {
	const pause = 30 * time.Millisecond
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "head")
		w.(http.Flusher).Flush()
		time.Sleep(pause) // what is measured
		io.WriteString(w, "tail")
	})
	p := newProbe()
	ctx, scope := p.task(t.Context())
	r := newClient(t, url, httpclient.Config{}).Get(ctx, "/x")
	require.NoError(t, r.Err())
	assert.Equal(t, "headtail", string(r.Body()))
	assert.GreaterOrEqual(t, r.Time, pause)
	assert.EqualValues(t, 8, r.Bytes)
	row := p.row(t)
	assert.GreaterOrEqual(t, float64(row.ServiceMS.Min), 30.0, "time ends with the body")
	assert.GreaterOrEqual(t, float64(row.ResponseMS.Min), float64(row.ServiceMS.Min))
	assert.EqualValues(t, 8, row.Bytes)
	assert.False(t, scope.Failed())
}

func TestBodies(t *testing.T) { onEachWire(t, testBodies) }

func testBodies(t *testing.T, newClient maker) {
	bodies := []int{0, 1, 4095, 4096, 4097, 100_000, 3 << 20}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := 0
		json.Unmarshal([]byte(r.URL.Query().Get("n")), &n)
		if r.URL.Path == "/chunked" {
			w.(http.Flusher).Flush()
		}
		io.WriteString(w, strings.Repeat("x", n))
	})
	web := newClient(t, url, httpclient.Config{MaxBody: 3 << 20})
	for _, path := range []string{"/whole?n={n}", "/chunked?n={n}"} {
		for _, n := range bodies {
			r := web.Get(t.Context(), path, n)
			require.NoError(t, r.Err())
			assert.Len(t, r.Body(), n)
			assert.Equal(t, n, strings.Count(string(r.Body()), "x"))
			r = web.Get(t.Context(), path, n, httpclient.Discard())
			assert.Empty(t, r.Body())
			assert.EqualValues(t, n, r.Bytes)
		}
		assert.EqualError(t, web.Get(t.Context(), path, 3<<20+1, httpclient.Name("x")).Err(), "GET x: body: too large")
	}
	head := web.Do(t.Context(), httpclient.Request{Method: "HEAD", Path: "/whole?n=9"})
	require.NoError(t, head.Err())
	assert.Equal(t, "9", head.Header().Get("Content-Length"))
}

func TestGzip(t *testing.T) { onEachWire(t, testGzip) }

func testGzip(t *testing.T, newClient maker) {
	url := serve(t, echoing)
	plain, zipped := newClient(t, url, httpclient.Config{}), newClient(t, url, httpclient.Config{Gzip: true})
	assert.Empty(t, seen(t, plain.Get(t.Context(), "/")).Header.Get("Accept-Encoding"))
	assert.Equal(t, "gzip", seen(t, zipped.Get(t.Context(), "/")).Header.Get("Accept-Encoding"))
}

func TestNewRefuses(t *testing.T) {
	for want, config := range map[string]httpclient.Config{
		"httpclient: no host: want http://host[:port] or https://host[:port]":                                         {},
		`httpclient: host "localhost:8081": want http://host[:port] or https://host[:port]`:                           {Host: "localhost:8081"},
		`httpclient: host "ftp://me:xxxxx@h": want http://host[:port] or https://host[:port]`:                         {Host: "ftp://me:secret@h"},
		`httpclient: host "http:": want http://host[:port] or https://host[:port]`:                                    {Host: "http://"},
		`httpclient: host is not a URL: want http://host[:port] or https://host[:port]`:                               {Host: "http://me:secret@[::1"},
		`httpclient: host "http://h" has a query or fragment: want http://host[:port] or https://host[:port]`:         {Host: "http://h?password=x#y"},
		`httpclient: host "http://h:99999": port is 99999: want 1 to 65535`:                                           {Host: "http://h:99999"},
		`httpclient: host "http://h:0": port is 0: want 1 to 65535`:                                                   {Host: "http://h:0"},
		"httpclient: MaxBody is -1: want bytes, at least 0":                                                           {Host: "http://h", MaxBody: -1},
		"httpclient: BodyMemory is -1: want bytes, at least 0":                                                        {Host: "http://h", BodyMemory: -1},
		"httpclient: IdleTimeout is -1ns: want a time of at least 0":                                                  {Host: "http://h", IdleTimeout: -1},
		"httpclient: UnixSocket has 104 bytes: want at most 103":                                                      {Host: "http://h", UnixSocket: strings.Repeat("x", 104)},
		"httpclient: Proxy and UnixSocket exclude each other: a socket leads to one target":                           {Host: "http://h", UnixSocket: "x", Proxy: http.ProxyFromEnvironment},
		"httpclient: MaxConns is -1: want at least 0":                                                                 {Host: "http://h", MaxConns: -1},
		"httpclient: HTTP2 with an http host: want https":                                                             {Host: "http://h", HTTP2: true},
		"httpclient: Proxy and PerUserConns exclude each other: a proxy shares connections":                           {Host: "http://h", Proxy: http.ProxyFromEnvironment, PerUserConns: true},
		"httpclient: MaxConns and PerUserConns exclude each other: a limit is for shared connections":                 {Host: "http://h", MaxConns: 1, PerUserConns: true},
		`httpclient: Header Host is "a b": want host[:port]`:                                                          {Host: "http://h", Header: http.Header{"Host": {"a b"}}},
		"httpclient: Header: request: header Host has 2 values: want one":                                             {Host: "http://h", Header: http.Header{"host": {"a"}, "Host": {"b"}}},
		"httpclient: Header: request: header Transfer-Encoding cannot be set: a body goes out whole, with its length": {Host: "http://h", Header: http.Header{"transfer-encoding": {"chunked"}}},
		"httpclient: Header: request: header Content-Length cannot be set for all requests":                           {Host: "http://h", Header: http.Header{"Content-Length": {"3"}}},
		"httpclient: Header: request: header Upgrade does not exist in HTTP/2":                                        {Host: "https://h", HTTP2: true, Header: http.Header{"Upgrade": {"x"}}},
		"httpclient: Base is a nil *http.Transport: want a RoundTripper, or nothing for sockets":                      {Host: "http://h", Base: (*http.Transport)(nil)},
		"httpclient: Base is the Handler of nil: want a handler, or nothing for sockets":                              {Host: "http://h", Base: httpclient.Handler(nil)},
		`httpclient: Wire is "h3": want "net/http" or "fast"`:                                                         {Host: "http://h", Wire: "h3"},
		`httpclient: Wire "fast" has no HTTP2: it speaks HTTP/1.1 straight to the target; use "net/http"`:             {Host: "https://h", Wire: httpclient.Fast, HTTP2: true},
		`httpclient: Wire "fast" has no Proxy: it speaks HTTP/1.1 straight to the target; use "net/http"`:             {Host: "http://h", Wire: httpclient.Fast, Proxy: http.ProxyFromEnvironment},
		`httpclient: Wire "fast" has no Base: it speaks HTTP/1.1 straight to the target; use "net/http"`:              {Host: "http://h", Wire: httpclient.Fast, Base: http.DefaultTransport},
		`httpclient: host "bücher.example" on Wire "fast": want ASCII (Punycode), or use "net/http"`:                  {Host: "http://bücher.example", Wire: httpclient.Fast},
	} {
		_, err := httpclient.New(config)
		assert.EqualError(t, err, want)
	}
}

func TestProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "for "+r.URL.String()) }))
	defer proxy.Close()
	via, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	web := newClient(t, "http://shop.example", httpclient.Config{Proxy: http.ProxyURL(via)})
	assert.Equal(t, "for http://shop.example/x", string(web.Get(t.Context(), "/x").Body()))
}
