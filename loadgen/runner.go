package loadgen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/look"
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
	// Kinds are several kinds of users, each with its tasks, pace and share; NewUser is
	// then nil. Every level has each kind's share to less than one user: see
	// phase.Order. At most 64; nil: one kind, of NewUser and Pace.
	Kinds []scenario.Kind
	// Pace says when users act, those of a kind without a pace too; nil is
	// scenario.NoWait: as fast as the target answers.
	Pace scenario.Pacer
	// Schedule is the plan; it needs at least one phase.
	Schedule phase.Schedule
	// Figures declares transactions and figures of the script that package measure has: a
	// claim may name these alone, and they are in the report even if nothing is counted.
	// Each has a name without control characters that no other and no operation has.
	Figures []measure.Figure
	// Seed of every random stream; 0 is a seed like any other.
	Seed uint64
	// SetUp, if set, is called once before the first phase's Enter hook, to make what the
	// users need. What it returns, marshalled as JSON of up to 500 kB, is their
	// scenario.Env.Data, on all machines. It ends when the context does, or itself. Its error ends
	// the run before it begins. What it sends stands in Summary.SetUp and in no other figure.
	SetUp func(ctx context.Context) (any, error)
	// TearDown, if set, is called once after the last task and Exit hook, also of a run that
	// was stopped or aborted, and where an Enter hook kept it from beginning; not after an error of SetUp. It has
	// a minute. Its error is an exception of the run. What it sends stands in Summary.TearDown and in no other figure.
	TearDown func(ctx context.Context, data scenario.Data) error
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
	// Looks, if set, are when Decide is called with a Summary of the run so far; package report/effect/looks
	// plans them and has a Decide. What it says is logged. Once it is decided the run ends as at the end of its
	// schedule: Exit hooks and TearDown run, and the error is nil. The Summary has the Looks, and
	// its effects are judged by them. A run has both or neither, and no Fleet with them.
	Looks  *look.Plan
	Decide func(*report.Summary) (said string, decided bool)
	// Observer, if set, observes every task and request, each phase and second, and
	// the end; package loadgen/datadog has one. measure.Observers makes one of several.
	Observer measure.Observer
	// Fleet, if set, makes the load in other processes. Pace and NewUser are then only
	// asked for the plan; SetUp, TearDown and the hooks run here.
	Fleet Fleet

	request StartRequest // that asked for this run
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
	r.request.Planned = true
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
	if r.Kinds != nil {
		if err := r.checkKinds(); err != nil {
			return fmt.Errorf("Runner.Kinds: %w", err)
		}
	}
	switch {
	case r.NewUser == nil && r.Kinds == nil:
		return errors.New("Runner.NewUser is nil; give a function that makes a user")
	case len(r.Schedule) == 0:
		return errors.New("Runner.Schedule is empty; give at least one phase")
	case r.StopTimeout < 0:
		return fmt.Errorf("Runner.StopTimeout is %v; give 0 or more", r.StopTimeout)
	case r.Slack < 0:
		return fmt.Errorf("Runner.Slack is %v; give 0 or more", r.Slack)
	}
	if err := r.checkLooks(); err != nil {
		return err
	}
	if err := r.Pace.Validate(); err != nil {
		return fmt.Errorf("Runner.Pace: %w", err)
	}
	if err := r.Schedule.Validate(); err != nil {
		return fmt.Errorf("Runner.Schedule: %w", err)
	}
	return nil
}

// checkLooks validates what is to decide the run.
func (r Runner) checkLooks() error {
	switch {
	case r.Looks == nil && r.Decide == nil:
		return nil
	case r.Looks == nil || len(r.Looks.Planned) == 0:
		return errors.New("Runner.Decide is set and Runner.Looks has no look; give both or neither")
	case r.Decide == nil:
		return errors.New("Runner.Looks is set and Runner.Decide is nil; give both or neither")
	case r.Fleet != nil:
		return errors.New("Runner.Looks is set, too, with a Fleet; figures of other processes come too late for a look, so give one of them")
	}
	return nil
}

// mostKinds is the largest number of kinds in a run.
const mostKinds = 64

// reserved says what a word is that [report.Op.Reserved] keeps for claims, and what would be right.
const reserved = "a metric, a method of HTTP or another word that claims are made of; give it another one"

// unfit says what a name has in it that no name of a kind, a figure, a journey or a step may have: what ends a tag or a list, what
// cannot be printed, and further characters; "": nothing.
func unfit(name, further string) string {
	for _, c := range name {
		switch {
		case c == utf8.RuneError || unicode.IsControl(c):
			return "a control character"
		case !unicode.IsPrint(c):
			return "a character that cannot be printed"
		case strings.ContainsRune("{},"+further, c):
			return map[rune]string{'{': "a brace", '}': "a brace", ',': "a comma", '/': "a slash", '"': "a quote", ' ': "a space"}[c]
		}
	}
	return ""
}

// checkKinds validates the kinds by themselves.
func (r Runner) checkKinds() error {
	switch {
	case r.NewUser != nil:
		return errors.New("Runner.NewUser is set, too; give one of them")
	case len(r.Kinds) == 0:
		return errors.New("there is none; give at least one, or nil and NewUser")
	case len(r.Kinds) > mostKinds:
		return fmt.Errorf("there are %d; give at most %d", len(r.Kinds), mostKinds)
	}
	var names []string
	for i, k := range r.Kinds {
		switch {
		case k.Name == "":
			return fmt.Errorf("kind %d has no name; give a unique one", i+1)
		case unfit(k.Name, "/\" ") != "":
			return fmt.Errorf("the name %q has %s in it; give one without, since it stands before the names of tasks and operations", k.Name, unfit(k.Name, "/\" "))
		case report.Op{Name: k.Name}.Reserved():
			return fmt.Errorf("kind %q has the name of %s", k.Name, reserved)
		case slices.ContainsFunc(r.Schedule, func(p phase.Phase) bool { return p.Name == k.Name }):
			return fmt.Errorf("kind %q has the name of a phase; give another one, since claims name them", k.Name)
		case slices.Contains(names, k.Name):
			return fmt.Errorf("the name %q is given twice; give unique names, the others are %s", k.Name, strings.Join(names, ", "))
		case k.NewUser == nil:
			return fmt.Errorf("kind %q has no NewUser; give a function that makes a user", k.Name)
		case !(k.Weight >= 0) || math.IsInf(k.Weight, 1):
			return fmt.Errorf("kind %q has weight %v; give a finite number of at least 0", k.Name, k.Weight)
		case k.Count < 0:
			return fmt.Errorf("kind %q has count %d; give at least 1, or 0 and a weight", k.Name, k.Count)
		case k.Count > 0 && k.Weight != 0:
			return fmt.Errorf("kind %q has weight %v and count %d; give one of them", k.Name, k.Weight, k.Count)
		case k.Pace != nil && k.Pace.Validate() != nil:
			return fmt.Errorf("kind %q: Pace: %w", k.Name, k.Pace.Validate())
		}
		names = append(names, k.Name)
	}
	return nil
}

// declare checks the Runner's figures.
func (p *Plan) declare() error {
	refuse := func(what string, args ...any) error {
		return fmt.Errorf("Runner.Figures: "+what, args...)
	}
	for i, f := range p.runner.Figures {
		if f == nil {
			return refuse("number %d is nil; give a Transaction, Counter, Rate or Value of package measure", i+1)
		}
		d := f.Declare()
		switch {
		case d.Name == "":
			return refuse("the %s that is number %d has no name", d.Sort, i+1)
		case unfit(d.Text(), "") != "":
			return refuse("%s %q has %s in its name; give one without", d.Sort, d.Text(), unfit(d.Text(), ""))
		case slices.Contains(p.Operations(), d.Name):
			return refuse("%s %q is also the name of an operation; give it another one", d.Sort, d.Name)
		case p.taken(d.Name) != "":
			return refuse("%s %q has the name of %s", d.Sort, d.Name, p.taken(d.Name))
		}
		for _, o := range p.declared {
			if o.Name == d.Name {
				return refuse("%q is declared twice, as a %s and as a %s", d.Name, withUnit(o), withUnit(d))
			}
		}
		p.declared = append(p.declared, d)
	}
	figures := len(p.declared)
	for _, k := range p.kinds {
		for i, t := range k.tasks {
			d := report.Declare(report.SortTransaction, t.Name)
			switch at := slices.IndexFunc(p.declared, func(o report.Declared) bool { return o.Name == d.Name }); {
			case k.journey(i) == nil:
			case p.taken(t.Name) != "":
				return k.named(fmt.Errorf("journey %q has the name of %s", t.Name, p.taken(t.Name)))
			case at >= 0 && at < figures:
				return refuse("%s %q is also the name of a journey; give it another one", p.declared[at].Sort, t.Name)
			case k.Name == "":
				p.declared = append(p.declared, d)
			case at < 0:
				d.Kinds = []string{k.Name}
				p.declared = append(p.declared, d)
			default:
				p.declared[at].Kinds = append(p.declared[at].Kinds, k.Name)
			}
		}
	}
	return nil
}

// taken says what has a name that a figure or a journey is to have, and claims would mean; "": nothing has.
func (p *Plan) taken(name string) string {
	switch {
	case report.Op{Name: name}.Reserved():
		return reserved
	case slices.ContainsFunc(p.runner.Kinds, func(k scenario.Kind) bool { return k.Name == name }):
		return "a kind of users; give it another one, since claims name them"
	case slices.ContainsFunc(p.runner.Schedule, func(ph phase.Phase) bool { return ph.Name == name }):
		return "a phase; give it another one, since claims name them"
	}
	return ""
}

// withUnit is the sort of a figure, and its unit.
func withUnit(d report.Declared) string {
	if d.Unit == "" {
		return d.Sort.String()
	}
	return d.Sort.String() + " in " + d.Unit
}
