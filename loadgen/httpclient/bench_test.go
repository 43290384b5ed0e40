//go:build unix

package httpclient_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

func startTarget(b *testing.B) string {
	target := exec.Command(os.Args[0])
	target.Env = append(os.Environ(), targetVariable+"=1", "GOMAXPROCS=1")
	stdin, err := target.StdinPipe()
	require.NoError(b, err)
	stdout, err := target.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, target.Start())
	b.Cleanup(func() {
		stdin.Close()
		require.NoError(b, target.Wait())
	})
	url, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(b, err)
	return strings.TrimSpace(url)
}

// cpu is what this process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const milk = `{"title":"milk","completed":false}`

// bareNetHTTP is the request that one would write by hand on net/http.
type bareNetHTTP struct {
	client *http.Client
	target string
}

func newBareNetHTTP(b *testing.B, target string) bareNetHTTP {
	l := bareNetHTTP{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true}}, target}
	b.Cleanup(l.client.CloseIdleConnections)
	return l
}

func (l bareNetHTTP) do(b *testing.B, ctx context.Context, method string, body io.Reader) {
	req, err := http.NewRequestWithContext(ctx, method, l.target+"/api/todos/1234", body)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		b.Fatal(err)
	}
	resp.Body.Close()
}

// bareFast is the same on fasthttp, without a timeout, a context or an answer to keep.
type bareFast struct {
	client *fasthttp.HostClient
	url    string
}

func newBareFast(b *testing.B, target string) bareFast {
	l := bareFast{&fasthttp.HostClient{Addr: strings.TrimPrefix(target, "http://")}, target + "/api/todos/1234"}
	b.Cleanup(l.client.CloseIdleConnections)
	return l
}

func (l bareFast) do(b *testing.B, method, body string) {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.SetRequestURI(l.url)
	request.Header.SetMethod(method)
	request.SetBodyString(body)
	if err := l.client.Do(request, response); err != nil {
		b.Fatal(err)
	}
}

// engine makes contexts as the engine makes them for tasks.
type engine struct {
	run      context.Context
	recorder *record.Recorder
	epoch    time.Time
}

func newEngine(b *testing.B) engine {
	run, cancel := context.WithCancel(b.Context())
	b.Cleanup(cancel)
	return engine{run, record.New(record.Config{}), time.Now()}
}

func (e engine) task() context.Context {
	now := time.Since(e.epoch)
	ctx, _ := measure.WithScope(e.run, measure.Task{Shard: e.recorder.Shard(0), Epoch: e.epoch, Intended: now, Woken: now, User: 1, Name: "bench"})
	return ctx
}

// BenchmarkRequest gives the CPU of one request through each way that this
// package offers, measured and recorded, and its ratio to the same request in
// a bare loop on the same library. The two take turns in blocks, and the ratio
// is the median over pairs of blocks, so that a busy machine slows both. The
// target is another process: the CPU is the client's alone.
func BenchmarkRequest(b *testing.B) {
	target, e := startTarget(b), newEngine(b)
	bare := newBareNetHTTP(b, target)
	measured := bareNetHTTP{&http.Client{Transport: httpclient.Transport(bare.client.Transport, nil)}, target}
	get := func() { bare.do(b, e.run, "GET", nil) }
	post := func() { bare.do(b, e.run, "POST", strings.NewReader(milk)) }
	compareWays(b, e, httpclient.Config{Host: target}, get, post)
	b.Run("transport", func(b *testing.B) { compare(b, inTurn(get), inTurn(func() { measured.do(b, e.task(), "GET", nil) })) })
}

// BenchmarkFastRequest is BenchmarkRequest on the fast wire and against a bare
// loop on fasthttp.
func BenchmarkFastRequest(b *testing.B) {
	target, e := startTarget(b), newEngine(b)
	bare := newBareFast(b, target)
	get := func() { bare.do(b, "GET", "") }
	post := func() { bare.do(b, "POST", milk) }
	compareWays(b, e, httpclient.Config{Host: target, Wire: httpclient.Fast}, get, post)
}

func compareWays(b *testing.B, e engine, c httpclient.Config, get, post func()) {
	web, err := httpclient.New(c)
	require.NoError(b, err)
	b.Cleanup(web.Close)
	session := web.Session()
	ours := func() { session.Get(e.task(), "/api/todos/{id}", "1234") }
	for _, way := range []struct {
		name       string
		bare, ours func(n int)
	}{
		{"get", inTurn(get), inTurn(ours)},
		{"post", inTurn(post), inTurn(func() { session.Post(e.task(), "/api/todos/{id}", []byte(milk), "1234") })},
		{"discard", inTurn(get), inTurn(func() { session.Get(e.task(), "/api/todos/{id}", "1234", httpclient.Discard()) })},
		{"noscope", inTurn(get), inTurn(func() { session.Get(e.run, "/api/todos/{id}", "1234") })},
		{"users=50", atOnce(get), atOnce(ours)},
	} {
		b.Run(way.name, func(b *testing.B) { compare(b, way.bare, way.ours) })
	}
}

// inTurn sends n requests, one after the other.
func inTurn(one func()) func(n int) {
	return func(n int) {
		for range n {
			one()
		}
	}
}

// atOnce sends n requests from 50 users, as fast as the target answers.
func atOnce(one func()) func(n int) {
	return func(n int) {
		const users = 50
		var all sync.WaitGroup
		for range users {
			all.Go(func() { inTurn(one)(n / users) })
		}
		all.Wait()
	}
}

// compare runs b.N requests of each kind in alternating blocks.
func compare(b *testing.B, bare, ours func(n int)) {
	const block = 500
	var ratios, costs []float64
	for i := 0; b.Loop(); i++ {
		if i%block != 0 {
			continue // one turn of b.Loop stands for one request of each
		}
		first := blockCPU(b, bare, block)
		second := blockCPU(b, ours, block)
		ratios = append(ratios, second/first)
		costs = append(costs, second/block)
	}
	slices.Sort(ratios)
	slices.Sort(costs)
	b.ReportMetric(ratios[len(ratios)/2], "x-bare")
	b.ReportMetric(costs[len(costs)/2], "cpu-µs/op")
}

// blockCPU is the CPU of n requests in µs.
func blockCPU(b *testing.B, send func(n int), n int) float64 {
	before := cpu(b)
	send(n)
	return float64(cpu(b)-before) / float64(time.Microsecond)
}

// BenchmarkOwnConnection is the memory of a user with a connection at rest.
func BenchmarkOwnConnection(b *testing.B) {
	target := startTarget(b)
	for _, wire := range []httpclient.Wire{httpclient.NetHTTP, httpclient.Fast} {
		b.Run("wire="+strings.ReplaceAll(string(wire), "/", ""), func(b *testing.B) {
			var bytes uint64
			for b.Loop() {
				bytes = ownConnection(b, httpclient.Config{Host: target, Wire: wire, PerUserConns: true})
			}
			b.ReportMetric(float64(bytes), "B/user")
		})
	}
}

func ownConnection(b *testing.B, c httpclient.Config) uint64 {
	const users = 200
	web, err := httpclient.New(c)
	require.NoError(b, err)
	defer web.Close()
	sessions := make([]*httpclient.Client, users)
	before := Memory()
	for i := range sessions {
		sessions[i] = web.Session()
		require.NoError(b, sessions[i].Get(b.Context(), "/").Err())
	}
	held := Memory() - before
	runtime.KeepAlive(sessions)
	return held / users
}

// memory is what is on the heap and on stacks, with pools emptied.
func Memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// BenchmarkSession is the price of an idle user: B/op.
func BenchmarkSession(b *testing.B) {
	web, err := httpclient.New(httpclient.Config{Host: "http://localhost", PerUserConns: true})
	require.NoError(b, err)
	var idle *httpclient.Client
	b.ReportAllocs()
	for b.Loop() {
		idle = web.Session()
	}
	require.NotNil(b, idle)
}
