package httpclient

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// Handler is a target in the same process, for [Config.Base]: requests go to h
// without sockets, so that a whole run fits into a testing/synctest bubble. As
// behind a real server, the context of h's request ends when the client gives
// up, and a panic in h closes the connection.
func Handler(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ handler http.Handler }

// RoundTrip runs the handler in a goroutine of its own, so that one that does
// not listen to its context cannot hold up a timeout.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	a := &answer{header: make(http.Header), done: make(chan struct{})}
	go a.serve(t.handler, serverSide(ctx, r))
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-a.done:
	}
	if a.broken {
		return nil, io.EOF
	}
	a.WriteHeader(http.StatusOK) // unless the handler set another
	resp := &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.sent, Request: r, Body: http.NoBody, ContentLength: int64(a.body.Len()),
	}
	if a.body.Len() > 0 && r.Method != http.MethodHead {
		resp.Body = io.NopCloser(&a.body)
	}
	return resp, nil
}

// serverSide is r as a server would have read it.
func serverSide(ctx context.Context, r *http.Request) *http.Request {
	s := r.Clone(ctx)
	s.RequestURI = r.URL.RequestURI()
	s.RemoteAddr = "127.0.0.1:0"
	s.URL.Scheme, s.URL.Host = "", ""
	if s.Host == "" {
		s.Host = r.URL.Host
	}
	if s.Body == nil {
		s.Body = http.NoBody
	}
	return s
}

// answer takes what a handler writes.
type answer struct {
	header http.Header // the handler's
	sent   http.Header // as it was when the status was written
	status int
	body   bytes.Buffer
	broken bool
	done   chan struct{}
}

func (a *answer) serve(h http.Handler, r *http.Request) {
	defer close(a.done)
	defer func() { a.broken = recover() != nil }()
	h.ServeHTTP(a, r)
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status, a.sent = status, a.header.Clone()
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}
