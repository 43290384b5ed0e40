package wire

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gensim/load-generator/report/timing"
)

// fastWire is a wire of our own. It spares net/http's two goroutines a connection
// and its map of an answer's header, and holds no buffers while a user rests.
type fastWire struct {
	sockets *Sockets
	flights *flights
	gzip    bool
	idle    pool      // that all share
	talks   sync.Pool // of *talk
}

// Fast is the fast wire on s.
func (s *Sockets) Fast() Wire {
	w := &fastWire{sockets: s, flights: &s.flights, gzip: s.config.Gzip}
	s.tls.NextProtos = []string{"http/1.1"}
	w.talks.New = func() any { return new(talk) }
	return w
}

// Exchange sends m again where net/http would: when a connection that had
// rested turns out to be closed, and either nothing was written or nothing came
// back and the request may be repeated. The clock of the sample runs on.
func (w *fastWire) Exchange(ctx context.Context, m *Message) error {
	m.Header = m.Header.Written()
	if m.Header.err != nil {
		return m.Header.err
	}
	if !isToken(m.Method) {
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
func (w *fastWire) on(ctx context.Context, c *fastConn, m *Message) (stale bool, err error) {
	c.flight.deadline = m.Deadline
	if !m.Usual && !m.Deadline.IsZero() {
		c.flight.deadline = time.Time{}
		c.setDeadline(m.Deadline)
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
func (w *fastWire) connection(ctx context.Context, m *Message) (*fastConn, error) {
	idle := &w.idle
	if m.Private != nil {
		idle = &m.Private.idle
	}
	for c := w.sockets.take(idle, m.Origin); c != nil; c = w.sockets.take(idle, m.Origin) {
		if c.isOpen(m) {
			return c, nil
		}
		c.Close()
	}
	return w.dial(ctx, m, idle)
}

func (w *fastWire) dial(ctx context.Context, m *Message, idle *pool) (*fastConn, error) {
	if !m.Deadline.IsZero() {
		limited, cancel := context.WithDeadline(ctx, m.Deadline)
		defer cancel()
		ctx = limited
	}
	m.Watch.Is(timing.Connecting)
	var user uint64
	if m.Private != nil {
		user = m.Private.user
	}
	s, err := w.sockets.open(ctx, "tcp", m.Origin.Address(), user)
	if err != nil {
		return nil, OrContext(ctx, err)
	}
	c := &fastConn{Conn: s, socket: s, origin: m.Origin, pool: idle}
	c.flight.request = c
	if m.Origin.Scheme == "https" {
		m.Watch.To(timing.TLS)
		if c.Conn, err = handshake(ctx, s, w.sockets.tls, m.Origin.URL().Hostname()); err != nil {
			return nil, OrContext(ctx, err)
		}
	} else {
		c.raw = rawOf(s.Conn)
	}
	m.Watch.To(timing.Waiting)
	return c, nil
}

// repeatable is net/http's rule for what may reach the target twice.
func (m *Message) repeatable() bool {
	switch m.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	_, key := m.Header.Header["Idempotency-Key"]
	_, own := m.Header.Header["X-Idempotency-Key"]
	return key || own
}
