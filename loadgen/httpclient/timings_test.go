package httpclient_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/timing"
)

// assertMost says whether one part took as long as the pause, and no other one as long as that part.
func assertMost(t assert.TestingT, parts map[string]float64, want string, pause time.Duration) {
	assert.GreaterOrEqual(t, parts[want], float64(pause/time.Millisecond)*.98, "%v", parts)
	for name, ms := range parts {
		if name != want {
			assert.Less(t, ms, parts[want], "%s in %v", name, parts)
		}
	}
}

// What a target, or the way to it, is slow at shows in that part of the time.
func TestTimingsSayWhatARequestWaitedFor(t *testing.T) {
	onEachWire(t, testTimingsSayWhatARequestWaitedFor)
}

func testTimingsSayWhatARequestWaitedFor(t *testing.T, newClient maker) {
	if testing.Short() {
		t.Skip("waits")
	}
	halting := func(t *testing.T, pause time.Duration) string {
		return serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "first ")
			http.NewResponseController(w).Flush()
			time.Sleep(pause)
			io.WriteString(w, "second")
		})
	}
	for _, x := range []struct {
		want   string
		target func(t *testing.T, pause time.Duration) (url string, config httpclient.Config)
	}{
		{"waiting", func(t *testing.T, pause time.Duration) (string, httpclient.Config) {
			return serve(t, func(http.ResponseWriter, *http.Request) { time.Sleep(pause) }), httpclient.Config{}
		}},
		{"receiving", func(t *testing.T, pause time.Duration) (string, httpclient.Config) {
			return halting(t, pause), httpclient.Config{}
		}},
		{"receiving", func(t *testing.T, pause time.Duration) (string, httpclient.Config) {
			return halting(t, pause), httpclient.Config{Timeout: -1}
		}},
		{"TLS", slowTLS},
		{"TLS", func(t *testing.T, pause time.Duration) (string, httpclient.Config) {
			url, config := slowTLS(t, pause)
			config.PerUserConns = true
			return url, config
		}},
	} {
		t.Run(x.want, func(t *testing.T) {
			outlasting(t, func(try assert.TestingT, pause time.Duration) {
				url, config := x.target(t, pause)
				p := newProbe()
				web := newClient(t, url, config)
				for range 2 { // the second on a connection that rested
					ctx, _ := p.task(t.Context())
					require.NoError(t, web.Get(ctx, "/").Err())
				}
				row := p.row(t)
				assertMost(try, partsOf(t, row), x.want, pause)
				assert.EqualValues(try, 1, row.Timings.Part(timing.Connecting).Count(), "only the first had to connect")
				assert.EqualValues(t, 2, row.Timings.Part(timing.Waiting).Count())
			})
		})
	}
}

// slowTLS is a target that takes its time before each handshake.
func slowTLS(t *testing.T, pause time.Duration) (string, httpclient.Config) {
	server := httptest.NewUnstartedServer(status(http.StatusOK))
	server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		time.Sleep(pause)
		return nil, nil
	}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, httpclient.Config{TLS: trusting(server)}
}

// A request that waits because all connections that there may be are in use is blocked, and not slow.
func TestTimingsOfTooFewConnections(t *testing.T) { onEachWire(t, testTimingsOfTooFewConnections) }

func testTimingsOfTooFewConnections(t *testing.T, newClient maker) {
	outlasting(t, func(try assert.TestingT, pause time.Duration) {
		arrived, others := make(chan struct{}), new(sync.WaitGroup)
		url := serve(t, func(http.ResponseWriter, *http.Request) {
			select {
			case <-arrived:
			default:
				close(arrived)
				time.Sleep(pause) // the others wait
			}
		})
		p := newProbe()
		web := newClient(t, url, httpclient.Config{MaxConns: 1})
		get := func(name string) {
			ctx, _ := p.task(t.Context())
			assert.NoError(t, web.Get(ctx, "/", httpclient.Name(name)).Err())
		}
		others.Go(func() { get("first") })
		<-arrived
		others.Go(func() { get("second") })
		others.Wait()
		total := p.summary().Total
		first, second := total.Row(report.Op{Method: "GET", Name: "first"}), total.Row(report.Op{Method: "GET", Name: "second"})
		assert.Greater(try, partsOf(t, *first)["waiting"], float64(pause/time.Millisecond)*.98)
		parts := partsOf(t, *second)
		assert.Greater(try, parts["blocked"], parts["waiting"], "%v", parts)
		assert.Greater(try, parts["blocked"], float64(pause/time.Millisecond)/2, "%v", parts)
	})
}

// Where there is no answer, the time counts for what was waited for in vain.
func TestTimingsOfFailures(t *testing.T) { onEachWire(t, testTimingsOfFailures) }

func testTimingsOfFailures(t *testing.T, newClient maker) {
	mute := bareServer(t, func(c *net.TCPConn) { io.Copy(io.Discard, c) })
	for _, x := range []struct{ url, want string }{
		{mute, "waiting"},
		{strings.Replace(mute, "http:", "https:", 1), "TLS"},
	} {
		outlasting(t, func(try assert.TestingT, pause time.Duration) {
			p := newProbe()
			ctx, _ := p.task(t.Context())
			require.Error(t, newClient(t, x.url, httpclient.Config{Timeout: pause}).Get(ctx, "/").Err())
			parts := partsOf(t, p.row(t))
			assert.Greater(try, parts[x.want], float64(pause/time.Millisecond)/2, "%v", parts)
		})
	}
}

// A task's first request counts from its intended start; what came before the call is none of the target's doing.
func TestTimingsOfALateStart(t *testing.T) { onEachWire(t, testTimingsOfALateStart) }

func testTimingsOfALateStart(t *testing.T, newClient maker) {
	began, p := time.Now(), newProbe()
	web := newClient(t, serve(t, status(http.StatusOK)), httpclient.Config{})
	_, scope := p.task(t.Context())
	task := scope.Task()
	task.Intended -= time.Minute
	ctx, _ := measure.WithScope(t.Context(), task)
	require.NoError(t, web.Get(ctx, "/").Err())
	parts, took := partsOf(t, p.row(t)), float64(time.Since(began))/float64(time.Millisecond)
	assert.GreaterOrEqual(t, parts["late"], 60_000*.99)
	assert.LessOrEqual(t, parts["late"], (60_000+took)*1.01)
	assert.LessOrEqual(t, parts["waiting"], took*1.01)
}

// Redirects, and a connection for each request, are in the parts too.
func TestTimingsAddUp(t *testing.T) { onEachWire(t, testTimingsAddUp) }

func testTimingsAddUp(t *testing.T, newClient maker) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/end" {
			http.Redirect(w, r, "/end", http.StatusFound)
			return
		}
		w.Header().Set("Connection", "close")
		io.WriteString(w, strings.Repeat("x", 100_000))
	})
	for _, config := range []httpclient.Config{{}, {PerUserConns: true}, {MaxConns: 2}} {
		p := newProbe()
		web := newClient(t, url, config)
		for range 20 {
			ctx, _ := p.task(t.Context())
			require.NoError(t, web.Get(ctx, "/").Err())
			require.NoError(t, web.Get(ctx, "/", httpclient.Timeout(time.Minute)).Err())
		}
		row := p.row(t)
		partsOf(t, row)
		assert.EqualValues(t, 40, row.Timings.Part(timing.Connecting).Count())
	}
}

// Of a script's own transport no more is known than when the answer came.
func TestTimingsOfAnOwnTransport(t *testing.T) {
	p := newProbe()
	web := newClient(t, serve(t, status(http.StatusOK)), httpclient.Config{Base: new(http.Transport)})
	ctx, _ := p.task(t.Context())
	require.NoError(t, web.Get(ctx, "/").Err())
	parts := partsOf(t, p.row(t))
	assert.Contains(t, parts, "waiting")
	assert.NotContains(t, parts, "connecting")
}

// Requests that share a connection of HTTP/2 are measured as all others are.
func TestTimingsOfHTTP2(t *testing.T) {
	server := quietTLS(t, nil, status(http.StatusOK))
	p := newProbe()
	web := newClient(t, server.URL, httpclient.Config{HTTP2: true, TLS: trusting(server)})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			ctx, _ := p.task(t.Context())
			assert.NoError(t, web.Get(ctx, "/").Err())
		})
	}
	all.Wait()
	parts := partsOf(t, p.row(t))
	assert.Contains(t, parts, "TLS")
	assert.Contains(t, parts, "waiting")
}
