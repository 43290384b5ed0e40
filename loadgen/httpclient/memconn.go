package httpclient

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gensim/load-generator/report/measure"
)

// laneSize is how many bytes may be on their way in one direction, as in a
// socket's buffers.
const laneSize = 64 << 10

// memConn is one side of a connection in memory. In place of sockets it waits in
// ways that a testing/synctest bubble knows.
type memConn struct {
	in, out       *lane
	local, remote net.Addr
	left          []*measure.Leftovers
	atClose       func()
	once          sync.Once
	mu            sync.Mutex
	peerLeft      bool
	tell          func() // when the peer has closed; may be nil
	hijacked      atomic.Bool
}

// newMemConns returns the sides of one connection.
func newMemConns(near, far net.Addr) (client, server *memConn) {
	up, down := newLane(), newLane()
	return &memConn{in: down, out: up, local: near, remote: far}, &memConn{in: up, out: down, local: far, remote: near}
}

func (c *memConn) Read(p []byte) (int, error) { return c.in.read(p) }

func (c *memConn) Write(p []byte) (int, error) { return c.out.write(p) }

// CloseWrite ends what the other side reads.
func (c *memConn) CloseWrite() error {
	c.out.finish()
	return nil
}

// Close may be called more than once.
func (c *memConn) Close() error {
	c.once.Do(func() {
		c.out.finish()
		c.in.abandon()
		c.atClose()
	})
	return nil
}

func (c *memConn) LocalAddr() net.Addr { return c.local }

func (c *memConn) RemoteAddr() net.Addr { return c.remote }

func (c *memConn) SetDeadline(at time.Time) error {
	c.in.setDeadline(&c.in.reading, at)
	c.out.setDeadline(&c.out.writing, at)
	return nil
}

func (c *memConn) SetReadDeadline(at time.Time) error {
	c.in.setDeadline(&c.in.reading, at)
	return nil
}

func (c *memConn) SetWriteDeadline(at time.Time) error {
	c.out.setDeadline(&c.out.writing, at)
	return nil
}

// onPeerGone calls f when the other side closes, or has closed.
func (c *memConn) onPeerGone(f func()) {
	c.mu.Lock()
	c.tell = f
	left := c.peerLeft
	c.mu.Unlock()
	if left {
		f()
	}
}

func (c *memConn) peerGone() {
	c.mu.Lock()
	c.peerLeft = true
	f := c.tell
	c.mu.Unlock()
	if f != nil {
		f()
	}
}

// setHijacked says that the handler will close c.
func (c *memConn) setHijacked() { c.hijacked.Store(true) }

func (c *memConn) leftovers() []*measure.Leftovers { return c.left }

func (c *memConn) beginLeft() {
	for _, l := range c.left {
		l.Begin()
	}
}

func (c *memConn) endLeft() {
	for _, l := range c.left {
		l.End()
	}
}

// lane is one direction of a connection.
type lane struct {
	mu      sync.Mutex
	changed sync.Cond
	data    []byte // on its way: from read on
	first   int
	ended   bool // nothing more will be written
	gone    bool // nothing more will be read
	reading deadline
	writing deadline
}

func newLane() *lane {
	l := new(lane)
	l.changed.L = &l.mu
	return l
}

// read is net.Conn's.
func (l *lane) read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		switch waiting := len(l.data) - l.first; {
		case l.gone:
			return 0, net.ErrClosed
		case l.reading.past:
			return 0, os.ErrDeadlineExceeded
		case waiting > 0 || len(p) == 0:
			return l.take(p), nil
		case l.ended:
			return 0, io.EOF
		}
		l.changed.Wait()
	}
}

// take moves what is there to p, and makes room.
func (l *lane) take(p []byte) int {
	n := copy(p, l.data[l.first:])
	if l.first += n; l.first == len(l.data) {
		l.data, l.first = l.data[:0], 0
	}
	l.changed.Broadcast()
	return n
}

// write is net.Conn's.
func (l *lane) write(p []byte) (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		switch room := laneSize - (len(l.data) - l.first); {
		case l.ended:
			return n, net.ErrClosed
		case l.writing.past:
			return n, os.ErrDeadlineExceeded
		case l.gone:
			return n, &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)}
		case n == len(p):
			return n, nil
		case room > 0:
			n += l.put(p[n:min(len(p), n+room)])
			continue
		}
		l.changed.Wait()
	}
}

// put appends p, in place of what has been read already.
func (l *lane) put(p []byte) int {
	if l.first > 0 && len(l.data)+len(p) > cap(l.data) {
		l.data = l.data[:copy(l.data, l.data[l.first:])]
		l.first = 0
	}
	l.data = append(l.data, p...)
	l.changed.Broadcast()
	return len(p)
}

// finish says that nothing more will be written.
func (l *lane) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.writing.stop()
	l.changed.Broadcast()
}

// abandon says that nothing more will be read.
func (l *lane) abandon() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone, l.data, l.first = true, nil, 0
	l.reading.stop()
	l.changed.Broadcast()
}

// deadline is when reading or writing a lane fails.
type deadline struct {
	timer *time.Timer
	past  bool
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

// setDeadline sets d, one of the lane's; the zero time takes it back.
func (l *lane) setDeadline(d *deadline, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d.stop()
	in := time.Until(at)
	if d.past = !at.IsZero() && in <= 0; d.past {
		l.changed.Broadcast()
	}
	if at.IsZero() || d.past || l.ended && d == &l.writing || l.gone && d == &l.reading {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(in, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if d.timer == timer { // and no later one
			d.past = true
			l.changed.Broadcast()
		}
	})
	d.timer = timer
}
