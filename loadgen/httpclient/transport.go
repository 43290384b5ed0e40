package httpclient

import (
	"cmp"
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
	if r.Context().Err() != nil { // nothing would reach the target
		scope.NotSent(r.Context())
		return t.base.RoundTrip(r)
	}
	op := report.Op{Method: cmp.Or(r.Method, http.MethodGet), Name: t.name(r)}
	w := &watched{ctx: r.Context(), scope: scope, sample: scope.Begin(op, scope.Now())}
	resp, err := t.base.RoundTrip(w.propagate(r))
	w.headers = scope.Now()
	switch {
	case err != nil:
		w.end(w.headers, reasonFor(w.ctx, wire.OrContext(w.ctx, err)), err)
	case resp.Body == nil || resp.Body == http.NoBody:
		w.status = resp.StatusCode
		w.end(w.headers, statusReason(w.status), nil)
	default:
		w.status = resp.StatusCode
		resp.Body = w.watch(resp.Body)
	}
	return resp, err
}

// CloseIdleConnections makes http.Client.CloseIdleConnections work.
func (t *measuring) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// watched is one request on its way to becoming a sample, and then the body of its
// answer, which counts bytes and ends the sample.
type watched struct {
	ctx     context.Context
	scope   *measure.Scope
	sample  measure.Span
	headers time.Duration
	status  int
	body    io.ReadCloser
	stop    func() bool

	mu    sync.Mutex // reading and the end of the context may meet
	bytes int64
	begun bool
	ended bool
}

// propagate returns r with the headers that the observers of the request add.
func (w *watched) propagate(r *http.Request) *http.Request {
	if !w.sample.Traced() {
		return r
	}
	r = r.Clone(w.ctx) // a RoundTripper must leave the caller's request as it is
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	w.sample.Propagate(r.URL.String(), r.Header.Set)
	return r
}

// end counts the request, once. An error says why there is no answer.
func (w *watched) end(done time.Duration, reason string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.ended = true
		w.sample.End(measure.Outcome{Done: done, Reason: reason, Bytes: w.bytes, Status: w.status, Err: err})
	}
}

// watch returns body with its end watched.
func (w *watched) watch(body io.ReadCloser) io.ReadCloser {
	w.body = body
	w.stop = context.AfterFunc(w.ctx, w.abandoned)
	if writer, ok := body.(io.Writer); ok { // an upgraded connection, such as a web socket
		return struct {
			io.ReadCloser
			io.Writer
		}{w, writer}
	}
	return w
}

func (w *watched) Read(p []byte) (int, error) {
	w.progress(0)
	n, err := w.body.Read(p)
	w.progress(n)
	switch {
	case err == io.EOF:
		w.finish(statusReason(w.status))
	case err != nil:
		w.finish(reasonFor(w.ctx, wire.OrContext(w.ctx, wire.InBody(err))))
	}
	return n, err
}

// progress notes that reading has begun and what it brought.
func (w *watched) progress(n int) {
	w.mu.Lock()
	w.begun = true
	w.bytes += int64(n)
	w.mu.Unlock()
}

func (w *watched) Close() error {
	err := w.body.Close()
	w.finish(statusReason(w.status))
	return err
}

func (w *watched) finish(reason string) {
	w.stop()
	w.end(w.scope.Now(), reason, nil)
}

// abandoned runs when the context ends before the body does.
func (w *watched) abandoned() {
	w.mu.Lock()
	begun := w.begun
	w.mu.Unlock()
	if begun {
		w.finish(reasonFor(w.ctx, w.ctx.Err()))
		return
	}
	w.end(w.headers, statusReason(w.status), nil)
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
	const digits, others = "0123456789", "abcdefABCDEF-"
	short := len(s) < 16 && strings.Trim(s, digits) != ""
	return !short && strings.ContainsAny(s, digits) && strings.Trim(s, digits+others) == ""
}
