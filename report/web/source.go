package web

import (
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/locust"
)

// Source is the state of the load. The handler calls it from many goroutines:
// State and Run with every request, what costs more at most a few times a second
// however many viewers there are.
type Source interface {
	// State is where the load is in its life cycle.
	State() report.State
	// Run describes the current or last run; the zero Run before the first.
	Run() Run
	// Snapshot is the state of that run, or how it ended, with the quantiles
	// given in Live.Quantiles (see record.Recorder.Snapshot); nil before the first run.
	Snapshot(quantiles ...float64) *report.Snapshot
	// Phase gives the figures so far of phase i of Run().Phases; the zero value if
	// there is no such phase.
	Phase(i int) report.PhaseSummary
	// Timeline returns the seconds from..to-1 of the run; those past its end or
	// still to come are left out. See record.Recorder.Timeline.
	Timeline(from, to int) []report.Second
	// Summary gives the figures of the run so far, or of the last one; nil before
	// the first.
	Summary() *report.Summary
}

// Control steers the load. Its methods are safe for concurrent use.
type Control interface {
	// Start starts a run. During one it only changes its target to
	// Users at SpawnRate and, if RunTime > 0, its limit. It returns before the
	// users are there. The error is one line for the person who asked.
	Start(Order) error
	// Stop ends the run, if there is one, and blocks until its users are down.
	Stop() error
	// Reset zeroes the figures; the run continues.
	Reset() error
}

// Order asks for a run. The handler has checked it: Users >= 0, SpawnRate
// finite and > 0, RunTime >= 0.
type Order struct {
	Users     int
	SpawnRate float64       // users per second
	RunTime   time.Duration // from this order on; 0: no limit, or the one that the run has
	Host      string        // the target; "": the program's own
	Planned   bool          // run the program's phases; Users, SpawnRate and RunTime are then 0
}

// Run describes a run to the page. Offsets count from Start.
type Run struct {
	// Number distinguishes runs: it changes with each start and with each reset. 0
	// means that there was none yet.
	Number  int
	Start   time.Time          // wall clock at offset 0
	Reset   time.Duration      // the figures count from here: 0, or the last reset
	Ended   time.Duration      // where it ended; 0: it is not over
	Host    string             // the target
	Phases  []report.PhaseInfo // of the plan
	Changes []html.Change      // by hand, in time order
	Tasks   []locust.Task      // the mix of the present phase
}
