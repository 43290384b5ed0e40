package otel

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// taskSpan is a task that is traced.
type taskSpan struct {
	run   *run
	span  trace.Span
	ctx   context.Context // with the span
	task  measure.Task
	woken atomic.Bool // the request that the wake-up began has been seen
}

// traceTask starts the span of a task: always a separate trace, since one trace of a whole run would be too large for
// any backend.
func (r *run) traceTask(ctx context.Context, t measure.Task) (context.Context, measure.TaskSpan) {
	s := &taskSpan{run: r, task: t}
	ctx, s.span = r.e.tracer.Start(ctx, metrics.Clean(t.String()), trace.WithNewRoot(), trace.WithTimestamp(s.at(t.Intended)),
		trace.WithAttributes(s.attributes(r.phase(t.Intended), t.Intended, t.Woken-t.Intended)...))
	s.ctx = ctx
	return ctx, s
}

// attributes are those of a span of the task in a phase, with room for more.
func (s *taskSpan) attributes(p *spell, intended, lag time.Duration) []attribute.KeyValue {
	all := make([]attribute.KeyValue, 0, 16)
	all = append(all, text(attributeRun, s.run.id), text(attributePhase, p.name), text(attributeTask, s.task.String()),
		attribute.String(attributeUser, strconv.Itoa(s.task.User)), attribute.Int64(attributeIteration, int64(s.task.Iteration)),
		attribute.String(attributeSeed, s.run.seed), seconds(attributeIntended, intended), seconds(attributeLag, lag))
	if s.task.Kind != "" {
		all = append(all, text(attributeKind, s.task.Kind))
	}
	if p.arm != "" {
		all = append(all, text(attributeArm, p.arm))
	}
	return all
}

// at is the wall clock at an offset.
func (s *taskSpan) at(offset time.Duration) time.Time { return s.run.about.Start.Add(offset) }

// BeginRequest implements measure.TaskSpan.
func (s *taskSpan) BeginRequest(op report.Op, intended, sent time.Duration) measure.RequestSpan {
	p, lag := s.run.phase(intended), time.Duration(0)                                                     // as the report has it; the task's may be the one before
	if late := s.task.Woken - s.task.Intended; late > 0 && sent-intended >= late && !s.woken.Swap(true) { // later requests of the task had no wake-up
		lag = late
	}
	name := metrics.Clean(op.Anyone().String())
	all := append(s.attributes(p, intended, lag), attribute.String(attributeOperation, name))
	if op.Method != "" {
		all = append(all, methodOf(op.Method)...)
		if strings.HasPrefix(op.Name, "/") {
			all = append(all, text("url.template", op.Name))
		}
	}
	ctx, span := s.run.e.tracer.Start(s.ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(s.at(intended)), trace.WithAttributes(all...))
	return &requestSpan{s, p, ctx, span, sent}
}

// methodOf is a method by the conventions: one that few know has another name, and its own next to that.
func methodOf(method string) []attribute.KeyValue {
	const key = "http.request.method"
	switch method {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY":
		return []attribute.KeyValue{attribute.String(key, method)}
	}
	return []attribute.KeyValue{attribute.String(key, "_OTHER"), text(key+"_original", method)}
}

// End implements measure.TaskSpan.
func (s *taskSpan) End(done time.Duration, err error, cut bool) {
	switch {
	case cut:
		s.span.SetAttributes(attribute.Bool(attributeCutOff, true))
	case err != nil:
		fail(s.span, errorType(err), err.Error())
	}
	s.span.End(trace.WithTimestamp(s.at(done)))
}

// errorType is the stable reason of an error: of a failed request the one in the report.
func errorType(err error) string {
	if failed, ok := errors.AsType[*httpclient.Error](err); ok {
		return failed.Reason
	}
	return "task error"
}

// requestSpan is one traced request, or another operation.
type requestSpan struct {
	task  *taskSpan
	phase *spell // of the intended start
	ctx   context.Context
	span  trace.Span
	sent  time.Duration
}

// headers makes a setter of headers what a propagator wants.
type headers func(key, value string)

// Get implements propagation.TextMapCarrier.
func (headers) Get(string) string { return "" }

// Keys implements propagation.TextMapCarrier.
func (headers) Keys() []string { return nil }

// Set implements propagation.TextMapCarrier.
func (h headers) Set(key, value string) { h(key, value) }

// Propagate implements measure.RequestSpan.
func (s *requestSpan) Propagate(target string, set func(key, value string)) {
	if u, err := url.Parse(target); err == nil {
		s.span.SetAttributes(addressOf(u)...)
	}
	if s.task.run.e.context {
		propagation.TraceContext{}.Inject(s.ctx, headers(set))
	}
	if s.phase.baggage != "" {
		set("Baggage", s.phase.baggage)
	}
}

// addressOf is where a request goes, without credentials and without the query, which may hold some too.
func addressOf(u *url.URL) []attribute.KeyValue {
	open := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		port = 80
		if u.Scheme == "https" {
			port = 443
		}
	}
	return []attribute.KeyValue{attribute.String("url.full", open.String()), attribute.String("server.address", u.Hostname()), attribute.Int("server.port", port)}
}

// End implements measure.RequestSpan.
func (s *requestSpan) End(o measure.Outcome) {
	s.span.SetAttributes(seconds(attributeService, o.Done-s.sent))
	if o.Status != 0 {
		s.span.SetAttributes(attribute.Int("http.response.status_code", o.Status))
	}
	switch {
	case o.Reason == report.CutOff:
		s.span.SetAttributes(attribute.Bool(attributeCutOff, true))
	case o.Status >= 400 && o.Reason == "http "+strconv.Itoa(o.Status):
		fail(s.span, strconv.Itoa(o.Status), "")
	case o.Reason != "":
		fail(s.span, o.Reason, detail(o))
	}
	s.span.End(trace.WithTimestamp(s.task.at(o.Done)))
}

// Trace implements measure.Tracer: what begins is kept.
func (s *requestSpan) Trace() (trace, span string) {
	at := s.span.SpanContext()
	return at.TraceID().String(), at.SpanID().String()
}

// detail is the cause with its addresses where there is one.
func detail(o measure.Outcome) string {
	if cause := errors.Unwrap(o.Err); cause != nil {
		return cause.Error()
	}
	if o.Err != nil {
		return o.Err.Error()
	}
	return ""
}

// fail marks a span as failed. The type is what backends group by.
func fail(span trace.Span, kind, message string) {
	span.SetAttributes(text(attributeError, kind))
	span.SetStatus(codes.Error, metrics.Clean(message))
}
