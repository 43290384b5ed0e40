package web

import (
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/outline"
)

// Source is the state of the load; a *loadgen.Controller is one. The handler calls it from many goroutines:
// State and Run with every request, what costs more at most a few times a second
// however many viewers there are.
type Source interface {
	// State is where the load is in its life cycle.
	State() report.State
	// Run describes the current or last run; the zero Run before the first.
	Run() outline.Run
	// Snapshot is the state of that run, or how it ended, with the quantiles
	// given in Live.Quantiles (see record.Recorder.Snapshot); nil before the first run.
	Snapshot(quantiles ...float64) *report.Snapshot
	// Phase gives the figures so far of phase i of Run().Phases; the zero value if
	// there is no such phase.
	Phase(i int) report.PhaseSummary
	// Timeline returns the seconds from..to-1 of the run; those past its end or
	// still to come are left out. See record.Recorder.Timeline.
	Timeline(from, to int) []report.Second
	// Series gives the seconds of one operation, phase by phase, or of all operations
	// for the zero Op. See record.Recorder.Series.
	Series(op report.Op) []report.Series
	// Summary gives the figures of the run so far, or of the last one; nil before
	// the first.
	Summary() *report.Summary
}

// Control steers the load. Its methods are safe for concurrent use.
type Control interface {
	// Start starts a run. During one it only changes its target to
	// Users at SpawnRate and, if RunTime > 0, its limit. It returns before the
	// users are there. The error is one line for the person who asked; it may have a
	// method Field() string that names the field of the form which is wrong.
	Start(Order) error
	// Stop ends the run, if there is one, and blocks until its users are down.
	Stop() error
	// Reset zeroes the figures; the run continues.
	Reset() error
}

// KindSetter is a Control that changes kinds of users, as Locust's POST /user does; it is safe for concurrent use.
type KindSetter interface {
	// SetKind takes what a JSON object says of a kind, its user_class_name, for the runs that start from
	// now on. The error is one line for the person who asked.
	SetKind(object []byte) error
	// Kinds are the kinds of users with their weights and fixed counts as the next run has them.
	Kinds() []outline.Class
}

// Order asks for a run. The handler has checked it: Users >= 0, SpawnRate
// finite and > 0, RunTime >= 0.
type Order struct {
	Users     int
	SpawnRate float64       // users per second
	RunTime   time.Duration // from this order on; 0: no limit, or the one that the run has
	Host      string        // the target; "": the program's own
	Kinds     []string      // the kinds of users that take part; nil: all
	Planned   bool          // run the program's phases; Users, SpawnRate and RunTime are then 0
	Stages    string        // how the level of a new run moves, not yet checked; Users and SpawnRate are then 0; "": by these
}
