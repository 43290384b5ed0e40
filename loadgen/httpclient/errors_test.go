package httpclient_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestFaultyTarget gives every way in which a target can fail its reason, on
// real sockets.
func TestFaultyTarget(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testFaultyTarget)
}

func testFaultyTarget(t *testing.T, newClient maker) {
	for _, fault := range faults() {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			if fault.config.Timeout == 0 {
				assert.Equal(t, fault.status, failing(t, fault, newClient))
				return
			}
			outlasting(t, func(try assert.TestingT, d time.Duration) {
				fault.config.Timeout = d // for the target to come as far as it can
				assert.Equal(try, fault.status, failing(t, fault, newClient))
			})
		})
	}
}

// failing asks a target with a fault once, and returns the status.
func failing(t *testing.T, fault fault, newClient maker) int {
	p := newProbe()
	ctx, scope := p.task(t.Context())
	r := newClient(t, fault.target(t), fault.config).Get(ctx, "/api/todos/{id}", 7)

	require.Error(t, r.Err())
	assert.Equal(t, "GET /api/todos/{id}: "+fault.want, r.Err().Error())
	assert.True(t, scope.Failed())
	row := p.row(t)
	assert.EqualValues(t, 1, row.Requests)
	assert.EqualValues(t, 1, row.Failures)
	require.Len(t, p.summary().Failures, 1)
	assert.Equal(t, fault.want, p.summary().Failures[0].Reason)
	return r.Status
}

// TestFaultsGiveTheirPlaceBack: with room for one request at a time, the next
// one gets its place whatever became of the one before.
func TestFaultsGiveTheirPlaceBack(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testFaultsGiveTheirPlaceBack)
}

func testFaultsGiveTheirPlaceBack(t *testing.T, newClient maker) {
	for _, fault := range faults() {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			fault.config.MaxConns = 1
			web := newClient(t, fault.target(t), fault.config)
			for range 3 {
				assert.EqualError(t, web.Get(t.Context(), "/").Err(), "GET /: "+fault.want)
			}
		})
	}
}

// TestTransportNamesFaultsAlike: a team's own client, measured, gets the same
// reasons, except for limits that are our client's.
func TestTransportNamesFaultsAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	for _, fault := range faults() {
		if fault.want == "body: too large" || strings.HasPrefix(fault.want, "redirect: ") {
			continue
		}
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			base := &http.Transport{TLSClientConfig: fault.config.TLS, MaxResponseHeaderBytes: 1 << 20}
			defer base.CloseIdleConnections()
			client := &http.Client{Transport: httpclient.Transport(base, nil), Timeout: fault.config.Timeout}
			p := newProbe()
			ctx, scope := p.task(t.Context())
			resp, err := fetch(t, client, ctx, fault.target(t))
			if err == nil {
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			assert.True(t, scope.Failed())
			require.Len(t, p.summary().Failures, 1)
			assert.Equal(t, fault.want, p.summary().Failures[0].Reason)
		})
	}
}

func TestTargetRecovers(t *testing.T) { onEachWire(t, testTargetRecovers) }

func testTargetRecovers(t *testing.T, newClient maker) {
	var failing atomic.Bool
	failing.Store(true)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if failing.Load() {
			panic(http.ErrAbortHandler)
		}
	})
	web := newClient(t, url, httpclient.Config{})
	require.EqualError(t, web.Get(t.Context(), "/x").Err(), "GET /x: connect: closed")
	failing.Store(false)
	require.NoError(t, web.Get(t.Context(), "/x").Err())
}

func TestStaleConnectionIsNoFailure(t *testing.T) { onEachWire(t, testStaleConnectionIsNoFailure) }

func testStaleConnectionIsNoFailure(t *testing.T, newClient maker) {
	server := httptest.NewServer(status(200))
	defer server.Close()
	web := newClient(t, server.URL, httpclient.Config{})
	require.NoError(t, web.Get(t.Context(), "/x").Err())
	server.CloseClientConnections()
	require.NoError(t, web.Get(t.Context(), "/x").Err())
}

// TestLongerThanAnnounced: the answer is as long as it says, and what follows
// must not be taken for the next one.
func TestLongerThanAnnounced(t *testing.T) { onEachWire(t, testLongerThanAnnounced) }

func testLongerThanAnnounced(t *testing.T, newClient maker) {
	const requests = 3
	target := play(t, slices.Repeat([]string{fine + "and more"}, requests)...)
	web := newClient(t, target.url, httpclient.Config{})
	for i := range requests {
		r := web.Get(t.Context(), "/")
		require.NoError(t, r.Err())
		assert.Equal(t, "ok", string(r.Body()))
		target.waitClosed(t, i+1)
	}
	assert.EqualValues(t, requests, target.conns.Load())
}

func TestEndOfRunIsCutOff(t *testing.T) { onEachWire(t, testEndOfRunIsCutOff) }

func testEndOfRunIsCutOff(t *testing.T, newClient maker) {
	for _, x := range []struct{ scheme, answer string }{
		{"http:", ""}, {"http:", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}, {"https:", ""},
	} {
		arrived := make(chan struct{})
		url := rawServer(t, thenHang(func(c *net.TCPConn) {
			c.Write([]byte(x.answer))
			close(arrived)
		}))
		url = strings.Replace(url, "http:", x.scheme, 1)
		run, end := context.WithCancel(t.Context())
		p := newProbe()
		ctx, scope := p.task(run)
		go func() {
			<-arrived
			end()
		}()
		err := newClient(t, url, httpclient.Config{}).Get(ctx, "/x").Err()
		require.EqualError(t, err, "GET /x: cut off")
		require.ErrorIs(t, err, context.Canceled)
		assert.False(t, scope.Failed())
		row := p.row(t)
		assert.EqualValues(t, 1, row.CutOff)
		assert.Zero(t, row.Failures)
	}
}

func TestScriptsOwnDeadline(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testScriptsOwnDeadline)
}

func testScriptsOwnDeadline(t *testing.T, newClient maker) {
	web := newClient(t, rawServer(t, thenHang(says(""))), httpclient.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	require.EqualError(t, web.Get(ctx, "/x").Err(), "GET /x: timeout")
	require.EqualError(t, web.Get(t.Context(), "/x", httpclient.Timeout(soon)).Err(), "GET /x: timeout")
}

func TestTimeoutIsExact(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testTimeoutIsExact)
}

func testTimeoutIsExact(t *testing.T, newClient maker) {
	outlasting(t, func(try assert.TestingT, d time.Duration) {
		web := newClient(t, rawServer(t, thenHang(says(""))), httpclient.Config{Timeout: d})
		for range 3 { // the second one is not the first in the list of deadlines
			done := make(chan time.Duration)
			for range 2 {
				go func() { done <- web.Get(t.Context(), "/x").Time }()
			}
			for range 2 {
				took := <-done
				assert.GreaterOrEqual(t, took, d)
				assert.Less(try, took, 2*d)
			}
		}
	})
}

func TestNoTimeout(t *testing.T) { onEachWire(t, testNoTimeout) }

func testNoTimeout(t *testing.T, newClient maker) {
	web := newClient(t, serve(t, status(200)), httpclient.Config{Timeout: -1})
	require.NoError(t, web.Get(t.Context(), "/x").Err())
}

func TestErrorHidesAddressesButKeepsThem(t *testing.T) {
	onEachWire(t, testErrorHidesAddressesButKeepsThem)
}

func testErrorHidesAddressesButKeepsThem(t *testing.T, newClient maker) {
	url := refusing(t)
	err := newClient(t, strings.Replace(url, "http://", "http://me:secret@", 1), httpclient.Config{}).Get(t.Context(), "/x/{id}", "42").Err()
	assert.Equal(t, "GET /x/{id}: connect: refused", err.Error())
	failure, ok := errors.AsType[*httpclient.Error](err)
	require.True(t, ok)
	assert.Contains(t, failure.Err.Error(), strings.TrimPrefix(url, "http://"))
	assert.NotContains(t, failure.Err.Error(), "secret")
}

func TestTheScriptsOwnCancellation(t *testing.T) { onEachWire(t, testTheScriptsOwnCancellation) }

func testTheScriptsOwnCancellation(t *testing.T, newClient maker) {
	arrived := make(chan struct{}, 9)
	url := rawServer(t, thenHang(func(*net.TCPConn) { arrived <- struct{}{} }))
	p := newProbe()
	run, end := context.WithCancel(t.Context())
	ctx, scope := p.task(run)
	web := newClient(t, url, httpclient.Config{})
	own, cancel := context.WithCancel(ctx)
	go func() {
		<-arrived
		cancel()
	}()
	require.EqualError(t, web.Get(own, "/x").Err(), "GET /x: cancelled by the script")
	require.ErrorIs(t, web.Get(own, "/x").Err(), context.Canceled, "never sent")
	assert.True(t, scope.Failed())
	go func() {
		<-arrived
		end()
	}()
	require.EqualError(t, web.Get(ctx, "/x").Err(), "GET /x: cut off")
	for range 9 { // after it was cut off nothing is sent, and nothing recorded
		require.EqualError(t, web.Get(ctx, "/x").Err(), "GET /x: cut off")
	}
	row := p.row(t)
	assert.EqualValues(t, []int64{1, 1, 1}, []int64{row.CutOff, row.Requests, row.Failures})
	assert.Empty(t, arrived)
}
