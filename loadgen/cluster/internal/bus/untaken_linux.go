package bus

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// untaken ends a connection when what was sent has not reached the other machine for pingEvery. After that a new one is
// sooner there than the old one is repaired: where the network was cut, the system waits longer after
// each attempt, in the end twice as long as the cut has lasted. A process that stands still does not count: its system
// takes what comes.
func untaken(_, _ string, c syscall.RawConn) (err error) {
	if e := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(pingEvery.Milliseconds()))
	}); e != nil {
		return e
	}
	return err
}
