package httpclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// connect sets up the connections that c asks for, without opening one.
func (k *core) connect(c Config) {
	buffers := &sync.Pool{New: func() any { return new(buffer) }}
	switch base := c.Base.(type) {
	case nil:
	case *inProcess:
		k.inside = base.client(c)
		k.wire = &netWire{rt: k.inside, buffers: buffers}
		return
	default:
		k.wire = &netWire{rt: base, buffers: buffers}
		return
	}
	k.sockets = newSockets(max(k.timeout, 0), k.epoch)
	k.sockets.idle = orDefault(c.IdleTimeout, DefaultIdleTimeout)
	k.sockets.path = c.UnixSocket
	k.perUser = c.PerUserConns
	if c.Wire == Fast {
		k.wire = newFastWire(c, k)
		return
	}
	t := k.sockets.transport(c)
	w := &netWire{rt: t, buffers: buffers, flights: &k.flights}
	if !c.HTTP2 {
		w.http1 = t
	}
	k.wire = w
}

// transport returns a connection pool on s.
func (s *sockets) transport(c Config) *http.Transport {
	t := &http.Transport{
		DialContext:            s.dial,
		TLSHandshakeTimeout:    s.dialer.Timeout, // goes on when the request that wanted it has given up
		Proxy:                  c.Proxy,
		OnProxyConnectResponse: proxyAnswer,
		DisableCompression:     !c.Gzip,
		MaxConnsPerHost:        c.MaxConns,
		MaxIdleConnsPerHost:    1 << 30, // a user's connection is there when the user comes back
		IdleConnTimeout:        s.idle,
		MaxResponseHeaderBytes: largestHeader,
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	t.Protocols.SetHTTP2(c.HTTP2)
	// A connection on which nothing has come for two timeouts is given up, and what
	// waits on it fails: it would else take all requests, long after they can arrive.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: s.dialer.Timeout, PingTimeout: s.dialer.Timeout}
	if c.TLS != nil {
		t.TLSClientConfig = c.TLS.Clone()
	}
	if c.PerUserConns {
		s.tls = orDefault(t.TLSClientConfig, new(tls.Config)).Clone()
		s.tls.NextProtos = []string{"http/1.1"}
		if c.HTTP2 {
			s.tls.NextProtos = []string{"h2", "http/1.1"}
		}
		t.DialTLSContext = s.dialTLS
	}
	return t
}

// proxyAnswer keeps the status with which a proxy refuses the way to an https target;
// net/http keeps its words alone.
func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{answer.StatusCode}
}

// netWire is the wire on net/http. It calls RoundTrip itself: http.Client
// costs a microsecond for what this package does in its own way.
type netWire struct {
	rt      http.RoundTripper
	buffers *sync.Pool      // of *buffer
	http1   *http.Transport // rt, when flights can cancel its requests
	flights *flights
}

// netFlight is a request of HTTP/1: that is what CancelRequest knows.
type netFlight struct {
	flight
	transport *http.Transport
	request   *http.Request
	over      atomic.Bool
}

// abort tries until it is over: the transport may not know the request yet.
func (f *netFlight) abort() {
	//lint:ignore SA1019 the successor, a context for each request, is what flights are there to spare
	f.transport.CancelRequest(f.request)
	if !f.over.Load() {
		time.AfterFunc(time.Millisecond, f.abort)
	}
}

// flight exchanges m under the eyes of flights, and without a context that the
// transport would have to watch.
func (w *netWire) flight(ctx context.Context, m *message) error {
	f := &netFlight{transport: w.http1, request: m.request(context.Background())}
	f.flight = flight{deadline: m.deadline, request: f}
	w.flights.add(ctx, &f.flight)
	err := w.roundTrip(f.request, m)
	f.over.Store(true)
	aborted := w.flights.done(&f.flight)
	switch {
	case err == nil || !aborted && !m.late():
		return err
	case ctx.Err() != nil:
		return ctx.Err() // whatever broke, it broke because time was up
	}
	return context.DeadlineExceeded
}

// late says that m has had its time: the dialer may have noticed first.
func (m *message) late() bool { return !m.deadline.IsZero() && !time.Now().Before(m.deadline) }

func (w *netWire) exchange(ctx context.Context, m *message) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case w.http1 != nil && (m.usual || m.deadline.IsZero()):
		return w.flight(ctx, m)
	case m.deadline.IsZero():
		return w.roundTrip(m.request(ctx), m)
	}
	ctx, cancel := context.WithDeadline(ctx, m.deadline)
	defer cancel()
	return w.roundTrip(m.request(ctx), m)
}

func (w *netWire) roundTrip(r *http.Request, m *message) error {
	resp, err := w.rt.RoundTrip(r)
	if err == nil {
		m.status, m.answer, m.data = resp.StatusCode, answerHeader{parsed: resp.Header}, nil
		err = w.read(resp, m)
	}
	if err != nil && r.Context().Err() != nil {
		return r.Context().Err() // whatever broke, it broke because time was up
	}
	return err
}

// request is http.NewRequestWithContext without parsing what is known.
func (m *message) request(ctx context.Context) *http.Request {
	u := m.url()
	host := orDefault(m.vhost, u.Host)
	if m.private != nil {
		u.Host = m.private.address
		if m.hop > 0 {
			u.Host = userAddress(m.origin.address(), m.private.user)
		}
	}
	r := &http.Request{
		Method:     m.method,
		URL:        u,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     m.withCookies().Header,
		Host:       host,
	}
	if ctx != context.Background() {
		r = r.WithContext(ctx) // a copy
	}
	if len(m.body) > 0 {
		// Only this pair of types spares net/http a second packet: it knows
		// that they need no flush between header and body.
		body := m.body
		open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		r.ContentLength, r.GetBody = int64(len(body)), open
		r.Body, _ = open()
	}
	return r
}

// buffer is where bodies are read to, used again and again.
type buffer struct{ data []byte }

const (
	smallBuffer  = 4 << 10
	largestReuse = 1 << 20 // larger buffers go back to the garbage collector
)

// read takes the body of resp into m. It allocates no more than what arrives,
// whatever length the target claims.
func (w *netWire) read(resp *http.Response, m *message) error {
	defer resp.Body.Close()
	switch {
	case resp.Body == http.NoBody, resp.StatusCode == http.StatusSwitchingProtocols: // that is a connection, which no timeout would end
		return nil
	case resp.ContentLength > m.limit:
		return errTooLarge
	}
	b := w.buffers.Get().(*buffer)
	err := b.readAll(resp.Body, m)
	m.data = bytes.Clone(m.data)
	if cap(b.data) <= largestReuse {
		w.buffers.Put(b)
	}
	return err
}

// readAll sets m.data to what it has read, which is the buffer's.
func (b *buffer) readAll(body io.Reader, m *message) error {
	if b.data == nil || !m.memory.swap(0, len(b.data)) {
		b.data = make([]byte, smallBuffer)
	}
	defer func() { m.memory.swap(len(b.data), 0) }()
	at, room := 0, m.limit
	for {
		n, err := body.Read(b.data[at:])
		at += n
		room -= int64(n)
		m.size += int64(n)
		switch {
		case room < 0:
			return errTooLarge
		case err == io.EOF && m.drop:
			return nil
		case err == io.EOF:
			m.data = b.data[:at]
			return nil
		case err != nil:
			return &bodyError{err}
		case m.drop:
			at = 0
		case at == len(b.data) && !b.grow(m):
			return errNoMemory
		}
	}
}

// grow doubles the buffer, but not beyond the byte that tells a body of the
// limit from a larger one. It reports whether there is room for that.
func (b *buffer) grow(m *message) bool {
	size := int64(2 * len(b.data))
	if size >= m.limit {
		size = m.limit + 1
	}
	if !m.memory.swap(len(b.data), int(size)) {
		return false
	}
	larger := make([]byte, size)
	copy(larger, b.data)
	b.data = larger
	return true
}
