package httpclient_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// notes is what a handler saw.
type notes struct {
	mu       sync.Mutex
	text     []string
	handlers sync.WaitGroup // at work; a server does not wait for those that have hijacked
}

func (n *notes) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.text = append(n.text, fmt.Sprintf(format, args...))
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.text, "; ")
}

// place is where a handler is served, and with what it is asked.
type place struct {
	name string
	open func(http.Handler) (web *httpclient.Client, end func())
}

// places are the same server over memory and over sockets. Each end waits for
// the handlers.
func places(t *testing.T, c httpclient.Config) []place {
	open := func(c httpclient.Config, host string) *httpclient.Client {
		c.Host = host
		web, err := httpclient.New(c)
		require.NoError(t, err)
		return web
	}
	socket := func(wire httpclient.Wire) func(http.Handler) (*httpclient.Client, func()) {
		return func(h http.Handler) (*httpclient.Client, func()) {
			server := httptest.NewUnstartedServer(h)
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.Start()
			c := c
			c.Wire = wire
			web := open(c, server.URL)
			return web, func() {
				web.Close()
				server.Close()
			}
		}
	}
	inside := func(h http.Handler) (*httpclient.Client, func()) {
		c := c
		c.Base = httpclient.Handler(h)
		web := open(c, "http://127.0.0.1:8080")
		return web, web.Close
	}
	return []place{{"socket", socket(httpclient.NetHTTP)}, {"in process", inside}, {"socket, fast wire", socket(httpclient.Fast)}}
}

// TestHandlerIsAServer runs one table of handlers in process and over sockets:
// the script and the handler see the same.
func TestHandlerIsAServer(t *testing.T) {
	quietly(t)
	for _, x := range handlers() {
		t.Run(x.name, func(t *testing.T) {
			if testing.Short() && x.slow {
				t.Skip("waits for timeouts")
			}
			t.Parallel()
			if x.request.Path == "" {
				x.request.Path = "/"
			}
			if x.config.Timeout == 0 {
				sameInAllPlaces(t, t, x)
				return
			}
			outlasting(t, func(try assert.TestingT, d time.Duration) {
				x.config.Timeout = d // for the handler to come as far as it can
				sameInAllPlaces(t, try, x)
			})
		})
	}
}

// sameInAllPlaces says whether a handler and who asks it see what they are to see, wherever it is served.
func sameInAllPlaces(t *testing.T, try assert.TestingT, x served) {
	var want string
	for _, p := range places(t, x.config) {
		seen := new(notes)
		web, end := p.open(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen.handlers.Add(1)
			defer seen.handlers.Done()
			x.serve(seen, w, r)
		}))
		said := answered(web.Do(t.Context(), x.request))
		end()
		seen.handlers.Wait()
		said += "\n" + seen.String()
		if want == "" {
			want = said
		}
		assert.Equal(try, want, said, p.name)
	}
	assert.Contains(try, want, x.want)
}

// served is a handler, how it is asked and a part of the outcome.
type served struct {
	name    string
	want    string
	request httpclient.Request
	config  httpclient.Config
	slow    bool // it waits for a timeout of the client, or of the server at the end of a connection
	serve   func(n *notes, w http.ResponseWriter, r *http.Request)
}

func handlers() []served {
	return slices.Concat(handlersOfBodies(), handlersOfHeaders(), handlersOfRequests(), handlersOfConnections(), handlersOfUploads())
}

func post(bytes int) httpclient.Request {
	return httpclient.Request{Method: "POST", Body: make([]byte, bytes)}
}

// expectant is post that asks first.
func expectant(bytes int) httpclient.Request {
	q := post(bytes)
	q.Header = http.Header{"Expect": {"100-continue"}}
	return q
}

var (
	headRequest = httpclient.Request{Method: "HEAD"}
	short       = httpclient.Config{Timeout: soon}
)

func handlersOfBodies() []served {
	return []served{
		{name: "nothing", want: "<nil> status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {}},
		{name: "small", want: `Content-Length: ["2"]`, serve: func(n *notes, w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }},
		{name: "large", want: "bytes 100000", serve: func(n *notes, w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 100_000)) }},
		{name: "flush", want: `body "ab"`, serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			io.WriteString(w, "b")
		}},
		{name: "controlled flush", want: "Flush: <nil>", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "a")
			n.add("Flush: %v", http.NewResponseController(w).Flush())
		}},
		{name: "too short", want: "body: truncated", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "abc")
		}},
		{name: "too long", want: `body "ab"`, serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "2")
			k, err := io.WriteString(w, "ab")
			n.add("%d %v", k, err)
			k, err = io.WriteString(w, "cd")
			n.add("%d %v", k, err)
		}},
		{name: "no content", want: "status 204 bytes 0", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			_, err := io.WriteString(w, "body")
			n.add("%v", err)
		}},
		{name: "not modified", want: "status 304 bytes 0", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Etag", `"1"`)
			w.WriteHeader(http.StatusNotModified)
			_, err := io.WriteString(w, "body")
			n.add("%v", err)
		}},
		{name: "head", request: headRequest, want: "bytes 0", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			k, err := io.WriteString(w, "body")
			n.add("%d %v", k, err)
		}},
		{name: "head of a large body", request: headRequest, want: "bytes 0", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100000")
			w.Write(make([]byte, 100_000))
		}},
		{name: "copied", want: "bytes 100000", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			_, from := w.(io.ReaderFrom)
			_, text := w.(io.StringWriter)
			k, err := io.Copy(w, io.LimitReader(zeros{}, 100_000))
			n.add("%v %v %d %v", from, text, k, err)
		}},
		{name: "gzip", config: httpclient.Config{Gzip: true}, want: `["gzip"]`, serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			n.add("%q", r.Header["Accept-Encoding"])
		}},
		{name: "file", want: `Content-Range: ["bytes 1-2/5"]`, request: httpclient.Request{Header: http.Header{"Range": {"bytes=1-2"}}},
			serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
				http.ServeContent(w, r, "x.txt", longAgo, strings.NewReader("hello"))
			}},
		{name: "too large", config: httpclient.Config{MaxBody: 1000}, want: "body: too large", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			for range 10 {
				w.Write(make([]byte, 1000))
				w.(http.Flusher).Flush()
			}
		}},
	}
}

// longAgo is a time that is past.
var longAgo = time.Unix(1_000_000_000, 0)

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func handlersOfHeaders() []served {
	return []served{
		{name: "sniffed", want: `Content-Type: ["text/html; charset=utf-8"]`, serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<html>")
		}},
		{name: "not sniffed", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = nil
			w.Header()["Date"] = nil
			io.WriteString(w, "<html>")
		}},
		{name: "too late", want: "status 201", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("A", "1")
			w.WriteHeader(http.StatusCreated)
			w.Header().Set("B", "2")
			w.WriteHeader(http.StatusTeapot)
		}},
		{name: "after the body", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "a")
			w.WriteHeader(http.StatusTeapot)
		}},
		{name: "early hints", want: "status 202", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</a>")
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusProcessing)
			w.WriteHeader(http.StatusAccepted)
		}},
		{name: "continue", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusContinue)
		}},
		{name: "switching", want: "status 101 bytes 0", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusSwitchingProtocols)
			_, err := io.WriteString(w, "x")
			n.add("%v", err)
		}},
		{name: "status 0", want: "connect: closed", serve: func(n *notes, w http.ResponseWriter, r *http.Request) { w.WriteHeader(0) }},
		{name: "status 1000", want: "connect: closed", serve: func(n *notes, w http.ResponseWriter, r *http.Request) { w.WriteHeader(1000) }},
		{name: "status 999", want: "http 999", serve: func(n *notes, w http.ResponseWriter, r *http.Request) { w.WriteHeader(999) }},
		{name: "bytes that no header has", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("A", "b\r\nC: d")
			w.Header()["X Y"] = []string{"z"}
			w.Header().Set("Umlaut", "\xe4\xff")
		}},
		{name: "length that is none", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "many")
			io.WriteString(w, "ok")
		}},
		{name: "negative length", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "-5")
			io.WriteString(w, "ok")
		}},
		{name: "own chunks", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Transfer-Encoding", "chunked")
			io.WriteString(w, "ok")
		}},
		{name: "identity", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Transfer-Encoding", "identity")
			io.WriteString(w, "ok")
		}},
		{name: "trailers", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "A")
			io.WriteString(w, "ok")
			w.(http.Flusher).Flush()
			w.Header().Set("A", "1")
			w.Header().Set(http.TrailerPrefix+"B", "2")
		}},
		{name: "cookies and many values", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			w.Header()["X"] = []string{"1", "2", ""}
			w.Header()["y"] = []string{"small"}
		}},
		{name: "huge header", want: "protocol: header too large", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 300<<10))
		}},
		{name: "closes", want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "close")
			io.WriteString(w, "ok")
		}},
		{name: "redirect", want: "redirect: other host", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		}},
		{name: "not found", want: "http 404", serve: func(n *notes, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }},
	}
}
