package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"os"
	"sync"
	"time"
)

// fastWire is a wire of our own. It spares net/http's two goroutines a connection
// and its map of an answer's header, and holds no buffers while a user rests.
type fastWire struct {
	sockets *sockets
	flights *flights
	tls     *tls.Config
	gzip    bool
	idle    pool      // that all share
	talks   sync.Pool // of *talk
}

func newFastWire(c Config, k *core) *fastWire {
	w := &fastWire{sockets: k.sockets, flights: &k.flights, gzip: c.Gzip}
	w.tls = orDefault(c.TLS, new(tls.Config)).Clone()
	w.tls.NextProtos = []string{"http/1.1"}
	w.talks.New = func() any { return new(talk) }
	return w
}

// exchange sends m again where net/http would: when a connection that had
// rested turns out to be closed, and either nothing was written or nothing came
// back and the request may be repeated. The clock of the sample runs on.
func (w *fastWire) exchange(ctx context.Context, m *message) error {
	m.header = m.header.written()
	if m.header.err != nil {
		return m.header.err
	}
	if !isToken(m.method) {
		return errInvalid
	}
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c, err := w.connection(ctx, m)
		if err == nil {
			var stale bool
			if stale, err = w.on(ctx, c, m); stale && ctx.Err() == nil {
				continue
			}
		}
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err() // whatever broke, it broke because time was up
		case errors.Is(err, os.ErrDeadlineExceeded):
			return context.DeadlineExceeded
		}
		return err
	}
}

// on exchanges m on c. It reports whether c had only seemed to be open.
func (w *fastWire) on(ctx context.Context, c *fastConn, m *message) (stale bool, err error) {
	c.flight.deadline = m.deadline
	if !m.usual && !m.deadline.IsZero() {
		c.flight.deadline = time.Time{}
		c.setDeadline(m.deadline)
	}
	t := w.talks.Get().(*talk)
	w.flights.add(ctx, &c.flight)
	err = t.exchange(c, m, w.gzip)
	aborted := w.flights.done(&c.flight)
	stale = c.used && !aborted && !errors.Is(err, os.ErrDeadlineExceeded) && (t.unsent || t.unanswered && m.repeatable())
	if !t.complete || aborted {
		c.Close()
	} else {
		w.sockets.rest(c)
	}
	t.release()
	w.talks.Put(t)
	return stale, err
}

// connection returns one that has rested, or else a new one.
func (w *fastWire) connection(ctx context.Context, m *message) (*fastConn, error) {
	idle := &w.idle
	if m.private != nil {
		idle = &m.private.idle
	}
	for c := w.sockets.take(idle, m.origin); c != nil; c = w.sockets.take(idle, m.origin) {
		if c.isOpen(m) {
			return c, nil
		}
		c.Close()
	}
	return w.dial(ctx, m, idle)
}

func (w *fastWire) dial(ctx context.Context, m *message, idle *pool) (*fastConn, error) {
	if !m.deadline.IsZero() {
		limited, cancel := context.WithDeadline(ctx, m.deadline)
		defer cancel()
		ctx = limited
	}
	var user uint64
	if m.private != nil {
		user = m.private.user
	}
	s, err := w.sockets.open(ctx, "tcp", m.origin.address(), user)
	if err != nil {
		return nil, orContext(ctx, err)
	}
	c := &fastConn{Conn: s, socket: s, origin: m.origin, pool: idle}
	c.flight.request = c
	if m.origin.scheme == "https" {
		if err := c.secure(ctx, w.tls); err != nil {
			s.Close()
			return nil, orContext(ctx, err)
		}
	} else {
		c.raw = rawOf(s.Conn)
	}
	return c, nil
}

// secure makes c a TLS connection.
func (c *fastConn) secure(ctx context.Context, config *tls.Config) error {
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName = c.origin.url().Hostname()
	}
	conn := tls.Client(c.socket, config)
	c.Conn = conn
	return conn.HandshakeContext(ctx)
}

// repeatable is net/http's rule for what may reach the target twice.
func (m *message) repeatable() bool {
	switch m.method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	_, key := m.header.Header["Idempotency-Key"]
	_, own := m.header.Header["X-Idempotency-Key"]
	return key || own
}
