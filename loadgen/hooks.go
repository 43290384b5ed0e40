package loadgen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// transitions runs the hooks at the phase borders. A slow hook delays the hooks
// that follow, not the load.
func (r *run) transitions(ctx context.Context) {
	if i := r.entered; r.resumed > 0 && r.progress.Entering {
		r.lateHooks(i)
		r.enter(ctx, i)
	}
	r.eachStart(r.entered+1, func(i int) {
		if r.resumed > r.plan.phases[i].start {
			r.lateHooks(i)
		}
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
	h := r.Schedule[i].Enter
	r.keepNow(func(p *Progress) { p.Phase, p.Entering = i, h != nil })
	r.hook(ctx, i, "enter", h)
	if h != nil {
		r.keepNow(func(p *Progress) { p.Entering = false })
	}
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
	ctx, cancel := context.WithTimeoutCause(ctx, p.HookLimit(), fmt.Errorf("no end within %s", say.Span(p.HookLimit())))
	defer cancel()
	err := alone(ctx, h.Call)
	if err == nil {
		return
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

// mostData bounds what a set-up may return, so that it fits into a message to the workers.
const mostData = 500_000

// setUp runs the Runner's set-up.
func (r *run) setUp(ctx context.Context) error {
	if r.SetUp == nil {
		return nil
	}
	var made any
	chore, err := chore(ctx, "SetUp", func(ctx context.Context) (err error) {
		made, err = r.SetUp(ctx)
		return err
	})
	if err == nil && made != nil {
		if r.data, err = json.Marshal(made); len(r.data) > mostData {
			err = fmt.Errorf("it returned %s of JSON, want %s at most", say.Bytes(float64(len(r.data))), say.Bytes(mostData))
		}
	}
	if err != nil {
		r.data, r.entered = nil, outside
		return fmt.Errorf("%w: set-up: %w", ErrAborted, err)
	}
	r.isSetUp = true
	r.log.Info("the set-up is done", "took", time.Duration(chore.TookS*float64(time.Second)).Round(time.Millisecond))
	r.keepNow(func(p *Progress) { p.SetUp, p.Data = chore, json.RawMessage(r.data) })
	return nil
}

// tearDownTime is how long the tear-down may take.
const tearDownTime = time.Minute

// tearDown runs the Runner's tear-down, if its set-up was made.
func (r *run) tearDown(ctx context.Context) *report.Chore {
	if r.TearDown == nil || r.SetUp != nil && !r.isSetUp {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), tearDownTime, fmt.Errorf("no end within %s", say.Span(tearDownTime)))
	defer cancel()
	chore, err := chore(ctx, "TearDown", func(ctx context.Context) error { return r.TearDown(ctx, r.data) })
	if err != nil {
		kind, stack := kindOf(err)
		r.rec.Exception(kind, "tear-down: "+chore.Error, stack, r.clock())
		r.log.Error("the tear-down failed", "error", err)
	}
	return chore
}

// chore runs a part of the script that belongs to the run, and measures what it sends.
func chore(ctx context.Context, name string, do func(context.Context) error) (*report.Chore, error) {
	began, rec := time.Now(), record.New(record.Config{Phases: []report.PhaseInfo{{Name: name}}, Shards: 1})
	scoped, scope := measure.WithScope(ctx, measure.Task{Shard: rec.Shard(0), Epoch: began, Name: name, Hook: true})
	err := alone(scoped, do)
	took := time.Since(began)
	scope.End(err, false)
	sum := rec.Summary(record.Meta{End: took})
	c := &report.Chore{TookS: took.Seconds(), Operations: sum.Total.Operations, Failures: sum.Failures}
	if err != nil {
		c.Error = err.Error()
	}
	return c, err
}

// aborted is why the run was aborted; nil if it was not.
func aborted(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, ErrAborted) {
		return err
	}
	return nil
}
