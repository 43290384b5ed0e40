package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"
)

// errInterrupted is why the run's context ends at a signal.
var errInterrupted = errors.New("stopped by a signal")

// echo is how long after a signal another one is the same: timeout(1), for one,
// sends it to the program and to its group.
const echo = 500 * time.Millisecond

// untilSignal returns a context that the first signal ends, and a function
// that stops watching. A second signal ends the process at once.
func (p process) untilSignal(log *slog.Logger) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s, ok := next(p.signals, done)
		if !ok {
			return
		}
		first := time.Now()
		said(func() { log.Info(fmt.Sprintf("Got %s signal", signalNames[s])) })
		cancel(errInterrupted)
		for {
			if s, ok = next(p.signals, done); !ok {
				return
			}
			if time.Since(first) >= echo {
				said(func() { log.Warn(fmt.Sprintf("Got %s signal again, exiting at once", signalNames[s])) })
				p.exit(signalCode(s))
				return
			}
		}
	}()
	return ctx, func() { close(done); <-ended; cancel(nil) }
}

// said gives a line of the log a moment, and no more: a signal must end the process
// even if nothing reads its log.
func said(say func()) {
	done := make(chan struct{})
	go func() { defer close(done); say() }()
	select {
	case <-done:
	case <-time.After(echo):
	}
}

// endAtSignal ends the process at a signal, until the function that it returns is
// called: for steps that leave nothing to finish and may never end.
func (p process) endAtSignal() (unwatch func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		if s, ok := next(p.signals, done); ok {
			p.exit(signalCode(s))
		}
	}()
	return func() { close(done); <-ended }
}

// next waits for a signal; false when done comes first.
func next(signals <-chan os.Signal, done <-chan struct{}) (os.Signal, bool) {
	select {
	case s := <-signals:
		return s, true
	case <-done:
		return nil, false
	}
}

var signalNames = map[os.Signal]string{os.Interrupt: "SIGINT", syscall.SIGTERM: "SIGTERM", syscall.SIGHUP: "SIGHUP"}

// signalCode is the exit code that shells give a process killed by s.
func signalCode(s os.Signal) int {
	if number, ok := s.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return exitFailure
}
