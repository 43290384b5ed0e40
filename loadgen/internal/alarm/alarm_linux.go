package alarm

import (
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// New returns the precise sleeper, or a plain timer where time is
// virtual or the kernel refuses.
//
// An idle Go process waits for its timers in epoll, whose resolution is 1 ms:
// time.Sleep wakes half a millisecond late at the median. A timerfd is a file
// backed by a high-resolution timer; the same epoll wakes within tens of
// microseconds when it becomes readable. The waiting goroutine parks in the
// network poller like any reader and holds no thread.
func New() Alarm {
	if Virtual() {
		return newTimer()
	}
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return newTimer()
	}
	a := &timerfd{fd: fd, file: os.NewFile(uintptr(fd), "timerfd")}
	if a.conn, err = a.file.SyscallConn(); err != nil {
		a.Close()
		return newTimer()
	}
	return a
}

// Virtual reports whether package time runs on a synctest bubble's clock,
// which no file descriptor follows: then it disagrees with the kernel's.
func Virtual() bool {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_REALTIME, &ts) != nil {
		return false
	}
	return time.Since(time.Unix(ts.Unix())).Abs() > time.Minute
}

type timerfd struct {
	fd   int
	file *os.File
	conn syscall.RawConn
	buf  [8]byte // the expiry count that a read returns; only Wait touches it
}

func (a *timerfd) Set(d time.Duration) {
	// A zero value would disarm the timer.
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(max(int64(d), 1))}
	_ = unix.TimerfdSettime(a.fd, 0, &spec, nil) // fails only on a bad fd or spec
}

// Ring makes the waiting goroutine runnable past epoll, into which a process
// that is never idle looks only every 10 ms.
func (a *timerfd) Ring() { _ = a.file.SetReadDeadline(time.Unix(1, 0)) }

// Wait bypasses File.Read, which prepares the scheduler for a system call that
// may block; this one cannot. It saves a quarter of a wake-up's CPU.
func (a *timerfd) Wait() {
	if a.conn.Read(a.rang) != nil {
		_ = a.file.SetReadDeadline(time.Time{}) // or it would keep ringing
	}
}

func (a *timerfd) rang(fd uintptr) bool {
	_, _, errno := unix.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&a.buf)), uintptr(len(a.buf)))
	return errno != unix.EAGAIN
}

func (a *timerfd) Close() { _ = a.file.Close() }
