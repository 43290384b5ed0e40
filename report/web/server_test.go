package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

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
