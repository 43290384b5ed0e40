package scenario

import (
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist/stream"
)

// Pacer says when a user acts. A pacer is an immutable value that all users
// share; what one user must remember lives in its [Rhythm]. No draw depends on
// what the target does. Safe for concurrent use with different rhythms.
//
// A user begins with Begin when it joins. When a phase brings another pacer,
// call Begin of the new one at the border: it puts the user into the new
// process as if it had always lived by it, without lockstep.
type Pacer interface {
	// Begin draws the stationary state at the instant the user joins.
	Begin(r *Rhythm) Turn
	// Next draws what follows: after a task ended, or at the instant of a turn
	// that did not act.
	Next(r *Rhythm) Turn
	// Validate returns an error that names the parameter and what is wanted instead.
	Validate() error
	// Load predicts what one user does in the long run when a task takes
	// response, from task start to task end.
	Load(response time.Duration) Load
	// String describes the pacer in one line.
	String() string
}

// SessionPacer is a Pacer that can pace a session: a user who arrives, acts
// for a while and leaves. Open arrivals of sessions need one.
type SessionPacer interface {
	Pacer
	// Arrive is Begin for a user who comes to act: its first turn is due at
	// once. The session is over at the first turn that does not act.
	Arrive(r *Rhythm) Turn
}

// Turn is what a user does next.
type Turn struct {
	// Wait is how long until the turn: from the end of the task, from the
	// instant of the previous turn if that one did not act, or from the
	// instant of joining. Never negative: that counts as an exception of the
	// run, as a panic of a pacer does, and the user rests for a second; a
	// thousand waits of less than a millisecond without a task do so, too.
	// Above dist.Longest it is that long.
	Wait time.Duration
	// Act is true when a task is to run then. When it is false only the ON/OFF
	// state changes: call Next at that instant.
	Act bool
	// FromStart is true when Wait counts from the previous intended start
	// instead of the end of the task.
	FromStart bool
}

// Load is the predicted steady load of one user. Rates of independent users
// add up; OnShare and IDC are the same for any number of them.
type Load struct {
	// Rate is in tasks per second; +Inf when nothing but the target limits it.
	Rate float64
	// OnShare is the part of the time that the user is ON, from 0 to 1.
	OnShare float64
	// IDC is the index of dispersion of counts over long windows: variance
	// over mean of the number of tasks in a window. 0 is a metronome, 1 is
	// Poisson; +Inf when a heavy tail leaves it without a limit, NaN when only
	// the target knows.
	IDC float64
	// Note says in one sentence what the figures leave out; empty if nothing.
	Note string
}

// Rhythm is what one user remembers of its pacing: three random streams and
// the state of its ON/OFF process. It is small (64 bytes), meant to be embedded
// in the user's entry, and not safe for concurrent use.
type Rhythm struct {
	// Start draws the state at the start, Period the ON and OFF periods and
	// Think the gaps between tasks.
	Start, Period, Think rand.PCG
	// On is the user's state during the wait that Begin or Next returned, and
	// during the task that follows it.
	On bool

	stage stage
	left  time.Duration // what is left of the ON period, spent in gaps
}

// stage is where an ON/OFF user stands between two turns.
type stage uint8

const (
	acting  stage = iota // ON, a task follows or has just ended
	lapsing              // ON, waiting for the period to end without a task
	resting              // OFF
)

// NewRhythm returns the rhythm of one user, before Begin. The same arguments
// give the same rhythm on every machine; users and replicates are independent.
func NewRhythm(seed, user, replicate uint64) Rhythm {
	source := func(p stream.Purpose) rand.PCG {
		return stream.Key{Seed: seed, Purpose: p, User: user, Replicate: replicate}.Source()
	}
	return Rhythm{Start: source(stream.Start), Period: source(stream.OnOff), Think: source(stream.Think)}
}
