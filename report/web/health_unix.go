//go:build unix

package web

import (
	"math"
	"os"
	"syscall"
	"time"
)

// processorTime returns what this process has used so far; 0 if it is unknown.
func processorTime() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// openFiles returns the files open now and the most that may be; 0 for what is
// unknown.
func openFiles() (open, limit int) {
	if folder, err := os.Open("/dev/fd"); err == nil {
		names, err := folder.Readdirnames(-1)
		if err == nil {
			open = len(names) - 1 // the folder itself
		}
		folder.Close()
	}
	var most syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &most) == nil && uint64(most.Cur) < math.MaxInt32 {
		limit = int(most.Cur)
	}
	return open, limit
}
