package httpclient

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// Transport measures the requests of any http.Client that already exists: set
// it as the client's Transport. base carries the requests; nil means
// http.DefaultTransport. name gives the row of a request in the report; nil
// means [PathName]. Requests whose context belongs to no run go straight to base.
//
// Verdict and reasons are those of [Error]. A sample ends with the body: when
// it has been read to its end, when reading fails, or when it is closed early,
// which is the script's right and no failure. A body that is neither read nor
// closed is counted at the latest when the request's context ends: as the success
// it was until then, as long as the header took. Each redirect that the
// http.Client follows is a separate sample.
func Transport(base http.RoundTripper, name func(*http.Request) string) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	if name == nil {
		name = PathName
	}
	return &measuring{base: base, name: name}
}

// measuring is the RoundTripper of Transport.
type measuring struct {
	base http.RoundTripper
	name func(*http.Request) string
}

func (t *measuring) RoundTrip(r *http.Request) (*http.Response, error) {
	scope := measure.FromContext(r.Context())
	if scope == nil {
		return t.base.RoundTrip(r)
	}
	op := report.Op{Method: r.Method, Name: t.name(r)}
	if op.Method == "" {
		op.Method = http.MethodGet
	}
	s := &timing{ctx: r.Context(), scope: scope, sample: scope.Begin(op, scope.Now())}
	resp, err := t.base.RoundTrip(s.propagate(r))
	s.headers = scope.Now()
	switch {
	case err != nil:
		s.err = err
		s.end(s.headers, reasonFor(s.ctx, wire.OrContext(s.ctx, err)), 0)
	case resp.Body == nil || resp.Body == http.NoBody:
		s.status = resp.StatusCode
		s.end(s.headers, s.verdict(), 0)
	default:
		s.status = resp.StatusCode
		resp.Body = s.watch(resp.Body)
	}
	return resp, err
}

// CloseIdleConnections makes http.Client.CloseIdleConnections work.
func (t *measuring) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// timing is one request on its way to becoming a sample.
type timing struct {
	ctx     context.Context
	scope   *measure.Scope
	sample  measure.Span
	headers time.Duration
	status  int
	err     error // why there is no answer, or no whole one
	once    sync.Once
}

// propagate returns r with the headers that the observers of the request add.
func (s *timing) propagate(r *http.Request) *http.Request {
	if !s.sample.Traced() {
		return r
	}
	r = r.Clone(s.ctx) // a RoundTripper must leave the caller's request as it is
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	s.sample.Propagate(r.URL.String(), r.Header.Set)
	return r
}

// end counts the request, once.
func (s *timing) end(done time.Duration, reason string, bytes int64) {
	s.once.Do(func() {
		s.sample.End(measure.Outcome{Done: done, Reason: reason, Bytes: bytes, Status: s.status, Err: s.err})
	})
}

func (s *timing) verdict() string {
	if isFailure(s.status) {
		return statusReason(s.status)
	}
	return ""
}

// watch returns body with its end watched.
func (s *timing) watch(body io.ReadCloser) io.ReadCloser {
	w := &watchedBody{timing: s, body: body}
	w.stop = context.AfterFunc(s.ctx, w.abandoned)
	if writer, ok := body.(io.Writer); ok { // an upgraded connection, such as a web socket
		return struct {
			io.ReadCloser
			io.Writer
		}{w, writer}
	}
	return w
}

// watchedBody counts bytes and ends its timing when the body ends.
type watchedBody struct {
	*timing
	body io.ReadCloser
	stop func() bool

	mu    sync.Mutex // reading and the end of the context may meet
	bytes int64
	begun bool
}

func (w *watchedBody) Read(p []byte) (int, error) {
	w.progress(0)
	n, err := w.body.Read(p)
	w.progress(n)
	switch {
	case err == io.EOF:
		w.finish(w.verdict())
	case err != nil:
		w.finish(reasonFor(w.ctx, wire.OrContext(w.ctx, wire.InBody(err))))
	}
	return n, err
}

// progress notes that reading has begun and what it brought.
func (w *watchedBody) progress(n int) {
	w.mu.Lock()
	w.begun = true
	w.bytes += int64(n)
	w.mu.Unlock()
}

func (w *watchedBody) Close() error {
	err := w.body.Close()
	w.finish(w.verdict())
	return err
}

func (w *watchedBody) finish(reason string) {
	w.stop()
	done := w.scope.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end(done, reason, w.bytes)
}

// abandoned runs when the context ends before the body does.
func (w *watchedBody) abandoned() {
	w.mu.Lock()
	begun := w.begun
	w.mu.Unlock()
	if begun {
		w.finish(reasonFor(w.ctx, w.ctx.Err()))
		return
	}
	w.end(w.headers, w.verdict(), 0)
}

// PathName names a request by its path without the query, with segments that
// look like ids (numbers, UUIDs, long hexadecimal words) written as {id}.
func PathName(r *http.Request) string {
	segments := strings.Split(r.URL.Path, "/")
	for i, s := range segments {
		if looksLikeID(s) {
			segments[i] = "{id}"
		}
	}
	if name := strings.Join(segments, "/"); name != "" {
		return name
	}
	return "/"
}

// looksLikeID wants a digit in a long hexadecimal word: "added" and "facade"
// are words.
func looksLikeID(s string) bool {
	digits, others := 0, 0
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case isHex(c), c == '-':
			others++
		default:
			return false
		}
	}
	return digits > 0 && (others == 0 || digits+others >= 16)
}
