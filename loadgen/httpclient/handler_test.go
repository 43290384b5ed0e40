package httpclient_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

func TestHandlerLooksLikeAServer(t *testing.T) {
	web := inside(t, echoing, httpclient.Config{})
	e := seen(t, web.PostJSON(t.Context(), "/a/{id}?q={q}", 1, "x/y", 2))
	assert.Equal(t, `POST /a/x%2Fy?q=2 1 target`, e.Method+" "+e.URI+" "+e.Body+" "+e.Host)
	head := web.Do(t.Context(), httpclient.Request{Method: "HEAD", Path: "/"})
	assert.Empty(t, head.Body())
	assert.Equal(t, 200, head.Status)
}

func TestHandlerHeaders(t *testing.T) {
	quietly(t)
	web := inside(t, func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("User-Agent", "changed") // must not reach the client
		w.Header().Set("A", "1")
		w.WriteHeader(http.StatusCreated)
		w.Header().Set("B", "too late")
		w.WriteHeader(http.StatusTeapot)
	}, httpclient.Config{})
	for range 2 {
		r := web.Get(t.Context(), "/")
		assert.Equal(t, 201, r.Status)
		assert.Equal(t, "1", r.Header().Get("A"))
		assert.Empty(t, r.Header().Get("B"))
	}
}

func TestHandlerPanicClosesTheConnection(t *testing.T) {
	quietly(t)
	web := inside(t, func(http.ResponseWriter, *http.Request) { panic("oh") }, httpclient.Config{})
	assert.EqualError(t, web.Get(t.Context(), "/").Err(), "GET /: connect: closed")
}

func TestHandlerInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := inside(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/deaf" {
				time.Sleep(time.Hour)
				return
			}
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
				io.WriteString(w, "late")
			}
		}, httpclient.Config{})
		r := web.Get(t.Context(), "/")
		require.NoError(t, r.Err())
		assert.Equal(t, 10*time.Second, r.Time)
		r = web.Get(t.Context(), "/", httpclient.Timeout(time.Second))
		assert.EqualError(t, r.Err(), "GET /: timeout")
		assert.Equal(t, time.Second, r.Time)
		r = web.Get(t.Context(), "/deaf")
		assert.EqualError(t, r.Err(), "GET /deaf: timeout")
		assert.Equal(t, 30*time.Second, r.Time)
	})
}

// TestHandlersLeaveNothingInABubble that answer, however: a bubble may end without
// Close, which synctest would refuse while a goroutine is left.
func TestHandlersLeaveNothingInABubble(t *testing.T) {
	for _, https := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			host := "http://target"
			if https {
				host = "https://target:8443"
			}
			web, err := httpclient.New(httpclient.Config{Host: host, Base: httpclient.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, https, r.TLS != nil)
				switch time.Sleep(time.Second); r.URL.Path {
				case "/panic":
					panic(http.ErrAbortHandler)
				case "/flush":
					w.(http.Flusher).Flush()
					time.Sleep(time.Second)
				case "/late":
					<-r.Context().Done()
				}
				io.WriteString(w, "ok")
			}))})
			require.NoError(t, err)
			for range 3 {
				assert.EqualError(t, web.Get(t.Context(), "/panic").Err(), "GET /panic: connect: closed")
				assert.Equal(t, 2*time.Second, web.Get(t.Context(), "/flush").Time)
				assert.EqualError(t, web.Get(t.Context(), "/late", httpclient.Timeout(10*time.Second)).Err(), "GET /late: timeout")
				assert.NoError(t, web.Post(t.Context(), "/", make([]byte, 200_000)).Err())
			}
		})
	}
}

// TestHandlerRunsOnAfterItsAnswer: that the client has it is not a reason for the
// context to end.
func TestHandlerRunsOnAfterItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		worked := make(chan error, 1)
		web := inside(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "2")
			io.WriteString(w, "ok")
			w.(http.Flusher).Flush()
			time.Sleep(time.Minute)
			worked <- r.Context().Err()
		}, httpclient.Config{})
		r := web.Get(t.Context(), "/")
		require.NoError(t, r.Err())
		assert.Zero(t, r.Time)
		assert.NoError(t, <-worked)
		web.Close()
		assert.EqualError(t, web.Get(t.Context(), "/").Err(), "GET /: client closed")
	})
}

// TestMaxConnsInVirtualTime: the wait for a connection is response time, also
// for a later request of a task, and never service time.
func TestMaxConnsInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := inside(t, func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second) }, httpclient.Config{MaxConns: 1})
		p := newProbe()
		ctx, _ := p.task(t.Context())
		require.NoError(t, web.Get(ctx, "/first").Err())
		for range 3 {
			go web.Get(t.Context(), "/others")
		}
		synctest.Wait()
		require.NoError(t, web.Get(ctx, "/later").Err())
		rows := p.summary().Total.Operations
		for _, row := range rows {
			assert.InDelta(t, 1000, float64(row.ServiceMS.Max), 0.001, row.Name)
		}
		assert.InDelta(t, 1000, float64(rows[0].ResponseMS.Max), 0.001)
		assert.InDelta(t, 4000, float64(rows[1].ResponseMS.Max), 0.001)
	})
}
