package cluster

import "syscall"

// apart keeps the terminal's signals from a worker, which its parent ends, and ends it with its
// parent.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
