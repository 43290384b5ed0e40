package work

import (
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gensim/load-generator/report/hist"
)

// clock has one thread woken by the kernel at evenly spaced instants: what
// being punctual costs on this machine at the very least.
func clock(j Job) (Outcome, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var late hist.Sketch
	gap := time.Duration(float64(time.Second) / j.Rate)
	began, before := monotonic(), cpu()
	n := int64(j.Hold / gap)
	for i := range n {
		due := began + time.Duration(i)*gap
		sleepUntil(due)
		late.Add(monotonic() - due)
	}
	return Outcome{
		Requests: n, Rate: float64(n) / j.Hold.Seconds(), CPU: cpu() - before,
		Late: lateMS(&late),
	}, nil
}

// sleepUntil goes past Go's scheduler, whose own watchman would be woken with
// every call and cost as much again.
func sleepUntil(due time.Duration) {
	until := unix.NsecToTimespec(int64(due))
	for {
		_, _, e := unix.RawSyscall6(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, uintptr(unsafe.Pointer(&until)), 0, 0, 0)
		if e != unix.EINTR {
			return
		}
	}
}

// monotonic is the kernel's monotonic clock.
func monotonic() time.Duration {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // cannot fail for this clock
	return time.Duration(now.Nano())
}
