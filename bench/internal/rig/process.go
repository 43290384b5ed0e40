// Package rig holds what a measurement stands on: pinned processes and their
// cost as the kernel counts it, the target, and the peers.
package rig

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Command is a program to start.
type Command struct {
	Name   string
	Args   []string
	Env    []string // in addition to the caller's
	Dir    string   // to work in; "": the caller's
	Stdin  string
	Stdout io.Writer // nil: kept for the error message only
	Hold   bool      // keep stdin open until Stop, instead of giving Stdin
}

// Usage is what a process has cost, as the kernel counts it.
type Usage struct {
	CPU     time.Duration // user and system time
	PeakRSS int64         // bytes
}

// Process is a started program. It is not safe for concurrent use.
type Process struct {
	cmd   *exec.Cmd
	name  string
	tail  *tail
	hold  io.WriteCloser
	peak  atomic.Int64 // bytes
	done  chan struct{}
	err   error
	began time.Time
}

// Start starts c on the given cores ("0", "0,1"). The process and all that it
// starts form their own group, which dies with ctx and at the latest with
// this program.
func Start(ctx context.Context, cores string, c Command) (*Process, error) {
	p := &Process{name: c.Name, tail: &tail{}, done: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, "taskset", append([]string{"-c", cores, c.Name}, c.Args...)...)
	p.cmd.Env, p.cmd.Dir = append(os.Environ(), c.Env...), c.Dir
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.cmd.Cancel = func() error { return p.signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 3 * time.Second
	p.cmd.Stdout, p.cmd.Stderr = p.tail, p.tail
	if c.Stdout != nil {
		p.cmd.Stdout = c.Stdout
	}
	if c.Hold {
		var err error
		if p.hold, err = p.cmd.StdinPipe(); err != nil {
			return nil, err
		}
	} else {
		p.cmd.Stdin = strings.NewReader(c.Stdin)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	p.began = time.Now()
	go p.reap()
	go p.watch()
	return p, nil
}

// Run runs c to its end and returns what it cost.
func Run(ctx context.Context, cores string, c Command) (Usage, error) {
	p, err := Start(ctx, cores, c)
	if err != nil {
		return Usage{}, err
	}
	return p.Wait()
}

func (p *Process) reap() {
	p.err = p.cmd.Wait()
	_ = p.signal(syscall.SIGKILL) // whatever it left behind
	close(p.done)
}

// watch reads the peak of the resident memory while the process lives. The
// figure of wait4 is of no use: it also covers the short time before exec,
// when the child still shares this program's memory.
func (p *Process) watch() {
	for {
		if peak := statusBytes(p.cmd.Process.Pid, "VmHWM:"); peak > 0 {
			p.peak.Store(peak)
		}
		select {
		case <-p.done:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// signal sends a signal to the process and all of its group.
func (p *Process) signal(s syscall.Signal) error { return syscall.Kill(-p.cmd.Process.Pid, s) }

// Age is how long ago the process was started.
func (p *Process) Age() time.Duration { return time.Since(p.began) }

// Sleep waits for a time while the process runs; that it ends is an error.
func (p *Process) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.done:
		if _, err := p.Wait(); err != nil {
			return err
		}
		return fmt.Errorf("%s ended early: %s", p.name, p.tail)
	}
}

// Wait waits for the end of the process.
func (p *Process) Wait() (Usage, error) {
	<-p.done
	if p.err != nil {
		return Usage{}, fmt.Errorf("%s: %w: %s", p.name, p.err, p.tail)
	}
	r := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return Usage{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), PeakRSS: p.peak.Load()}, nil
}

// Ended reports whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// CloseInput ends the input that Hold keeps open.
func (p *Process) CloseInput() { _ = p.hold.Close() }

// Stop ends the process and all of its group by a signal, and waits for it.
func (p *Process) Stop() {
	if !p.Ended() {
		_ = p.signal(syscall.SIGTERM)
	}
	select {
	case <-p.done:
	case <-time.After(3 * time.Second):
		_ = p.signal(syscall.SIGKILL)
		<-p.done
	}
}

// Usage is what the living process has cost so far.
func (p *Process) Usage() Usage {
	cpu, _ := cpuOf(p.cmd.Process.Pid) // it may just have ended, which Wait will tell
	return Usage{CPU: cpu, PeakRSS: statusBytes(p.cmd.Process.Pid, "VmHWM:")}
}

// Pause stops all threads of the process until Resume, and returns how much CPU
// they have had.
func (p *Process) Pause() (time.Duration, error) {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return 0, err
	}
	time.Sleep(5 * time.Millisecond) // until the last one is off its core
	return cpuOf(p.cmd.Process.Pid)
}

// Resume continues a paused process.
func (p *Process) Resume() error { return p.signal(syscall.SIGCONT) }

// cpuOf is what a living process has used, all its threads, as the clock of
// its CPU time shows: to the nanosecond.
func cpuOf(pid int) (time.Duration, error) {
	const wholeProcess = 2 // CPUCLOCK_SCHED, without the bit that asks for one thread
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|wholeProcess), &t); err != nil {
		return 0, fmt.Errorf("CPU time of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// statusBytes reads one size of /proc/pid/status; 0 when the process is gone.
func statusBytes(pid int, key string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// tail keeps the end of what a program prints, for the error message.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 600
	t.text = append(t.text, p...)
	if extra := len(t.text) - most; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.Join(strings.Fields(string(t.text)), " ") }
