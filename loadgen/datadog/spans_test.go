package datadog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/ext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/internal/sampling"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

func TestSpansOfATask(t *testing.T) {
	_, run, mock := observe(t, Config{SampleRate: 1, RunID: "r-1", Tags: map[string]string{"team": "x"}})
	_, scope := measure.WithScope(context.Background(), measure.Task{
		Epoch: run.run.Start, Intended: 2 * time.Second, Woken: 2003 * time.Millisecond, Begun: 2004 * time.Millisecond, User: 7, Name: "buy", Iteration: 5, Observer: run,
	})
	header := http.Header{}
	first := scope.Begin(report.Op{Method: "POST", Name: "/cart/{id}"}, 2004*time.Millisecond)
	first.Propagate("https://user:pw@shop.example/cart/7?token=secret", header.Set)
	first.End(measure.Outcome{Done: 2050*time.Millisecond + 1, Status: 503, Reason: "http 503",
		Err: &httpclient.Error{Op: report.Op{Method: "POST", Name: "/cart/{id}"}, Reason: "http 503"}})
	second := scope.Begin(report.Op{Name: "query"}, 2060*time.Millisecond)
	second.End(measure.Outcome{Done: 2070 * time.Millisecond, Reason: report.CutOff})
	scope.End(&httpclient.Error{Reason: "http 503"}, false)

	spans := mock.FinishedSpans()
	require.Len(t, spans, 3)
	request, query, task := spans[0], spans[1], spans[2]
	assert.Equal(t, "loadgen.task", task.OperationName())
	assert.Equal(t, time.Unix(1002, 0), task.StartTime())
	assert.Zero(t, task.ParentID())
	for tag, want := range map[string]any{
		"resource.name": "buy", "span.kind": "internal", "service.name": "load-generator", "component": "load-generator", "team": "x",
		tagRun: "r-1", tagPhase: "baseline", tagArm: "A", tagTask: "buy", tagUser: "7", tagIteration: float64(5),
		tagSeed: "9223372036854775808", tagIntended: 2000.0, tagLag: 3.0, "error.type": "http 503",
	} {
		assert.EqualValues(t, want, task.Tag(tag), tag)
	}

	assert.Equal(t, "http.request", request.OperationName())
	assert.Equal(t, task.SpanID(), request.ParentID())
	assert.Equal(t, time.Unix(1002, 0), request.StartTime(), "from the intended start")
	assert.Equal(t, 50*time.Millisecond+1, request.FinishTime().Sub(request.StartTime()), "the response time of the report")
	for tag, want := range map[string]any{
		"resource.name": "POST /cart/{id}", "span.kind": "client", "span.type": "http", "http.method": "POST", "http.status_code": "503",
		"http.url": "https://shop.example/cart/7", "network.destination.name": "shop.example", "network.destination.port": "443",
		"error.type": "http 503", "error.message": "POST /cart/{id}: http 503", tagService: millis(46*time.Millisecond + 1), tagLag: 3.0, tagSeed: "9223372036854775808",
		tagRun: "r-1", tagPhase: "baseline", tagTask: "buy", tagUser: "7",
	} {
		assert.EqualValues(t, want, request.Tag(tag), tag)
	}
	assert.Equal(t, "r-1", header.Get(MarkHeader))
	assert.Equal(t, "load.run_id=r-1,load.phase=baseline", header.Get("Baggage"))
	assert.NotEmpty(t, header.Get("X-Datadog-Trace-Id"))
	assert.NotEmpty(t, header.Get("Traceparent"))

	assert.Equal(t, "loadgen.operation", query.OperationName())
	assert.Equal(t, "true", query.Tag(tagCutOff))
	assert.Nil(t, query.Tag("error.type"), "what the end of the run cuts is not a failure")
	assert.Equal(t, time.Unix(1002, 60e6), query.StartTime())
	assert.Equal(t, 0.0, query.Tag(tagLag))
}

// The kind of users is in the spans of what they do.
func TestSpansOfKinds(t *testing.T) {
	_, run, mock := observe(t, Config{SampleRate: 1})
	_, scope := measure.WithScope(context.Background(), measure.Task{Epoch: run.run.Start, User: 7, Kind: "buyer", Name: "buy", Observer: run})
	request := scope.Begin(report.Op{Kind: "buyer", Method: "GET", Name: "/a"}, 0)
	request.End(measure.Outcome{Done: time.Millisecond, Status: 200})
	scope.End(nil, false)
	spans := mock.FinishedSpans()
	require.Len(t, spans, 2)
	for i, name := range []string{"GET /a", "buyer/buy"} {
		assert.Equal(t, name, spans[i].Tag("resource.name"))
		assert.Equal(t, "buyer/buy", spans[i].Tag(tagTask))
		assert.Equal(t, "buyer", spans[i].Tag(tagUsers))
	}
}

// A request belongs to the phase that it starts in, as in the report, also
// where its task began in the phase before.
func TestRequestAfterTheBorderOfItsTask(t *testing.T) {
	_, run, mock := observe(t, Config{SampleRate: 1})
	border := twoPhases[1].Start
	_, scope := measure.WithScope(context.Background(), measure.Task{Epoch: run.run.Start, Intended: border - 2, Woken: border - 2, Begun: border - 2, Name: "buy", Observer: run})
	op, header := report.Op{Method: "GET", Name: "/"}, http.Header{}
	first := scope.Begin(op, border-2)
	first.End(measure.Outcome{Done: border - 1, Status: 200})
	second := scope.Begin(op, border+1)
	second.Propagate("http://shop.example/", header.Set)
	second.End(measure.Outcome{Done: border + 2, Status: 200})
	scope.End(nil, false)
	var phases []any
	for _, s := range mock.FinishedSpans() {
		phases = append(phases, s.Tag(tagPhase))
	}
	assert.Equal(t, []any{twoPhases[0].Name, twoPhases[1].Name, twoPhases[0].Name}, phases, "two requests, then their task")
	assert.Contains(t, header.Get("Baggage"), "load.phase="+escape(twoPhases[1].Name))
}

func TestErrorsOfTasks(t *testing.T) {
	_, run, mock := observe(t, Config{SampleRate: 1})
	begin := func() *measure.Scope {
		_, s := measure.WithScope(context.Background(), measure.Task{Epoch: time.Now(), Observer: run})
		return s
	}
	begin().End(errors.New("no stock"), false)
	begin().End(errors.New("whatever"), true)
	begin().End(nil, false)
	spans := mock.FinishedSpans()
	assert.Equal(t, "task error", spans[0].Tag("error.type"))
	assert.Equal(t, "no stock", spans[0].Tag("error.message"))
	assert.Equal(t, "true", spans[1].Tag(tagCutOff))
	assert.Nil(t, spans[1].Tag("error.type"))
	assert.Nil(t, spans[2].Tag("error.type"))
}

func TestDetailOfFailures(t *testing.T) {
	cause := errors.New("dial tcp 10.0.0.1:80: connect: connection refused")
	wrapped := &httpclient.Error{Reason: "connect: refused", Err: cause}
	assert.Equal(t, cause.Error(), detail(measure.Outcome{Reason: "connect: refused", Err: wrapped}))
	assert.Equal(t, cause.Error(), detail(measure.Outcome{Reason: "connect: refused", Err: cause}))
	assert.Equal(t, "body: truncated", detail(measure.Outcome{Reason: "body: truncated"}))
}

func TestQueriesAreShownOnlyOnDemand(t *testing.T) {
	e, run, mock := observe(t, Config{SampleRate: 1})
	e.queries = true
	_, s := measure.WithScope(context.Background(), measure.Task{Epoch: time.Now(), Observer: run})
	q := s.Begin(report.Op{Method: "GET", Name: "/"}, 0)
	q.Propagate("http://u:p@h:81/x%2Fy?q=1&access_Token=abc&api-key=d;sig=e&page=f&tokens", func(string, string) {})
	q.End(measure.Outcome{})
	assert.Equal(t, "http://h:81/x%2Fy?q=1&access_Token=xxxxx&api-key=xxxxx;sig=xxxxx&page=f&tokens", mock.FinishedSpans()[0].Tag("http.url"))
	assert.Equal(t, "81", mock.FinishedSpans()[0].Tag("network.destination.port"))
}

func TestWhatIsNotTraced(t *testing.T) {
	for _, all := range []bool{false, true} {
		e, run, mock := observe(t, Config{SampleRate: -1, RunID: "r-1", MarkAll: all})
		ctx := context.Background()
		got, scope := measure.WithScope(ctx, measure.Task{Epoch: time.Now(), Intended: 11 * time.Second, Observer: run})
		assert.NotNil(t, got)
		q := scope.Begin(report.Op{Method: "GET", Name: "/"}, 0)
		header := http.Header{}
		q.Propagate("http://h/", header.Set)
		q.End(measure.Outcome{})
		scope.End(nil, false)
		assert.Empty(t, mock.FinishedSpans())
		assert.Equal(t, all, q.Traced())
		want := http.Header{}
		if all {
			want = http.Header{"X-Load-Test": {"r-1"}, "Baggage": {"load.run_id=r-1,load.phase=after%2C%20all%20%7C%20done"}}
		}
		assert.Equal(t, want, header)
		assert.False(t, e.Losses().Any())
	}
}

func TestHeldTracesAreCounted(t *testing.T) {
	e, run, mock := observe(t, Config{})
	run.sampler = sampling.New(1, 1)
	run.sampler.Limit = 2
	for range 5 {
		_, s := measure.WithScope(context.Background(), measure.Task{Epoch: time.Now(), Observer: run})
		s.End(nil, false)
	}
	assert.Len(t, mock.FinishedSpans(), 2)
	assert.Equal(t, int64(3), e.Losses().Held)
}

func TestTagsHoldAnything(t *testing.T) {
	_, run, _ := observe(t, Config{RunID: "r-1"})
	assert.Equal(t, []string{"load.phase:after_ all _ done", "load.run_id:r-1"}, run.phases[1].metric)
	assert.Equal(t, 200, len([]rune(tag("k", strings.Repeat("é", 300)))))
	assert.Equal(t, "k:a_b", tag("k", "a\nb"))
	_, run, _ = observe(t, Config{RunID: "r-1", NoRunTag: true})
	assert.Equal(t, []string{"load.phase:baseline", "load.arm:A"}, run.phases[0].metric)
}

func TestUntracedTaskAllocatesNothingMore(t *testing.T) {
	_, run, _ := observe(t, Config{SampleRate: -1})
	task := measure.Task{Epoch: time.Now(), Name: "list", Observer: run}
	ctx := context.Background()
	measure.WithScope(ctx, task)
	assert.Equal(t, 1.0, testing.AllocsPerRun(100, func() { measure.WithScope(ctx, task) }), "the scope")
}

func BenchmarkTask(b *testing.B) {
	e := &Exporter{environment: readEnvironment()}
	for _, rate := range []struct {
		name string
		rate float64
	}{{"untraced", -1}, {"1%", 0.01}} {
		b.Run("rate="+rate.name, func(b *testing.B) {
			e.config.SampleRate = rate.rate
			e.log = (&journal{}).logger()
			run := e.BeginRun(measure.Run{Start: time.Now(), Phases: twoPhases})
			ctx := context.Background()
			b.ReportAllocs()
			for i := uint64(0); b.Loop(); i++ {
				_, s := measure.WithScope(ctx, measure.Task{Epoch: run.(*observedRun).run.Start, Name: "list", Iteration: i, Observer: run})
				s.End(nil, false)
			}
		})
	}
}

// TestIDsAreOthersExemplars: those of a trace that is kept, in hexadecimal digits.
func TestIDsAreOthersExemplars(t *testing.T) {
	_, run, mock := observe(t, Config{SampleRate: 1})
	for _, kept := range []bool{true, false} {
		mock.Reset()
		_, task := run.BeginTask(context.Background(), measure.Task{Name: "x"})
		q := task.BeginRequest(report.Op{Method: "GET", Name: "/"}, 0, 0)
		decision := ext.ManualDrop // the tracer of tests decides nothing by itself
		if kept {
			decision = ext.ManualKeep
		}
		task.(*taskSpan).span.SetTag(decision, true)
		q.End(measure.Outcome{})
		trace, span := q.(measure.Tracer).Trace()
		if !kept {
			assert.Empty(t, trace+span)
			continue
		}
		request := q.(*requestSpan).span.Context()
		assert.Equal(t, request.TraceID(), trace)
		assert.Len(t, trace, 32)
		assert.Equal(t, fmt.Sprintf("%016x", request.SpanID()), span)
		task.End(0, nil, false)
	}
}
