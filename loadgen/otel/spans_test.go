package otel

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

func TestSpansOfATask(t *testing.T) {
	c := byGRPC(t)
	e := start(t, Config{SampleRate: 1})
	r, _ := begin(e)
	ctx, scope := measure.WithScope(context.Background(), measure.Task{
		Epoch: epoch, Intended: 2 * time.Second, Woken: 2003 * time.Millisecond, Begun: 2004 * time.Millisecond, User: 7, Name: "buy", Kind: "buyer", Iteration: 5, Observer: r,
	})
	assert.True(t, trace.SpanContextFromContext(ctx).IsSampled(), "the script's own spans are below the task's")
	header := http.Header{}
	first := scope.Begin(report.Op{Method: "POST", Name: "/cart/{id}"}, 2004*time.Millisecond)
	first.Propagate("https://user:pw@shop.example/cart/7?token=secret", header.Set)
	first.End(measure.Outcome{Done: 2050*time.Millisecond + 1, Status: 503, Reason: "http 503", Err: &httpclient.Error{Reason: "http 503"}})
	second := scope.Begin(report.Op{Name: "query"}, 2060*time.Millisecond)
	second.End(measure.Outcome{Done: 2070 * time.Millisecond, Reason: report.CutOff})
	third := scope.Begin(report.Op{Method: "BREW", Name: "tea"}, 2080*time.Millisecond)
	third.End(measure.Outcome{Done: 2090 * time.Millisecond, Reason: "connection refused", Err: errors.New("dial 127.0.0.1:1: refused")})
	scope.End(&httpclient.Error{Reason: "http 503"}, false)
	r.EndRun(&report.Summary{})

	spans := map[string]*tracepb.Span{}
	for _, s := range c.all() {
		spans[s.Name] = s
	}
	require.Len(t, spans, 4)
	task, request, query, tea := spans["buyer/buy"], spans["POST /cart/{id}"], spans["query"], spans["BREW tea"]
	for _, s := range []*tracepb.Span{request, query, tea} {
		assert.Equal(t, task.SpanId, s.ParentSpanId)
		assert.Equal(t, task.TraceId, s.TraceId)
		assert.Equal(t, tracepb.Span_SPAN_KIND_CLIENT, s.Kind)
	}
	assert.Empty(t, task.ParentSpanId)
	assert.Equal(t, tracepb.Span_SPAN_KIND_INTERNAL, task.Kind)
	assert.Equal(t, epoch.Add(2*time.Second).UnixNano(), int64(task.StartTimeUnixNano))
	assert.Equal(t, epoch.Add(2*time.Second).UnixNano(), int64(request.StartTimeUnixNano), "from the intended start")
	assert.Equal(t, epoch.Add(2050*time.Millisecond+1).UnixNano(), int64(request.EndTimeUnixNano))
	has := func(s *tracepb.Span, want map[string]string) {
		t.Helper()
		have := attributesOf(s.Attributes)
		for key, v := range want {
			assert.Equal(t, v, have[key], key)
		}
	}
	common := map[string]string{"load.run_id": "r-1", "load.phase": "baseline", "load.arm": "A", "load.task": "buyer/buy", "load.kind": "buyer",
		"user.id": "7", "load.iteration": "5", "load.seed": "9223372036854775808"}
	for _, s := range spans {
		has(s, common)
	}
	has(task, map[string]string{"load.intended": "2", "load.wake_lag": "0.003", "error.type": "http 503"})
	has(request, map[string]string{"load.operation": "POST /cart/{id}", "http.request.method": "POST", "url.template": "/cart/{id}", "url.full": "https://shop.example/cart/7",
		"server.address": "shop.example", "server.port": "443", "http.response.status_code": "503", "error.type": "503", "load.wake_lag": "0.003"})
	has(query, map[string]string{"load.cut_off": "true", "load.wake_lag": "0", "error.type": ""})
	has(tea, map[string]string{"http.request.method": "_OTHER", "http.request.method_original": "BREW", "url.template": "", "error.type": "connection refused"})
	assert.Equal(t, tracepb.Status_STATUS_CODE_ERROR, request.Status.Code)
	assert.Equal(t, tracepb.Status_STATUS_CODE_UNSET, query.Status.GetCode())
	assert.Equal(t, "dial 127.0.0.1:1: refused", tea.Status.Message)
	assert.Regexp(t, `^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`, header.Get("Traceparent"))
	assert.Equal(t, "load.run_id=r-1,load.phase=baseline", header.Get("Baggage"))
}

// TestPropagatorsAreChosen by the environment; a phase's name may hold anything.
func TestPropagatorsAreChosen(t *testing.T) {
	for list, want := range map[string]http.Header{
		"none": {}, "baggage": {"Baggage": {"load.run_id=r-1,load.phase=after%2C%20all"}}, "tracecontext": {"Traceparent": nil},
	} {
		byGRPC(t, "OTEL_PROPAGATORS="+list)
		r, _ := begin(start(t, Config{SampleRate: 1}))
		_, task := r.BeginTask(context.Background(), measure.Task{Name: "x", Intended: 11 * time.Second, Woken: 11 * time.Second})
		header := http.Header{}
		q := task.BeginRequest(op, 11*time.Second, 11*time.Second)
		q.Propagate("http://shop/", header.Set)
		q.End(measure.Outcome{})
		task.End(0, nil, true)
		for key, v := range want {
			assert.NotEmpty(t, header.Get(key), list)
			if v != nil {
				assert.Equal(t, v, header[key], list)
			}
		}
		assert.Len(t, header, len(want), list)
	}
}

// TestIDsAreOthersExemplars: those that the collector gets and the target knows.
func TestIDsAreOthersExemplars(t *testing.T) {
	byGRPC(t)
	r, _ := begin(start(t, Config{SampleRate: 1}))
	_, task := r.BeginTask(context.Background(), measure.Task{Name: "x"})
	header, q := http.Header{}, task.BeginRequest(op, 0, 0)
	q.Propagate("http://shop/", header.Set)
	q.End(measure.Outcome{})
	task.End(0, nil, false)
	trace, span := q.(measure.Tracer).Trace()
	assert.Equal(t, "00-"+trace+"-"+span+"-01", header.Get("Traceparent"))
}
