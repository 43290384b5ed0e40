package loadgen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Fleet makes the load of a run in other processes, its workers. Hooks, Guard, Watch
// and the Summary stay here; package loadgen/cluster has one.
type Fleet interface {
	// Ready returns an error, one line, while no run can start by command: no worker has
	// come.
	Ready() error
	// Muster readies the workers for one run. It returns when all of them have worked
	// out the same plan, or an error that names who differs in what.
	Muster(ctx context.Context, m Muster) (FleetRun, error)
}

// Muster is what a Fleet gets of a run.
type Muster struct {
	Request  StartRequest     // the workers make their Runner from it
	Plan     *Plan            // that theirs must equal
	Recorder *record.Recorder // takes what they measure
	Log      *slog.Logger
	Abort    func(error) // ends the run, with this error
}

// FleetRun is a run that a Fleet makes. Its methods are safe for concurrent use. Start, Stop
// and Wait are called once each, in this order, except for a run that is given up before its start: then
// Stop and Wait alone are.
type FleetRun interface {
	// Resumes is the Progress of a run that a former coordinator has begun and its workers still make; nil:
	// it is a new one. Its figures are in the Recorder.
	Resumes() *Progress
	// Keep is called with each change of the Progress, one call at a time, and does not wait for a disk. A Fleet that resumes
	// no run may drop it.
	Keep(Progress)
	// Kept returns when the last Progress outlives this process, as far as it can: it is called before a hook runs because of that.
	Kept()
	// Start lets all workers begin at one instant, offset 0, which it returns, with a
	// monotonic reading; it may lie in the future. Of a run that is resumed it has passed. After an error Stop and Wait
	// are not called.
	// data is what the set-up returned, for all users.
	Start(ctx context.Context, data []byte) (time.Time, error)
	// Scale changes the level by hand; it returns the offset at which all workers do.
	Scale(users int, rate float64) (at time.Duration)
	// Reset zeroes the Recorder, and then the figures of the workers; it returns the offset from which they count.
	Reset() (at time.Duration)
	// State is how the workers are now. It is called often, and cheap.
	State() FleetState
	// Stop ends the run at an offset, or as soon after it as all workers can, and returns
	// that offset.
	Stop(end time.Duration) time.Duration
	// Wait blocks until all users are down and all figures are in the Recorder, or their
	// worker is lost.
	Wait()
	// Describe adds what the Fleet knows to a Summary of the run so far: workers, losses,
	// notes.
	Describe(*report.Summary)
}

// Progress is how far a run has come, as its Fleet keeps it for a coordinator that is started after this one.
type Progress struct {
	Phase    int                   `json:"phase"`              // the last one whose Enter hook was called
	Entering bool                  `json:"entering,omitempty"` // and has not returned: it is called again
	Limit    time.Duration         `json:"limit,omitempty"`    // offset at which the Controller ends the run; 0: none
	Reset    time.Duration         `json:"reset,omitempty"`    // offset from which figures count; 0: they were never zeroed
	Changes  []Change              `json:"changes,omitempty"`  // of the level, by hand
	Data     json.RawMessage       `json:"data,omitempty"`     // that the set-up returned
	SetUp    *report.Chore         `json:"set_up,omitempty"`   // what that took
	Stopped  string                `json:"stopped,omitempty"`  // why it ends before the end of its schedule; "": it does not
	Late     map[int]time.Duration `json:"late,omitempty"`     // by phase, how late its hooks were called, for want of a coordinator
}

// Change is a level asked for by hand during a run.
type Change struct {
	At        time.Duration // offset in the run
	Users     int
	SpawnRate float64 // users per second; 0: all at once
	More      int     // changes before this one that are not kept; see Info.Changes
}

// String is the change in a sentence.
func (c Change) String() string {
	text := fmt.Sprintf("the number of users was changed by hand: to %s, %s after the start", say.Count(c.Users), say.Span(c.At.Round(time.Second)))
	if c.More > 0 {
		text += fmt.Sprintf("; %s more changes before that one are not listed", say.Count(c.More))
	}
	return text
}

// maxChanges bounds the changes of the level that a run keeps: the first ones and
// the last one.
const maxChanges = 100

// add adds a change of the level.
func (p *Progress) add(c Change) {
	if last := len(p.Changes) - 1; last+1 == maxChanges {
		c.More = p.Changes[last].More + 1
		p.Changes = p.Changes[:last]
	}
	p.Changes = append(p.Changes, c)
}

// FleetState is how the workers of a run are.
type FleetState struct {
	Users, On int             // running now, and those of them that are ON
	Spawning  bool            // the users of a worker are on their way
	Done      bool            // the work of the run has an end, and all workers are done with it
	Workers   []report.Worker // by index
	Health    report.Health   // of them all
}

// spawning reports whether the number of users is on its way.
func (r *run) spawning(now time.Duration) bool {
	if r.Fleet == nil {
		ramped := r.crew.ramped.Load()
		return now < time.Duration(ramped) || ramped == asPlanned && r.Schedule.Spawning(now)
	}
	team := r.fleetRun()
	return team == nil || team.State().Spawning
}

// fleetRun is the run of the Fleet; nil without one, or before its workers are ready.
func (r *run) fleetRun() FleetRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.team
}

// present returns the numbers of users now, and of those of them that are ON.
func (r *run) present() (users, on int) {
	if team := r.fleetRun(); team != nil {
		s := team.State()
		return s.Users, s.On
	}
	users = int(r.users.Load())
	return users, min(users, int(r.on.Load()))
}

// health is that of what makes the load.
func (r *run) health() report.Health {
	if team := r.fleetRun(); team != nil {
		return team.State().Health
	}
	return r.self.now()
}

// order has the level changed; it returns the offset at which it is.
func (r *run) order(x order) time.Duration {
	at := r.clock()
	if r.Fleet == nil {
		r.crew.orders.replace(x)
		return at
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.team == nil {
		r.early = &x
		return at
	}
	return r.team.Scale(x.users, x.rate)
}

// reset zeroes the figures; it returns the offset from which they count.
func (r *run) reset() time.Duration {
	at, team := r.clock(), r.fleetRun()
	switch {
	case r.Fleet != nil && team == nil:
		return 0 // there are no figures yet, and the workers would not hear of it
	case team != nil && !r.over():
		at = team.Reset()
	default:
		r.rec.Reset(at)
	}
	r.keep(func(p *Progress) { p.Reset = at })
	return at
}

// keep notes how far the run has come, for a coordinator that is started after this one.
func (r *run) keep(change func(*Progress)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.progress)
	if p := r.progress; r.keeper != nil {
		p.Changes = slices.Clone(p.Changes)
		r.keeper.Keep(p)
	}
}

// keepNow is keep for what is to outlive this process from here on, which may take a disk its time.
func (r *run) keepNow(change func(*Progress)) {
	r.keep(change)
	r.mu.Lock()
	keeper := r.keeper
	r.mu.Unlock()
	if keeper != nil {
		keeper.Kept()
	}
}

// resume takes over what a former coordinator has kept, once the workers are there.
func (r *run) resume(p Progress) {
	r.mu.Lock()
	for _, c := range r.progress.Changes { // while the workers came back
		p.add(c)
	}
	r.progress, r.entered, r.resumed, r.keeper = p, p.Phase, max(1, r.now()), r.team
	r.data, r.isSetUp = []byte(p.Data), p.SetUp != nil
	r.mu.Unlock()
	if r.resumes != nil {
		r.resumes(p, r.resumed)
	}
	r.keep(func(*Progress) {})
	if p.Stopped != "" {
		r.abort(causeOf(p.Stopped))
	}
}

// isStopped reports whether the run ends because of that, in this process or in one before it.
func (r *run) isStopped(why error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.progress.Stopped == why.Error()
}

// causeOf is the cause of the end of a run that has a text.
func causeOf(text string) error {
	for _, known := range []error{errStop, errLimit} {
		if text == known.Error() {
			return known
		}
	}
	if why, ok := strings.CutPrefix(text, ErrAborted.Error()+": "); ok {
		return fmt.Errorf("%w: %s", ErrAborted, why)
	}
	return errors.New(text)
}

// lateHooks notes how late the hooks of phase i are, as no coordinator was there to call them.
func (r *run) lateHooks(i int) {
	start, before := r.plan.phases[i].start, r.Schedule[max(0, i-1)]
	if r.Schedule[i].Enter == nil && before.Exit == nil {
		return
	}
	r.keep(func(p *Progress) {
		p.Late = maps.Clone(p.Late)
		if p.Late == nil {
			p.Late = make(map[int]time.Duration)
		}
		p.Late[i] = r.now() - start
	})
}

// complete adds what the recorder does not know.
func (r *run) complete(s *report.Snapshot) {
	s.Health = r.health()
	if team := r.fleetRun(); team != nil {
		state := team.State()
		s.Workers, s.Users, s.On = state.Workers, state.Users, state.On
	}
	s.Kinds = r.plan.kindsOf(s.Index, s.Users)
}
