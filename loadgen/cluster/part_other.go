//go:build !unix

package cluster

import "syscall"

// apart sets nothing: a worker ends with its parent when its standard input does.
func apart() *syscall.SysProcAttr { return nil }
