package loadgen

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// logTransition logs that phase i begins, with the configurations of both phases
// and the figures of the one before.
func (r *run) logTransition(i int) {
	r.log.Info("phase transition",
		"at", r.plan.phases[i].start,
		slog.Any("from", r.plan.describe(i-1)),
		slog.Any("to", r.plan.describe(i)),
		slog.Any("figures", figures(r.rec.Phase(i-1, r.now()))))
}

// describe is the configuration of phase i, for the log.
func (p *Plan) describe(i int) slog.Value {
	s := p.runner.Schedule[i]
	var mix []slog.Attr
	for _, share := range p.Shares(i) {
		mix = append(mix, slog.Float64(share.Name, share.Share))
	}
	how := slog.Float64("spawn_rate", s.SpawnRate)
	if s.Stages != nil {
		how = slog.String("stages", report.StagesText(stages(s.Stages), ""))
	}
	return slog.GroupValue(
		slog.String("phase", s.Name),
		slog.Int("users", s.Most()),
		how,
		slog.String("pace", p.paceOf(p.phases[i])),
		slog.Attr{Key: "weights", Value: slog.GroupValue(mix...)},
	)
}

// figures are those of a phase, one group per operation, for the log.
func figures(s report.PhaseSummary) slog.Value {
	groups := make([]slog.Attr, 0, len(s.Operations))
	for _, op := range s.Operations {
		name := op.Op().String()
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

// namedPhases bounds the phases that a log line names.
const namedPhases = 10

// logIdle logs the tasks that do not run in some phases, a line for each set
// of tasks: a task left out of a mix by mistake shows at the start.
func (r *run) logIdle() {
	var sets []string
	phases := map[string][]string{}
	for i, l := range r.plan.phases {
		var names []string
		for k, x := range l.legs {
			for _, name := range x.dispatcher.Idle() {
				names = append(names, r.plan.kinds[k].task(name))
			}
		}
		set := strings.Join(names, ", ")
		if set == "" {
			continue
		}
		if phases[set] == nil {
			sets = append(sets, set)
		}
		phases[set] = append(phases[set], r.Schedule[i].Name)
	}
	for _, set := range sets {
		r.log.Info("tasks left out of the mix do not run", "tasks", set, "phases", r.namePhases(phases[set]))
	}
}

func (r *run) namePhases(names []string) string {
	switch more := len(names) - namedPhases; {
	case len(names) == len(r.Schedule):
		return "all"
	case more > 0:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:namedPhases], ", "), more)
	}
	return strings.Join(names, ", ")
}

// guarded is the Logger's handler. A panic in it costs the line and is counted.
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

// count, deferred, counts a panic.
func (g guarded) count() {
	if p := recover(); p != nil {
		g.rec.Exception("panic", fmt.Sprint("Logger: ", p), scriptStack(), g.clock())
	}
}
