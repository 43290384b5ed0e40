package loadgen

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/scenario"
)

// userKind is why a user is there.
type userKind uint8

const (
	resident userKind = iota // the plan's level asks for it
	session                  // it arrived, and goes when its session is over
	guest                    // it runs single tasks as they arrive
)

// user is the entry of one user: all that an idle one costs beside the
// script's own value.
type user struct {
	impl      scenario.User
	rhythm    scenario.Rhythm
	choice    rand.PCG
	due       time.Duration // of the next turn, or intended start of the running task
	ready     time.Duration // when the last task had ended
	iteration uint64        // tasks begun
	shard     *shard
	number    int
	pace      int // the leg.pace that the rhythm belongs to

	// The shard's lock guards these.
	worker *worker // that runs its task; nil between tasks
	gone   bool    // it does nothing any more
	on     bool    // it is counted in run.on

	kind    userKind
	acts    bool        // the next turn runs a task
	paced   bool        // it counts from the previous intended start
	leaving atomic.Bool // it goes when the running task is over
}

// next draws the user's next turn, at the end of a task or at the instant of a
// turn that did not act. Only whoever runs the user may call it.
func (u *user) next(p *Plan, at time.Duration) {
	l := &p.phases[p.at(at)]
	if l.pace != u.pace && u.kind == resident {
		u.begin(l, max(at, l.start))
		return
	}
	u.wait(p.phases[u.pace].pacer.Next(&u.rhythm), at)
}

// begin puts the user into a phase's pacer at an instant: a session into its
// beginning, the others into the stationary state.
func (u *user) begin(l *leg, at time.Duration) {
	u.pace, u.due = l.pace, at // a gap from start to start counts from here, too
	if p, ok := l.pacer.(scenario.SessionPacer); ok && u.kind == session {
		u.wait(p.Arrive(&u.rhythm), at)
		return
	}
	u.wait(l.pacer.Begin(&u.rhythm), at)
}

// wait sets the next turn. Its gap counts from an instant, or from the
// previous intended start.
func (u *user) wait(t scenario.Turn, from time.Duration) {
	if t.FromStart {
		from = u.due
	}
	u.due, u.acts, u.paced = from+t.Wait, t.Act, t.FromStart
}
