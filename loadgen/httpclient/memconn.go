package httpclient

import (
	"bytes"
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
	atClose       func()
	once          sync.Once

	// Of the server's side.
	left     []*measure.Leftovers
	peerGone func() // ends the context of the connection
	hijacked atomic.Bool
}

// newMemConns returns the sides of one connection.
func newMemConns(near, far net.Addr) (client, server *memConn) {
	up, down := newLane(), newLane()
	return &memConn{in: down, out: up, local: near, remote: far}, &memConn{in: up, out: down, local: far, remote: near}
}

func (c *memConn) side() *memConn { return c }

func (c *memConn) Read(p []byte) (int, error) { return c.in.read(p) }

func (c *memConn) Write(p []byte) (int, error) { return c.out.write(p) }

// CloseWrite ends what the other side reads.
func (c *memConn) CloseWrite() error {
	c.out.end(&c.out.ended, &c.out.writing)
	return nil
}

// Close may be called more than once.
func (c *memConn) Close() error {
	c.once.Do(func() {
		c.CloseWrite()
		c.in.end(&c.in.gone, &c.in.reading)
		c.atClose()
	})
	return nil
}

func (c *memConn) LocalAddr() net.Addr { return c.local }

func (c *memConn) RemoteAddr() net.Addr { return c.remote }

func (c *memConn) SetDeadline(at time.Time) error {
	c.SetReadDeadline(at)
	return c.SetWriteDeadline(at)
}

func (c *memConn) SetReadDeadline(at time.Time) error {
	c.in.limit(&c.in.reading, at)
	return nil
}

func (c *memConn) SetWriteDeadline(at time.Time) error {
	c.out.limit(&c.out.writing, at)
	return nil
}

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
	data    bytes.Buffer // on its way
	ended   bool         // nothing more will be written
	gone    bool         // nothing more will be read
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
		switch {
		case l.gone:
			return 0, net.ErrClosed
		case l.reading.past():
			return 0, os.ErrDeadlineExceeded
		case l.data.Len() > 0 || len(p) == 0:
			l.changed.Broadcast() // there is room
			return l.data.Read(p)
		case l.ended:
			return 0, io.EOF
		}
		l.changed.Wait()
	}
}

// write is net.Conn's.
func (l *lane) write(p []byte) (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		switch room := laneSize - l.data.Len(); {
		case l.ended:
			return n, net.ErrClosed
		case l.writing.past():
			return n, os.ErrDeadlineExceeded
		case l.gone:
			return n, &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)}
		case n == len(p):
			return n, nil
		case room > 0:
			more, _ := l.data.Write(p[n:min(len(p), n+room)])
			n += more
			l.changed.Broadcast()
			continue
		}
		l.changed.Wait()
	}
}

// end says that nothing more will be written, or read, and ends the deadline of that.
func (l *lane) end(over *bool, d *deadline) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*over = true
	d.stop()
	if l.gone {
		l.data = bytes.Buffer{}
	}
	l.changed.Broadcast()
}

// deadline is when reading or writing a lane fails.
type deadline struct {
	at    time.Time   // zero: never
	timer *time.Timer // wakes those who wait
}

func (d *deadline) past() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
}

// limit sets d, one of the lane's; the zero time takes it back.
func (l *lane) limit(d *deadline, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d.stop()
	if d.at = at; at.IsZero() {
		return
	}
	in := time.Until(at)
	d.at = time.Now().Add(in) // on the clock of timers
	d.timer = time.AfterFunc(in, l.wake)
}

func (l *lane) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed.Broadcast()
}
