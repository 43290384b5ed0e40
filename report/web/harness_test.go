package web_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// has and hasNot check a long text without printing it.
func has(t *testing.T, text, part string) {
	t.Helper()
	assert.True(t, strings.Contains(text, part), "it lacks %q", part)
}

// hasNot checks that a part does not stand in a long text.
func hasNot(t *testing.T, text, part string) {
	t.Helper()
	i := strings.Index(text, part)
	assert.Negative(t, i, "it holds %q", part)
}

// site is a handler on a real socket.
type site struct {
	t   *testing.T
	url string
	h   *web.Handler
}

// serve puts options and a load on a socket.
func serve(t *testing.T, load web.Source, o web.Options) *site {
	t.Helper()
	h, err := web.New(load, o)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(nil)
	server.Config = web.NewServer(h, h)
	server.Start()
	t.Cleanup(func() {
		h.Close()
		server.Close()
	})
	return &site{t, server.URL, h}
}

// steered are the options of a page that steers the load.
func steered(load *fake.Load) web.Options {
	return web.Options{
		Control: load, Title: "To-do", Script: "todo.py", UserClass: "Todo", Version: "1.0",
		Host: "http://todo-backend:8081", Schedule: fake.Schedule(),
	}
}

// running returns a load that has run for a while, and its site.
func running(t *testing.T, d time.Duration) (*fake.Load, *site) {
	t.Helper()
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Users: 40, SpawnRate: 10, Host: "http://todo-backend:8081"}))
	load.Advance(d)
	return load, serve(t, load, steered(load))
}

// answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   string
}

// send sends a request with headers given as pairs. Redirects are not followed.
func (s *site) send(method, path, body string, headers ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return answer{resp.StatusCode, resp.Header, string(text)}
}

func (s *site) get(path string, headers ...string) answer {
	s.t.Helper()
	return s.send(http.MethodGet, path, "", headers...)
}

// post sends a form.
func (s *site) post(path, form string, headers ...string) answer {
	s.t.Helper()
	return s.send(http.MethodPost, path, form, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

// object decodes a JSON object, numbers kept as they were written.
func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader([]byte(a.body)))
	decoder.UseNumber()
	var out map[string]any
	require.NoError(t, decoder.Decode(&out), a.body)
	return out
}

// viewer is a browser that follows the stream inside a bubble.
type viewer struct {
	mu       sync.Mutex
	messages []string
	buffer   bytes.Buffer
	header   http.Header
	code     int
	slow     time.Duration // each write takes this long
	deaf     bool          // writes fail
	cancel   context.CancelFunc
	gone     chan struct{}
}

func (v *viewer) Header() http.Header { return v.header }

func (v *viewer) WriteHeader(c int) { v.code = c }

func (v *viewer) Flush() {}

func (v *viewer) Write(p []byte) (int, error) {
	if v.deaf {
		return 0, errors.New("connection reset")
	}
	time.Sleep(v.slow)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.buffer.Write(p)
	for {
		text := v.buffer.String()
		end := strings.Index(text, "\n\n")
		if end < 0 {
			return len(p), nil
		}
		v.messages = append(v.messages, v.buffer.String()[:end])
		v.buffer.Next(end + 2)
	}
}

// frames are the data of the frames seen.
func (v *viewer) frames() (out []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range v.messages {
		if data, ok := strings.CutPrefix(m, "event: frame\ndata: "); ok {
			out = append(out, data)
		}
	}
	return out
}

// beats counts the signs of life.
func (v *viewer) beats() (n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range v.messages {
		if strings.HasPrefix(m, "event: beat\n") {
			n++
		}
	}
	return n
}

// watch lets a viewer follow h until its cancel is called.
func watch(h http.Handler, change func(*viewer)) *viewer {
	ctx, cancel := context.WithCancel(context.Background())
	v := &viewer{header: make(http.Header), code: 200, cancel: cancel, gone: make(chan struct{})}
	if change != nil {
		change(v)
	}
	go func() {
		defer close(v.gone)
		h.ServeHTTP(v, httptest.NewRequestWithContext(ctx, "GET", "/api/events", nil))
	}()
	return v
}

func (v *viewer) leave() {
	v.cancel()
	<-v.gone
}

// underway is a load that runs and its page.
func underway(t *testing.T, o web.Options) (*fake.Load, *web.Handler) {
	t.Helper()
	load := fake.New(fake.Todo(), nil)
	require.NoError(t, load.Start(web.Order{Users: 20, SpawnRate: 10}))
	load.Advance(10 * time.Second)
	h, err := web.New(load, o)
	require.NoError(t, err)
	return load, h
}

// orders is a Control that keeps the orders it gets.
type orders struct {
	mu   sync.Mutex
	list []web.Order
}

func (o *orders) Start(x web.Order) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, x)
	return nil
}

func (o *orders) Stop() error { return nil }

func (o *orders) Reset() error { return nil }

// Kinds of JSON values, as a client in a typed language reads them.
const (
	aText   = "text"
	anInt   = "int"    // no fraction, so it also decodes into an integer
	aNumber = "number" // int or float
	anInt0  = "int or null"
	aText0  = "text or null"
	aBool   = "bool"
	aList   = "list"
	aMap    = "map"
)

// kindOf says which kind a decoded value is.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return aText
	case bool:
		return aBool
	case []any:
		return aList
	case map[string]any:
		return aMap
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			return anInt
		}
		return aNumber
	}
	return fmt.Sprintf("%T", v)
}

// fits reports whether a value is of a kind.
func fits(v any, kind string) bool {
	got := kindOf(v)
	switch kind {
	case aNumber:
		return got == anInt || got == aNumber
	case anInt0:
		return got == anInt || got == "null"
	case aText0:
		return got == aText || got == "null"
	}
	return got == kind
}

// requireKeys checks that an object has each key with its kind.
func requireKeys(t *testing.T, where string, object map[string]any, keys map[string]string) {
	t.Helper()
	for key, kind := range keys {
		v, ok := object[key]
		if assert.True(t, ok, "%s: %s is missing", where, key) {
			assert.True(t, fits(v, kind), "%s: %s is %s %v, not %s", where, key, kindOf(v), v, kind)
		}
	}
}

// requestsKeys are the keys of /stats/requests with the types that Locust's clients count on.
var requestsKeys = map[string]string{
	"state": aText, "user_count": anInt, "stats": aList, "errors": aList,
	"total_rps": aNumber, "total_fail_per_sec": aNumber, "current_rps": aNumber, "current_fail_per_sec": aNumber,
	"fail_ratio": aNumber, "current_response_time_percentiles": aMap,
	"current_response_time_percentile_50": anInt0, "current_response_time_percentile_95": anInt0,
}

// table reads a CSV file without its header.
func table(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return rows[1:]
}
