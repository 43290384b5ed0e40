package httpclient

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
	"github.com/gensim/load-generator/report/measure"
)

// Handler is a target in the same process, for [Config.Base]: requests go to h
// without sockets, so that a whole run fits into a testing/synctest bubble. It
// is served by an http.Server, each request on a connection in memory that ends
// with it: what h writes, flushes, hijacks, sends too much or too little of, and
// a panic, reach the client as they would over a socket. The context of h's
// request ends when the client gives up, and carries nothing of the client's.
//
// What h does after that runs on, as on a real server. The end of a run and
// Client.Close wait for it, for a second at most; in a bubble, where that takes
// no time, for a day, and for an hour on goroutines that h has started and left.
// A bubble that has requests given up without either must wait itself, and end
// what never ends on its own. A mutex that h holds while it sleeps stops the clock
// of a bubble as soon as another request wants it: testing/synctest does not count
// that as waiting. The first panics of h are logged with their stack.
func Handler(h http.Handler) http.RoundTripper { return newInProcess(newMemServer(h), false) }

// inProcess is a transport whose connections in memory are those of an http.Server.
type inProcess struct {
	server *http.Server
	gzip   bool
	left   measure.Leftovers

	mu     sync.Mutex
	open   map[*memConn]struct{} // the clients' sides
	calls  uint64
	closed bool
}

func newMemServer(h http.Handler) *http.Server {
	s := &http.Server{
		Handler:     awaited{h},
		ErrorLog:    log.New(&fewLogs{left: 10}, "", 0),
		ConnContext: contextOfConn,
		ConnState:   followConn,
		Protocols:   new(http.Protocols),
	}
	s.Protocols.SetHTTP1(true)
	return s
}

// newInProcess returns what one Client uses, and closes.
func newInProcess(s *http.Server, gzip bool) *inProcess {
	return &inProcess{server: s, gzip: gzip, open: make(map[*memConn]struct{})}
}

// RoundTrip gives each request its own pool, and so its own connection: one
// that a pool keeps would keep the server's goroutine, which a bubble must not
// have at its end. The server closes it when the handler has returned. The client
// must not do so when it has its answer: that would tell a handler which is still
// at work that the client has given up.
func (p *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	c := &call{inProcess: p}
	pool := &http.Transport{
		DialContext:            c.dial,
		DialTLSContext:         c.dialTLS,
		DisableCompression:     !p.gzip,
		MaxResponseHeaderBytes: wire.LargestHeader,
		Protocols:              p.server.Protocols,
	}
	resp, err := pool.RoundTrip(r)
	if err != nil {
		c.end()
	}
	return resp, err
}

// close ends all requests and waits for their handlers.
func (p *inProcess) close() {
	p.mu.Lock()
	p.closed = true
	open := slices.Collect(maps.Keys(p.open))
	p.mu.Unlock()
	for _, near := range open {
		near.Close()
	}
	p.left.Wait()
}

// call is one request, and the connection that it gets. The lock of inProcess
// guards it.
type call struct {
	*inProcess
	near *memConn
	over bool
}

func (c *call) dial(ctx context.Context, _, address string) (net.Conn, error) {
	return c.connect(ctx, address, false)
}

func (c *call) dialTLS(ctx context.Context, _, address string) (net.Conn, error) {
	return c.connect(ctx, address, true)
}

// connect makes both sides of the connection and gives the server its one, unless
// that comes too late. The run and the client wait for the server's side to end.
func (c *call) connect(ctx context.Context, address string, secure bool) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.closed {
		return nil, wire.ErrClosed
	}
	host, port, _ := net.SplitHostPort(address)
	number, _ := strconv.Atoi(port)
	const first, ports = 32768, 32768
	c.calls++
	near, far := newMemConns(loopback(first+int(c.calls%ports)), loopback(number))
	far.left = []*measure.Leftovers{&c.left, measure.LeftoversOf(ctx)}
	if outer, ok := ctx.Value(memConnKey{}).(*memConn); ok { // another handler asks
		far.left = append(far.left, outer.left...)
	}
	far.beginLeft()
	near.atClose = func() {
		c.mu.Lock()
		delete(c.open, near)
		c.mu.Unlock()
		far.peerGone()
	}
	far.atClose = func() {
		if far.hijacked.Load() {
			far.endLeft()
		}
	}
	var served net.Conn = far
	if secure { // the handler sees a secure connection, of which nothing need be encrypted
		served = secureConn{far, tls.ConnectionState{
			Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, HandshakeComplete: true, ServerName: host,
		}}
	}
	_ = c.server.Serve(&oneConn{conn: served}) // returns at once, with the end of its listener
	c.near = near
	c.open[near] = struct{}{}
	return near, nil
}

// end closes the connection of a call that failed: it may not have been used.
func (c *call) end() {
	c.mu.Lock()
	c.over = true
	near := c.near
	c.mu.Unlock()
	if near != nil {
		near.Close()
	}
}

// followConn ends a connection whose handler has returned, and notes when the
// server is through with it; it may close one and be at work for longer.
func followConn(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateIdle:
		c.Close()
	case http.StateHijacked:
		c.(serverSide).side().hijacked.Store(true) // the handler will close it
	case http.StateClosed:
		c.(serverSide).side().endLeft()
	}
}

// contextOfConn ends when the client has gone, also where the server does not
// notice: while there is a body that the handler does not read.
func contextOfConn(ctx context.Context, c net.Conn) context.Context {
	own := c.(serverSide).side()
	ctx, own.peerGone = context.WithCancel(context.WithValue(ctx, memConnKey{}, own))
	return ctx
}

// serverSide is a memConn, secure or not.
type serverSide interface{ side() *memConn }

// oneConn is a listener for one connection, and then its end: with it Serve returns at once.
type oneConn struct {
	conn net.Conn
	done bool
}

func (l *oneConn) Accept() (net.Conn, error) {
	if l.done {
		return nil, io.EOF
	}
	l.done = true
	return l.conn, nil
}

func (l *oneConn) Close() error { return nil }

func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }

// memConnKey finds the connection of a request.
type memConnKey struct{}

// secureConn has what http.Server gives a handler as Request.TLS.
type secureConn struct {
	*memConn
	state tls.ConnectionState
}

func (c secureConn) ConnectionState() tls.ConnectionState { return c.state }

// awaited is a handler that counts as left over while it is at work, also when it has hijacked its
// connection and closed it.
type awaited struct{ http.Handler }

func (h awaited) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := r.Context().Value(memConnKey{}).(*memConn)
	c.beginLeft()
	defer c.endLeft()
	if ctx := measure.Mark(r.Context(), c.left); ctx != r.Context() {
		r = r.WithContext(ctx)
	}
	h.Handler.ServeHTTP(w, r)
}

// fewLogs lets the server's first complaints through: under load they all are the same.
// The Logger calls it for one at a time.
type fewLogs struct{ left int }

func (f *fewLogs) Write(p []byte) (int, error) {
	if f.left > 0 {
		f.left--
		log.Print(string(p))
	}
	return len(p), nil
}

func loopback(port int) *net.TCPAddr {
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
}
