package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"

	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
)

// Exit codes, as Locust has them.
const (
	exitOK      = 0
	exitFailure = 1   // could not run
	exitUsage   = 2   // bad arguments
	exitBroken  = 3   // a claim does not hold; ours, not Locust's
	exitLocust  = 255 // settings that Locust refuses with it
)

// exitCode is that of a run. A run without failures in which something never worked
// has failed too.
func (s *session) exitCode(sum *report.Summary) int {
	failed := claim.Failed(s.brief.Claims)
	for _, r := range failed {
		s.log.Error(terminal.Escape(fmt.Sprintf("claim %s: %s: %s", r.Outcome, r.Claim, r.Said)))
	}
	if len(failed) > 0 {
		return exitBroken
	}
	objections := s.objections(sum)
	for _, why := range objections {
		s.log.Error(terminal.Escape(why))
	}
	if len(objections) > 0 {
		return exitFailure
	}
	never := sum.NeverWorked()
	for _, why := range never {
		s.log.Warn(terminal.Escape(why))
	}
	if len(never) > 0 || sum.Total.Failures > 0 || len(sum.Exceptions) > 0 {
		return s.values.output.errorCode.V
	}
	if why := tooShort(sum); why != "" {
		s.log.Warn(why)
	}
	return exitOK
}

// tooShort is why a run without a fault shows next to nothing of its target; "" if
// it does show something.
func tooShort(sum *report.Summary) string {
	switch c := sum.Total.Counters; {
	case c.Started == 0:
		return "no task began before the run ended: it shows nothing of the target"
	case c.Finished == 0:
		return "no task came to its end before the run did: it shows little of the target"
	}
	return ""
}

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
		said(log.Info, fmt.Sprintf("Got %s signal", signalNames[s]))
		cancel(errInterrupted)
		for {
			if s, ok = next(p.signals, done); !ok {
				return
			}
			if time.Since(first) >= echo {
				said(log.Warn, fmt.Sprintf("Got %s signal again, exiting at once", signalNames[s]))
				p.exit(signalCode(s))
				return
			}
		}
	}()
	return ctx, func() { close(done); <-ended; cancel(nil) }
}

// said gives a line of the log a moment, and no more: a signal must end the process
// even if nothing reads its log.
func said(log func(text string, args ...any), text string) {
	done := make(chan struct{})
	go func() { defer close(done); log(text) }()
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
