package otel

import (
	"context"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	collectortraces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gensim/load-generator/loadgen/internal/porttest"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// hung accepts connections and says nothing.
func hung(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return "http://" + l.Addr().String()
}

// untrusted is a collector whose certificate no one has signed.
func untrusted(t *testing.T) string {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// notNow is an answer by gRPC that asks for a pause by RetryInfo; 0: it says nothing of one. The type of the detail is the
// exporter's own.
func notNow(t *testing.T, code codes.Code, pause time.Duration) error {
	answer := status.New(code, "not now")
	if pause == 0 {
		return answer.Err()
	}
	kind, err := protoregistry.GlobalTypes.FindMessageByName("google.rpc.RetryInfo")
	require.NoError(t, err)
	info := kind.New()
	info.Set(kind.Descriptor().Fields().ByName("retry_delay"), protoreflect.ValueOfMessage(durationpb.New(pause).ProtoReflect()))
	answer, err = answer.WithDetails(protoadapt.MessageV1Of(info.Interface()))
	require.NoError(t, err)
	return answer.Err()
}

// busy is a collector that answers everything by gRPC with a code, and asks for a pause.
func busy(code codes.Code, pause time.Duration) func(*testing.T) string {
	return func(t *testing.T) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		no := notNow(t, code, pause)
		s := grpc.NewServer(grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error { return no }))
		var served sync.WaitGroup
		served.Go(func() { _ = s.Serve(l) })
		t.Cleanup(func() { s.Stop(); served.Wait() })
		return "http://" + l.Addr().String()
	}
}

// TestACollectorThatDoesNotTakeIt: the end is bounded, all is counted, and one line says why.
func TestACollectorThatDoesNotTakeIt(t *testing.T) {
	answer := func(code int, retryAfter string) func(*testing.T) string {
		return func(t *testing.T) string {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if retryAfter != "" {
					w.Header().Set("Retry-After", retryAfter)
				}
				http.Error(w, "not me", code)
			}))
			t.Cleanup(s.Close)
			return s.URL
		}
	}
	for name, x := range map[string]struct {
		url      func(*testing.T) string
		protocol string
		limit    time.Duration // where the answer does not end it
		says     string
	}{
		"refused, gRPC":           {func(t *testing.T) string { return "http://" + porttest.Refusing(t) }, "grpc", 5 * time.Second, "refused"},
		"refused, HTTP":           {func(t *testing.T) string { return "http://" + porttest.Refusing(t) }, "http/protobuf", 30 * time.Second, "refused"},
		"hangs, gRPC":             {hung, "grpc", time.Second, "deadline exceeded"},
		"hangs, HTTP":             {hung, "http/protobuf", time.Second, ""},
		"503":                     {answer(503, "15"), "http/protobuf", 2 * time.Second, "not me"}, // the end comes in its pause, not in a request
		"429 for an hour":         {answer(429, "3600"), "http/protobuf", 30 * time.Second, "not me"},
		"404":                     {answer(404, ""), "http/protobuf", 30 * time.Second, "404"},
		"wrong certificate, HTTP": {untrusted, "http/protobuf", 30 * time.Second, "certificate"},
		"wrong certificate, gRPC": {untrusted, "grpc", 3 * time.Second, "certificate"},
		"too busy, gRPC":          {busy(codes.Unavailable, 0), "grpc", 2 * time.Second, "not now"},
		"too much, gRPC":          {busy(codes.ResourceExhausted, 0), "grpc", 30 * time.Second, "not now"},
		"busy for an hour, gRPC":  {busy(codes.Unavailable, time.Hour), "grpc", 30 * time.Second, "not now"},
		"much for an hour, gRPC":  {busy(codes.ResourceExhausted, time.Hour), "grpc", 30 * time.Second, "not now"},
		"much for 15 s, gRPC":     {busy(codes.ResourceExhausted, 15*time.Second), "grpc", 2 * time.Second, "not now"}, // the end comes in its pause
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "404" && name != "429 for an hour" {
				t.Skip("waits for seconds")
			}
			only(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+x.url(t), "OTEL_EXPORTER_OTLP_PROTOCOL="+x.protocol)
			said := notTaken(t, x.limit)
			for limit := 4 * x.limit; limit < 30*time.Second && !strings.Contains(said, x.says); limit *= 4 {
				said = notTaken(t, limit) // on a busy machine the answer had not come when the limit was over
			}
			assert.Contains(t, said, x.says)
		})
	}
}

// notTaken makes two runs whose ends have a limit, checks what is counted, and returns the only warning.
func notTaken(t *testing.T, limit time.Duration) string {
	t.Helper()
	var heard journal
	e := start(t, Config{SampleRate: 1, Logger: heard.logger()})
	e.endLimit = limit
	done := make(chan Losses)
	go func() {
		slog.New(e.LogHandler(nil)).Info("hello")
		observeOne(e)
		observeOne(e)
		done <- e.Stop()
	}()
	select {
	case lost := <-done:
		assert.Equal(t, Losses{Failed: 4, Ends: 2, LinesFailed: 1}, lost)
		assert.Equal(t, "4 spans (not taken), 2 ends (metrics of a run), 1 line (of the log not taken)", lost.String())
	case <-time.After(5 * time.Minute):
		t.Fatal("the end waits for the collector")
	}
	require.Len(t, heard.warnings(), 1)
	return heard.warnings()[0]
}

// TestACollectorThatAsksForAPause gets the figures after it, and nothing during it.
func TestACollectorThatAsksForAPause(t *testing.T) {
	const pause = 300 * time.Millisecond
	for name, no := range map[string]error{
		"503, HTTP": nil, "too busy, gRPC": notNow(t, codes.Unavailable, pause), "too much, gRPC": notNow(t, codes.ResourceExhausted, pause),
	} {
		t.Run(name, func(t *testing.T) {
			var asked []time.Time
			var mu sync.Mutex
			later := func() bool {
				mu.Lock()
				defer mu.Unlock()
				asked = append(asked, time.Now())
				return len(asked) <= 2 // each signal may be the first
			}
			var c *collector
			if no == nil {
				c = byHTTP(t)
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if later() {
						http.Error(w, "later", http.StatusServiceUnavailable)
						return
					}
					c.ServeHTTP(w, r)
				}))
				defer s.Close()
				only(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+s.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf")
			} else {
				c = byGRPC(t)
				c.look(func() {
					c.busy = func() error {
						if later() {
							return no
						}
						return nil
					}
				})
			}
			e := start(t, Config{SampleRate: 1})
			r, rec := begin(e)
			_, task := r.BeginTask(context.Background(), measure.Task{User: 1, Name: "x"})
			task.End(time.Second, nil, false)
			require.NoError(t, e.queue.ForceFlush(t.Context()))
			require.GreaterOrEqual(t, len(asked), 3)
			if no != nil {
				assert.GreaterOrEqual(t, asked[1].Sub(asked[0]), pause)
				assert.GreaterOrEqual(t, asked[2].Sub(asked[1]), pause)
			}
			recordAt(rec, 0, time.Second, report.Op{Name: "q"}, "")
			require.NoError(t, r.meter.send(t.Context(), time.Second))
			r.EndRun(rec.Summary(record.Meta{End: time.Second}))
			assert.Zero(t, e.Stop().Failed)
			assert.Len(t, c.all(), 1)
			assert.EqualValues(t, 1, value(t, c.last(t)["loadgen.requests"], "load.outcome=ok"))
		})
	}
}

// TestSpansThatAreRefused: the collector took the request, and not all that is in it.
func TestSpansThatAreRefused(t *testing.T) {
	for name, begin := range map[string]func(testing.TB, ...string) *collector{"gRPC": byGRPC, "HTTP": byHTTP} {
		t.Run(name, func(t *testing.T) {
			c := begin(t, "OTEL_BSP_SCHEDULE_DELAY=60000") // the end sends both spans at once
			refusal := &collectortraces.ExportTracePartialSuccess{RejectedSpans: 1, ErrorMessage: "too\nlong"}
			c.look(func() { c.refuse = refusal })
			var log journal
			e := start(t, Config{SampleRate: 1, Logger: log.logger()})
			observeOne(e)
			assert.Equal(t, Losses{Refused: 1}, e.Stop())
			require.Len(t, log.warnings(), 1)
			assert.Contains(t, log.warnings()[0], "(1 spans rejected)")
		})
	}
}
