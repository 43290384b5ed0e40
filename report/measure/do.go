package measure

import (
	"context"
	"errors"

	"github.com/gensim/load-generator/report"
)

// Do runs f as one operation of the task that ctx belongs to and returns f's error. The
// failure reason is the error's text, or "panic" where f panics or ends its goroutine: Do
// stops neither. What begins under a context that has ended, and returns its error, is not recorded: nothing was sent.
// Outside a run it only calls f.
func Do(ctx context.Context, op report.Op, f func(context.Context) error) error {
	s := FromContext(ctx)
	var q Span
	sent, ended := s.Now(), s != nil && ctx.Err() != nil
	if !ended {
		q.ask(s, op, sent)
		q.Sent(sent)
	}
	out := Outcome{Reason: "panic"} // until f has returned
	defer func() {
		switch out.Done = s.Now(); {
		case ended && (errors.Is(out.Err, context.Canceled) || errors.Is(out.Err, context.DeadlineExceeded)):
			s.NotSent(ctx)
			return
		case ended: // f went to work all the same
			q.ask(s, op, sent)
			q.Sent(sent)
		}
		q.End(out)
	}()
	err := f(ctx)
	out.Reason, out.Err = Reason(ctx, err), err
	return err
}

// IsFailure reports whether an error is one; those of package scenario that end a journey, a session or a user
// say that they are none.
func IsFailure(err error) bool {
	if err == nil {
		return false
	}
	var says interface{ Failure() bool } // which is allocated
	return !errors.As(err, &says) || says.Failure()
}

// Reason is the failure reason of an error: "" for one that is none. Only the run's own cancellation is a cut.
func Reason(ctx context.Context, err error) string {
	switch {
	case !IsFailure(err):
		return ""
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return CancelReason(ctx)
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return err.Error()
}

// Cancelled is the reason of a request whose context the script itself cancelled in the middle of the run: of two that it
// sent, say, the slower one.
const Cancelled = "cancelled by the script"

// CancelReason is the failure reason of what a context that has ended interrupted: report.CutOff where the end of the run, or
// of the user, did, and Cancelled where it was the script that cancelled a context that it had made. Outside a run it is report.CutOff.
func CancelReason(ctx context.Context) string {
	if c, ok := ctx.Value(taskKey{}).(*taskCtx); ok && c.Err() == nil {
		return Cancelled
	}
	return report.CutOff
}

// NotSent notes that an operation was asked for under a context that the script itself had ended before, so that nothing
// was sent and nothing is measured. After the end of the run, or of the user, that goes without saying.
func (s *Scope) NotSent(ctx context.Context) {
	if CancelReason(ctx) == Cancelled {
		s.Note("requests asked for under a context that the script had ended before: not sent")
	}
}
