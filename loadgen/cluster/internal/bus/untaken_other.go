//go:build !linux

package bus

import "syscall"

// untaken sets nothing: pings find a connection that is cut.
func untaken(_, _ string, _ syscall.RawConn) error { return nil }
