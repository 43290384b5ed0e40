package httpclient_test

import (
	"bufio"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestHeadersThatTheClientDecides: each is done or refused by its name, in
// whatever case it is written.
func TestHeadersThatTheClientDecides(t *testing.T) { onEachWire(t, testHeadersThatTheClientDecides) }

func testHeadersThatTheClientDecides(t *testing.T, newClient maker) {
	web := newClient(t, serve(t, echoing), httpclient.Config{})
	for _, x := range []struct{ key, value, refusal string }{
		{"Host", "shop.example", ""},
		{"HOST", "shop.example:8443", ""},
		{"host", "[::1]:80", ""},
		{"Host", "", "header Host is not host[:port]"},
		{"Host", "http://shop.example", "header Host is not host[:port]"},
		{"Host", "shop.example/x", "header Host is not host[:port]"},
		{"Host", "me@shop.example", "header Host is not host[:port]"},
		{"Host", "shop.example:0", "header Host is not host[:port]"},
		{"Host", "bücher.example", "header Host is not host[:port]"},
		{"Host", "a\r\nX: y", "header Host has a control character"},
		{"Content-Length", "4", ""},
		{"content-length", " 4 ", ""},
		{"Content-Length", "5", "header Content-Length is not the length of the body"},
		{"Content-Length", "04", "header Content-Length is not the length of the body"},
		{"Transfer-Encoding", "chunked", "header Transfer-Encoding cannot be set: a body goes out whole, with its length"},
		{"transfer-Encoding", "identity", "header Transfer-Encoding cannot be set: a body goes out whole, with its length"},
		{"Trailer", "X-Sum", "header Trailer cannot be set: nothing follows a body"},
		{":authority", "shop.example", `header name ":authority" is invalid`},
		{":path", "/x", `header name ":path" is invalid`},
		{"X Y", "1", `header name "X Y" is invalid`},
		{"X:", "1", `header name "X:" is invalid`},
		{"", "1", `header name "" is invalid`},
		{"Ä", "1", `header name "Ä" is invalid`},
		{"X-Y", "a\x00b", "header X-Y has a control character"},
		{"User-Agent", "", ""},
	} {
		r := web.Post(t.Context(), "/", []byte("text"), httpclient.Header(x.key, x.value))
		if x.refusal != "" {
			assert.EqualError(t, r.Err(), "POST /: request: "+x.refusal)
			continue
		}
		e := seen(t, r)
		assert.Equal(t, "text", e.Body)
		if strings.EqualFold(x.key, "Host") {
			assert.Equal(t, x.value, e.Host)
		}
	}
	for _, method := range []string{"GET", "HEAD", "DELETE", "OPTIONS"} {
		err := web.Do(t.Context(), httpclient.Request{Method: method, Path: "/", Header: http.Header{"Content-Length": {"0"}}}).Err()
		assert.EqualError(t, err, method+" /: request: header Content-Length goes with a body alone")
	}
	require.NoError(t, web.Post(t.Context(), "/", nil, httpclient.Header("Content-Length", "0")).Err())
	twice := httpclient.Request{Path: "/", Header: http.Header{"Host": {"a"}, "host": {"b"}}}
	assert.EqualError(t, web.Do(t.Context(), twice).Err(), "GET /: request: header Host has 2 values: want one")
	twice.Header = http.Header{"User-Agent": {"a", "b"}}
	assert.EqualError(t, web.Do(t.Context(), twice).Err(), "GET /: request: header User-Agent has 2 values: want one")
	twice.Header = http.Header{"x-a": {"1"}, "X-A": {"2"}}
	assert.ElementsMatch(t, []string{"1", "2"}, seen(t, web.Do(t.Context(), twice)).Header["X-A"])
}

// lines answers every request with its head as it came.
func lines(t *testing.T) string {
	return bareServer(t, func(c *net.TCPConn) {
		for in := bufio.NewReader(c); ; {
			var head strings.Builder
			length := 0
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == "\r\n" {
					break
				}
				if line == "Content-Length: 4\r\n" {
					length = 4
				}
				head.WriteString(line)
			}
			io.CopyN(io.Discard, in, int64(length))
			answer := http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(head.Len()), Body: io.NopCloser(strings.NewReader(head.String()))}
			if answer.Write(c) != nil {
				return
			}
		}
	})
}

// TestNoHeaderIsDropped draws headers, values and the place where they are set:
// what is not refused by its name goes out unchanged.
func TestNoHeaderIsDropped(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testNoHeaderIsDropped)
}

func testNoHeaderIsDropped(t *testing.T, newClient maker) {
	names := []string{"Host", "Content-Length", "Transfer-Encoding", "Trailer", "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization",
		"Upgrade", "TE", "Expect", "Cookie", "Accept-Encoding", "Accept", "User-Agent", "Date", "Via", "Referer", "Origin", "Content-Type", "Content-Encoding",
		"Authorization", "Set-Cookie", "Location", "X-A", "Http2-Settings", "Sec-Websocket-Key", "Max-Forwards", "Idempotency-Key", "a b", ":method"}
	values := []string{"", "4", "chunked", "close", "keep-alive", "shop.example", "trailers", "100-continue", "a=b", "identity", "x y", "ä", "a\nb", "\t"}
	cases := []func(string) string{strings.ToLower, strings.ToUpper, http.CanonicalHeaderKey}
	url, draw := lines(t), rand.New(rand.NewPCG(1, 2))
	pick := func(from []string) string { return from[draw.IntN(len(from))] }
	shared := newClient(t, url, httpclient.Config{})
	for range 3000 {
		key, value := cases[draw.IntN(len(cases))](pick(names)), pick(values)
		var text string
		switch draw.IntN(3) {
		case 0:
			text = outcome(shared.Post(t.Context(), "/", []byte("text"), httpclient.Header(key, value)))
		case 1:
			session := shared.Session()
			session.SetHeader(key, value)
			if value == "" {
				continue // takes it back
			}
			text = outcome(session.Post(t.Context(), "/", []byte("text")))
		default:
			web, err := httpclient.New(httpclient.Config{Host: url, Header: http.Header{key: {value}}})
			if err != nil {
				text = err.Error()
				break
			}
			web.Close()
			text = outcome(newClient(t, url, httpclient.Config{Header: http.Header{key: {value}}}).Post(t.Context(), "/", []byte("text")))
		}
		name := http.CanonicalHeaderKey(key)
		if name == "User-Agent" && strings.TrimSpace(value) == "" {
			assert.NotContains(t, text, name)
			continue
		}
		line := name + ": " + textproto.TrimString(value) + "\r\n"
		refused := strings.Contains(text, "request: header ") && (strings.Contains(text, name) || strings.Contains(text, key)) || strings.Contains(text, "Header Host is ")
		assert.True(t, refused != strings.Contains(text, line), "%s: %q: %s", key, value, text)
	}
}

// outcome is what the target saw, or why nothing went out.
func outcome(r *httpclient.Response) string {
	if r.Err() != nil {
		return r.Err().Error()
	}
	return string(r.Body())
}

// TestHeadersOverHTTP2: what HTTP/2 has not got is refused, not dropped.
func TestHeadersOverHTTP2(t *testing.T) {
	server := quietTLS(t, nil, echoing)
	web := newClient(t, server.URL, httpclient.Config{HTTP2: true, TLS: trusting(server)})
	for _, key := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Upgrade", "TE"} {
		err := web.Get(t.Context(), "/", httpclient.Header(key, "x")).Err()
		assert.EqualError(t, err, "GET /: request: header "+http.CanonicalHeaderKey(key)+" does not exist in HTTP/2")
	}
	for key, value := range map[string]string{"Connection": "close", "TE": "trailers", "X-A": "1", "Host": "shop.example"} {
		e := seen(t, web.Get(t.Context(), "/", httpclient.Header(key, value)))
		switch key {
		case "Host":
			assert.Equal(t, value, e.Host)
		case "TE", "X-A":
			assert.Equal(t, value, e.Header.Get(key))
		}
	}
}

func TestSetHeader(t *testing.T) { onEachWire(t, testSetHeader) }

func testSetHeader(t *testing.T, newClient maker) {
	ctx, all := t.Context(), http.Header{"Authorization": {"all"}, "X-A": {"1"}}
	web := newClient(t, serve(t, echoing), httpclient.Config{Header: all})
	ann, bob := web.Session(), web.Session()
	ann.SetHeader("authorization", "Bearer ann")
	ann.SetHeader("Host", "ann.example")
	for _, send := range []func() *httpclient.Response{
		func() *httpclient.Response { return ann.Get(ctx, "/") },
		func() *httpclient.Response { return ann.PostJSON(ctx, "/", 1, httpclient.Header("X-B", "2")) },
	} {
		e := seen(t, send())
		assert.Equal(t, []string{"Bearer ann"}, e.Header["Authorization"])
		assert.Equal(t, "1", e.Header.Get("X-A"))
		assert.Equal(t, "ann.example", e.Host)
	}
	assert.Equal(t, "application/json", seen(t, ann.PostJSON(ctx, "/", 1)).Header.Get("Content-Type"))
	assert.Equal(t, "once", seen(t, ann.Get(ctx, "/", httpclient.Header("Authorization", "once"))).Header.Get("Authorization"))
	assert.Equal(t, "all", seen(t, bob.Get(ctx, "/")).Header.Get("Authorization"), "another session")
	assert.Equal(t, "all", seen(t, ann.Session().Get(ctx, "/")).Header.Get("Authorization"))
	ann.SetHeader("Authorization", "")
	assert.Equal(t, "all", seen(t, ann.Get(ctx, "/")).Header.Get("Authorization"), "taken back")
	ann.SetHeader("Content-Length", "3")
	assert.EqualError(t, ann.Get(ctx, "/").Err(), "GET /: request: header Content-Length cannot be set for all requests")
	ann.SetHeader("Content-Length", "")
	require.NoError(t, ann.Get(ctx, "/").Err())
}

// TestNil: a nil where a script may give a value is a mistake that the row names, not a panic.
func TestNil(t *testing.T) { onEachWire(t, testNil) }

func testNil(t *testing.T, newClient maker) {
	web := newClient(t, serve(t, echoing), httpclient.Config{})
	none := func() context.Context { return nil }
	for want, send := range map[string]func(context.Context) *httpclient.Response{
		"GET /: request: an Option is nil": func(ctx context.Context) *httpclient.Response { return web.Get(ctx, "/", httpclient.Option(nil)) },
		"GET /{id}: request: an Option is nil": func(ctx context.Context) *httpclient.Response {
			return web.Get(ctx, "/{id}", httpclient.Discard(), httpclient.Option(nil), 1)
		},
		"POST /: request: an Option is nil": func(ctx context.Context) *httpclient.Response {
			return web.PostJSON(ctx, "/", nil, httpclient.Option(nil))
		},
		"GET /: request: a Check is nil": func(ctx context.Context) *httpclient.Response { return web.Get(ctx, "/", httpclient.Check(nil)) },
		"PUT /: request: a Check is nil": func(ctx context.Context) *httpclient.Response {
			return web.Do(ctx, httpclient.Request{Method: "PUT", Path: "/", Checks: []func(*httpclient.Response) error{nil}})
		},
		"GET /{x}: request: path value is nil": func(ctx context.Context) *httpclient.Response { return web.Get(ctx, "/{x}", nil) },
		"GET /n: request: context is nil":      func(context.Context) *httpclient.Response { return web.Get(none(), "/n") },
	} {
		p := newProbe()
		ctx, _ := p.task(t.Context())
		assert.EqualError(t, send(ctx).Err(), want)
		if !strings.Contains(want, "context") {
			assert.EqualValues(t, 1, p.row(t).Failures, want)
		}
	}
	assert.EqualError(t, web.Get(t.Context(), "/").JSON(nil), "GET /: check: JSON wants a pointer that is not nil")
	require.NoError(t, web.Do(t.Context(), httpclient.Request{Path: "/", Header: http.Header{"X": nil}}).Err())
}
