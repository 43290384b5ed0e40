package httpclient_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// targetVariable makes the test binary a target in another process, so that a
// benchmark's CPU is the client's alone.
const targetVariable = "HTTPCLIENT_BENCH_TARGET"

func TestMain(m *testing.M) {
	if os.Getenv(targetVariable) != "" {
		serveBenchmarks()
		return
	}
	goleak.VerifyTestMain(patient{m}, ofBenchmarks...)
}

// ofBenchmarks is what the bare loop of a benchmark leaves behind; no test uses it.
var ofBenchmarks = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*HostClient).connsCleaner"),
	goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*TCPDialer).tcpAddrsClean"),
}

// patient waits for what tests leave to end: goleak itself waits for less than a second.
type patient struct{ *testing.M }

func (p patient) Run() int {
	code := p.M.Run()
	for end := time.Now().Add(time.Minute); goleak.Find(ofBenchmarks...) != nil && time.Now().Before(end); {
	}
	return code
}

func serveBenchmarks() {
	body := []byte(strings.Repeat("x", 256))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write(body)
	}))
	fmt.Println(server.URL)
	io.Copy(io.Discard, os.Stdin) // until the parent is gone
}

// probe is a run with a recorder, as far as a client can tell.
type probe struct {
	recorder *record.Recorder
	epoch    time.Time
}

func newProbe() probe {
	return probe{recorder: record.New(record.Config{}), epoch: time.Now()}
}

// task returns the context of a new task, intended to start now.
func (p probe) task(run context.Context) (context.Context, *measure.Scope) {
	now := time.Since(p.epoch)
	return measure.WithScope(run, measure.Task{Shard: p.recorder.Shard(0), Epoch: p.epoch, Intended: now, Woken: now, User: 1, Name: "test"})
}

func (p probe) summary() *report.Summary {
	return p.recorder.Summary(record.Meta{End: time.Since(p.epoch)})
}

// row returns the only row besides the aggregated one.
func (p probe) row(t *testing.T) report.Operation {
	rows := p.summary().Total.Operations
	require.Len(t, rows, 2, "one operation and the aggregated row")
	return rows[0]
}

// rows returns the names of all rows but the aggregated one, in the order of the report.
func (p probe) rows() (names []string) {
	rows := p.summary().Total.Operations
	for i := range rows[:len(rows)-1] {
		names = append(names, rows[i].Op().String())
	}
	return names
}

// newClient returns a client for host that the test closes.
func newClient(t *testing.T, host string, c httpclient.Config) *httpclient.Client {
	c.Host = host
	web, err := httpclient.New(c)
	require.NoError(t, err)
	t.Cleanup(web.Close)
	return web
}

// maker makes a client for host that the test closes.
type maker func(t *testing.T, host string, c httpclient.Config) *httpclient.Client

// onEachWire runs f on all wires: what holds for one holds for the others.
func onEachWire(t *testing.T, f func(*testing.T, maker)) {
	for _, wire := range []httpclient.Wire{httpclient.NetHTTP, httpclient.Fast} {
		t.Run(string(wire), func(t *testing.T) {
			f(t, func(t *testing.T, host string, c httpclient.Config) *httpclient.Client {
				c.Wire = wire
				return newClient(t, host, c)
			})
		})
	}
}

// attempt keeps what does not hold.
type attempt []string

// Errorf implements assert.TestingT.
func (a *attempt) Errorf(format string, args ...any) { *a = append(*a, fmt.Sprintf(format, args...)) }

// outlasting calls f with longer and longer times until all holds that it asserts. A busy machine may hold one goroutine
// up for longer than the first time, and none for longer than all; a fault of the client shows with each of them.
func outlasting(t *testing.T, f func(t assert.TestingT, d time.Duration)) {
	t.Helper()
	for d := soon; ; d *= 4 {
		var a attempt
		f(&a, d)
		switch {
		case len(a) == 0:
			return
		case d > 10*time.Second:
			t.Errorf("also with %v: %s", d, strings.Join(a, "\n"))
			return
		}
		t.Logf("with %v, once more: %s", d, strings.Join(a, "\n"))
	}
}

// reusing calls f until all holds that it asserts of connections that are used again, a few times at most. Either wire
// gives one up where the goroutine that has sent the request does not say so within 50 ms, as happens on a busy machine.
func reusing(t *testing.T, f func(t assert.TestingT)) {
	t.Helper()
	for left := 20; ; left-- {
		var a attempt
		f(&a)
		if len(a) == 0 {
			return
		} else if left == 0 {
			t.Error(strings.Join(a, "\n"))
			return
		}
	}
}

// serve starts a real server for f that the test closes.
func serve(t *testing.T, f http.HandlerFunc) string {
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return server.URL
}

// rawServer talks to each connection through f, which gets it after the first
// bytes of a request have come.
func rawServer(t *testing.T, f func(*net.TCPConn)) string {
	return bareServer(t, func(c *net.TCPConn) {
		if _, err := c.Read(make([]byte, 4096)); err == nil {
			f(c)
		}
	})
}

// bareServer talks to each connection through f.
func bareServer(t *testing.T, f func(*net.TCPConn)) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				f(conn.(*net.TCPConn))
			}()
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		<-ended
	})
	return "http://" + listener.Addr().String()
}

// says is a raw server's answer: the text, and then the end of the connection.
func says(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) { c.Write([]byte(text)) }
}

// thenHang keeps a connection open after f until the client closes it.
func thenHang(f func(*net.TCPConn)) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		f(c)
		c.Read(make([]byte, 1))
	}
}

// thenReset tears the connection down after f.
func thenReset(f func(*net.TCPConn)) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		f(c)
		c.SetLinger(0)
	}
}
