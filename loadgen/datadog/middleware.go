package datadog

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/ext"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
)

// Middleware traces a server, such as the embedded to-do backend, as the
// services of a system under load are traced: each request whose sender is traced
// becomes a span of service, below the sender's, with run and phase from its
// baggage. Other requests cost nothing. Spans need a running tracer, for
// example that of Start.
//
// route names a request's resource; nil takes the pattern that the
// http.ServeMux inside of h matched, or else the path. Handlers flush and hijack
// through http.ResponseController.
func Middleware(h http.Handler, service string, route func(*http.Request) string) http.Handler {
	if route == nil {
		route = func(r *http.Request) string { return r.Pattern }
	}
	return &tracedServer{h, service, route}
}

type tracedServer struct {
	http.Handler
	service string
	route   func(*http.Request) string
}

// ServeHTTP implements http.Handler.
func (s *tracedServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parent, err := tracer.Extract(tracer.HTTPHeadersCarrier(r.Header))
	if err != nil || parent == nil || parent.SpanID() == 0 {
		s.Handler.ServeHTTP(w, r)
		return
	}
	span := tracer.StartSpan(requestOperation, func(c *tracer.StartSpanConfig) {
		c.Parent = parent
		c.Tags = s.tags(r, parent)
	})
	answer := &answerWriter{ResponseWriter: w}
	r = r.WithContext(tracer.ContextWithSpan(r.Context(), span))
	panicked := true // until the handler returns; net/http recovers it with its stack
	defer func() {
		if panicked {
			answer.status = http.StatusInternalServerError
		}
		s.finish(span, r, answer.status)
	}()
	s.Handler.ServeHTTP(answer, r)
	panicked = false
}

func (s *tracedServer) tags(r *http.Request, parent *tracer.SpanContext) map[string]any {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	tags := map[string]any{
		ext.ServiceName: s.service,
		ext.SpanType:    ext.SpanTypeWeb,
		ext.SpanKind:    ext.SpanKindServer,
		ext.Component:   "net/http",
		ext.HTTPMethod:  r.Method,
		ext.HTTPURL:     scheme + r.Host + r.URL.EscapedPath(),
	}
	parent.ForeachBaggageItem(func(key, value string) bool {
		if key == tagRun || key == tagPhase {
			tags[key] = value
		}
		return true
	})
	return tags
}

// finish ends the span. Only now the mux has told the pattern.
func (s *tracedServer) finish(span *tracer.Span, r *http.Request, status int) {
	route := strings.TrimPrefix(s.route(r), r.Method+" ") // a mux's pattern may begin with it
	if route == "" {
		route = r.URL.Path
	}
	span.SetTag(ext.ResourceName, r.Method+" "+route)
	span.SetTag(ext.HTTPRoute, route)
	if status == 0 {
		status = http.StatusOK
	}
	span.SetTag(ext.HTTPCode, strconv.Itoa(status))
	if status >= 500 {
		fail(span, "http "+strconv.Itoa(status), http.StatusText(status))
	}
	span.Finish()
}

// answerWriter remembers the status.
type answerWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *answerWriter) WriteHeader(status int) {
	if w.status == 0 || w.status < 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what the server can do.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
