package loadgen

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/scenario"
)

// userKind is why a user exists.
type userKind uint8

const (
	resident userKind = iota // the plan's level asks for it
	session                  // it arrived, and goes when its session is over
	guest                    // it runs single tasks as they arrive
)

// user is the entry of one user: all that an idle one costs in addition to the
// script's value.
type user struct {
	impl      scenario.User
	rhythm    scenario.Rhythm
	choice    rand.PCG
	script    rand.PCG      // behind the script's own Rand
	intended  time.Duration // of the next turn, or of the running task
	ready     time.Duration // when the last task had ended; before the first, when the user was ready for it
	own       time.Duration // when that would have been if the target had answered at once
	iteration uint64        // tasks begun
	shard     *shard
	number    int
	stream    uint64 // names its random streams
	pace      int    // the leg.pace that the rhythm belongs to

	// The shard's lock guards these.
	worker *worker // that has it; nil if none
	life   life

	kind   userKind
	acts   bool   // the next turn runs a task
	paced  bool   // it counts from the previous intended start
	passed uint16 // turns in a row that ran no task
}

// next draws the user's next turn, at the end of a task or at the instant of a
// turn that did not act. Its worker calls it, or the loop for an idle user.
func (u *user) next(p *Plan, at time.Duration) {
	l := &p.phases[p.at(at)]
	if l.pace != u.pace && u.kind == resident {
		u.begin(l, max(at, l.start))
		return
	}
	u.wait(u.ask(p.phases[u.pace].pacer, nextTurn), at)
}

// begin puts the user into a phase's pacer at an instant: a session at its start,
// the others in the stationary state. In a matched arm all its streams restart
// first.
func (u *user) begin(l *plannedPhase, at time.Duration) {
	if l.replay > 0 {
		u.seed(u.shard.run.Seed, replicate(l.replay))
	}
	u.pace, u.intended = l.pace, at // a gap from start to start counts from here, too
	u.wait(u.ask(l.pacer, firstTurn), at)
}

// question is which turn a pacer is asked for.
type question uint8

const (
	firstTurn question = iota // of a user that joins or changes its pacer
	nextTurn
)

// ask asks a pacer for a turn. The pacer and its distributions may be the
// script's: if they panic or return a negative wait, that is counted and the user
// rests for a while.
func (u *user) ask(p scenario.Pacer, what question) (t scenario.Turn) {
	defer func() {
		if fault := recover(); fault != nil {
			t = u.unpaced("panic", fault, scriptStack())
		}
	}()
	switch sessions, ok := p.(scenario.SessionPacer); {
	case what == nextTurn:
		t = p.Next(&u.rhythm)
	case ok && u.kind == session:
		t = sessions.Arrive(&u.rhythm)
	default:
		t = p.Begin(&u.rhythm)
	}
	if t.Wait < 0 {
		return u.unpaced("error", "a wait below zero", "")
	}
	t.Wait = min(t.Wait, dist.Longest)
	if u.passed++; t.Act || t.Wait >= time.Millisecond {
		u.passed = 0
	}
	if u.passed >= maxIdleTurns {
		return u.unpaced("error", "a thousand turns without a task, each within a millisecond", "")
	}
	return t
}

// maxIdleTurns is how many turns in a row may run no task if hardly any time
// passes between them: a user that never acts must not starve the others.
const maxIdleTurns = 1000

// unpacedRest is how long a user rests after its pacer failed.
const unpacedRest = time.Second

// unpaced counts a fault of the pacer. After the turn that it returns the pacer
// is asked again; a session ends there.
func (u *user) unpaced(kind string, fault any, stack string) scenario.Turn {
	u.passed = 0
	r := u.shard.run
	r.rec.Exception(kind, fmt.Sprint("pace: ", fault), stack, r.now())
	return scenario.Turn{Wait: unpacedRest}
}

// seed puts all streams of the user at the start of a replicate.
func (u *user) seed(seed, replicate uint64) {
	k := stream.Key{Seed: seed, User: u.stream, Replicate: replicate}
	u.rhythm = scenario.NewRhythm(k.Seed, k.User, k.Replicate)
	k.Purpose = stream.Choice
	u.choice = k.Source()
	k.Purpose = stream.Script
	u.script = k.Source()
}

// replicate keeps the streams of matched arms clear of all others.
func replicate(replay uint64) uint64 {
	if replay == 0 {
		return 0
	}
	return 1<<32 + replay
}

// wait sets the next turn. Its gap counts from an instant, or from the
// previous intended start.
func (u *user) wait(t scenario.Turn, from time.Duration) {
	if t.FromStart {
		from = u.intended
	}
	u.intended, u.acts, u.paced = from+t.Wait, t.Act, t.FromStart
}

// free records that the user's start hook is over. The start was intended at an
// offset and took a while, own of it in the script itself. What exceeds the first
// think time delays the first task.
func (u *user) free(at, took, own time.Duration) {
	u.ready, u.own = at+took, at+own
	if u.acts && !u.paced {
		u.intended = max(u.intended, u.ready)
	}
}
