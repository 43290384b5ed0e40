package hook

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// endpoint answers as told and notes what it got.
type endpoint struct {
	status int
	answer string
	got    []string
	kind   string // content type of the last one
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.got = append(e.got, r.Method+" "+r.URL.Path+" "+string(body))
	e.kind = r.Header.Get("Content-Type")
	w.WriteHeader(e.status)
	_, _ = io.WriteString(w, e.answer)
}

func serve(t *testing.T, e *endpoint) string {
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server.URL
}

func TestCallsTheEndpoint(t *testing.T) {
	e := &endpoint{status: 204}
	at := serve(t, e)
	require.NoError(t, Post(at+"/on", `{"latency":100}`).Call(t.Context()))
	assert.Equal(t, "application/json", e.kind)
	require.NoError(t, Put(at+"/on", `{}`).Call(t.Context()))
	require.NoError(t, Delete(at+"/off").Call(t.Context()))
	require.NoError(t, Request{URL: at}.Call(t.Context()))
	require.NoError(t, Request{URL: at, Body: "x=1", Header: http.Header{"Content-Type": {"text/plain"}}}.Call(t.Context()))
	assert.Equal(t, "text/plain", e.kind)
	assert.Equal(t, []string{`POST /on {"latency":100}`, "PUT /on {}", "DELETE /off ", "GET / ", "POST / x=1"}, e.got)
}

func TestRefusalSaysWhatCameBack(t *testing.T) {
	at := serve(t, &endpoint{status: 409, answer: "a toxic of that name exists\n"})
	err := Post(at, "{}").Call(t.Context())
	assert.EqualError(t, err, "POST "+at+": status 409: a toxic of that name exists")
	assert.NoError(t, Request{Method: "POST", URL: at, Accept: []int{200, 409}}.Call(t.Context()))
	assert.Error(t, Request{URL: serve(t, &endpoint{status: 200}), Accept: []int{204}}.Call(t.Context()))
}

func TestKeepsToItsTimeAndItsSecrets(t *testing.T) {
	never := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-never }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(never) })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := Delete("http://me:secret@" + server.Listener.Addr().String()).Call(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NotContains(t, err.Error(), "secret")
}

// TestHeadersOfTheCall: each goes out or is refused, none is dropped.
func TestHeadersOfTheCall(t *testing.T) {
	var host, kind string
	at := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { host, kind = r.Host, r.Header.Get("Content-Type") }))
	t.Cleanup(at.Close)
	require.NoError(t, Request{URL: at.URL, Body: "x", Header: http.Header{"host": {"chaos.example"}, "content-type": {"text/plain"}}}.Call(t.Context()))
	assert.Equal(t, "chaos.example text/plain", host+" "+kind)
	for name, value := range map[string]string{"content-length": "1", "Transfer-Encoding": "chunked", "Trailer": "X", "Host": "a/b"} {
		r := Request{URL: at.URL, Body: "x", Header: http.Header{name: {value}}}
		require.ErrorContains(t, r.Validate(), "hook: header "+http.CanonicalHeaderKey(name))
		assert.Equal(t, r.Validate(), r.Call(t.Context()))
	}
	assert.Error(t, Request{URL: at.URL, Header: http.Header{"Host": {"a", "b"}}}.Validate())
}

func TestBadRequests(t *testing.T) {
	for _, r := range []Request{{}, {URL: "localhost:8474"}, {URL: "ftp://host/x"}, {URL: "http://[::1"}, {URL: "http://host/%zz"}, {URL: "ftp://me:secret@host/x"}, {URL: "me:secret@host"}, {Method: "BAD METHOD", URL: "http://host"}} {
		err := r.Validate()
		require.Error(t, err, "%+v", r)
		assert.Contains(t, err.Error(), "hook: ")
		assert.NotContains(t, err.Error(), "secret")
		assert.Equal(t, err, r.Call(t.Context()))
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Request{
		"http://a:1/b":                      {URL: "http://a:1/b"},
		" DELETE\t http://a/ ":              {Method: "DELETE", URL: "http://a/"},
		`POST  http://a/b {"name": "x y"} `: {Method: "POST", URL: "http://a/b", Body: `{"name": "x y"}`},
	} {
		got, err := Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "POST", "POST a/b", "ftp://a/b", "PO/ST http://a/", "http://a/b POST"} {
		_, err := Parse(text)
		assert.Error(t, err, text)
	}
}

// What is accepted reads the same again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"http://a/b", "PUT http://a/b", `POST http://a/b {"a": 1}`, "GET  http://[::1]:1/\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(strings.Join([]string{cmp.Or(r.Method, "GET"), r.URL, r.Body}, " "))
		require.NoError(t, err)
		assert.Equal(t, [2]string{r.URL, r.Body}, [2]string{again.URL, again.Body})
	})
}
