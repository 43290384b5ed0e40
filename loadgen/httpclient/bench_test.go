//go:build unix

package httpclient_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// targetVariable makes the test binary a target of its own, so that a
// benchmark's CPU is the client's alone.
const targetVariable = "HTTPCLIENT_BENCH_TARGET"

func serveBenchmarks() {
	body := []byte(strings.Repeat("x", 256))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write(body)
	}))
	fmt.Println(server.URL)
	io.Copy(io.Discard, os.Stdin) // until the parent is gone
}

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

// bareLoop is the request that one would write by hand on net/http.
type bareLoop struct {
	client *http.Client
	target string
}

func (l bareLoop) do(b *testing.B, ctx context.Context, method string, body io.Reader) {
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

// engine makes contexts as the engine makes them for tasks.
type engine struct {
	run      context.Context
	recorder *report.Recorder
	epoch    time.Time
}

func (e engine) task() context.Context {
	now := time.Since(e.epoch)
	ctx, _ := report.WithScope(e.run, report.Task{Shard: e.recorder.Shard(0), Epoch: e.epoch, Intended: now, Woken: now, User: 1, Name: "bench"})
	return ctx
}

// BenchmarkRequest gives the CPU of one request through each way that this
// package offers, measured and recorded, and its ratio to the same request in
// a bare net/http loop. The two take turns in blocks, and the ratio is the
// median over pairs of blocks, so that a busy machine slows both. The target is a
// process of its own: the CPU is the client's alone.
func BenchmarkRequest(b *testing.B) {
	target := startTarget(b)
	run, cancel := context.WithCancel(b.Context())
	defer cancel()
	e := engine{run, report.NewRecorder(report.Config{}), time.Now()}
	bare := bareLoop{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true}}, target}
	defer bare.client.CloseIdleConnections()
	measured := bareLoop{&http.Client{Transport: httpclient.Transport(bare.client.Transport, nil)}, target}
	web, err := httpclient.New(httpclient.Config{Host: target})
	require.NoError(b, err)
	defer web.Close()
	session := web.Session(scenario.Env{User: 1})
	const json = `{"title":"milk","completed":false}`

	bareGet := func() { bare.do(b, run, "GET", nil) }
	barePost := func() { bare.do(b, run, "POST", strings.NewReader(json)) }
	for _, way := range []struct {
		name       string
		bare, ours func()
	}{
		{"get", bareGet, func() { session.Get(e.task(), "/api/todos/{id}", "1234") }},
		{"post", barePost, func() { session.Post(e.task(), "/api/todos/{id}", []byte(json), "1234") }},
		{"discard", bareGet, func() { session.Get(e.task(), "/api/todos/{id}", "1234", httpclient.Discard()) }},
		{"transport", bareGet, func() { measured.do(b, e.task(), "GET", nil) }},
		{"noscope", bareGet, func() { session.Get(run, "/api/todos/{id}", "1234") }},
	} {
		b.Run(way.name, func(b *testing.B) { compare(b, way.bare, way.ours) })
	}
}

// compare runs b.N requests of each kind in alternating blocks.
func compare(b *testing.B, bare, ours func()) {
	const block = 200
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
func blockCPU(b *testing.B, one func(), n int) float64 {
	before := cpu(b)
	for range n {
		one()
	}
	return float64(cpu(b)-before) / float64(time.Microsecond)
}

// BenchmarkSession is the price of an idle user: B/op.
func BenchmarkSession(b *testing.B) {
	web, err := httpclient.New(httpclient.Config{Host: "http://localhost", PerUserConns: true})
	require.NoError(b, err)
	var idle *httpclient.Client
	b.ReportAllocs()
	for b.Loop() {
		idle = web.Session(scenario.Env{User: 1})
	}
	require.NotNil(b, idle)
}
