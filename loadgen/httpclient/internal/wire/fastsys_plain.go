//go:build linux && (race || 386)

package wire

import "syscall"

// The race detector sees the order that a read after a write stands for in
// package syscall's calls only. On 386 package syscall has no separate calls for
// sockets, which kernels before 4.3 multiplex.

func sysRead(fd uintptr, p []byte) (int, error) { return syscall.Read(int(fd), p) }

func sysWrite(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }
