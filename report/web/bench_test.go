//go:build unix

package web_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/web"
)

// BenchmarkViewers measures what open pages cost the generator on a run of 1,000
// operations: the share of one core that this process uses while 0, 1 and 100
// viewers get their frame each second over sockets. The viewers are in this
// process too, so the figure is above what the generator itself pays.
//
//	go test -run '^$' -bench Viewers -benchtime 5x ./report/web
func BenchmarkViewers(b *testing.B) {
	for _, x := range []struct {
		name    string
		viewers int
		tab     string // what the tab on show asks for each two seconds
	}{{"none", 0, ""}, {"1", 1, ""}, {"1 at the phases", 1, "/api/phases"}, {"100", 100, ""}} {
		b.Run(x.name, func(b *testing.B) {
			h, err := web.New(newLarge(b, 1000), web.Options{})
			require.NoError(b, err)
			server := web.NewServer(h, h)
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(b, err)
			var all sync.WaitGroup
			all.Go(func() { _ = server.Serve(listener) }) // ends with Close
			news := make(chan struct{}, x.viewers)
			for range x.viewers {
				all.Go(func() { follow("http://"+listener.Addr().String()+"/api/events", news) })
			}
			for range x.viewers {
				<-news
			}
			began, before := time.Now(), cpuTime(b)
			for i := 0; b.Loop(); i++ {
				if x.tab != "" && i%2 == 0 {
					h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(b.Context(), "GET", x.tab, nil))
				}
				time.Sleep(time.Second) // the beat of the stream
			}
			b.ReportMetric(100*float64(cpuTime(b)-before)/float64(time.Since(began)), "%core")
			b.StopTimer()
			h.Close()
			require.NoError(b, server.Close())
			all.Wait()
		})
	}
}

// follow reads a stream to its end and reports its first frame.
func follow(address string, news chan<- struct{}) {
	resp, err := http.Get(address)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	lines := bufio.NewReaderSize(resp.Body, 1<<20)
	for first := true; ; {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return
		}
		if first && string(line) == "event: frame\n" {
			first = false
			news <- struct{}{}
		}
	}
}

// cpuTime is what this process has used, user and system.
func cpuTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &use))
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// large is a load of many operations on a real recorder.
type large struct {
	*fake.Load
	rec *record.Recorder
}

func newLarge(b *testing.B, ops int) *large {
	b.Helper()
	l := &large{Load: fake.New(fake.Todo(), nil), rec: record.New(record.Config{})}
	require.NoError(b, l.Start(web.Order{Users: 1, SpawnRate: 1}))
	l.Advance(2 * time.Second)
	for second := range 20 {
		for i := range ops * 20 {
			at := time.Duration(second)*time.Second + time.Duration(i)
			took := time.Duration(5+i%97) * time.Millisecond
			l.rec.Shard(i).Record(&record.Sample{Op: report.Op{Method: "GET", Name: fmt.Sprintf("/api/things/%d/{id}", i%ops)}, Intended: at, Woken: at, Sent: at, Done: at + took})
		}
	}
	return l
}

func (l *large) Snapshot(q ...float64) *report.Snapshot { return l.rec.Snapshot(20*time.Second, q...) }
func (l *large) Timeline(from, to int) []report.Second  { return l.rec.Timeline(from, to) }
func (l *large) Phase(i int) report.PhaseSummary        { return l.rec.Phase(i, 20*time.Second) }

func (l *large) Series(op report.Op) []report.Series {
	return l.rec.Series(op, 20*time.Second)
}

func (l *large) Summary() *report.Summary {
	return l.rec.Summary(record.Meta{End: 20 * time.Second})
}

// hold claims nothing much: what claims cost is the Summary.
func hold(*report.Summary, bool) []claim.Result {
	return []claim.Result{{Claim: "p95 < 1s", Outcome: claim.Holds}}
}

// BenchmarkAddresses measures what one answer costs with 1,000 operations.
// /api/events sends one frame a second, whatever the number of viewers.
func BenchmarkAddresses(b *testing.B) {
	l := newLarge(b, 1000)
	for _, path := range []string{"/api/events", "/api/phases", "/api/claims", "/stats/requests", "/stats/requests/csv"} {
		b.Run(path[1:], func(b *testing.B) {
			b.ReportAllocs()
			var size int
			before := cpuTime(b)
			for b.Loop() {
				h, err := web.New(l, web.Options{Claims: hold}) // nothing is kept from the last time
				require.NoError(b, err)
				ctx, cancel := context.WithCancel(b.Context())
				w := &frameCounter{header: make(http.Header), enough: cancel, stream: path == "/api/events"}
				h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", path, nil))
				cancel()
				size = w.size
			}
			b.ReportMetric(float64(cpuTime(b)-before)/1e6/float64(b.N), "cpu-ms/answer")
			b.ReportMetric(float64(size), "B/answer")
		})
	}
}

// frameCounter ends a stream after its first frame.
type frameCounter struct {
	header http.Header
	size   int
	stream bool
	enough context.CancelFunc
}

func (w *frameCounter) Header() http.Header { return w.header }
func (w *frameCounter) WriteHeader(int)     {}
func (w *frameCounter) Flush() {
	if w.stream && w.size > 1000 {
		w.enough()
	}
}
func (w *frameCounter) Write(p []byte) (int, error) {
	w.size += len(p)
	return len(p), nil
}
