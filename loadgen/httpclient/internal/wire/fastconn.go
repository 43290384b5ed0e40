package wire

import (
	"net"
	"syscall"
	"time"
)

// fastConn is a connection of the fast wire. It holds no buffers.
type fastConn struct {
	net.Conn // TLS on socket, or socket itself
	socket   *socket
	raw      syscall.RawConn // of a plain connection, where the system can do with it; else nil
	origin   Origin
	flight   flight

	pool    *pool         // where it rests
	rested  time.Duration // since when, on the clock of sockets
	resting bool          // guarded by the lock of sockets
	used    bool          // it has carried an exchange
	early   bool          // its last answer may have come before all of the request
	timed   bool          // a deadline is set
}

// setDeadline sets one for requests that flights do not time; zero takes it back.
func (c *fastConn) setDeadline(at time.Time) {
	c.timed = !at.IsZero()
	c.SetDeadline(at) // fails on a closed connection, and so will what follows
}

// abort ends what is in progress on c.
func (c *fastConn) abort() { c.SetDeadline(time.Unix(1, 0)) }

// justNow is for how long a connection that rests is trusted to be open: a user
// without think time is spared the look, which is 5 % of a small request.
const justNow = 100 * time.Microsecond

// isOpen looks whether the target has closed a connection that rested, or sent
// what no one had asked for. It trusts only where a mistake is mended: not with a
// request that must not be repeated, and not after an answer that may have come
// early. Servers that give one close their own direction alone, and read on; a
// request would find that out by its timeout.
func (c *fastConn) isOpen(m *Message) bool {
	if m.repeatable() && !c.early && c.socket.owner.now()-c.rested < justNow {
		return true
	}
	return isSilent(c.socket.Conn)
}
