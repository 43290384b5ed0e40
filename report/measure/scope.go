package measure

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Task describes one run of a task to its Scope.
type Task struct {
	Shard     *record.Shard // where its samples go; nil: nowhere
	Epoch     time.Time     // the start of the run, with its monotonic reading
	Intended  time.Duration // when the plan starts it
	Own       time.Duration // script time that holds it up before it begins: of a start hook, or of overdue tasks
	Woken     time.Duration // Intended plus what the generator itself was late
	Begun     time.Duration // when its code got control; before Woken: at Woken
	Kind      string        // of the user; "" in a run of one kind: see report.Op
	User      int           // 1, 2, 3...
	Name      string        // of the task; of a step of a journey "shopping/login"
	Iteration uint64        // counts the user's tasks from 0
	Draws     uint64        // names the random numbers of its pauses
	Hook      bool          // a start or stop hook: no plan wakes it, so it has no wake lag
	Observer  RunObserver   // observes the task; nil: none
}

// String is the name of the task with the kind of users that has it, such as "buyer/shopping/login".
func (t Task) String() string {
	if t.Kind == "" {
		return t.Name
	}
	return t.Kind + "/" + t.Name
}

// Scope carries the measuring of one task run through its context, or, within a [Transaction] or under a [Tag], of a
// part of it. All methods work on a nil Scope, where they do nothing, and are safe for concurrent use.
type Scope struct {
	*taskRun
	span *openSpan   // the innermost transaction around it; nil: none
	tags *[]keyedTag // of its requests; nil: none
}

// taskRun is what all Scopes of a task share.
type taskRun struct {
	task     Task
	observer TaskSpan    // nil: the task is not observed
	begun    atomic.Bool // some request has been sent
	failed   atomic.Bool
	waits    record.Waits  // guarded by the lock of the task's shard
	pauses   atomic.Uint64 // begun
	spans    atomic.Pointer[openSpans]
}

// scopeCtx holds a Scope and the context that carries it in one allocation, for a part of a task.
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

// taskCtx is the context of a whole task.
type taskCtx struct {
	context.Context
	scope Scope
	run   taskRun
}

// taskKey finds the context of a whole task.
type taskKey struct{}

// Value answers the keys of the Scope and of the task and leaves the rest to the parent.
func (c *taskCtx) Value(key any) any {
	switch key {
	case scopeKey{}:
		return &c.scope
	case taskKey{}:
		return c
	}
	return c.Context.Value(key)
}

// WithScope returns a context that carries a new Scope for t, and that Scope. It allocates once,
// in addition to what an observer does.
func WithScope(ctx context.Context, t Task) (context.Context, *Scope) {
	c := new(taskCtx)
	c.Context, c.run.task = ctx, t
	c.scope.taskRun = &c.run
	c.run.begun.Store(t.Hook)
	if t.Observer != nil {
		c.scope.notify(func() {
			own, span := t.Observer.BeginTask(ctx, t)
			if c.run.observer = span; own != nil {
				c.Context = own
			}
		})
	}
	return c, &c.scope
}

// FromContext returns the Scope that ctx carries; nil outside a run.
func FromContext(ctx context.Context) *Scope {
	if c, ok := ctx.(*taskCtx); ok { // as it is in most calls
		return &c.scope
	}
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
func (s *Scope) Phase() report.PhaseInfo {
	if s == nil || s.task.Shard == nil {
		return report.PhaseInfo{}
	}
	return s.task.Shard.Recorder().PhaseAt(s.task.Intended)
}

// Now returns the offset since the start of the run; 0 for a nil Scope.
func (s *Scope) Now() time.Duration {
	if s == nil {
		return 0
	}
	return time.Since(s.task.Epoch)
}

// Failed says whether some operation of this task failed.
func (s *Scope) Failed() bool { return s != nil && s.failed.Load() }

// OwnTime returns the time from the start of the task to now in which none of its requests was in
// flight: what the script itself took. 0 for a nil Scope, or one whose samples go nowhere.
func (s *Scope) OwnTime(now time.Duration) time.Duration {
	if s == nil || s.task.Shard == nil {
		return 0
	}
	return max(0, now-s.task.began()-s.task.Shard.Waited(&s.waits, now))
}

// Note counts something that a reader of the report must know and that is not a
// separate request, such as a cookie that was not kept. what is short and stable,
// "cookies not kept: no name"; the Summary's Notes say it once, with how often it
// happened. Past 20 different ones a run they are counted together.
func (s *Scope) Note(what string) {
	if s != nil && s.task.Shard != nil {
		s.task.Shard.Recorder().Note(what)
	}
}

// intendedFor returns the offset that the response time of the task's first request counts from, which
// it asks for at another one.
func (t *Task) intendedFor(asked time.Duration) time.Duration {
	return t.Intended + t.Own + max(0, asked-t.began())
}

// began returns when the task's code got control.
func (t *Task) began() time.Duration { return max(t.Begun, t.Woken) }

// End notifies the observer that the task has ended, and cuts off its transactions that have not. cut says that the end of
// the run, or of the user, cut the task off.
func (s *Scope) End(err error, cut bool) {
	if s == nil {
		return
	}
	s.cutSpans()
	if s.observer != nil {
		s.notify(func() { s.observer.End(s.Now(), err, cut) })
	}
}

// notify calls the observer. A panic of it is an exception of the run; the task and its
// requests do not notice.
func (s *Scope) notify(what func()) {
	defer func() {
		if p := recover(); p != nil && s.task.Shard != nil {
			s.task.Shard.Recorder().Exception("panic", fmt.Sprint("Observer: ", p), string(debug.Stack()), s.Now())
		}
	}()
	what()
}
