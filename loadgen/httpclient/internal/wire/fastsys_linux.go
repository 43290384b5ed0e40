//go:build linux && !race && !386

package wire

import (
	"syscall"
	"unsafe"
)

// sysRead and sysWrite do not tell the scheduler of the call, as package syscall
// does for calls that may block: on a socket of Go's these cannot. That is 7 % of
// the CPU of a small request, most of it the scheduler's watchman, who looks for
// calls that take long.
func sysRead(fd uintptr, p []byte) (int, error) { return sysCall(syscall.SYS_RECVFROM, fd, p, 0) }

func sysWrite(fd uintptr, p []byte) (int, error) {
	return sysCall(syscall.SYS_SENDTO, fd, p, syscall.MSG_NOSIGNAL)
}

func sysCall(number, fd uintptr, p []byte, flags uintptr) (int, error) {
	n, _, errno := syscall.RawSyscall6(number, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), flags, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
