package loadgen

import (
	"math"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the CPU time that this process has used.
func cpuTime() time.Duration {
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

// openFiles is how many files this process has open, counted without reading
// their names where the kernel tells (since 6.2), and 0 if it doesn't.
func openFiles() int {
	info, err := os.Stat("/proc/self/fd")
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// cpuQuota is how many cores the cgroups of this process allow; +Inf without
// a limit. It knows version 2 of cgroups.
func cpuQuota() float64 {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return math.Inf(1)
	}
	_, own, found := strings.Cut(string(text), "0::")
	if !found {
		return math.Inf(1)
	}
	own, _, _ = strings.Cut(own, "\n")
	limit := math.Inf(1)
	for dir := path.Join("/", own); ; dir = path.Dir(dir) {
		if text, err := os.ReadFile(path.Join("/sys/fs/cgroup", dir, "cpu.max")); err == nil {
			limit = min(limit, parseQuota(string(text)))
		}
		if dir == "/" {
			return limit
		}
	}
}

// parseQuota reads a cpu.max file: quota and period in µs, or "max".
func parseQuota(text string) float64 {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return math.Inf(1)
	}
	quota, err1 := strconv.ParseFloat(fields[0], 64)
	period, err2 := strconv.ParseFloat(fields[1], 64)
	if err1 != nil || err2 != nil || quota <= 0 || period <= 0 {
		return math.Inf(1)
	}
	return quota / period
}
