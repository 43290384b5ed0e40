//go:build linux || darwin

package httpclient

import (
	"net"
	"syscall"
)

// isSilent says that nothing waits to be read on conn, not even its end. Under
// TLS, too, what comes unasked for is most likely the good-bye.
func isSilent(conn net.Conn) bool {
	tcp, ok := conn.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	silent := false
	err = raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = err == syscall.EAGAIN
		return true // do not wait
	})
	return err == nil && silent
}
