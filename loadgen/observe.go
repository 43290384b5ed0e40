package loadgen

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// over reports whether nothing new may begin.
func (r *run) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// early is how long before the end of each second the run is looked at, so
// that a timer that is late does not see what belongs to the next one.
const early = 5 * time.Millisecond

// observe notes the level shortly before each second is over and shows the run
// to Watch.
func (r *run) observe() {
	for second := 0; ; second++ {
		over := time.Duration(second+1) * time.Second
		if !r.sleepUntil(over-early, r.ended) {
			return
		}
		r.self.look()
		now := r.now()
		r.rec.Level(second, r.Schedule.UsersAt(min(now, over-1)), int(r.users.Load()), int(r.on.Load()))
		r.show(now)
		r.ask(now)
		second = max(second, int(r.now()/time.Second)-1) // a slow Watch skips seconds
	}
}

// show shows the run at an offset to whoever watches it.
func (r *run) show(at time.Duration) {
	if r.Watch == nil && r.observer == nil {
		return
	}
	s := r.rec.Snapshot(at)
	s.Health = r.self.now()
	r.watching <- struct{}{}
	defer func() { <-r.watching }()
	if r.observer != nil {
		r.safely("Observer", func() { r.observer.Watch(s) })
	}
	if r.Watch != nil {
		r.safely("Watch", func() { r.Watch(s) })
	}
}

// announce reports each phase at its start, to the observer, to BeginPhase and
// in the log.
func (r *run) announce() {
	r.eachStart(0, func(i int) {
		r.beginPhase(i)
		if i > 0 {
			r.logTransition(i)
		}
	})
}

func (r *run) beginPhase(i int) {
	r.watching <- struct{}{}
	defer func() { <-r.watching }()
	if r.observer != nil {
		r.safely("Observer", func() { r.observer.BeginPhase(i, r.plan.infos[i]) })
	}
	if r.BeginPhase != nil {
		r.safely("BeginPhase", func() { r.BeginPhase(i, r.plan.infos[i]) })
	}
}

// logTransition logs that phase i begins, with both phases' configurations and
// the figures of the one before.
func (r *run) logTransition(i int) {
	r.log.Info("phase transition",
		"at", r.plan.phases[i].start,
		slog.Any("from", r.plan.describe(i-1)),
		slog.Any("to", r.plan.describe(i)),
		slog.Any("figures", figures(r.rec.Phase(i-1, r.now()))))
}

// safely calls who looks on and reports whether that went well. A panic there,
// or the end of its goroutine, is counted; it ends no run.
func (r *run) safely(who string, look func()) bool {
	err := alone(context.Background(), func(context.Context) error { look(); return nil })
	if err == nil {
		return true
	}
	kind, stack := "error", ""
	if p, ok := err.(*panicError); ok {
		kind, stack = "panic", p.stack
	}
	r.rec.Exception(kind, who+": "+err.Error(), stack, r.clock())
	r.log.Error("who looks on fails", "who", who, "error", err, "stack", stack)
	return false
}

// guarded is the Logger's handler. A panic of it costs the line and is counted.
type guarded struct {
	slog.Handler
	rec   *record.Recorder
	clock func() time.Duration
}

// Enabled implements slog.Handler.
func (g guarded) Enabled(ctx context.Context, level slog.Level) bool {
	defer g.count()
	return g.Handler.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (g guarded) Handle(ctx context.Context, line slog.Record) error {
	defer g.count()
	return g.Handler.Handle(ctx, line)
}

// count counts a panic of what defers it.
func (g guarded) count() {
	if p := recover(); p != nil {
		g.rec.Exception("panic", fmt.Sprint("Logger: ", p), scriptStack(), g.clock())
	}
}

// ask asks the Guard whether the run shall go on.
func (r *run) ask(at time.Duration) {
	if r.Guard == nil {
		return
	}
	s := r.rec.Snapshot(at)
	s.Health = r.self.now()
	p := r.rec.Phase(s.Index, at)
	var err error
	r.safely("Guard", func() { err = r.Guard(s, &p) })
	if err != nil {
		err = readable(err)
		r.log.Error("the run is hopeless and ends", "error", err)
		r.abort(fmt.Errorf("%w: %w", ErrAborted, err))
	}
}

// describe is the configuration of phase i, for the log.
func (p *Plan) describe(i int) slog.Value {
	s := p.runner.Schedule[i]
	var mix []slog.Attr
	for _, share := range p.Shares(i) {
		mix = append(mix, slog.Float64(share.Name, share.Share))
	}
	return slog.GroupValue(
		slog.String("phase", s.Name),
		slog.Int("users", s.Users),
		slog.Float64("spawn_rate", s.SpawnRate),
		slog.Any("pace", p.phases[i].pacer),
		slog.Attr{Key: "weights", Value: slog.GroupValue(mix...)},
	)
}

// figures is what a phase came to, one group an operation, for the log.
func figures(s report.PhaseSummary) slog.Value {
	groups := make([]slog.Attr, 0, len(s.Operations))
	for _, op := range s.Operations {
		name := report.Op{Method: op.Method, Name: op.Name}.String()
		groups = append(groups, slog.Group(name,
			"requests", op.Requests,
			"rate", op.RPS,
			"failures", op.Failures,
			"median_ms", float64(op.ResponseMS.P50),
			"p95_ms", float64(op.ResponseMS.P95),
			"p99_ms", float64(op.ResponseMS.P99)))
	}
	return slog.GroupValue(groups...)
}
