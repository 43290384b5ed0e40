package httpclient_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

func TestConnections(t *testing.T) { onEachWire(t, testConnections) }

func testConnections(t *testing.T, newClient maker) {
	for perUser, want := range map[bool]int{false: 1, true: 5} {
		reusing(t, func(try assert.TestingT) {
			url, count := connections(t, echoing)
			web := newClient(t, url, httpclient.Config{PerUserConns: perUser})
			for range 5 {
				session := web.Session()
				for range 3 {
					require.NoError(t, session.Get(t.Context(), "/").Err())
				}
			}
			assert.Equal(try, want, count())
		})
	}
}

// TestPerUserConnsOnTLS: the address that a user has in the pool must not show.
func TestPerUserConnsOnTLS(t *testing.T) { onEachWire(t, testPerUserConnsOnTLS) }

func testPerUserConnsOnTLS(t *testing.T, newClient maker) {
	var conns sync.Map
	server := quietTLS(t, nil, func(w http.ResponseWriter, r *http.Request) {
		conns.Store(r.RemoteAddr, true)
		echoing(w, r)
	})
	reusing(t, func(try assert.TestingT) {
		conns.Clear()
		web := newClient(t, server.URL, httpclient.Config{PerUserConns: true, TLS: trusting(server)})
		for range 2 {
			session := web.Session()
			for range 3 {
				e := seen(t, session.Get(t.Context(), "/x"))
				assert.Equal(t, strings.TrimPrefix(server.URL, "https://"), e.Host)
			}
		}
		n := 0
		conns.Range(func(any, any) bool { n++; return true })
		assert.Equal(try, 2, n)
	})
	strict := newClient(t, server.URL, httpclient.Config{PerUserConns: true})
	require.EqualError(t, strict.Get(t.Context(), "/x").Err(), "GET /x: tls: certificate")
}

func TestPerUserConnsOnHTTP2(t *testing.T) {
	testPerUserConnsOnTLS(t, func(t *testing.T, host string, c httpclient.Config) *httpclient.Client {
		c.HTTP2 = true
		return newClient(t, host, c)
	})
}

func TestPerUserConnsFollowRedirects(t *testing.T) { onEachWire(t, testPerUserConnsFollowRedirects) }

func testPerUserConnsFollowRedirects(t *testing.T, newClient maker) {
	other := serve(t, echoing)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other+"/x", http.StatusFound) })
	web := newClient(t, url, httpclient.Config{PerUserConns: true, RedirectHosts: []string{"*"}})
	e := seen(t, web.Session().Get(t.Context(), "/"))
	assert.Equal(t, strings.TrimPrefix(other, "http://"), e.Host)
}

func TestPerUserTimeout(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testPerUserTimeout)
}

func testPerUserTimeout(t *testing.T, newClient maker) {
	web := newClient(t, rawServer(t, thenHang(says(""))), httpclient.Config{PerUserConns: true, Timeout: soon})
	for range 2 {
		require.EqualError(t, web.Session().Get(t.Context(), "/x").Err(), "GET /x: timeout")
	}
}

func TestSessionClosesItsConnections(t *testing.T) { onEachWire(t, testSessionClosesItsConnections) }

func testSessionClosesItsConnections(t *testing.T, newClient maker) {
	url, count := connections(t, echoing)
	web := newClient(t, url, httpclient.Config{PerUserConns: true})
	session := web.Session()
	session.Close() // before any connection
	for want := 1; want <= 3; want++ {
		require.NoError(t, session.Get(t.Context(), "/").Err())
		require.Equal(t, want, count())
		session.Close()
	}
	shared := newClient(t, url, httpclient.Config{})
	shared.Session().Close()
	require.NoError(t, shared.Get(t.Context(), "/").Err(), "a session cannot close what it shares")
}

func TestCloseEndsEverything(t *testing.T) { onEachWire(t, testCloseEndsEverything) }

func testCloseEndsEverything(t *testing.T, newClient maker) {
	for _, perUser := range []bool{false, true} {
		arrived := make(chan struct{})
		web := newClient(t, rawServer(t, thenHang(func(*net.TCPConn) { close(arrived) })), httpclient.Config{PerUserConns: perUser})
		session := web.Session()
		go func() {
			<-arrived
			web.Close()
		}()
		require.EqualError(t, session.Get(t.Context(), "/").Err(), "GET /: connect: closed")
		require.EqualError(t, session.Get(t.Context(), "/").Err(), "GET /: client closed")
	}
}

func TestMaxConns(t *testing.T) { onEachWire(t, testMaxConns) }

func testMaxConns(t *testing.T, newClient maker) {
	reusing(t, func(try assert.TestingT) { testMaxConnsOnce(t, try, newClient) })
}

func testMaxConnsOnce(t *testing.T, try assert.TestingT, newClient maker) {
	const users, limit, pause = 6, 2, 100 * time.Millisecond
	var mu sync.Mutex
	var inFlight, most int
	var begun sync.WaitGroup
	begun.Add(users)
	together := make(chan struct{}) // as many as there may be
	url, count := connections(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		inFlight++
		if inFlight == limit && most < limit {
			close(together)
		}
		most = max(most, inFlight)
		mu.Unlock()
		begun.Wait()
		select {
		case <-together:
		case <-r.Context().Done():
		}
		time.Sleep(pause) // what makes the others wait
		mu.Lock()
		inFlight--
		mu.Unlock()
	})
	p := newProbe()
	web := newClient(t, url, httpclient.Config{MaxConns: limit})
	var all sync.WaitGroup
	for range users {
		all.Go(func() {
			ctx, _ := p.task(t.Context())
			begun.Done()
			assert.NoError(t, web.Get(ctx, "/").Err())
		})
	}
	all.Wait()
	assert.Equal(t, limit, most)
	assert.LessOrEqual(try, count(), limit)
	row := p.row(t)
	assert.Greater(t, row.ResponseMS.Max.Duration(), 2*pause, "the last ones waited for two others")
	assert.Less(t, float64(row.ServiceMS.Min), float64(row.ResponseMS.Max))
}

func TestMaxConnsTimeout(t *testing.T) { onEachWire(t, testMaxConnsTimeout) }

func testMaxConnsTimeout(t *testing.T, newClient maker) {
	arrived := make(chan struct{})
	web := newClient(t, rawServer(t, thenHang(func(*net.TCPConn) { close(arrived) })), httpclient.Config{MaxConns: 1, Timeout: -1})
	run, end := context.WithCancel(t.Context())
	first := make(chan error)
	go func() { first <- web.Get(run, "/").Err() }()
	<-arrived
	r := web.Get(t.Context(), "/", httpclient.Timeout(soon/5))
	assert.EqualError(t, r.Err(), "GET /: timeout: no free connection")
	assert.GreaterOrEqual(t, r.Time, soon/5)
	go end()
	assert.EqualError(t, web.Get(run, "/").Err(), "GET /: cut off", "while it waits")
	assert.EqualError(t, <-first, "GET /: cut off")
}

func TestIdleSessionIsTiny(t *testing.T) { onEachWire(t, testIdleSessionIsTiny) }

func testIdleSessionIsTiny(t *testing.T, newClient maker) {
	web := newClient(t, "http://localhost", httpclient.Config{PerUserConns: true})
	assert.LessOrEqual(t, unsafe.Sizeof(httpclient.Client{}), uintptr(32), "bytes")
	allocations := testing.AllocsPerRun(100, func() { session = web.Session() })
	assert.EqualValues(t, 1, allocations)
}

var session *httpclient.Client // keeps the compiler from putting it on the stack

func TestManyAtOnce(t *testing.T) { onEachWire(t, testManyAtOnce) }

func testManyAtOnce(t *testing.T, newClient maker) {
	p := newProbe()
	web := newClient(t, serve(t, echoing), httpclient.Config{})
	each := 50
	if testing.Short() {
		each = 10
	}
	var all sync.WaitGroup
	for user := range 16 {
		session := web.Session()
		all.Go(func() {
			for n := range each {
				ctx, _ := p.task(t.Context())
				var e echo
				assert.NoError(t, session.PostJSON(ctx, "/{user}/{n}", n, user, n).JSON(&e))
				assert.Equal(t, e.URI, "/"+itoa(user)+"/"+itoa(n))
				assert.Equal(t, e.Body, itoa(n))
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 16*each, p.row(t).Requests)
}

func itoa(n int) string {
	text, _ := json.Marshal(n)
	return string(text)
}
