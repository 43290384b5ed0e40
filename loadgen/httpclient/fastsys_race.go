//go:build linux && race

package httpclient

import "syscall"

// The race detector sees the order that a read after a write stands for in
// package syscall's calls only.

func sysRead(fd uintptr, p []byte) (int, error) { return syscall.Read(int(fd), p) }

func sysWrite(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }
