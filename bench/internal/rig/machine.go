package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Machine describes this machine in one line.
func Machine() string {
	var u unix.Utsname
	_ = unix.Uname(&u) // cannot fail with a valid pointer
	var info syscall.Sysinfo_t
	_ = syscall.Sysinfo(&info)
	return fmt.Sprintf("%s, %d cores, %d GiB, Linux %s, %s", processor(), runtime.NumCPU(),
		info.Totalram*uint64(info.Unit)>>30, unix.ByteSliceToString(u.Release[:]), runtime.Version())
}

// processor is what the kernel calls the CPU.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// Revision names the commit that is measured, or is empty outside a checkout.
func Revision(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// OpenFiles raises the limit of open files of this process to what it may
// have, and of those that it starts, and returns it.
func OpenFiles() uint64 {
	var r syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r) != nil {
		return 0
	}
	r.Cur = r.Max
	// Setting it by hand keeps the runtime from giving children the old one.
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &r)
	return r.Cur
}
