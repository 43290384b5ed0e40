package loadgen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// Runner describes a run. It is a value: the same Runner can run many times, even
// at the same time.
type Runner struct {
	// Name labels the run in the report; empty is fine.
	Name string
	// NewUser makes one user. It is called when the user joins, from many
	// goroutines at once, and for users 1 and 2 once more before the run to learn
	// the tasks. It must not send requests; a scenario.Starter may. All users have
	// the same tasks: see ErrTasks.
	NewUser func(scenario.Env) (scenario.User, error)
	// Pace says when users act; nil is scenario.NoWait: as fast as the target
	// answers.
	Pace scenario.Pacer
	// Schedule is the plan; it needs at least one phase.
	Schedule phase.Schedule
	// Seed of every random stream; 0 is a seed like any other.
	Seed uint64
	// StopTimeout is how long a running task may take after its user left or the
	// run ended. 0 cuts it off at once; what is cut off is counted.
	StopTimeout time.Duration
	// Slack is how late users may be woken so that several share a wake-up, the
	// largest cost of many users that think; Go's own timers are 1ms late. It
	// counts as wake lag. 0 wakes each user on time.
	Slack time.Duration
	// Logger logs phase transitions and errors; nil logs nothing.
	Logger *slog.Logger
	// Watch, if set, is called every second and at the end with the state of
	// the run, never twice at the same time. A slow Watch skips seconds; a panic
	// of Watch, BeginPhase, Guard, the Observer or the Logger's handler is an
	// exception of the run.
	Watch func(*report.Snapshot)
	// BeginPhase, if set, is called at the start of each phase; see
	// measure.RunObserver. It and Watch are never called at the same time.
	BeginPhase func(i int, info report.PhaseInfo)
	// Guard, if set, is called every second with the state of the run and the
	// figures so far of the phase in progress. An error ends the run, as that of a
	// hook does in a phase with AbortOnHook. Package
	// report/claim makes one of claims.
	Guard func(*report.Snapshot, *report.PhaseSummary) error
	// Observer, if set, observes every task and request, each phase and second, and
	// the end; package loadgen/datadog has one. measure.Observers makes one of several.
	Observer measure.Observer
}

// ErrAborted is the error of a run that its Guard, one of its hooks or a user
// with other tasks ended; it wraps theirs. The Summary returned with it has what
// was measured until then and, in its notes, why the run ended.
var ErrAborted = errors.New("run aborted")

// ErrStopped is the error of a run that was ended before its schedule was.
// The Summary returned with it has what was measured until then.
var ErrStopped = errors.New("run stopped before the end of its schedule")

// Run walks the schedule and blocks until it is over or ctx ends, all tasks
// have returned and every hook has run.
//
// The Summary is nil only when the Runner is invalid or the Enter hook of the
// first phase failed and AbortOnHook is set. An aborted run ends with an error
// that wraps ErrAborted and ErrStopped. When ctx ends first the error wraps
// ErrStopped and the cause, and the Summary has what was measured until then; for
// a schedule without end that is the regular end and the error is nil.
func (r Runner) Run(ctx context.Context) (*report.Summary, error) {
	run, err := newRun(r)
	if err != nil {
		return nil, err
	}
	return run.do(ctx)
}

// fill puts the defaults in.
func (r Runner) fill() Runner {
	r.Pace = cmp.Or[scenario.Pacer](r.Pace, scenario.NoWait{})
	r.Logger = cmp.Or(r.Logger, slog.New(slog.DiscardHandler))
	return r
}

// check validates what can be checked without making a user.
func (r Runner) check() error {
	switch {
	case r.NewUser == nil:
		return errors.New("Runner.NewUser is nil; give a function that makes a user")
	case len(r.Schedule) == 0:
		return errors.New("Runner.Schedule is empty; give at least one phase")
	case r.StopTimeout < 0:
		return fmt.Errorf("Runner.StopTimeout is %v; give 0 or more", r.StopTimeout)
	case r.Slack < 0:
		return fmt.Errorf("Runner.Slack is %v; give 0 or more", r.Slack)
	}
	if err := r.Pace.Validate(); err != nil {
		return fmt.Errorf("Runner.Pace: %w", err)
	}
	if err := r.Schedule.Validate(); err != nil {
		return fmt.Errorf("Runner.Schedule: %w", err)
	}
	return nil
}
