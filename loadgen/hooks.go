package loadgen

import (
	"context"
	"errors"
	"fmt"

	"github.com/gensim/load-generator/phase"
)

// transitions runs the hooks at the phase borders. A slow hook delays the hooks
// that follow, not the load.
func (r *run) transitions(ctx context.Context) {
	r.eachStart(1, func(i int) {
		r.exit(ctx)
		if !r.over() {
			r.enter(ctx, i)
		}
	})
}

// eachStart calls do at the start of each phase from i on that the run reaches.
func (r *run) eachStart(i int, do func(i int)) {
	for ; i < len(r.plan.phases); i++ {
		start := r.plan.phases[i].start
		r.sleepUntil(start, r.ended)
		if r.clock() < start {
			return
		}
		do(i)
	}
}

// enter runs the Enter hook of phase i.
func (r *run) enter(ctx context.Context, i int) {
	r.entered = i
	r.hook(ctx, i, "enter", r.Schedule[i].Enter)
}

// outside is run.entered between two phases.
const outside = -1

// exit runs the Exit hook of the phase entered last, even when the run has ended:
// it undoes what Enter has done.
func (r *run) exit(ctx context.Context) {
	if i := r.entered; i != outside {
		r.entered = outside
		r.hook(context.WithoutCancel(ctx), i, "exit", r.Schedule[i].Exit)
	}
}

// hook runs a hook of phase i; an error is logged and counted.
func (r *run) hook(ctx context.Context, i int, which string, h phase.Hook) {
	if h == nil {
		return
	}
	p := r.Schedule[i]
	ctx, cancel := context.WithTimeoutCause(ctx, p.HookLimit(), fmt.Errorf("no end within %v", p.HookLimit()))
	defer cancel()
	err := alone(ctx, h.Call)
	if err == nil {
		return
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	kind, stack := kindOf(err)
	if kind == "error" {
		kind = "hook"
	}
	r.rec.Exception(kind, fmt.Sprintf("%s hook of phase %s: %v", which, p.Name, err), stack, r.clock())
	r.log.Error("phase hook failed", "phase", p.Name, "hook", which, "error", err)
	if p.AbortOnHook {
		r.abort(fmt.Errorf("%w: %s hook of phase %s: %w", ErrAborted, which, p.Name, err))
	}
}

// errExited is the error of a part of the script that ended its goroutine.
var errExited = errors.New("the script ended its goroutine (runtime.Goexit, for example by T.FailNow)")

// alone calls do on a separate goroutine, so that the run continues if do ends its
// goroutine. The error is readable.
func alone(ctx context.Context, do func(context.Context) error) error {
	err := errExited
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = readable(call(ctx, do))
	}()
	<-done
	return err
}

// aborted is why the run was aborted; nil if it was not.
func aborted(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, ErrAborted) {
		return err
	}
	return nil
}
