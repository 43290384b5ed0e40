// Package link is a wire that behaves badly, for tests of what is carried over the bus: it delays, holds back and cuts.
// Its time is that of package time, so it works in bubbles of testing/synctest.
//
//	wire := link.New(30*time.Millisecond, 10*time.Millisecond)
//	conn, err := bus.Dial(ctx, srv.WorkerTarget(), bus.Options{ID: "w1", Wrap: wire.Wrap})
//	wire.Hold(true, false) // what the worker sends waits
package link

import (
	"io"
	"net"
	"sync"
	"time"
)

// Link is the way of one client to the bus, over all its connections. Bytes are not lost, as a network hides that from
// TCP: they are late, or the connection ends. Its methods are safe for concurrent use.
type Link struct {
	mu      sync.Mutex
	changed chan struct{} // closed when one of these is changed
	up      way
	down    way
	cut     bool
	open    map[*pair]bool
}

// way is one direction.
type way struct {
	delay time.Duration
	held  bool
}

// pair is a connection: inner is the client's end of a pipe, and what comes out at its other end is passed on.
type pair struct {
	ends []net.Conn
	once sync.Once
	done chan struct{}
}

func (p *pair) close() {
	p.once.Do(func() {
		close(p.done)
		for _, c := range p.ends {
			_ = c.Close()
		}
	})
}

// New makes a Link: what the client sends takes up, what it gets takes down.
func New(up, down time.Duration) *Link {
	return &Link{changed: make(chan struct{}), up: way{delay: up}, down: way{delay: down}, open: map[*pair]bool{}}
}

// Wrap puts the Link before a connection. It is for bus.Options. A Link that is cut ends each at once.
func (l *Link) Wrap(far net.Conn) net.Conn {
	near, inner := net.Pipe()
	p := &pair{ends: []net.Conn{far, near, inner}, done: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		p.close()
		return near
	}
	l.open[p] = true
	go l.carry(p, far, inner, &l.up)
	go l.carry(p, inner, far, &l.down)
	return near
}

// Delay changes how long bytes take from now on.
func (l *Link) Delay(up, down time.Duration) {
	l.change(func() { l.up.delay, l.down.delay = up, down })
}

// Hold keeps back what comes from now on in a direction, both, or neither: it arrives when it is held no longer.
func (l *Link) Hold(up, down bool) { l.change(func() { l.up.held, l.down.held = up, down }) }

// Cut ends the connections that there are, and each that is made until Mend.
func (l *Link) Cut() {
	l.change(func() { l.cut = true })
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.open {
		p.close()
	}
}

// Mend ends Cut and Hold.
func (l *Link) Mend() {
	l.change(func() { l.cut, l.up.held, l.down.held = false, false, false })
}

func (l *Link) change(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	close(l.changed)
	l.changed = make(chan struct{})
}

// state is a direction now, and what is closed when it changes.
func (l *Link) state(w *way) (way, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *w, l.changed
}

// piece is what was read at once.
type piece struct {
	bytes []byte
	due   time.Time
}

// most is how many pieces are on the way in one direction; who sends more waits.
const most = 1000

// carry passes bytes on, from one end to the other, until one of them ends.
func (l *Link) carry(p *pair, to io.Writer, from io.Reader, w *way) {
	pieces := make(chan piece, most)
	go func() {
		defer close(pieces)
		for {
			b := make([]byte, 32<<10)
			n, err := from.Read(b)
			if n > 0 {
				now, _ := l.state(w)
				select {
				case pieces <- piece{b[:n], time.Now().Add(now.delay)}:
				case <-p.done:
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	for next := range pieces {
		if !l.await(p, next, w) {
			break
		}
		if _, err := to.Write(next.bytes); err != nil {
			break
		}
	}
	p.close()
	l.mu.Lock()
	delete(l.open, p)
	l.mu.Unlock()
}

// await returns when a piece has arrived, or false if the connection has ended.
func (l *Link) await(p *pair, next piece, w *way) bool {
	if wait := time.Until(next.due); wait > 0 {
		arrived := time.NewTimer(wait)
		defer arrived.Stop()
		select {
		case <-arrived.C:
		case <-p.done:
			return false
		}
	}
	for {
		now, changed := l.state(w)
		if !now.held {
			return true
		}
		select {
		case <-changed:
		case <-p.done:
			return false
		}
	}
}
