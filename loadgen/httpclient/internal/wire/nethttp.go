package wire

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/report/timing"
)

// On is a wire on a RoundTripper of the script's own.
func On(rt http.RoundTripper) Wire {
	return &netWire{rt: rt, buffers: sync.Pool{New: func() any { return new(buffer) }}}
}

// NetHTTP is Go's own client on s.
func (s *Sockets) NetHTTP() Wire {
	t := s.transport()
	w := &netWire{rt: t, buffers: sync.Pool{New: func() any { return new(buffer) }}, flights: &s.flights, traced: true}
	w.traces.New = func() any { return newTrace(context.Background()) }
	if !s.config.HTTP2 {
		w.http1 = t
	}
	return w
}

// transport returns a connection pool on s.
func (s *Sockets) transport() *http.Transport {
	c := s.config
	t := &http.Transport{
		DialContext:            s.dial,
		TLSHandshakeTimeout:    s.dialer.Timeout, // continues when the request that wanted it has given up
		Proxy:                  c.Proxy,
		OnProxyConnectResponse: proxyAnswer,
		DisableCompression:     !c.Gzip,
		MaxConnsPerHost:        c.MaxConns,
		MaxIdleConnsPerHost:    1 << 30, // a user's connection is there when the user comes back
		IdleConnTimeout:        c.IdleTimeout,
		TLSClientConfig:        s.tls.Clone(),
		MaxResponseHeaderBytes: LargestHeader,
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	t.Protocols.SetHTTP2(c.HTTP2)
	// A connection on which nothing has come for two timeouts is given up, and what
	// waits on it fails: it would otherwise take all requests, long after they can arrive.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: s.dialer.Timeout, PingTimeout: s.dialer.Timeout}
	if c.PerUserConns {
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
	buffers sync.Pool       // of *buffer
	http1   *http.Transport // rt, when flights can cancel its requests
	flights *flights
	traced  bool      // rt reports what a request waits for
	traces  sync.Pool // of *trace, without a context that ends
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
func (w *netWire) flight(ctx context.Context, m *Message) error {
	t := w.traces.Get().(*trace)
	f := &netFlight{transport: w.http1, request: m.request(t.blank)}
	f.flight = flight{deadline: m.Deadline, request: f}
	w.flights.add(ctx, &f.flight)
	err := w.roundTrip(f.request, m, t)
	f.over.Store(true)
	aborted := w.flights.done(&f.flight)
	if err == nil && !t.busy {
		w.traces.Put(t)
	}
	switch {
	case err == nil || !aborted && !m.late():
		return err
	case ctx.Err() != nil:
		return ctx.Err() // whatever broke, it broke because time was up
	}
	return context.DeadlineExceeded
}

// late says that m has had its time: the dialer may have noticed first.
func (m *Message) late() bool { return !m.Deadline.IsZero() && !time.Now().Before(m.Deadline) }

func (w *netWire) Exchange(ctx context.Context, m *Message) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case w.http1 != nil && (m.Usual || m.Deadline.IsZero()):
		return w.flight(ctx, m)
	case m.Deadline.IsZero():
		return w.inContext(ctx, m)
	}
	ctx, cancel := context.WithDeadline(ctx, m.Deadline)
	defer cancel()
	return w.inContext(ctx, m)
}

// inContext exchanges m in a context that ends it.
func (w *netWire) inContext(ctx context.Context, m *Message) error {
	if w.traced {
		t := newTrace(ctx)
		return w.roundTrip(m.request(t.blank), m, t)
	}
	return w.roundTrip(m.request(*new(http.Request).WithContext(ctx)), m, nil)
}

// roundTrip exchanges m as r, which t follows; nil: nothing is known but when the answer is there.
func (w *netWire) roundTrip(r *http.Request, m *Message, t *trace) error {
	if t != nil {
		t.begin(&m.Watch)
	}
	resp, err := w.rt.RoundTrip(r)
	if t != nil {
		t.split(&m.Watch)
	} else if err == nil {
		m.Watch.To(timing.Receiving)
	}
	if err == nil {
		m.Status, m.Answer, m.Data = resp.StatusCode, AnswerHeader{Parsed: resp.Header}, nil
		err = w.read(resp, m)
	}
	if err != nil && r.Context().Err() != nil {
		return r.Context().Err() // whatever broke, it broke because time was up
	}
	return err
}

// request is http.NewRequestWithContext without parsing what is known. The context is that of a blank request.
func (m *Message) request(blank http.Request) *http.Request {
	u := m.URL()
	host := cmp.Or(m.VHost, u.Host)
	if m.Private != nil {
		u.Host = m.Private.address
		if m.Hop > 0 {
			u.Host = userAddress(m.Origin.Address(), m.Private.user)
		}
	}
	r := &blank
	r.Method, r.URL, r.Host, r.Header = m.Method, u, host, m.withCookies().Header
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	if len(m.Body) > 0 {
		// Only this pair of types spares net/http a second packet: it knows
		// that they need no flush between header and body.
		body := m.Body
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
func (w *netWire) read(resp *http.Response, m *Message) error {
	defer resp.Body.Close()
	switch {
	case resp.Body == http.NoBody, resp.StatusCode == http.StatusSwitchingProtocols: // that is a connection, which no timeout would end
		return nil
	case resp.ContentLength > m.Limit:
		return errTooLarge
	}
	b := w.buffers.Get().(*buffer)
	err := b.readAll(resp.Body, m)
	m.Data = bytes.Clone(m.Data)
	if cap(b.data) <= largestReuse {
		w.buffers.Put(b)
	}
	return err
}

// readAll sets m.data to what it has read, which is the buffer's.
func (b *buffer) readAll(body io.Reader, m *Message) error {
	if b.data == nil || !m.Memory.swap(0, len(b.data)) {
		b.data = make([]byte, smallBuffer)
	}
	defer func() { m.Memory.swap(len(b.data), 0) }()
	at, room := 0, m.Limit
	for {
		n, err := body.Read(b.data[at:])
		at += n
		room -= int64(n)
		m.Size += int64(n)
		switch {
		case room < 0:
			return errTooLarge
		case err == io.EOF && m.Discard:
			return nil
		case err == io.EOF:
			m.Data = b.data[:at]
			return nil
		case err != nil:
			return InBody(err)
		case m.Discard:
			at = 0
		case at == len(b.data) && !b.grow(m):
			return errNoMemory
		}
	}
}

// grow doubles the buffer, at most to one byte above the limit, which shows that a
// body is larger. It reports whether there is room.
func (b *buffer) grow(m *Message) bool {
	size := int64(2 * len(b.data))
	if size >= m.Limit {
		size = m.Limit + 1
	}
	if !m.Memory.swap(len(b.data), int(size)) {
		return false
	}
	larger := make([]byte, size)
	copy(larger, b.data)
	b.data = larger
	return true
}
