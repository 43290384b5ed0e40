package httpclient

import (
	"context"
	"net"
	"sync"
)

// sockets dials and knows every open connection, so that Close leaves none.
type sockets struct {
	dialer net.Dialer

	mu     sync.Mutex
	open   map[*socket]struct{}
	closed bool
}

// socket is a connection that signs off when it is closed.
type socket struct {
	net.Conn
	owner *sockets
}

func newSockets(d net.Dialer) *sockets {
	return &sockets{dialer: d, open: make(map[*socket]struct{})}
}

func (s *sockets) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := s.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &socket{Conn: conn, owner: s}
	s.mu.Lock()
	refuse := s.closed
	if !refuse {
		s.open[c] = struct{}{}
	}
	s.mu.Unlock()
	if refuse {
		conn.Close()
		return nil, errClosed
	}
	return c, nil
}

func (s *sockets) close() {
	s.mu.Lock()
	s.closed = true
	open := s.open
	s.open = nil
	s.mu.Unlock()
	for c := range open {
		c.Conn.Close()
	}
}

// Close is called more than once by net/http.
func (c *socket) Close() error {
	c.owner.mu.Lock()
	delete(c.owner.open, c)
	c.owner.mu.Unlock()
	return c.Conn.Close()
}
