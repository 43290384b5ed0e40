package httpclient_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestVerdict lists what options make of an answer.
func TestVerdict(t *testing.T) { onEachWire(t, testVerdict) }

func testVerdict(t *testing.T, newClient maker) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			w.WriteHeader(http.StatusNotFound)
		}
		io.WriteString(w, `{"ok":true}`)
	})
	web := newClient(t, url, httpclient.Config{})
	no := func(text string) func(*httpclient.Response) error {
		return func(*httpclient.Response) error { return errors.New(text) }
	}
	yes := func(*httpclient.Response) error { return nil }
	list := func(r *httpclient.Response) error { return r.JSON(new([]int)) }
	type options = []any
	for _, x := range []struct {
		name, path string
		options    options
		want       string
	}{
		{"status", "/good", nil, ""},
		{"status", "/bad", nil, "http 404"},
		{"accepted", "/bad", options{httpclient.Accept(404, 410)}, ""},
		{"accepted among others", "/bad", options{httpclient.Accept(410), httpclient.Accept(404)}, ""},
		{"another accepted", "/bad", options{httpclient.Accept(410)}, "http 404"},
		{"check passes", "/good", options{httpclient.Check(yes)}, ""},
		{"check fails", "/good", options{httpclient.Check(no("too few"))}, "check: too few"},
		{"first check wins", "/good", options{httpclient.Check(yes), httpclient.Check(no("a")), httpclient.Check(no("b"))}, "check: a"},
		{"check hides no failure", "/bad", options{httpclient.Check(yes)}, "http 404"},
		{"check after a failure", "/bad", options{httpclient.Check(no("a"))}, "http 404"},
		{"check of an accepted answer", "/bad", options{httpclient.Accept(404), httpclient.Check(no("a"))}, "check: a"},
		{"check by JSON", "/good", options{httpclient.Check(list)}, "body: not JSON"},
		{"dirty text", "/good", options{httpclient.Check(no("a\nb\x1b[31m\xff" + strings.Repeat("é", 200)))}, "check: a b [31m" + strings.Repeat("é", 55)},
		{"empty text", "/good", options{httpclient.Check(no(""))}, "check: "},
	} {
		p := newProbe()
		ctx, scope := p.task(t.Context())
		r := web.Get(ctx, x.path, x.options...)
		row := p.row(t)
		assert.EqualValues(t, 1, row.Requests)
		if x.want == "" {
			assert.NoError(t, r.Err(), x.name)
			assert.Zero(t, row.Failures)
			continue
		}
		assert.EqualError(t, r.Err(), "GET "+x.path+": "+x.want, x.name)
		assert.EqualValues(t, 1, row.Failures)
		assert.True(t, scope.Failed())
	}
}

func TestChecksAreNotTimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := inside(t, func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second) }, httpclient.Config{})
		slow := func(*httpclient.Response) error {
			time.Sleep(time.Minute)
			return nil
		}
		assert.Equal(t, time.Second, web.Get(t.Context(), "/", httpclient.Check(slow)).Time)
	})
}

// TestPanicLosesNoSample, and no place among MaxConns.
func TestPanicLosesNoSample(t *testing.T) {
	web := inside(t, echoing, httpclient.Config{MaxConns: 1})
	broken := newClient(t, "http://target", httpclient.Config{Base: panicking{}, MaxConns: 1})
	check := httpclient.Check(func(*httpclient.Response) error { panic("oh") })
	for _, send := range []func(context.Context){
		func(ctx context.Context) { web.Get(ctx, "/", check) },
		func(ctx context.Context) { broken.Get(ctx, "/") },
	} {
		for range 2 {
			p := newProbe()
			ctx, scope := p.task(t.Context())
			assert.PanicsWithValue(t, "oh", func() { send(ctx) })
			assert.True(t, scope.Failed())
			assert.Equal(t, "panic", p.summary().Failures[0].Reason)
		}
	}
}

func TestScriptMistakesAreFailures(t *testing.T) { onEachWire(t, testScriptMistakesAreFailures) }

func testScriptMistakesAreFailures(t *testing.T, newClient maker) {
	url := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request went out") })
	web := newClient(t, url, httpclient.Config{})
	for want, send := range map[string]func(context.Context) *httpclient.Response{
		"GET x: request: path must begin with /":                     func(ctx context.Context) *httpclient.Response { return web.Get(ctx, "x") },
		"GET /{id}: request: path has more placeholders than values": func(ctx context.Context) *httpclient.Response { return web.Get(ctx, "/{id}") },
		"DELETE /{id}: request: path value is empty":                 func(ctx context.Context) *httpclient.Response { return web.Delete(ctx, "/{id}", "") },
		"POST /: request: body cannot be encoded":                    func(ctx context.Context) *httpclient.Response { return web.PostJSON(ctx, "/", make(chan int)) },
		"A B /: request: invalid method or header": func(ctx context.Context) *httpclient.Response {
			return web.Do(ctx, httpclient.Request{Method: "A B", Path: "/"})
		},
		"GET /: request: header X has a control character": func(ctx context.Context) *httpclient.Response {
			return web.Get(ctx, "/", httpclient.Header("X", "a\r\nY: b"))
		},
	} {
		p := newProbe()
		ctx, scope := p.task(t.Context())
		assert.EqualError(t, send(ctx).Err(), want)
		assert.True(t, scope.Failed())
		assert.EqualValues(t, 1, p.row(t).Failures)
	}
}

// TestRenameByTheAnswer: the row is that of the answer, whatever the verdict; without an answer the name stays.
func TestRenameByTheAnswer(t *testing.T) { onEachWire(t, testRenameByTheAnswer) }

func testRenameByTheAnswer(t *testing.T, newClient maker) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/todos/2" {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	web := newClient(t, url, httpclient.Config{})
	byStatus := httpclient.Rename(func(r *httpclient.Response) string {
		if r.Status == http.StatusNotFound {
			return "/todos/{id} (gone)"
		}
		return ""
	})
	p := newProbe()
	ctx, _ := p.task(t.Context())
	assert.NoError(t, web.Get(ctx, "/todos/{id}", 1, byStatus).Err())
	r := web.Get(ctx, "/todos/{id}", 2, byStatus)
	assert.EqualError(t, r.Err(), "GET /todos/{id}: http 404")
	assert.Equal(t, "/todos/{id} (gone)", r.Op.Name)
	over, cancel := context.WithCancel(ctx)
	cancel()
	web.Get(over, "/todos/{id}", 2, byStatus)
	assert.Equal(t, []string{"GET /todos/{id}", "GET /todos/{id} (gone)"}, p.rows())
}
