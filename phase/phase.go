package phase

import (
	"cmp"
	"context"
	"time"

	"github.com/gensim/load-generator/scenario"
)

// Hook is called at a phase border. A Hook that also has a method
// Validate() error is asked for it before the run, so that a mistake in it costs
// no time: see [Schedule.Validate].
type Hook interface {
	// Call does what the hook is for. ctx ends after the phase's HookTimeout, and
	// that of an Enter hook with the run; an Exit hook may finish, because it
	// cleans up. The run continues when Call returns an error, which is logged and
	// counted, unless the phase says AbortOnHook. A hook that ignores ctx holds up
	// the end of the run.
	Call(ctx context.Context) error
}

// HookFunc is a function as a Hook.
type HookFunc func(ctx context.Context) error

// Call implements Hook.
func (f HookFunc) Call(ctx context.Context) error { return f(ctx) }

// Phase is one stretch of a run under one condition. The zero value of each
// field but Name means "nothing special"; see the field.
type Phase struct {
	// Name is unique in the schedule and not empty.
	Name string
	// For is how long the phase lasts; 0 means without end, which only the
	// last phase may be, or as long as its Stages take. It may cut Stages, or
	// hold where they end.
	For time.Duration
	// Users is the level to reach.
	Users int
	// SpawnRate is in users per second, up or down; 0 means at once.
	SpawnRate float64
	// Stages move the level within the phase, from where it stands at the border;
	// Users and SpawnRate are then 0. A level that is set by hand holds until the
	// next phase, as in others. Nil for none.
	Stages Stages `digest:"omitempty"`
	// Weights are the whole task mix of the phase, a task left out does not run
	// in it; nil leaves each task its own weight.
	Weights Weights
	// Pace replaces the pacer of the runner and of all kinds; nil keeps it.
	Pace scenario.Pacer
	// Kinds are the whole mix of the kinds of users that have no fixed count; nil
	// leaves each kind its own weight. Users are exchanged once the level is reached, as
	// fast as SpawnRate: in each pair one of a kind with too many leaves, and one
	// of a kind that is missing joins at the same instant.
	Kinds Shares
	// Paces replace the pacer of the kinds that they name, before Pace does.
	Paces Paces
	// Arrivals opens the load: work arrives at a rate whatever the target
	// does, and Users is 0. Nil means users.
	Arrivals *Arrivals
	// Iterations and UserIterations above 0 end the work of the phase after so many tasks and
	// journeys: of all users together, or of each of them. A user without work rests until
	// the next phase, whose border does not move; in the last phase the run is over, and
	// done, when all users rest. Of several processes each makes its part of Iterations, and
	// needs a user for it. With Arrivals, Iterations is how many arrive, and UserIterations is 0.
	Iterations, UserIterations int `digest:"omitempty"`
	// Enter and Exit run when the phase begins and ends; nil for none.
	Enter, Exit Hook
	// HookTimeout is how long each of them may take; 0 means 30 s.
	HookTimeout time.Duration
	// AbortOnHook ends the run when one of them fails.
	AbortOnHook bool
	// Settle is how long after the ramp figures are left out of effects: 0
	// means the larger of 15 s and a tenth of the phase, but at most half of
	// what follows the ramp; negative means none.
	Settle time.Duration
	// Arm is an optional label such as "A" or "B".
	Arm string
	// Load is "low" or "high" in a design that parts the effect of the load from
	// that of an intervention, see [Factorial]; "" in all others.
	Load string `digest:"omitempty"`
	// Replay above 0 matches the phase with all others of the same number: at
	// its start every user starts replay Replay of its script, with the same
	// state, gaps, choices and draws in each of them. At 0 the users continue
	// where they are. See [Matched].
	Replay uint64
}

// hookTimeout is the limit of a hook when HookTimeout is 0.
const hookTimeout = 30 * time.Second

// Length is how long the phase lasts: For, or if that is 0 as long as its stages
// take; 0 means without end.
func (p Phase) Length() time.Duration {
	switch {
	case p.For > 0:
		return p.For
	case p.Arrivals != nil:
		return p.Arrivals.Stages.Length()
	}
	return p.Stages.Length()
}

// Most is the level to reach: Users, or the highest that Stages go to.
func (p Phase) Most() int {
	if p.Stages == nil {
		return p.Users
	}
	return int(p.Stages.Highest() + .5)
}

// HookLimit is how long each hook of the phase may take.
func (p Phase) HookLimit() time.Duration {
	return cmp.Or(p.HookTimeout, hookTimeout)
}

// Settling limits when Settle is 0.
const (
	minSettle      = 15 * time.Second
	settleFraction = 10
)

// Schedule is the phases of a run in order. All instants are offsets from the
// start of the run. Its methods take a valid schedule: see [Schedule.Validate].
// They are pure, and safe for concurrent use while nothing changes the schedule.
type Schedule []Phase

// Start is the offset at which phase i begins.
func (s Schedule) Start(i int) time.Duration {
	var at time.Duration
	for _, p := range s[:i] {
		at = later(at, p.Length())
	}
	return at
}

// End is the offset at which the last phase ends; 0 when it has no end.
func (s Schedule) End() time.Duration {
	if len(s) > 0 && s[len(s)-1].Length() <= 0 {
		return 0
	}
	return s.Start(len(s))
}

// At is the index of the phase in progress at t: -1 before 0 and from the end
// on. A border belongs to the phase that begins there.
func (s Schedule) At(t time.Duration) int {
	if t < 0 {
		return -1
	}
	for i := range s {
		if t < s.endOf(i) {
			return i
		}
	}
	return -1
}

// endOf is the offset at which phase i ends; Forever if it does not.
func (s Schedule) endOf(i int) time.Duration {
	if s[i].Length() <= 0 {
		return Forever
	}
	return s.Start(i + 1)
}

// Settled is the offset from which phase i counts as settled: its ramp is over
// and its settling time has passed.
func (s Schedule) Settled(i int) time.Duration { return s.settledFrom(i, s.RampEnd(i)) }

// settledFrom is Settled with another end of the ramp.
func (s Schedule) settledFrom(i int, ramp time.Duration) time.Duration {
	end := s.endOf(i)
	switch settle := s[i].Settle; {
	case settle < 0:
		return ramp
	case settle > 0:
		return min(later(ramp, settle), end)
	default:
		return ramp + min(max(minSettle, s[i].Length()/settleFraction), (end-ramp)/2)
	}
}
