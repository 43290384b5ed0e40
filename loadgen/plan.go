package loadgen

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sort"
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
	tasks  []scenario.Task
	ops    []string // nil: the script does not say
	phases []plannedPhase
	infos  []report.PhaseInfo
	digest string
}

// plannedPhase is a phase as the engine needs it.
type plannedPhase struct {
	start, end time.Duration // end is phase.Forever in a phase without end
	dispatcher *scenario.Dispatcher
	pacer      scenario.Pacer
	pace       int    // index of the first of the consecutive phases with this pacer and script
	replay     uint64 // of a matched arm; 0: users keep their streams
}

// Plan validates the Runner, its schedule's hooks included, and works out its plan.
// It makes user 1 to learn the tasks and user 2 to compare them, and sends nothing.
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
	if err := p.learn(); err != nil {
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
	d, err := scenario.NewDispatcher(p.tasks, s[i].Weights)
	if err != nil {
		return err
	}
	l := plannedPhase{start: s.Start(i), end: phase.Forever, dispatcher: d, pacer: cmp.Or(s[i].Pace, p.runner.Pace), pace: i, replay: s[i].Replay}
	if s[i].For > 0 {
		l.end = l.start + s[i].For
	}
	if i > 0 && l.replay == 0 && reflect.DeepEqual(l.pacer, p.phases[i-1].pacer) {
		l.pace = p.phases[i-1].pace
	}
	if _, ok := l.pacer.(scenario.SessionPacer); !ok && s[i].Arrivals != nil && s[i].Arrivals.Session {
		return fmt.Errorf("sessions arrive, but the pace %v has no sessions; use scenario.OnOff, or Session: false for single tasks", l.pacer)
	}
	p.phases = append(p.phases, l)
	return nil
}

// at returns the index of the phase that t lies in; the last one after the end.
func (p *Plan) at(t time.Duration) int {
	return sort.Search(len(p.phases)-1, func(i int) bool { return t < p.phases[i].end })
}

// Users returns the highest level of a phase. Users that arrive come on top.
func (p *Plan) Users() (most int) {
	for i := range p.runner.Schedule {
		most = max(most, p.runner.Schedule[i].Users)
	}
	return most
}

// Tasks returns the names of the tasks, in the script's order.
func (p *Plan) Tasks() []string {
	names := make([]string, len(p.tasks))
	for i, t := range p.tasks {
		names[i] = t.Name
	}
	return names
}

// Phases describes the phases of the plan in order.
func (p *Plan) Phases() []report.PhaseInfo { return slices.Clone(p.infos) }

// Operations returns the operations that the script performs, as the report
// names them; nil if unknown (see [scenario.Operator]).
func (p *Plan) Operations() []string { return p.ops }

// Shares returns the task mix of phase i. It adds up to 1.
func (p *Plan) Shares(i int) []scenario.Share { return p.phases[i].dispatcher.Shares() }

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
	d := phase.Defaults{Pace: p.runner.Pace, Tasks: p.tasks}
	if err := p.runner.Schedule.Timeline(w, d); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "seed %d, plan %s\n", p.runner.Seed, p.digest)
	return err
}

// Turn is one planned task of a user.
type Turn struct {
	// Gap is the planned wait before it: think time, and the OFF time in it.
	Gap time.Duration
	// Task is its index in the script's order.
	Task int
}

// User returns the first n turns of a user as phase i would have them from
// its first instant on, with a target that answers at once; fewer if its pacer
// has a thousand turns in a row without a task. number counts from 1.
func (p *Plan) User(number, i, n int) []Turn {
	l, u := p.phases[i], user{stream: uint64(number)}
	u.seed(p.runner.Seed, replicate(l.replay))
	turns := make([]Turn, 0, n)
	next := l.pacer.Begin(&u.rhythm)
	for gap, idle := next.Wait, 0; len(turns) < n && idle < maxIdleTurns; gap, idle = gap+next.Wait, idle+1 {
		if next.Act {
			idle = 0
			turns = append(turns, Turn{Gap: gap, Task: l.dispatcher.Pick(&u.choice)})
			gap = 0
		}
		next = l.pacer.Next(&u.rhythm)
	}
	return turns
}

// info describes phase i to the report.
func (p *Plan) info(i int) report.PhaseInfo {
	s, l := p.runner.Schedule, p.phases[i]
	info := report.PhaseInfo{
		Name: s[i].Name, Start: l.start,
		Users: s[i].Users, SpawnRate: s[i].SpawnRate, Weights: map[string]float64{},
		RampEnd: s.RampEnd(i), Settle: max(s[i].Settle, s.Settled(i)-s.RampEnd(i)),
		Arm: s[i].Arm, Replay: s[i].Replay, Model: "closed", Pace: l.pacer.String(),
	}
	if l.end != phase.Forever {
		info.End = l.end
	}
	if a := s[i].Arrivals; a != nil {
		info.Model = "open"
		info.Arrivals = &report.Arrivals{
			Rate: a.Rate, RateTo: a.RateTo, Spacing: a.Spacing.String(), Burstiness: a.Burstiness, MaxInFlight: a.MaxInFlight, Session: a.Session,
		}
	}
	for _, share := range p.Shares(i) {
		info.Weights[share.Name] = share.Share
	}
	d := phase.Defaults{Pace: p.runner.Pace, Tasks: p.tasks}
	if f, err := s.Forecast(i, d); err == nil {
		info.Predicted = &report.Load{Rate: finite(f.Rate), Unlimited: math.IsInf(f.Rate, 1), OnShare: finite(f.OnShare), IDC: f.IDC, Note: f.Note}
		if math.IsNaN(f.IDC) {
			info.Predicted.IDC = 0
		}
	}
	return info
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
