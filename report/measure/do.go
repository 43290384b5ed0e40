package measure

import (
	"context"
	"errors"

	"github.com/gensim/load-generator/report"
)

// Do runs f as one operation of the task that ctx belongs to and returns f's error. The
// failure reason is the error's text, or "panic" where f panics or ends its goroutine: Do
// stops neither. Outside a run it only calls f.
func Do(ctx context.Context, op report.Op, f func(context.Context) error) error {
	s := FromContext(ctx)
	q := s.Begin(op, s.Now())
	out := Outcome{Reason: "panic"} // until f has returned
	defer func() {
		out.Done = s.Now()
		q.End(out)
	}()
	err := f(ctx)
	out.Reason, out.Err = reasonOf(ctx, err), err
	return err
}

// reasonOf formats an error of Do. Only the run's own cancellation is a cut.
func reasonOf(ctx context.Context, err error) string {
	switch {
	case err == nil:
		return ""
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return report.CutOff
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return err.Error()
}
