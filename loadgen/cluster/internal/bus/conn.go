package bus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// What waits for one subscriber: more is dropped, and Options.Trouble called. The bytes are two seconds of 1,000 workers at 30 KB/s,
// and room to spare.
const (
	pendingMost  = 1 << 16
	pendingBytes = 256 << 20
)

// reconnectWait and up to as much more is the pause before an attempt to reconnect, so that workers do not all knock at
// the same instant.
const reconnectWait = 500 * time.Millisecond

// Conn is a connection to a bus. Its methods are safe for concurrent use.
//
// It makes its connections again by itself. nats.go's own reconnection holds a lock for as long as an attempt takes, 5 s where
// nothing answers, so that publishing would wait; leaves failed attempts open; and takes timers from a pool of the process,
// with which no second bubble of testing/synctest can reconnect.
type Conn struct {
	target  Target
	options Options
	life    context.Context
	end     context.CancelFunc

	mu   sync.Mutex
	now  *link // nil: disconnected
	subs []*subscription
}

// link is one connection of NATS, over one of the system.
type link struct {
	nats *nats.Conn
	wire *overheard
}

// subscription is one over all connections.
type subscription struct {
	subject string
	deliver func(*nats.Msg)
	ended   atomic.Bool
	on      atomic.Pointer[link]
	mu      sync.Mutex
	nats    *nats.Subscription // on that
}

// bind makes the subscription on a connection, once.
func (s *subscription) bind(l *link) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on.Load() == l || s.ended.Load() {
		return nil
	}
	made, err := l.nats.Subscribe(s.subject, s.deliver)
	if err != nil {
		return plain(err)
	}
	s.nats = made
	s.on.Store(l)
	return plain(made.SetPendingLimits(pendingMost, pendingBytes))
}

func (s *subscription) unbind() {
	s.ended.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.nats != nil {
		_ = s.nats.Unsubscribe()
	}
}

// keep makes the connection again whenever it is lost, until Close.
func (c *Conn) keep(l *link) {
	for {
		select {
		case <-l.wire.gone:
		case <-c.life.Done():
			return
		}
		c.mu.Lock()
		c.now = nil
		c.mu.Unlock()
		l.nats.Close()
		if c.life.Err() == nil && c.options.Down != nil {
			c.options.Down(lost(l.nats.LastError()))
		}
		if l = c.again(); l == nil {
			return
		}
		if c.options.Up != nil {
			c.options.Up()
		}
	}
}

func lost(why error) error {
	if why == nil {
		return errors.New("the connection to the bus is lost")
	}
	return fmt.Errorf("the connection to the bus is lost: %s", strings.TrimPrefix(why.Error(), "nats: "))
}

// again returns the next connection, with all subscriptions; nil after Close.
func (c *Conn) again() *link {
	for {
		pause := time.NewTimer(reconnectWait + rand.N(reconnectWait))
		select {
		case <-pause.C:
		case <-c.life.Done():
			pause.Stop()
			return nil
		}
		l, err := attempt(c.life, c.target, c.options)
		if err == nil && c.adopt(l) {
			return l
		}
	}
}

// adopt makes a connection the present one, when it has all subscriptions.
func (c *Conn) adopt(l *link) bool {
	for {
		missing, err := c.missing(l)
		for _, s := range missing {
			if err == nil {
				err = s.bind(l)
			}
		}
		if err != nil {
			l.nats.Close()
			return false
		}
		if len(missing) == 0 {
			return true
		}
	}
}

// missing are the subscriptions that a connection has not got. If there are none it is the present one.
func (c *Conn) missing(l *link) (subs []*subscription, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.subs {
		if s.on.Load() != l && !s.ended.Load() {
			subs = append(subs, s)
		}
	}
	if len(subs) == 0 && c.life.Err() == nil {
		c.now = l
	}
	return subs, c.life.Err()
}

// present is the connection, or nil while there is none.
func (c *Conn) present() *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now == nil || c.now.wire.isGone() {
		return nil
	}
	return c.now
}

// Message is what a subscriber gets. Data is the subscriber's to keep.
type Message struct {
	Subject string
	Data    []byte
	reply   string
	conn    *Conn
}

// Publish sends data to all subscribers of a subject. A nil error says that it is on its way, no more.
func (c *Conn) Publish(subject string, data []byte) error {
	l := c.present()
	if l == nil {
		return ErrDisconnected
	}
	return plain(l.nats.Publish(subject, data))
}

// Request sends data and returns the first answer. Without a deadline of ctx it waits 10 s at most.
func (c *Conn) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	ctx, stop := limited(ctx)
	defer stop()
	l := c.present()
	if l == nil {
		return nil, ErrDisconnected
	}
	m, err := l.nats.RequestWithContext(ctx, subject, data)
	if err != nil {
		return nil, plain(err)
	}
	return m.Data, nil
}

// Subscribe calls f for each message of a subject, which may have the wildcards * (a word) and > (all words from here
// on): one after the other, in order, in a separate goroutine. It outlives a lost connection. It is known to the server only
// when Flush returns. After unsubscribe only the call in hand may still be running.
func (c *Conn) Subscribe(subject string, f func(Message)) (unsubscribe func(), err error) {
	s := &subscription{subject: subject}
	s.deliver = func(m *nats.Msg) {
		if !s.ended.Load() {
			f(Message{m.Subject, m.Data, m.Reply, c})
		}
	}
	c.mu.Lock()
	c.subs = append(c.subs, s)
	l := c.now
	c.mu.Unlock()
	unsubscribe = func() {
		c.mu.Lock()
		c.subs = slices.DeleteFunc(c.subs, func(o *subscription) bool { return o == s })
		c.mu.Unlock()
		s.unbind()
	}
	if l == nil {
		return unsubscribe, nil
	}
	if err := s.bind(l); err != nil && !errors.Is(err, ErrDisconnected) {
		unsubscribe()
		return nil, err
	}
	return unsubscribe, nil
}

// Respond answers a request. It goes to inboxes alone: a worker that gives another subject as the place of its
// answer would otherwise publish there with the coordinator's rights.
func (m Message) Respond(data []byte) error {
	if !strings.HasPrefix(m.reply, inboxes) {
		return fmt.Errorf("message on %s asks for no answer", m.Subject)
	}
	return m.conn.Publish(m.reply, data)
}

// Flush returns when the server has got what was published and subscribed. Without a deadline of ctx it waits at most
// 10 s.
func (c *Conn) Flush(ctx context.Context) error {
	ctx, stop := limited(ctx)
	defer stop()
	l := c.present()
	if l == nil {
		return ErrDisconnected
	}
	return plain(l.nats.FlushWithContext(ctx))
}

// RTT is how long the server takes to answer now.
func (c *Conn) RTT(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	err := c.Flush(ctx)
	return time.Since(began), err
}

// Connected reports whether the connection is there, as far as this end knows.
func (c *Conn) Connected() bool { return c.present() != nil }

// Close ends the connection, and returns within two seconds. What was published and not flushed may be lost.
func (c *Conn) Close() {
	c.end()
	c.mu.Lock()
	l := c.now
	c.now = nil
	c.mu.Unlock()
	if l == nil {
		return
	}
	hung := time.AfterFunc(2*time.Second, func() { _ = l.wire.Close() }) // it writes what waits, and the other end may not read
	defer hung.Stop()
	l.nats.Close()
}

// limited gives a context a deadline if it has none.
func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, 10*time.Second)
}

// plain makes errors of nats.go ours.
func plain(err error) error {
	switch {
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrDisconnected):
		return ErrDisconnected
	case errors.Is(err, nats.ErrNoResponders):
		return ErrNoAnswer
	case errors.Is(err, nats.ErrMaxPayload):
		return ErrTooLarge
	}
	return err
}

// trouble is an error that came by itself.
func trouble(s *nats.Subscription, err error) error {
	if errors.Is(err, nats.ErrSlowConsumer) && s != nil {
		return fmt.Errorf("messages on %s come faster than they are handled, and some were dropped", s.Subject)
	}
	return fmt.Errorf("bus: %s", strings.TrimPrefix(err.Error(), "nats: "))
}
