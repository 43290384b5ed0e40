//go:build linux && !race

package httpclient

import (
	"syscall"
	"unsafe"
)

// sysRead and sysWrite do not tell the scheduler of the call, as package syscall
// does for calls that may block: on a socket these cannot. That is 5 % of the CPU
// of a small request, most of it the scheduler's watchman, who looks for calls
// that take long.
func sysRead(fd uintptr, p []byte) (int, error) { return sysCall(syscall.SYS_READ, fd, p) }

func sysWrite(fd uintptr, p []byte) (int, error) { return sysCall(syscall.SYS_WRITE, fd, p) }

func sysCall(number, fd uintptr, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(number, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
