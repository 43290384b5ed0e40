package datadog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/ext"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// Operation names of spans.
const (
	taskOperation    = "loadgen.task"      // one run of a task
	requestOperation = "http.request"      // one HTTP request in it
	otherOperation   = "loadgen.operation" // anything else that it measures
)

// component is the value of the tag of that name.
const component = "load-generator"

// taskSpan is a task that is traced.
type taskSpan struct {
	run   *observedRun
	span  *tracer.Span
	task  measure.Task
	user  string
	woken atomic.Bool // the request that the wake-up began has been seen
}

// traceTask starts the span of a task: always a separate trace, since one trace of
// a whole run would be dropped for its size.
func (r *observedRun) traceTask(ctx context.Context, t measure.Task, phase *phaseTags) (context.Context, measure.TaskSpan) {
	s := &taskSpan{run: r, task: t, user: strconv.Itoa(t.User)}
	tags := s.tags(phase, 8)
	tags[ext.ResourceName] = t.String()
	tags[ext.SpanKind] = ext.SpanKindInternal
	tags[tagIntended] = millis(t.Intended)
	tags[tagLag] = millis(t.Woken - t.Intended)
	s.span = tracer.StartSpan(taskOperation, func(c *tracer.StartSpanConfig) {
		c.StartTime = r.run.Start.Add(t.Intended)
		c.Tags = tags
	})
	if s.span == nil {
		return ctx, nil
	}
	return tracer.ContextWithSpan(ctx, s.span), s
}

// tags are those of a span of the task in a phase, with room for more.
func (s *taskSpan) tags(phase *phaseTags, more int) map[string]any {
	m := make(map[string]any, 9+len(s.run.e.config.Tags)+more)
	for key, value := range s.run.e.config.Tags {
		m[key] = value
	}
	m[ext.ServiceName] = s.run.e.service
	m[ext.Component] = component
	m[tagRun] = s.run.id
	m[tagPhase] = phase.name
	m[tagTask] = s.task.String()
	if s.task.Kind != "" {
		m[tagUsers] = s.task.Kind
	}
	m[tagUser] = s.user
	m[tagIteration] = s.task.Iteration
	m[tagSeed] = s.run.seed
	if phase.arm != "" {
		m[tagArm] = phase.arm
	}
	return m
}

// BeginRequest implements measure.TaskSpan.
func (s *taskSpan) BeginRequest(op report.Op, intended, sent time.Duration) measure.RequestSpan {
	name, phase := requestOperation, s.run.phase(intended) // as the report has it; the task's may be the one before
	tags := s.tags(phase, 12)
	tags[ext.ResourceName] = op.Anyone().String()
	tags[ext.SpanKind] = ext.SpanKindClient
	tags[tagIntended] = millis(intended)
	tags[tagLag] = 0.0
	if lag := s.task.Woken - s.task.Intended; lag > 0 && sent-intended >= lag && !s.woken.Swap(true) { // later requests of the task had no wake-up
		tags[tagLag] = millis(lag)
	}
	if op.Method == "" {
		name = otherOperation
	} else {
		tags[ext.SpanType] = ext.SpanTypeHTTP
		tags[ext.HTTPMethod] = op.Method
	}
	span := tracer.StartSpan(name, func(c *tracer.StartSpanConfig) {
		c.Parent = s.span.Context()
		c.StartTime = s.at(intended)
		c.Tags = tags
	})
	if span == nil {
		return nil
	}
	return &requestSpan{task: s, phase: phase, span: span, sent: sent}
}

// at is the wall clock at an offset.
func (s *taskSpan) at(offset time.Duration) time.Time { return s.run.run.Start.Add(offset) }

// End implements measure.TaskSpan.
func (s *taskSpan) End(done time.Duration, err error, cut bool) {
	switch {
	case cut:
		s.span.SetTag(tagCutOff, true)
	case err != nil:
		fail(s.span, errorType(err), err.Error())
	}
	finish(s.span, s.at(done))
}

// errorType is the stable reason of an error: of a failed request the one in
// the report.
func errorType(err error) string {
	if failed, ok := errors.AsType[*httpclient.Error](err); ok {
		return failed.Reason
	}
	return "task error"
}

// requestSpan is one traced request, or another operation.
type requestSpan struct {
	task  *taskSpan
	phase *phaseTags // of the intended start
	span  *tracer.Span
	sent  time.Duration
}

// headers makes a setter of headers what the tracer wants.
type headers func(key, value string)

// Set implements tracer.TextMapWriter.
func (h headers) Set(key, value string) { h(key, value) }

// Propagate implements measure.RequestSpan.
func (s *requestSpan) Propagate(target string, set func(key, value string)) {
	if u, err := url.Parse(target); err == nil {
		s.span.SetTag(ext.HTTPURL, s.task.run.e.shown(u))
		s.span.SetTag(ext.NetworkDestinationName, u.Hostname())
		s.span.SetTag(ext.NetworkDestinationPort, portOf(u))
	}
	_ = tracer.Inject(s.span.Context(), headers(set)) // fails only for carriers of another kind
	s.task.run.mark(s.phase.baggage, set)
}

// shown is a URL as a span may show it: without credentials and without the query,
// which may hold some too. If the environment asks for the query, it is shown
// without the values of parameters that look like secrets.
func (e *environment) shown(u *url.URL) string {
	open := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	if e.queries {
		open.RawQuery = redact.Query(u.RawQuery)
	}
	return open.String()
}

func portOf(u *url.URL) string {
	if u.Scheme == "https" {
		return cmp.Or(u.Port(), "443")
	}
	return cmp.Or(u.Port(), "80")
}

// End implements measure.RequestSpan.
func (s *requestSpan) End(o measure.Outcome) {
	s.span.SetTag(tagService, millis(o.Done-s.sent))
	if o.Status != 0 {
		s.span.SetTag(ext.HTTPCode, strconv.Itoa(o.Status))
	}
	switch {
	case o.Reason == report.CutOff:
		s.span.SetTag(tagCutOff, true)
	case o.Reason != "":
		fail(s.span, o.Reason, detail(o))
	}
	finish(s.span, s.task.at(o.Done))
}

// Trace implements measure.Tracer.
func (s *requestSpan) Trace() (trace, span string) {
	at := s.span.Context()
	if priority, decided := at.SamplingPriority(); !decided || priority <= 0 {
		return "", "" // a rule of the environment leaves it out
	}
	return at.TraceID(), fmt.Sprintf("%016x", at.SpanID())
}

// detail is the error message: the cause with its addresses where there is one.
func detail(o measure.Outcome) string {
	if cause := errors.Unwrap(o.Err); cause != nil {
		return cause.Error()
	}
	if o.Err != nil {
		return o.Err.Error()
	}
	return o.Reason
}

// fail marks a span as failed. The type is what Datadog groups by.
func fail(span *tracer.Span, kind, message string) {
	span.SetTag(ext.Error, true)
	span.SetTag(ext.ErrorType, kind)
	span.SetTag(ext.ErrorMsg, message)
}

func finish(span *tracer.Span, at time.Time) {
	span.Finish(func(c *tracer.FinishConfig) {
		c.FinishTime = at
		c.NoDebugStack = true
	})
}
