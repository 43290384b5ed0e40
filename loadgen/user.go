package loadgen

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/loadgen/internal/crowd"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
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
	shard     *shard
	number    int
	origin    uint64 // of a session in a matched arm: its arrival in the phase, from 1; of a resident: see past and again
	pace      int32  // the leg.pace that the rhythm belongs to
	index     uint32 // number within its kind
	seat      uint32 // among those of its kind that are there at once; 0: it arrived
	iteration uint32 // tasks begun
	trip      *trip  // its journey in progress; nil: none

	// The shard's lock guards these.
	worker *worker // that has it; nil if none
	life   life

	of     uint8 // index of its kind
	kind   userKind
	acts   bool   // the next turn runs a task
	paced  bool   // it counts from the previous intended start
	sits   bool   // it has ended its session: it sits out the rest of the ON period
	passed uint16 // turns in a row that ran no task
}

// next draws the user's next turn, at the end of a task or at the instant of a
// turn that did not act. Its worker calls it, or the loop for an idle user.
func (u *user) next(p *Plan, at time.Duration) {
	l := &p.phases[p.at(at)]
	if l.legs[u.of].pace != int(u.pace) && u.kind == resident {
		u.enter(l, max(at, l.start))
		return
	}
	u.wait(u.ask(p.phases[u.pace].legs[u.of].pacer, nextTurn), at)
	u.sits = u.sits && u.acts
}

// enter puts the user, who is there, into another phase's pacer. Matched arms are alike from their first instant on,
// however many users have had its place before.
func (u *user) enter(l *plannedPhase, at time.Duration) {
	if l.replay > 0 {
		u.origin = uint64(u.past())
	}
	u.begin(l, at)
}

// begin puts the user into a phase's pacer at an instant: a session at its start,
// the others in the stationary state. In a matched arm all its streams restart
// first.
func (u *user) begin(l *plannedPhase, at time.Duration) {
	if l.replay > 0 {
		u.cutTrip(u.shard.rec)
		u.trip = nil
		u.seed(u.shard.run.Seed, replicate(l.replay))
	}
	if u.sits = false; u.trip != nil {
		u.trip.due = false
	}
	u.pace, u.intended = int32(l.legs[u.of].pace), at // a gap from start to start counts from here, too
	u.wait(u.ask(l.legs[u.of].pacer, firstTurn), at)
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
		t = u.after(p)
	case ok && u.kind != resident:
		t = sessions.Arrive(&u.rhythm)
	default:
		t = p.Begin(&u.rhythm)
	}
	if t.Wait < 0 {
		return u.unpaced("error", "a wait below zero", "")
	}
	t.Wait = min(t.Wait, dist.Longest)
	if u.passed++; t.Act && !u.sits || t.Wait >= time.Millisecond { // a journey that is sat out comes to its end
		u.passed = 0
	}
	if u.passed >= maxIdleTurns {
		return u.unpaced("error", "a thousand turns without a task, each within a millisecond", "")
	}
	return t
}

// after asks a pacer for the turn after one that ran a task, or did not act. Where a step with a think time is next it
// gives the pacer that.
func (u *user) after(p scenario.Pacer) scenario.Turn {
	if t := u.trip; t != nil && t.due {
		t.due = false
		if d := t.journey.Step(t.step).Think; d != nil {
			return p.(scenario.Thinker).After(&u.rhythm, d.Sample(&u.rhythm.Think))
		}
	}
	return p.Next(&u.rhythm)
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
	k := stream.Key{Seed: seed, User: u.stream(), Replicate: replicate + uint64(u.again())<<renewals}
	u.rhythm = scenario.NewRhythm(k.Seed, k.User, k.Replicate)
	k.Purpose = stream.Choice
	u.choice = k.Source()
	k.Purpose = stream.Script
	u.script = k.Source()
}

// isFirst reports whether the user is a resident who renews no one's place.
func (u *user) isFirst() bool { return u.kind == resident && u.again() == 0 }

// firstScript is the script's stream as the first user in its place has it when the run, and not an arm, makes it.
func (u *user) firstScript(seed uint64) rand.PCG {
	return stream.Key{Seed: seed, Purpose: stream.Script, User: u.stream()}.Source()
}

// stream names the user's random streams.
func (u *user) stream() uint64 {
	if u.kind == session && u.origin > 0 {
		return sessionStreams + u.origin - 1
	}
	return uint64(u.number)
}

// past is how many users had a resident's place before.
func (u *user) past() uint32 { return uint32(u.origin) }

// again is how many of them there were since the streams of its number began, in the run or in a matched arm.
func (u *user) again() uint32 {
	if u.kind != resident {
		return 0
	}
	return uint32(u.origin >> 32)
}

// renewals is where the number of a user in its place stands in the replicate of its streams.
const renewals = 40

// refill makes the user, who has left for good, the next one in its place; where its kind does not renew places, itself
// as if it had not left.
func (u *user) refill() {
	u.impl, u.trip, u.own, u.acts, u.paced, u.sits, u.passed = nil, nil, 0, false, false, false, 0
	if u.shard.run.plan.kinds[u.of].Renew {
		u.origin += 1<<32 + 1
		u.seed(u.shard.run.Seed, 0)
	}
}

// refills reports whether the place of a user who leaves for good is filled again, and the offset from which on it may
// be: at once where its kind renews places, else in the first matched arm after its turn.
func (p *Plan) refills(u *user, now time.Duration) (from time.Duration, ok bool) {
	switch {
	case u.kind != resident:
		return 0, false
	case p.kinds[u.of].Renew:
		return 0, true
	}
	for i := range p.phases {
		if l := &p.phases[i]; l.replay > 0 && l.start > min(u.intended, now) {
			return l.start, true
		}
	}
	return 0, false
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

// trip is a journey in progress.
type trip struct {
	journey *scenario.Journey
	task    int    // of which it is the journey
	step    int    // that is next, or runs
	made    uint64 // steps before it
	due     bool   // the gap before the step is to be drawn
	begun   bool   // a step has been started
	over    bool   // it is in the report: what is still planned is sat out

	intended, woken, sent time.Duration // of its first step
	ended                 time.Duration // when its last step so far had ended
	took                  time.Duration // that step
	between               time.Duration // between steps
}

// choose returns the task of the user's turn: that of its journey, or one that it draws.
func (u *user) choose(p *Plan) int {
	if u.trip != nil {
		return u.trip.task
	}
	i := p.phases[p.at(u.intended)].legs[u.of].dispatcher.Pick(&u.choice)
	if j := p.kinds[u.of].journey(i); j != nil {
		u.trip = &trip{journey: j, task: i}
	}
	return i
}

// sitsOut reports whether the user's turn is planned and not to run.
func (u *user) sitsOut() bool { return u.sits || u.trip != nil && u.trip.over }

// pass draws what the user would do in its turn, which does not run. Where the turn is not sat out it is missed, and
// with it the journey, unless the step is optional.
func (u *user) pass(rec *record.Shard) {
	sits := u.sitsOut()
	u.choose(u.shard.run.plan)
	u.iteration++
	if t := u.trip; t != nil {
		if sits || !t.journey.Step(t.step).Optional {
			u.cutTrip(rec)
		}
		u.moveOn(rec)
	}
}

// moveOn takes the user's journey to its next step. At its end it is complete, unless it was over before.
func (u *user) moveOn(rec *record.Shard) {
	t := u.trip
	if t.step = t.journey.Next(t.step, &u.choice); t.step < 0 {
		u.report(rec, "")
		u.trip = nil
		return
	}
	t.made++
	t.due = true
}

// cutTrip cuts the user's journey off, if there is one.
func (u *user) cutTrip(rec *record.Shard) {
	if u.trip != nil {
		u.report(rec, report.CutOff)
	}
}

// report records the user's journey, unless it has been, or none of its steps was started.
func (u *user) report(rec *record.Shard, reason string) {
	t := u.trip
	if t.begun && !t.over {
		k := &u.shard.run.plan.kinds[u.of]
		rec.Of(report.SortTransaction).Record(&record.Sample{
			Op:       report.Op{Kind: k.Name, Name: k.tasks[t.task].Name},
			Intended: t.intended, Woken: t.woken, Sent: t.sent, Done: t.ended - t.between,
			Err: reason, Bytes: int64(t.between),
		})
	}
	t.over = true
}

// begin notes that a step is started.
func (t *trip) begin(task *measure.Task) {
	from := task.Intended + task.Own // as its first request would count, if it were sent at once
	if !t.begun {
		t.begun = true
		t.intended, t.woken, t.sent = from, from+task.Woken-task.Intended, max(from, task.Begun)
	} else {
		t.between += max(0, from-t.ended)
	}
	t.ended = max(from, task.Begun)
}

// end notes that the step has ended.
func (t *trip) end(at time.Duration) { t.took, t.ended = max(0, at-t.ended), at }

// newUser makes the entry of a user; the script's value is made when it joins. p.User is the user's own number.
func (r *run) newUser(p crowd.Place, s *shard, kind userKind) *user {
	u := &user{number: int(p.User), index: uint32(p.Index), seat: uint32(p.Seat), of: uint8(p.Kind), shard: s, kind: kind}
	u.life.stage.Store(uint32(absent))
	u.seed(r.Seed, 0)
	return u
}
