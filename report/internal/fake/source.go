package fake

import (
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/outline"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/web"
)

var (
	_ web.Source  = (*Load)(nil)
	_ web.Control = (*Load)(nil)
)

// State returns where the run is.
func (l *Load) State() report.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// Run describes the run.
func (l *Load) Run() outline.Run {
	l.mu.Lock()
	defer l.mu.Unlock()
	run := l.run
	run.Phases, run.Changes = slices.Clone(run.Phases), slices.Clone(run.Changes)
	return run
}

// Snapshot is the state of the run.
func (l *Load) Snapshot(quantiles ...float64) *report.Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	if l.rec == nil {
		return nil
	}
	s := l.rec.Snapshot(l.now, quantiles...)
	s.Health, s.Workers = health(l.now), l.workers()
	if l.state == report.Stopped {
		s.Users, s.On, s.Planned = 0, 0, 0
	}
	return s
}

// Reads returns how often Snapshot was called.
func (l *Load) Reads() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

// Phase gives the figures of a phase.
func (l *Load) Phase(i int) report.PhaseSummary {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rec == nil {
		return report.PhaseSummary{}
	}
	return l.rec.Phase(i, l.now)
}

// Timeline returns seconds of the run.
func (l *Load) Timeline(from, to int) []report.Second {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rec == nil {
		return nil
	}
	from = max(from, int(l.run.Reset/time.Second))
	return l.rec.Timeline(from, max(from, min(to, int(l.now/time.Second))))
}

// Series returns the seconds of an operation.
func (l *Load) Series(op report.Op) []report.Series {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rec == nil {
		return nil
	}
	return l.rec.Series(op, l.now)
}

// Summary gives the figures of the run so far.
func (l *Load) Summary() *report.Summary {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rec == nil {
		return nil
	}
	return l.addWorkers(l.rec.Summary(record.Meta{Name: "to-do", Seed: 7, PlanDigest: "sha256:5c1d…e9", Start: l.run.Start, End: l.now, Health: health(l.now)}))
}

// health is that of a generator with little to do.
func health(now time.Duration) report.Health {
	return report.Health{
		CPU: .14, CPUPeak: .31, CPULimit: 2, GCPauseS: 40e-6 * now.Seconds() / 10, Goroutines: 37,
		OpenFiles: 64, FileLimit: 20_000, MemoryBytes: 23 << 20,
	}
}
