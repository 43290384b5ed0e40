package report

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Task describes one run of a task to its Scope.
type Task struct {
	Shard     *Shard        // where its samples go; nil: nowhere
	Epoch     time.Time     // the start of the run, with its monotonic reading
	Intended  time.Duration // when the plan starts it
	Own       time.Duration // script time that holds it up before it begins: of a start hook, or of overdue tasks
	Woken     time.Duration // Intended plus what the generator itself was late
	Begun     time.Duration // when its code got control; before Woken: at Woken
	User      int           // 1, 2, 3...
	Name      string        // of the task
	Iteration uint64        // counts the user's tasks from 0
	Hook      bool          // a start or stop hook: no plan wakes it, so it has no wake lag
	Observer  RunObserver   // is told of the task; nil: nobody is
}

// Scope carries the measuring of one task run through its context. All methods work on a nil
// Scope, where they do nothing, and are safe for concurrent use.
type Scope struct {
	task   Task
	span   TaskSpan    // nil: nobody observes the task
	begun  atomic.Bool // some request has been sent
	failed atomic.Bool
	asking asking // guarded by the lock of the task's shard
}

// scopeCtx holds a Scope and the context that carries it in one allocation.
type scopeCtx struct {
	context.Context
	scope Scope
}

type scopeKey struct{}

// Value answers the key of the Scope and leaves the rest to the parent.
func (c *scopeCtx) Value(key any) any {
	if key == (scopeKey{}) {
		return &c.scope
	}
	return c.Context.Value(key)
}

// WithScope returns a context that carries a new Scope for t, and that Scope. It allocates once,
// beside what an observer does.
func WithScope(ctx context.Context, t Task) (context.Context, *Scope) {
	c := &scopeCtx{Context: ctx, scope: Scope{task: t}}
	c.scope.begun.Store(t.Hook)
	if t.Observer != nil {
		c.scope.tell(func() {
			own, span := t.Observer.BeginTask(ctx, t)
			if c.scope.span = span; own != nil {
				c.Context = own
			}
		})
	}
	return c, &c.scope
}

// FromContext returns the Scope that ctx carries; nil outside a run.
func FromContext(ctx context.Context) *Scope {
	s, _ := ctx.Value(scopeKey{}).(*Scope)
	return s
}

// Task returns what the Scope was made for; the zero Task for a nil Scope.
func (s *Scope) Task() Task {
	if s == nil {
		return Task{}
	}
	return s.task
}

// Phase returns the phase of the task's intended start.
func (s *Scope) Phase() PhaseInfo {
	if s == nil || s.task.Shard == nil {
		return PhaseInfo{}
	}
	return s.task.Shard.r.PhaseAt(s.task.Intended)
}

// Now returns the offset since the start of the run; 0 for a nil Scope.
func (s *Scope) Now() time.Duration {
	if s == nil {
		return 0
	}
	return time.Since(s.task.Epoch)
}

// Record takes one operation that was sent and done at these offsets. reason is short and
// stable; "" is success. The offset that its response time counts from is that of [Scope.Begin].
func (s *Scope) Record(op Op, sent, done time.Duration, reason string, bytes int64) {
	q := s.Begin(op, sent)
	q.End(Outcome{Done: done, Reason: reason, Bytes: bytes})
}

// Failed says whether some operation of this task failed.
func (s *Scope) Failed() bool { return s != nil && s.failed.Load() }

// Measure runs f as one operation of the task that ctx belongs to and returns f's error. The
// failure reason is the error's text, or "panic" where f panics or ends its goroutine, which goes
// on; outside a run only f happens.
func Measure(ctx context.Context, op Op, f func(context.Context) error) error {
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

// reasonOf words an error of Measure. Only the run's own cancellation is a cut.
func reasonOf(ctx context.Context, err error) string {
	switch {
	case err == nil:
		return ""
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return CutOff
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return err.Error()
}
