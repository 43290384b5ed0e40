package httpclient

import (
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
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
func Handler(h http.Handler) http.RoundTripper { return newInProcess(newMemServer(h)) }

// inProcess is a transport whose connections in memory are those of an http.Server.
type inProcess struct {
	server    *http.Server
	transport *http.Transport
	left      measure.Leftovers

	mu     sync.Mutex
	calls  map[*call]struct{} // whose connections are open
	free   []uint64           // numbers given back
	last   uint64             // highest number given to a call
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

func newInProcess(s *http.Server) *inProcess {
	p := &inProcess{server: s, calls: make(map[*call]struct{})}
	p.transport = &http.Transport{
		DialContext:            p.dial,
		DialTLSContext:         p.dialTLS,
		DisableCompression:     true,
		MaxResponseHeaderBytes: wire.LargestHeader,
		Protocols:              new(http.Protocols),
	}
	p.transport.Protocols.SetHTTP1(true)
	return p
}

// client returns what one Client uses, and closes.
func (p *inProcess) client(c Config) *inProcess {
	own := newInProcess(p.server)
	own.transport.DisableCompression = !c.Gzip
	return own
}

// RoundTrip gives each request its own address, and so its own connection: one
// that a pool keeps would keep the server's goroutine, which a bubble must not
// have at its end. The server closes it when the handler has returned. The client
// must not do so when it has its answer: that would tell a handler which is still
// at work that the client has given up.
func (p *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	c := p.newCall()
	own := r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	own.URL = new(url.URL)
	*own.URL = *r.URL
	own.URL.Host = wire.UserAddress(wire.Address(r.URL), c.number)
	own.Host = cmp.Or(r.Host, r.URL.Host)
	resp, err := p.transport.RoundTrip(own)
	c.end(err)
	if err == nil {
		resp.Request = r
	}
	return resp, err
}

func (p *inProcess) dial(ctx context.Context, _, address string) (net.Conn, error) {
	near, far, err := p.open(ctx, address)
	if err != nil {
		return nil, err
	}
	return near, p.serve(far)
}

// dialTLS lets the handler see a secure connection, of which nothing need be
// encrypted.
func (p *inProcess) dialTLS(ctx context.Context, _, address string) (net.Conn, error) {
	near, far, err := p.open(ctx, address)
	if err != nil {
		return nil, err
	}
	host, _, _ := wire.SplitUser(address)
	return near, p.serve(secureConn{far, tls.ConnectionState{
		Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, HandshakeComplete: true, ServerName: host,
	}})
}

// open makes both sides of the connection of ctx's call. The run and p's client
// wait for the server's side to end.
func (p *inProcess) open(ctx context.Context, address string) (near, far *memConn, err error) {
	c := ctx.Value(callKey{}).(*call)
	_, port, _ := wire.SplitUser(address)
	near, far = newMemConns(clientAddress(c.number), serverAddress(port))
	if !c.adopt(near) {
		return nil, nil, wire.ErrClosed
	}
	far.left = []*measure.Leftovers{&p.left, measure.LeftoversOf(ctx)}
	if outer, ok := ctx.Value(memConnKey{}).(serverSide); ok { // another handler asks
		far.left = append(far.left, outer.leftovers()...)
	}
	far.beginLeft()
	near.atClose = func() {
		p.forget(c)
		far.peerGone()
	}
	far.atClose = func() {
		if far.hijacked.Load() {
			far.endLeft()
		}
	}
	return near, far, nil
}

// serve gives the server its side of a connection.
func (p *inProcess) serve(far net.Conn) error {
	if err := p.server.Serve(&oneConn{conn: far}); err != io.EOF {
		far.Close()
		return err
	}
	return nil
}

// close ends all requests and waits for their handlers.
func (p *inProcess) close() {
	p.mu.Lock()
	p.closed = true
	open := slices.Collect(maps.Keys(p.calls))
	p.mu.Unlock()
	for _, c := range open {
		c.near.Close()
	}
	p.left.Wait()
}

// call is one request, and the connection that it gets.
type call struct {
	owner  *inProcess
	number uint64

	near *memConn // guarded by the owner's lock, as over
	over bool
}

// callKey finds the call in the context of dial.
type callKey struct{}

func (p *inProcess) newCall() *call {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &call{owner: p}
	if n := len(p.free); n > 0 {
		c.number, p.free = p.free[n-1], p.free[:n-1]
	} else {
		p.last++
		c.number = p.last
	}
	return c
}

// adopt refuses a connection that comes too late.
func (c *call) adopt(near *memConn) bool {
	p := c.owner
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.over || p.closed {
		return false
	}
	c.near = near
	p.calls[c] = struct{}{}
	return true
}

// end closes the connection of a call that failed: it may not have been used.
func (c *call) end(err error) {
	p := c.owner
	p.mu.Lock()
	c.over = true
	near := c.near
	if near == nil {
		p.free = append(p.free, c.number)
	}
	p.mu.Unlock()
	if near != nil && err != nil {
		near.Close()
	}
}

// forget gives the number of a call back when its connection is closed.
func (p *inProcess) forget(c *call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, c)
	p.free = append(p.free, c.number)
}

// followConn ends a connection whose handler has returned, and notes when the
// server is through with it; it may close one and be at work for longer.
func followConn(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateIdle:
		c.Close()
	case http.StateHijacked:
		c.(serverSide).setHijacked()
	case http.StateClosed:
		c.(serverSide).endLeft()
	}
}

// contextOfConn ends when the client has gone, also where the server does not
// notice: while there is a body that the handler does not read.
func contextOfConn(ctx context.Context, c net.Conn) context.Context {
	ctx, cancel := context.WithCancel(context.WithValue(ctx, memConnKey{}, c))
	c.(serverSide).onPeerGone(cancel)
	return ctx
}

// serverSide is a memConn, secure or not.
type serverSide interface {
	beginLeft()
	endLeft()
	leftovers() []*measure.Leftovers
	setHijacked()
	onPeerGone(func())
}

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
	c := r.Context().Value(memConnKey{}).(serverSide)
	c.beginLeft()
	defer c.endLeft()
	if ctx := measure.Mark(r.Context(), c.leftovers()); ctx != r.Context() {
		r = r.WithContext(ctx)
	}
	h.Handler.ServeHTTP(w, r)
}

// fewLogs lets the server's first complaints through: under load they all are the same.
type fewLogs struct {
	mu   sync.Mutex
	left int
}

func (f *fewLogs) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left > 0 {
		f.left--
		log.Print(string(p))
	}
	return len(p), nil
}

func clientAddress(n uint64) *net.TCPAddr {
	const first, ports = 32768, 32768
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: first + int(n%ports)}
}

func serverAddress(port string) *net.TCPAddr {
	n, _ := strconv.Atoi(port)
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: n}
}
