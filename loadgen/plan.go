package loadgen

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// Plan is what a Runner will do, worked out before anything runs. It is
// immutable and safe for concurrent use.
type Plan struct {
	runner Runner
	kinds  []plannedKind // one, without a name, where the Runner has no Kinds
	course phase.Course  // of the kinds
	phases []plannedPhase
	infos  []report.PhaseInfo
	digest string

	declared []report.Declared

	counting sync.Mutex     // guards orders
	orders   []*phase.Order // of the kinds by phase, for kindsOf
}

// plannedPhase is a phase as the engine needs it.
type plannedPhase struct {
	start, end time.Duration // end is phase.Forever in a phase without end
	legs       []leg         // by kind
	replay     uint64        // of a matched arm; 0: users keep their streams
	forecast   phase.Forecast
}

// leg is what a kind of users does in a phase.
type leg struct {
	dispatcher *scenario.Dispatcher
	pacer      scenario.Pacer
	pace       int // index of the first of the consecutive phases with this pacer and script
}

// Plan validates the Runner, its schedule's hooks included, and works out its plan.
// It makes user 1 of each kind to learn the tasks and user 2 to compare them, and sends nothing.
func (r Runner) Plan() (p *Plan, err error) {
	r = r.fill()
	defer func() {
		if fault := recover(); fault != nil {
			p, err = nil, fmt.Errorf("loadgen: the script panics before the run: %v", fault)
			r.Logger.Error(err.Error(), "stack", scriptStack())
		}
	}()
	p = &Plan{runner: r}
	if err := p.work(); err != nil {
		return nil, fmt.Errorf("loadgen: %w", err)
	}
	return p, nil
}

// work works the plan out.
func (p *Plan) work() error {
	if err := p.runner.check(); err != nil {
		return err
	}
	var err error
	if p.course, err = p.runner.Schedule.Follow(p.runner.Kinds); err != nil {
		return fmt.Errorf("Runner.Schedule: %w", err)
	}
	if err := p.learn(); err != nil {
		return err
	}
	if err := p.declare(); err != nil {
		return err
	}
	for i, ph := range p.runner.Schedule {
		if err := p.addPhase(i); err != nil {
			return fmt.Errorf("phase %q: %w", ph.Name, err)
		}
		p.infos = append(p.infos, p.info(i))
	}
	p.digest = p.hash()
	return nil
}

func (p *Plan) addPhase(i int) error {
	s := p.runner.Schedule
	l := plannedPhase{start: s.Start(i), end: phase.Forever, replay: s[i].Replay}
	if length := s[i].Length(); length > 0 {
		l.end = l.start + length
	}
	weights := []phase.Weights{s[i].Weights}
	if p.severalKinds() {
		var err error
		if weights, err = s[i].Weights.Of(p.kindTasks()); err != nil {
			return err
		}
	}
	for k, kind := range p.kinds {
		d, err := scenario.NewDispatcher(kind.tasks, weights[k])
		if err != nil {
			return kind.named(err)
		}
		x := leg{dispatcher: d, pacer: s[i].PaceOf(kind.Kind, p.runner.Pace), pace: i}
		if i > 0 && l.replay == 0 && reflect.DeepEqual(x.pacer, p.phases[i-1].legs[k].pacer) {
			x.pace = p.phases[i-1].legs[k].pace
		}
		if err := kind.thinks(x.pacer); err != nil {
			return kind.named(err)
		}
		if _, ok := x.pacer.(scenario.SessionPacer); !ok && s[i].Arrivals != nil && s[i].Arrivals.Session {
			return kind.named(fmt.Errorf("sessions arrive, but the pace %v has no sessions; use scenario.OnOff, or Session: false for single tasks", x.pacer))
		}
		l.legs = append(l.legs, x)
	}
	var err error
	l.forecast, err = s.Forecast(i, p.defaults())
	p.phases, p.orders = append(p.phases, l), append(p.orders, p.order(i))
	return err
}

// defaults is what package phase needs for a forecast.
func (p *Plan) defaults() phase.Defaults {
	d := phase.Defaults{Pace: p.runner.Pace, Kinds: p.kindTasks(), Course: p.course}
	if d.Kinds == nil {
		d.Tasks = p.kinds[0].tasks
	}
	return d
}

// at returns the index of the phase that t lies in; the last one after the end.
func (p *Plan) at(t time.Duration) int {
	return sort.Search(len(p.phases)-1, func(i int) bool { return t < p.phases[i].end })
}

// Users returns the highest level of a phase. Users that arrive come on top.
func (p *Plan) Users() (most int) {
	for i := range p.infos {
		most = max(most, p.infos[i].Users)
	}
	return most
}

// Tasks returns the names of the tasks, in the script's order; in a run of several kinds of users
// "buyer/list".
func (p *Plan) Tasks() (names []string) {
	for _, k := range p.kinds {
		for _, t := range k.tasks {
			names = append(names, k.task(t.Name))
		}
	}
	return names
}

// Phases describes the phases of the plan in order.
func (p *Plan) Phases() []report.PhaseInfo { return slices.Clone(p.infos) }

// Operations returns the operations that the script performs, as the report
// names them, in a run of several kinds of users with the kind and without; nil if unknown (see
// [scenario.Operator]), of one kind at least.
func (p *Plan) Operations() (ops []string) {
	for _, k := range p.kinds {
		if k.ops == nil {
			return nil
		}
		for _, op := range k.ops {
			if !slices.Contains(ops, op) {
				ops = append(ops, op)
			}
			if k.Name != "" {
				ops = append(ops, k.Name+" "+op)
			}
		}
	}
	return ops
}

// Declared returns the transactions and figures that the Runner declares, in its order, and then the journeys, each
// name once, with the kinds of users that have it.
func (p *Plan) Declared() []report.Declared { return p.declared }

// Shares returns the task mix of phase i; in a run of several kinds of users of all of them together, each
// task as "buyer/list". It adds up to 1.
func (p *Plan) Shares(i int) (shares []scenario.Share) {
	if !p.severalKinds() {
		return p.phases[i].legs[0].dispatcher.Shares()
	}
	of := p.kindShares(i)
	for k := range p.kinds {
		for _, share := range p.phases[i].legs[k].dispatcher.Shares() {
			share.Name, share.Share = p.kinds[k].task(share.Name), share.Share*of[k]
			shares = append(shares, share)
		}
	}
	return shares
}

// Digest identifies the plan: two runs with the same digest planned the same
// work, on whatever machine. It covers the format of the random streams, the
// seed, every field of every phase, the task mixes, the pacers and their
// distributions with all that they hold, and the first turns and arrivals as
// they come out. It cannot cover what a function does; of a hook it covers only
// whether there is one.
func (p *Plan) Digest() string { return p.digest }

// WriteText prints the plan: its timeline, task mix and predicted load per
// phase.
func (p *Plan) WriteText(w io.Writer) error {
	if err := p.runner.Schedule.Timeline(w, p.defaults()); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "seed %d, plan %s\n", p.runner.Seed, p.digest)
	return err
}

// Turn is one planned task of a user.
type Turn struct {
	// Gap is the planned wait before it: think time, and the OFF time in it.
	Gap time.Duration
	// Task is its index in the script's order, or in that of the user's kind.
	Task int
	// Step is the index of its step, where the task is a journey.
	Step int
}

// User returns the first n turns of a user as phase i would have them from
// its first instant on, with a target that answers at once; fewer if its pacer
// has a thousand turns in a row without a task. number counts from 1. In a run of several kinds of users
// that makes no user of that number it is one of the first kind.
func (p *Plan) User(number, i, n int) []Turn {
	kind := p.kindOf(number)
	l, u := &p.phases[i].legs[kind], user{number: number}
	u.seed(p.runner.Seed, replicate(p.phases[i].replay))
	turns := make([]Turn, 0, n)
	next := l.pacer.Begin(&u.rhythm)
	for gap, idle := next.Wait, 0; len(turns) < n && idle < maxIdleTurns; gap, idle = gap+next.Wait, idle+1 {
		if next.Act {
			idle = 0
			turn := u.rehearse(l, &p.kinds[kind])
			turn.Gap, gap = gap, 0
			turns = append(turns, turn)
		}
		next = u.after(l.pacer)
	}
	return turns
}

// rehearse draws what a user does in its turn, which does not run.
func (u *user) rehearse(l *leg, k *plannedKind) (turn Turn) {
	if u.trip == nil {
		turn.Task = l.dispatcher.Pick(&u.choice)
		j := k.journey(turn.Task)
		if j == nil {
			return turn
		}
		u.trip = &trip{journey: j, task: turn.Task}
	}
	t := u.trip
	turn.Task, turn.Step = t.task, t.step
	if t.step, t.due = t.journey.Next(t.step, &u.choice), true; t.step < 0 {
		u.trip = nil
	}
	return turn
}

// info describes phase i to the report.
func (p *Plan) info(i int) report.PhaseInfo {
	s, l := p.runner.Schedule, p.phases[i]
	info := report.PhaseInfo{
		Name: s[i].Name, Start: l.start,
		Users: s[i].Most(), SpawnRate: s[i].SpawnRate, Weights: map[string]float64{},
		RampEnd: p.course.Reached[i], Settle: max(s[i].Settle, p.course.Settled[i]-p.course.Reached[i]),
		Arm: s[i].Arm, Load: s[i].Load, Replay: s[i].Replay, Model: "closed", Pace: p.paceOf(l),
	}
	if l.end != phase.Forever {
		info.End = l.end
	}
	if s[i].Stages != nil {
		info.From, info.Stages = s.UsersAt(l.start-1), stages(s[i].Stages)
	}
	if a := s[i].Arrivals; a != nil {
		info.Model = "open"
		info.Arrivals = &report.Arrivals{
			Rate: a.Rate, RateTo: a.RateTo, Spacing: a.Spacing.String(), Burstiness: a.Burstiness, MaxInFlight: a.MaxInFlight, Session: a.Session, Apart: a.Apart,
			Stages: stages(a.Stages),
		}
	}
	for _, share := range p.Shares(i) {
		info.Weights[share.Name] = share.Share
	}
	f := l.forecast
	for k, x := range f.Kinds {
		info.Kinds = append(info.Kinds, report.KindInfo{Name: x.Name, Users: x.Users, Share: x.Share, Count: p.kinds[k].Count, Pace: x.Pace})
	}
	info.Predicted = &report.Load{Rate: finite(f.Rate), Unlimited: math.IsInf(f.Rate, 1), OnShare: finite(f.OnShare), IDC: f.IDC, Note: f.Note}
	if math.IsNaN(f.IDC) {
		info.Predicted.IDC = 0
	}
	return info
}

// stages are those of a phase as the report has them; nil for none.
func stages(s phase.Stages) (out []report.Stage) {
	for _, x := range s {
		out = append(out, report.Stage{ForS: x.For.Seconds(), To: x.To})
	}
	return out
}

// paceOf is the pacer of a phase in words, or those of its kinds.
func (p *Plan) paceOf(l plannedPhase) string {
	if !p.severalKinds() {
		return l.legs[0].pacer.String()
	}
	var parts []string
	for k, x := range l.legs {
		parts = append(parts, p.kinds[k].Name+": "+x.pacer.String())
	}
	return strings.Join(parts, "; ")
}

// finite is x, or 0 when x has no finite value: the report's "unknown".
func finite(x float64) float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return 0
	}
	return x
}

// departureStream picks the users to leave.
func (p *Plan) departureStream() *rand.Rand {
	return stream.Key{Seed: p.runner.Seed, Purpose: stream.Order}.Rand()
}
