package agenttest

import (
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	pb "github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace"
	"github.com/stretchr/testify/require"
	"github.com/tinylib/msgp/msgp"
	"google.golang.org/protobuf/proto"
)

// Intake stands in for Datadog: it keeps what the agent sends and what arrives at
// its DogStatsD port. Methods are safe for concurrent use.
type Intake struct {
	URL        string
	StatsdPort int // on 127.0.0.1

	address string
	mu      sync.Mutex
	spans   []Span
	hits    []Hits
	lines   []Line
	events  []Event
	bad     []string
}

// Hits are trace metrics: spans counted before any sampling.
type Hits struct {
	Service, Name, Resource, Kind string
	Status                        uint32
	Count, Errors                 uint64
}

// NewIntake starts an intake, which ends with the test.
func NewIntake(t testing.TB) *Intake {
	t.Helper()
	in := new(Intake)
	server := httptest.NewServer(http.HandlerFunc(in.take))
	in.URL, in.address = server.URL, server.Listener.Addr().String()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	require.NoError(t, conn.SetReadBuffer(4<<20))
	in.StatsdPort = conn.LocalAddr().(*net.UDPAddr).Port
	go in.listen(conn)
	t.Cleanup(func() { server.Close(); _ = conn.Close() })
	return in
}

// take serves the agent.
func (in *Intake) take(w http.ResponseWriter, r *http.Request) {
	body, err := unpacked(r)
	if err == nil {
		switch r.URL.Path {
		case "/api/v0.2/traces":
			err = in.traces(body)
		case "/api/v0.2/stats":
			err = in.stats(body)
		}
	}
	if err != nil {
		in.reject(r.URL.Path + ": " + err.Error())
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func unpacked(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func (in *Intake) traces(body []byte) error {
	var p pb.AgentPayload
	if err := proto.Unmarshal(body, &p); err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, tracer := range p.TracerPayloads {
		in.spans = append(in.spans, spansOf(tracer)...)
	}
	for _, tracer := range p.IdxTracerPayloads {
		in.spans = append(in.spans, spansOfV1(tracer)...)
	}
	return nil
}

func (in *Intake) stats(body []byte) error {
	var p pb.StatsPayload
	if _, err := p.UnmarshalMsg(body); err != nil {
		return msgp.Cause(err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, client := range p.Stats {
		for _, bucket := range client.Stats {
			for _, s := range bucket.Stats {
				in.hits = append(in.hits, Hits{s.Service, s.Name, s.Resource, s.SpanKind, s.HTTPStatusCode, s.Hits, s.Errors})
			}
		}
	}
	return nil
}

func (in *Intake) reject(what string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.bad = append(in.bad, what)
}

func soFar[T any](in *Intake, list *[]T) []T {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(*list)
}

// Spans returns the spans so far.
func (in *Intake) Spans() []Span { return soFar(in, &in.spans) }

// Named returns the spans so far with an operation name.
func (in *Intake) Named(name string) []Span {
	return slices.DeleteFunc(in.Spans(), func(s Span) bool { return s.Name != name })
}

// AwaitSpans returns the spans with an operation name as soon as there are n.
func (in *Intake) AwaitSpans(t testing.TB, name string, n int) (spans []Span) {
	t.Helper()
	require.Eventually(t, func() bool {
		spans = in.Named(name)
		return len(spans) >= n
	}, time.Minute, 10*time.Millisecond, "spans %s: want %d", name, n)
	return spans
}

// Hits returns the trace metrics so far.
func (in *Intake) Hits() []Hits { return soFar(in, &in.hits) }

// Lines returns the metrics so far.
func (in *Intake) Lines() []Line { return soFar(in, &in.lines) }

// Events returns the events so far.
func (in *Intake) Events() []Event { return soFar(in, &in.events) }

// Bad returns what could not be decoded.
func (in *Intake) Bad() []string { return soFar(in, &in.bad) }

// AwaitLine returns as soon as a metric of that name has arrived.
func (in *Intake) AwaitLine(t testing.TB, name string) {
	t.Helper()
	there := func(l Line) bool { return l.Name == name }
	require.Eventually(t, func() bool { return slices.ContainsFunc(in.Lines(), there) }, time.Minute, time.Millisecond, name)
}

// Drain waits until every datagram sent so far has been read.
func (in *Intake) Drain(t testing.TB) {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: in.StatsdPort})
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("agenttest.last:1|c"))
	require.NoError(t, err)
	in.AwaitLine(t, "agenttest.last")
	in.mu.Lock()
	defer in.mu.Unlock()
	in.lines = slices.DeleteFunc(in.lines, func(l Line) bool { return l.Name == "agenttest.last" })
}

// Reset forgets everything.
func (in *Intake) Reset() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.spans, in.hits, in.lines, in.events, in.bad = nil, nil, nil, nil, nil
}
