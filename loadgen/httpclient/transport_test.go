package httpclient_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report/record"
)

// existing is a client that a team already has, measured.
func existing(t *testing.T, name func(*http.Request) string) *http.Client {
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	return &http.Client{Transport: httpclient.Transport(base, name)}
}

func TestTransportMeasuresToTheEndOfTheBody(t *testing.T) {
	const pause = 30 * time.Millisecond
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "head")
		w.(http.Flusher).Flush()
		time.Sleep(pause) // what is measured
		io.WriteString(w, "tail")
	})
	p := newProbe()
	ctx, scope := p.task(t.Context())
	resp, err := fetch(t, existing(t, nil), ctx, url+"/todos/42/x?secret=1")
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "headtail", string(body))
	row := p.row(t) // before Close
	assert.Equal(t, "GET /todos/{id}/x", row.Op().String())
	assert.GreaterOrEqual(t, float64(row.ServiceMS.Min), 30.0)
	assert.EqualValues(t, 8, row.Bytes)
	require.NoError(t, resp.Body.Close())
	assert.EqualValues(t, 1, p.row(t).Requests, "closing counts nothing more")
	assert.False(t, scope.Failed())
}

func TestTransportReasons(t *testing.T) {
	truncated := rawServer(t, says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"))
	hanging := rawServer(t, thenHang(says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")))
	for url, want := range map[string]string{ // only where a timeout is the reason is it short
		serve(t, status(503)):            "http 503",
		serve(t, echoing):                "",
		refusing(t):                      "connect: refused",
		truncated:                        "body: truncated",
		hanging:                          "timeout",
		rawServer(t, thenHang(says(""))): "timeout",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p := newProbe()
			ctx, _ := p.task(t.Context())
			c := existing(t, func(*http.Request) string { return "name" })
			if want == "timeout" {
				c.Timeout = soon
			}
			if resp, err := fetch(t, c, ctx, url); err == nil {
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			row := p.row(t)
			assert.Equal(t, "GET name", row.Op().String())
			assert.EqualValues(t, 1, row.Requests)
			if want == "" {
				assert.Zero(t, row.Failures)
			} else {
				assert.Equal(t, want, p.summary().Failures[0].Reason)
			}
		})
	}
}

func TestTransportBodyClosedEarly(t *testing.T) {
	p := newProbe()
	ctx, _ := p.task(t.Context())
	resp, err := fetch(t, existing(t, nil), ctx, serve(t, flood)+"/")
	require.NoError(t, err)
	io.ReadFull(resp.Body, make([]byte, 1000))
	require.NoError(t, resp.Body.Close())
	row := p.row(t)
	assert.EqualValues(t, 1000, row.Bytes)
	assert.Zero(t, row.Failures, "leaving early is the script's right")
}

func TestTransportWithoutBody(t *testing.T) {
	p := newProbe()
	ctx, _ := p.task(t.Context())
	_, err := fetch(t, existing(t, nil), ctx, serve(t, status(204))) // nothing to close
	require.NoError(t, err)
	assert.EqualValues(t, 1, p.row(t).Requests)
}

func TestTransportOutsideARun(t *testing.T) {
	resp, err := fetch(t, existing(t, nil), t.Context(), serve(t, echoing))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}

// TestTransportAbandonedBody: a script that never closes a body leaks a
// connection, but the target did answer.
func TestTransportAbandonedBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			io.WriteString(w, "answer")
		})
		for name, read := range map[string]int{"never read": 0, "partly read": 2} {
			p := probe{recorder: record.New(record.Config{}), epoch: time.Now()}
			run, end := context.WithCancel(t.Context())
			ctx, _ := p.task(run)
			c := &http.Client{Transport: httpclient.Transport(httpclient.Handler(slow), nil)}
			resp, err := fetch(t, c, ctx, "http://target/")
			require.NoError(t, err)
			if read > 0 {
				resp.Body.Read(make([]byte, read))
			}
			time.Sleep(time.Minute)
			end()
			synctest.Wait()
			row := p.row(t)
			if read == 0 {
				assert.EqualValues(t, 1, row.Requests, name)
				assert.Zero(t, row.Failures, name)
				assert.EqualValues(t, 1000, row.ServiceMS.Max, "as long as the header took")
			} else {
				assert.EqualValues(t, 1, row.CutOff, name)
			}
		}
	})
}

func TestTransportCutOff(t *testing.T) {
	started := make(chan struct{})
	url := rawServer(t, thenHang(func(*net.TCPConn) { close(started) }))
	p := newProbe()
	run, end := context.WithCancel(t.Context())
	ctx, scope := p.task(run)
	go func() {
		<-started
		end()
	}()
	_, err := fetch(t, existing(t, nil), ctx, url)
	require.ErrorIs(t, err, context.Canceled)
	assert.EqualValues(t, 1, p.row(t).CutOff)
	assert.False(t, scope.Failed())
}

func TestPathName(t *testing.T) {
	for path, want := range map[string]string{
		"":                 "/",
		"/":                "/",
		"/api/todos":       "/api/todos",
		"/api/todos/17":    "/api/todos/{id}",
		"/17/x/18":         "/{id}/x/{id}",
		"/v2/facade/added": "/v2/facade/added",
		"/o/550e8400-e29b-41d4-a716-446655440000": "/o/{id}",
		"/o/65f1c0ffee65f1c0ffee65f1":             "/o/{id}",
		"/o/deadbeefdeadbeefdeadbeef":             "/o/deadbeefdeadbeefdeadbeef",
		"/2026-01-02":                             "/2026-01-02",
	} {
		req, err := http.NewRequest("GET", "http://h"+path+"?id=1", nil)
		require.NoError(t, err)
		assert.Equal(t, want, httpclient.PathName(req))
	}
	assert.Equal(t, "/"+strings.Repeat("{id}/", 3)+"x", httpclient.PathName(&http.Request{URL: mustURL(t, "/1/2/3/x")}))
}

func mustURL(t *testing.T, text string) *url.URL {
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u
}
