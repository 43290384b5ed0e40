//go:build unix && !linux

package cluster

import "syscall"

// apart keeps the terminal's signals from a worker, which its parent ends. It ends with its parent
// when its standard input does.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
