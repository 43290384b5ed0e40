package httpclient_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/internal/porttest"
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

// serveBenchmarks is the target of benchmarks, until its parent has gone.
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

// newProbe starts a run now.
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

// echo is what a request looked like at the target.
type echo struct {
	Method, URI, Host, Body string
	Header                  http.Header
}

// echoing answers with what the request looked like.
func echoing(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	json.NewEncoder(w).Encode(echo{r.Method, r.RequestURI, r.Host, string(body), r.Header})
}

// seen reads the answer of echoing.
func seen(t *testing.T, r *httpclient.Response) (e echo) {
	require.NoError(t, r.Err())
	require.NoError(t, r.JSON(&e))
	return e
}

// connections counts those that a server has seen.
func connections(t *testing.T, f http.HandlerFunc) (url string, count func() int) {
	var mu sync.Mutex
	seen := map[string]bool{}
	url = serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.RemoteAddr] = true
		mu.Unlock()
		f(w, r)
	})
	return url, func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(seen)
	}
}

// inside returns a client for f without sockets.
func inside(t *testing.T, f http.HandlerFunc, c httpclient.Config) *httpclient.Client {
	c.Base = httpclient.Handler(f)
	return newClient(t, "http://target", c)
}

// panicking is a transport of a script that panics.
type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("oh") }

// answered is all that a script can see of r.
func answered(r *httpclient.Response) string {
	reason, size := fmt.Sprint(r.Err()), r.Bytes
	switch {
	case strings.Contains(reason, "too large"):
		size = 0 // what had come by then is chance
	case strings.HasSuffix(reason, "connect: reset"):
		reason = strings.Replace(reason, "reset", "closed", 1) // so is which of them a socket says of an upload
	}
	lines := []string{fmt.Sprintf("%s status %d bytes %d body %.200q", reason, r.Status, size, r.Body())}
	h := r.Header()
	for _, key := range slices.Sorted(maps.Keys(h)) {
		values := h[key]
		if key == "Date" {
			values = []string{"now"}
		}
		lines = append(lines, fmt.Sprintf("%s: %q", key, values))
	}
	return strings.Join(lines, "\n")
}

// quietly keeps the complaints of servers about handlers off the terminal.
func quietly(t testing.TB) {
	log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
}

// fault is a way in which a target can fail.
type fault struct {
	name   string
	target func(*testing.T) string
	config httpclient.Config
	want   string // the reason
	status int
}

// faults are all ways in which a target can fail; targets_test.go has them.
func faults() []fault {
	return slices.Concat(faultsOfConnections(), faultsOfAnswers(), faultsOfTLS(), refusals())
}

// head is the first line of an answer.
const head = "HTTP/1.1 200 OK\r\n"

// soon is the timeout of targets that never answer.
const soon = 250 * time.Millisecond

// status answers with a status and nothing else.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// quietTLS is a TLS server, with HTTP/2 too, that does not log handshakes that fail.
func quietTLS(t *testing.T, config *tls.Config, f http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(f)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = config
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// trusting is the TLS configuration of a client that knows server.
func trusting(server *httptest.Server) *tls.Config {
	return server.Client().Transport.(*http.Transport).TLSClientConfig
}

// refusing is the address of a port on which no process listens.
func refusing(t *testing.T) string { return "http://" + porttest.Refusing(t) }

// flood sends as much as the client takes.
func flood(w http.ResponseWriter, r *http.Request) {
	for block := make([]byte, 64<<10); ; {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// partsOf returns the parts of an operation's requests by their greatest times, in ms. Together they must be the response
// time.
func partsOf(t assert.TestingT, row report.Operation) map[string]float64 {
	out, mean := map[string]float64{}, 0.0
	if !assert.NotNil(t, row.Timings, "nothing was measured") {
		return out
	}
	for _, f := range row.Timings.Figures() {
		out[f.Part.String()] = f.Max
		mean += f.Mean
	}
	assert.EqualValues(t, row.Requests, row.Timings.Requests())
	assert.InEpsilon(t, float64(row.Timed().Mean), mean, .01, "the parts are all of the response time: %v", out)
	return out
}

// fetch sends a request through a client of net/http.
func fetch(t *testing.T, c *http.Client, ctx context.Context, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	return c.Do(req)
}

// script is a raw server that answers requests in their order from a list of
// texts, on whatever connection they come. In place of an empty text, and after
// the last one, it closes the connection.
type script struct {
	url             string
	requests, conns atomic.Int32
	closed          atomic.Int32 // by whichever side
}

// waitClosed returns when n connections have come to their end.
func (s *script) waitClosed(t *testing.T, n int) {
	require.Eventually(t, func() bool { return int(s.closed.Load()) == n }, time.Minute, time.Millisecond)
}

// play starts a script of these texts.
func play(t *testing.T, texts ...string) *script {
	s := new(script)
	s.url = bareServer(t, func(c *net.TCPConn) {
		s.conns.Add(1)
		defer s.closed.Add(1)
		for in := bufio.NewReader(c); ; {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			n := int(s.requests.Add(1))
			if n > len(texts) || texts[n-1] == "" {
				return
			}
			io.WriteString(c, texts[n-1])
		}
	})
	return s
}

// fine is a whole answer.
const fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
