package httpclient_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestForms reads every form that an answer may have, twice on one connection
// unless the answer ends it.
func TestForms(t *testing.T) { onEachWire(t, testForms) }

func testForms(t *testing.T, newClient maker) {
	for _, x := range []struct {
		name, answer, body string
		status             int
		last               bool
	}{
		{"length", fine, "ok", 200, false},
		{"no reason", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", "ok", 200, false},
		{"small letters", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", "ok", 200, false},
		{"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 200, false},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n", "", 204, false},
		{"not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", 304, false},
		{"chunks and length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", 200, false},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", "ok", 200, false},
		{"chunks and trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n", "ok", 200, false},
		{"continue", "HTTP/1.1 100 Continue\r\n\r\n" + fine, "ok", 200, false},
		{"early hints", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + fine, "ok", 200, false},
		{"long header", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100_000) + "\r\nContent-Length: 2\r\n\r\nok", "ok", 200, false},
		{"many headers", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: x\r\n", 1000) + "Content-Length: 2\r\n\r\nok", "ok", 200, false},
		{"HTTP/1.0 kept", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", "ok", 200, false},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", 200, true},
		{"close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "ok", 200, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			reusing(t, func(try assert.TestingT) {
				target := play(t, x.answer, x.answer)
				web := newClient(t, target.url, httpclient.Config{})
				for range 2 {
					r := web.Get(t.Context(), "/")
					require.NoError(t, r.Err())
					assert.Equal(t, x.body, string(r.Body()))
					assert.Equal(t, x.status, r.Status)
				}
				assert.EqualValues(t, 2, target.requests.Load())
				assert.Equal(try, x.last, target.conns.Load() == 2)
			})
		})
	}
}

// TestBodyUntilTheEnd has no length: the end of the connection is its end.
func TestBodyUntilTheEnd(t *testing.T) { onEachWire(t, testBodyUntilTheEnd) }

func testBodyUntilTheEnd(t *testing.T, newClient maker) {
	web := newClient(t, rawServer(t, says("HTTP/1.1 200 OK\r\n\r\n"+strings.Repeat("x", 10_000))), httpclient.Config{MaxBody: 10_000})
	for range 2 {
		r := web.Get(t.Context(), "/")
		require.NoError(t, r.Err())
		assert.Len(t, r.Body(), 10_000)
	}
	web = newClient(t, rawServer(t, says("HTTP/1.1 200 OK\r\n\r\n"+strings.Repeat("x", 10_001))), httpclient.Config{MaxBody: 10_000})
	assert.EqualError(t, web.Get(t.Context(), "/").Err(), "GET /: body: too large")
}

func TestAnswerHeader(t *testing.T) { onEachWire(t, testAnswerHeader) }

func testAnswerHeader(t *testing.T, newClient maker) {
	target := play(t, "HTTP/1.1 200 OK\r\nx-a: 1\r\nServer: s: t\r\nX-A: 2\r\nSet-Cookie: k=v\r\nSet-Cookie: l=w\r\nEmpty:\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
	web := newClient(t, target.url, httpclient.Config{})
	r := web.Get(t.Context(), "/")
	require.NoError(t, r.Err())
	want := http.Header{"X-A": {"1", "2"}, "Server": {"s: t"}, "Set-Cookie": {"k=v", "l=w"}, "Empty": {""}, "Content-Length": {"2"}}
	assert.Equal(t, want, r.Header())
	assert.Equal(t, want, r.Header(), "again")
	web.Close()
	assert.Nil(t, web.Get(t.Context(), "/").Header(), "no answer, no header")
}

// TestUnpacked: what the target compressed, if it was asked to.
func TestUnpacked(t *testing.T) { onEachWire(t, testUnpacked) }

func testUnpacked(t *testing.T, newClient maker) {
	text := strings.Repeat("text", 10_000)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		switch r.URL.Path {
		case "/plain":
			io.WriteString(w, "this is not gzip")
			return
		case "/none":
			w.WriteHeader(http.StatusNoContent)
			return
		}
		io.WriteString(zip, text)
		if zip.Flush(); r.URL.Path != "/cut" {
			zip.Close()
		}
	})
	web := newClient(t, url, httpclient.Config{Gzip: true})
	for range 3 { // with what was used before
		r := web.Get(t.Context(), "/")
		require.NoError(t, r.Err())
		assert.Equal(t, text, string(r.Body()))
		assert.EqualValues(t, len(text), r.Bytes)
		assert.Empty(t, r.Header().Get("Content-Encoding"))
		assert.Empty(t, r.Header().Get("Content-Length"))
		assert.EqualError(t, web.Get(t.Context(), "/plain").Err(), "GET /plain: body: malformed")
		assert.EqualError(t, web.Get(t.Context(), "/cut").Err(), "GET /cut: body: truncated")
		assert.NoError(t, web.Get(t.Context(), "/none").Err())
	}
	r := web.Get(t.Context(), "/", httpclient.Header("Accept-Encoding", "gzip"))
	require.NoError(t, r.Err())
	assert.Equal(t, "gzip", r.Header().Get("Content-Encoding"), "who asks for it gets it as it is")
	small := newClient(t, url, httpclient.Config{Gzip: true, MaxBody: int64(len(text)) - 1})
	assert.EqualError(t, small.Get(t.Context(), "/").Err(), "GET /: body: too large")
}

// TestRepeats shows when a request goes out again: on a connection that had
// carried one before and brings nothing now. What it costs is in its time.
func TestRepeats(t *testing.T) { onEachWire(t, testRepeats) }

func testRepeats(t *testing.T, newClient maker) {
	key := httpclient.Header("Idempotency-Key", "1")
	for _, x := range []struct {
		method  string
		first   string // to a GET
		options []any
		want    string
		seen    int
	}{
		{"GET", fine, nil, "", 3},
		{"HEAD", fine, nil, "", 3},
		{"OPTIONS", fine, nil, "", 3},
		{"POST", fine, nil, "connect: closed", 2},
		{"PUT", fine, nil, "connect: closed", 2},
		{"DELETE", fine, nil, "connect: closed", 2},
		{"POST", fine, []any{key}, "", 3},
		{"GET", "", nil, "connect: closed", 1},
	} {
		t.Run(x.method, func(t *testing.T) {
			last := fine
			if x.method == "HEAD" {
				last = strings.TrimSuffix(fine, "ok")
			}
			reusing(t, func(try assert.TestingT) {
				target := play(t, x.first, "", last)
				web := newClient(t, target.url, httpclient.Config{})
				err := web.Get(t.Context(), "/").Err()
				if x.first != "" {
					require.NoError(t, err)
					err = web.Do(t.Context(), httpclient.Request{Method: x.method, Path: "/", Args: x.options}).Err()
				}
				if x.want == "" {
					assert.NoError(try, err)
				} else {
					assert.EqualError(try, err, x.method+" /: "+x.want)
				}
				assert.EqualValues(try, x.seen, target.requests.Load())
			})
		})
	}
}

// TestRepeatsEnd: a target that closes every connection is a failure in the
// end, and none that broke off within an answer is asked again.
func TestRepeatsEnd(t *testing.T) { onEachWire(t, testRepeatsEnd) }

func testRepeatsEnd(t *testing.T, newClient maker) {
	reusing(t, func(try assert.TestingT) {
		target := play(t, fine, "", "")
		web := newClient(t, target.url, httpclient.Config{})
		require.NoError(t, web.Get(t.Context(), "/").Err())
		assert.EqualError(t, web.Get(t.Context(), "/").Err(), "GET /: connect: closed")
		assert.EqualValues(try, 3, target.requests.Load())
	})
	outlasting(t, func(try assert.TestingT, d time.Duration) {
		target := play(t, fine, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12", fine)
		web := newClient(t, target.url, httpclient.Config{})
		require.NoError(t, web.Get(t.Context(), "/").Err())
		assert.EqualError(t, web.Get(t.Context(), "/", httpclient.Timeout(d)).Err(), "GET /: timeout")
		assert.EqualValues(try, 2, target.requests.Load())
	})
}

// TestUnaskedAnswer must not be taken for the next one.
func TestUnaskedAnswer(t *testing.T) { onEachWire(t, testUnaskedAnswer) }

func testUnaskedAnswer(t *testing.T, newClient maker) {
	target := play(t, fine+"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong", fine)
	web := newClient(t, target.url, httpclient.Config{})
	assert.Equal(t, "ok", string(web.Get(t.Context(), "/").Body()))
	target.waitClosed(t, 1)
	assert.Equal(t, "ok", string(web.Get(t.Context(), "/").Body()))
	assert.EqualValues(t, 2, target.conns.Load())
}

// TestEarlyAnswer comes before the target has read a large request, and counts.
func TestEarlyAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testEarlyAnswer)
}

func testEarlyAnswer(t *testing.T, newClient maker) {
	body := make([]byte, 32<<20) // more than the system takes
	deaf := func(text string) string {
		return rawServer(t, func(c *net.TCPConn) {
			io.WriteString(c, text)
			<-t.Context().Done()
		})
	}
	web := newClient(t, deaf("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"), httpclient.Config{})
	assert.EqualError(t, web.Post(t.Context(), "/", body).Err(), "POST /: http 413")
	web = newClient(t, deaf(""), httpclient.Config{Timeout: soon})
	assert.EqualError(t, web.Post(t.Context(), "/", body).Err(), "POST /: timeout")
}

// TestRefusedUpload is answered, and the connection torn down, while the request
// is still on its way: the answer counts. (One without a length ends with the
// connection, and a torn down one is not a good end.)
func TestRefusedUpload(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testRefusedUpload)
}

func testRefusedUpload(t *testing.T, newClient maker) {
	const refusal = "HTTP/1.1 413 Too Large\r\nConnection: close\r\n"
	for _, answer := range []string{refusal + "Content-Length: 9\r\n\r\ntoo large", refusal + "Transfer-Encoding: chunked\r\n\r\n9\r\ntoo large\r\n0\r\n\r\n"} {
		for _, bytes := range []int{100, 100_000, 8 << 20} {
			web := newClient(t, rawServer(t, says(answer)), httpclient.Config{})
			for range 5 {
				r := web.Post(t.Context(), "/", make([]byte, bytes))
				require.EqualError(t, r.Err(), "POST /: http 413", bytes)
				assert.Equal(t, "too large", string(r.Body()))
			}
		}
	}
	web := newClient(t, rawServer(t, silent), httpclient.Config{})
	for range 5 {
		assert.Contains(t, []string{"POST /: connect: reset", "POST /: connect: closed"}, web.Post(t.Context(), "/", make([]byte, 8<<20)).Err().Error())
	}
}

func TestLargeRequests(t *testing.T) { onEachWire(t, testLargeRequests) }

func testLargeRequests(t *testing.T, newClient maker) {
	reusing(t, func(try assert.TestingT) {
		url, count := connections(t, func(w http.ResponseWriter, r *http.Request) {
			n, _ := io.Copy(io.Discard, r.Body)
			io.WriteString(w, strconv.FormatInt(n, 10))
		})
		web := newClient(t, url, httpclient.Config{})
		for _, n := range []int{16 << 10, 16<<10 + 1, 5 << 20, 1} {
			r := web.Put(t.Context(), "/", make([]byte, n), httpclient.Header("X", strings.Repeat("x", 10_000)))
			require.NoError(t, r.Err())
			assert.Equal(t, strconv.Itoa(n), string(r.Body()))
		}
		assert.Equal(try, 1, count())
	})
}

// TestGetWithBody is rare, but some search servers want it.
func TestGetWithBody(t *testing.T) { onEachWire(t, testGetWithBody) }

func testGetWithBody(t *testing.T, newClient maker) {
	web := newClient(t, serve(t, echoing), httpclient.Config{})
	e := seen(t, web.Do(t.Context(), httpclient.Request{Path: "/", Body: []byte("query")}))
	assert.Equal(t, "GET query", e.Method+" "+e.Body)
}

// TestRequestText holds the wires to the same requests, except for the order of
// the lines.
func TestRequestText(t *testing.T) {
	sent := func(wire httpclient.Wire) (texts []string) {
		got := make(chan string, 1)
		url := bareServer(t, func(c *net.TCPConn) {
			got <- requestText(c)
			io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
		})
		web := newClient(t, url, httpclient.Config{Wire: wire, Gzip: true, Header: http.Header{
			"X-B": {" 1 ", "2"}, "X-A": {""}, "User-Agent": {""}, "Host": {"shop.example"},
		}})
		for _, q := range []httpclient.Request{
			{Path: "/a?b={c}&d", Args: []any{"ä"}},
			{Method: "POST", Path: "/"},
			{Method: "PATCH", Path: "/", Body: []byte("text")},
			{Method: "DELETE", Path: "/", Header: http.Header{"Connection": {"close"}}},
			{Method: "HEAD", Path: "/", Header: http.Header{"Cookie": {"k=v"}}},
			{Path: "/", Header: http.Header{"Range": {"bytes=0-1"}}},
			{Path: "/", Header: http.Header{"host": {"other.example:81"}, "User-Agent": {"me"}, "X-a": {"3"}, "Cookie": {"a=b", "c=d"}}},
			{Method: "PUT", Path: "/", Header: http.Header{"Content-Length": {"4"}, "Expect": {"100-continue"}, "Te": {"trailers"}}, Body: []byte("text")},
			{Path: "/", Header: http.Header{"Connection": {"Upgrade, close"}, "Upgrade": {"x"}, "Keep-Alive": {"timeout=5"}, "Proxy-Authorization": {"y"}}},
			{Path: "/", Header: http.Header{"Accept-Encoding": {"br"}}},
		} {
			web.Do(t.Context(), q)
			head, body, _ := strings.Cut(<-got, "\r\n\r\n")
			lines := strings.Split(head, "\r\n")
			slices.Sort(lines[1:])
			texts = append(texts, strings.Join(lines, "\n")+"\n\n"+body)
		}
		return texts
	}
	assert.Equal(t, sent(httpclient.NetHTTP), sent(httpclient.Fast))
}

// requestText reads a request as it comes. After Expect, net/http sends the body apart.
func requestText(c io.Reader) string {
	var text bytes.Buffer
	r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &text)))
	if err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	return text.String()
}

// TestOwnTimeoutIsForOneRequest: the next one on the same connection has the
// client's again.
func TestOwnTimeoutIsForOneRequest(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testOwnTimeoutIsForOneRequest)
}

func testOwnTimeoutIsForOneRequest(t *testing.T, newClient maker) {
	outlasting(t, func(try assert.TestingT, d time.Duration) {
		short := d / 2
		url, count := connections(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				time.Sleep(short * 3 / 2) // what would be too long
			}
		})
		web := newClient(t, url, httpclient.Config{})
		assert.NoError(try, web.Get(t.Context(), "/", httpclient.Timeout(short)).Err())
		require.NoError(t, web.Get(t.Context(), "/slow").Err())
		require.NoError(t, web.Get(t.Context(), "/slow", httpclient.Timeout(-1)).Err())
		assert.Equal(try, 1, count())
		assert.EqualError(t, web.Get(t.Context(), "/slow", httpclient.Timeout(short)).Err(), "GET /slow: timeout")
		require.NoError(t, web.Get(t.Context(), "/slow").Err(), "on another connection")
	})
}

// TestContextsOfTheirOwn: a request ends with its own context, and a connection
// that has seen the end of one serves others.
func TestContextsOfTheirOwn(t *testing.T) { onEachWire(t, testContextsOfTheirOwn) }

func testContextsOfTheirOwn(t *testing.T, newClient maker) {
	url, count := connections(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			<-r.Context().Done()
		}
	})
	web := newClient(t, url, httpclient.Config{})
	reusing(t, func(try assert.TestingT) {
		before := count()
		for range 3 {
			ctx, end := context.WithCancel(t.Context())
			require.NoError(t, web.Get(ctx, "/").Err())
			end()
			require.EqualError(t, web.Get(ctx, "/").Err(), "GET /: cut off")
		}
		assert.Equal(try, max(1, before), count())
	})
	one, end := context.WithCancel(t.Context())
	hangs := make(chan error)
	go func() { hangs <- web.Get(one, "/hang").Err() }()
	require.NoError(t, web.Get(t.Context(), "/").Err(), "next to it")
	end()
	require.EqualError(t, <-hangs, "GET /hang: cut off")
	require.NoError(t, web.Get(t.Context(), "/").Err())
}
