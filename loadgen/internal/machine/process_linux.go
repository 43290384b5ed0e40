package machine

import (
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// CPUTime returns the CPU time that this process has used; 0 if unknown.
func CPUTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// FileLimit returns how many files this process may have open; 0 if unknown or
// without limit.
func FileLimit() int {
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) != nil || l.Cur > math.MaxInt32 {
		return 0
	}
	return int(l.Cur)
}

// OpenFiles returns how many files this process has open, without reading their
// names; 0 where the kernel does not report it (before 6.2).
func OpenFiles() int {
	info, err := os.Stat("/proc/self/fd")
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// Memory returns how many bytes this process has that no file backs, which the kernel can take back only by ending it; 0 if unknown.
func Memory() uint64 { return parseMemory(file("/proc/self/status")) }
