package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config says how connections are made and kept.
type Config struct {
	Timeout      time.Duration // of dialling and of a TLS handshake; 0: none
	IdleTimeout  time.Duration // how long an unused connection is kept
	UnixSocket   string        // path of the socket that all connections go to; "": they go where their addresses say
	MaxConns     int           // of all users; 0: no limit
	PerUserConns bool          // each user has its own
	TLS          *tls.Config   // nil: the system's roots
	Proxy        func(*http.Request) (*url.URL, error)
	Gzip, HTTP2  bool // ask for it
}

// Sockets dials and knows every open connection, so that Close leaves none.
//
// It also gives users their own connections in a pool that all share: an
// http.Transport keeps idle connections by address, so each user has an
// address, "host~7:80" for number 7, that only dial understands. A Transport
// for each user would cost 3 KiB more.
type Sockets struct {
	config  Config
	dialer  net.Dialer
	epoch   time.Time
	tls     *tls.Config // with the protocols of the wire
	flights flights
	life    context.Context    // ends with close
	end     context.CancelFunc // of life

	mu     sync.Mutex
	users  map[uint64]*socket // the open ones by user, the head of a list; 0 is for all
	last   uint64             // highest number given to a user
	free   []uint64           // numbers given back
	closed bool

	sweeper *time.Timer // of the fast wire; runs while a connection is open
}

// socket is a connection that signs off when it is closed.
type socket struct {
	net.Conn
	owner      *Sockets
	user       uint64
	prev, next *socket
	listed     bool
	fast       *fastConn // what the fast wire made of it, once it has rested
	upload     upload
}

// NewSockets returns sockets of which none is open. [Sockets.Close] ends them.
func NewSockets(c Config) *Sockets {
	c.TLS = cmp.Or(c.TLS, new(tls.Config)).Clone()
	s := &Sockets{config: c, tls: c.TLS.Clone(), dialer: net.Dialer{Timeout: c.Timeout}, epoch: time.Now(), users: make(map[uint64]*socket)}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Private is the part of the sockets that is one user's own.
type Private struct {
	user    uint64 // number among the sockets
	address string // of the target, for this user's requests on net/http
	idle    pool   // on the fast wire
}

// NewPrivate returns that of another user, for requests to o.
func (s *Sockets) NewPrivate(o Origin) *Private {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := new(Private)
	if n := len(s.free); n > 0 {
		p.user, s.free = s.free[n-1], s.free[:n-1]
	} else {
		s.last++
		p.user = s.last
	}
	p.address = userAddress(o.Address(), p.user)
	return p
}

// ClosePrivate closes the connections of a user who has left, and gives the number back.
func (s *Sockets) ClosePrivate(p *Private) {
	s.mu.Lock()
	first := s.users[p.user]
	delete(s.users, p.user)
	s.free = append(s.free, p.user)
	conns := unlist(nil, first)
	s.mu.Unlock()
	closeAll(conns)
}

// userAddress is host:port as user knows it.
func userAddress(hostPort string, user uint64) string {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return hostPort // dialling will fail and say why
	}
	return net.JoinHostPort(host+"~"+strconv.FormatUint(user, 10), port)
}

// splitUser takes the user out of an address.
func splitUser(address string) (host, port string, user uint64) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address, "", 0
	}
	if i := strings.LastIndexByte(host, '~'); i >= 0 {
		if user, err = strconv.ParseUint(host[i+1:], 10, 64); err == nil {
			host = host[:i]
		}
	}
	return host, port, user
}

func (s *Sockets) dial(ctx context.Context, network, address string) (net.Conn, error) {
	noteIn(ctx, dialed)
	host, port, user := splitUser(address)
	c, err := s.open(ctx, network, net.JoinHostPort(host, port), user)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// open dials for a user, until close: net/http dials on when the request that
// wanted it has given up.
func (s *Sockets) open(ctx context.Context, network, address string, user uint64) (*socket, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	if s.config.UnixSocket != "" {
		network, address = "unix", s.config.UnixSocket
	}
	conn, err := s.dialer.DialContext(ctx, network, address)
	switch {
	case err != nil && s.life.Err() != nil:
		return nil, ErrClosed
	case err != nil:
		return nil, err
	}
	c := &socket{Conn: conn, owner: s, user: user}
	if !s.add(c) {
		conn.Close()
		return nil, ErrClosed
	}
	return c, nil
}

// dialTLS is for addresses of users, whose certificates are those of the host.
func (s *Sockets) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := s.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if s.dialer.Timeout > 0 { // the Transport would wait on when no request does
		limited, cancel := context.WithTimeout(ctx, s.dialer.Timeout)
		defer cancel()
		ctx = limited
	}
	host, _, _ := splitUser(address)
	noteIn(ctx, shook)
	return handshake(ctx, conn, s.tls, host)
}

// handshake makes conn a TLS connection to host, or closes it.
func handshake(ctx context.Context, conn net.Conn, config *tls.Config, host string) (net.Conn, error) {
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName = host
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

// add refuses after close.
func (s *Sockets) add(c *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if c.next = s.users[c.user]; c.next != nil {
		c.next.prev = c
	}
	s.users[c.user] = c
	c.listed = true
	return true
}

// Close is called more than once by net/http.
func (c *socket) Close() error {
	c.owner.mu.Lock()
	c.owner.remove(c)
	c.owner.mu.Unlock()
	return c.Conn.Close()
}

func (s *Sockets) remove(c *socket) {
	if !c.listed {
		return
	}
	c.listed = false
	if c.next != nil {
		c.next.prev = c.prev
	}
	switch {
	case c.prev != nil:
		c.prev.next = c.next
	case c.next != nil:
		s.users[c.user] = c.next
	default:
		delete(s.users, c.user)
	}
}

// Close closes everything for good.
func (s *Sockets) Close() {
	s.mu.Lock()
	s.closed = true
	s.end()
	var conns []net.Conn
	for _, first := range s.users {
		conns = unlist(conns, first)
	}
	clear(s.users)
	if s.sweeper != nil {
		s.sweeper.Stop()
	}
	s.mu.Unlock()
	closeAll(conns)
	s.flights.stop()
}

func unlist(conns []net.Conn, first *socket) []net.Conn {
	for c := first; c != nil; c = c.next {
		c.listed = false
		conns = append(conns, c.Conn)
	}
	return conns
}

func closeAll(conns []net.Conn) {
	for _, c := range conns {
		c.Close()
	}
}
