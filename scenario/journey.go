package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/dist"
)

// Step is one step of a journey. Where Do returns an error the journey has failed: the
// user sits out the steps that were still planned, each at its instant and counted as
// skipped, so that what it does later does not depend on the target. Where the pace leaves less time between steps than
// the user's last step took, as [NoWait] does, a skipped one takes that long; instants from start to start stand.
type Step struct {
	// Name is unique in the journey and not empty.
	Name string
	// Do performs the step, as that of a [Task] does.
	Do func(ctx context.Context) error
	// Think is the time before the step, in place of the gap that the user's pacer would
	// draw and counted as that counts it: from the end of the step before, with
	// [StartToStart] from its intended start. Nil takes the pacer's gap. The step that a
	// journey begins with has none, unless a [Chain] comes back to it. The pacer must be
	// a [Thinker].
	Think dist.Distribution
	// Optional is true if a failure does not end the journey.
	Optional bool
}

// Chain is a Markov chain: for each step the weights of those that may follow, by name.
// The first of a task's Steps begins. [End], or no entry for a step, ends the journey. Each
// step can be reached, and from each there is a way to the end.
type Chain map[string]map[string]float64

// End stands in a [Chain] for the end of the journey.
const End = ""

// What a task, a step or a start hook returns, alone or wrapped, to end more than itself.
// None of them is a failure.
var (
	// EndJourney ends the journey, which is complete. Its steps that were still planned are
	// sat out. Of a task without steps it says nothing.
	EndJourney error = ending("the journey ends here")
	// EndSession is EndJourney, and the user sits out the rest of its ON period too; with a
	// pacer that is no [SessionPacer] there is none. A user who arrived departs.
	EndSession error = ending("the session ends here")
	// Leave is EndJourney, and the user leaves for good. Its place stays empty, unless its
	// kind has Renew: a later step down may fall on it. At the start of a matched arm it is
	// made anew, with the same Env.
	Leave error = ending("the user leaves")
)

// ending is an error that does not count as a failure, which package measure asks for.
type ending string

func (e ending) Error() string { return string(e) }

// Failure says that it does not.
func (e ending) Failure() bool { return false }

// mostSteps is the largest number of steps in a journey.
const mostSteps = 255

// Journey is the way through the steps of a task. It is immutable and safe for concurrent
// use. Create it with [NewJourney].
type Journey struct {
	steps  []Step
	next   []*Dispatcher // by step, the end coming after the last step; nil: one step after the other
	visits []float64     // expected, by step
}

// NewJourney returns the journey of a task; nil where the task has no Steps.
//
// It returns an error when the task has Do as well, or Next without Steps; when there are more than 255 steps, when
// one has no name, that of another one, or no Do; when the Think of one is not valid, or
// can never count; when Next has an unknown name, a weight that is negative, NaN or
// infinite, or only zeros for a step; and when a step cannot be reached or has no way to the end. The
// message lists the names.
func NewJourney(t Task) (*Journey, error) {
	if t.Steps == nil {
		if t.Next != nil {
			return nil, errors.New("it has Next, but no Steps; give both, or neither")
		}
		return nil, nil
	}
	j := &Journey{steps: slices.Clone(t.Steps)}
	if err := j.check(t); err != nil {
		return nil, err
	}
	if t.Next != nil {
		if err := j.follow(t.Next); err != nil {
			return nil, fmt.Errorf("Next: %w", err)
		}
	}
	j.visits = j.expect()
	back := func(d *Dispatcher) bool { return d.shares[0].Share > 0 }
	if first := j.steps[0]; first.Think != nil && !slices.ContainsFunc(j.next, back) {
		return nil, fmt.Errorf("step %q has a Think that never counts, as nothing leads to it; the user's pace says when a journey begins", first.Name)
	}
	return j, nil
}

// check validates the steps by themselves.
func (j *Journey) check(t Task) error {
	switch n := len(j.steps); {
	case t.Do != nil:
		return errors.New("it has Do and Steps; give one of them")
	case n == 0:
		return errors.New("it has no step; give at least one, or Do")
	case n > mostSteps:
		return fmt.Errorf("it has %d steps; give at most %d", n, mostSteps)
	}
	for i, s := range j.steps {
		switch {
		case s.Name == "":
			return fmt.Errorf("step %d has no name", i+1)
		case j.index(s.Name) < i:
			return fmt.Errorf("step %q is given twice; give unique names (steps: %s)", s.Name, j.names())
		case s.Do == nil:
			return fmt.Errorf("step %q has no Do; give the function that performs it", s.Name)
		case s.Think != nil:
			if err := s.Think.Validate(); err != nil {
				return fmt.Errorf("step %q: think time: %w", s.Name, err)
			}
		}
	}
	return nil
}

// index is the index of a step; below 0 if there is no such step.
func (j *Journey) index(name string) int {
	return slices.IndexFunc(j.steps, func(s Step) bool { return s.Name == name })
}

func (j *Journey) names() string {
	var names []string
	for _, s := range j.steps {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// follow makes the tables of a chain.
func (j *Journey) follow(c Chain) error {
	for _, from := range slices.Sorted(maps.Keys(c)) {
		if j.index(from) < 0 {
			return fmt.Errorf("unknown step %q: want one of %s", from, j.names())
		}
		for _, to := range slices.Sorted(maps.Keys(c[from])) {
			switch w := c[from][to]; {
			case to != End && j.index(to) < 0:
				return fmt.Errorf("unknown step %q after %q: want one of %s, or scenario.End", to, from, j.names())
			case !(w >= 0) || math.IsInf(w, 1):
				return fmt.Errorf("the weight from %q to %q is %v: want a finite number of at least 0", from, to, w)
			}
		}
	}
	for _, s := range j.steps {
		shares := make([]Share, 0, len(j.steps)+1)
		for _, to := range j.steps {
			shares = append(shares, Share{Name: to.Name, Share: c[s.Name][to.Name]})
		}
		shares = append(shares, Share{Name: End, Share: c[s.Name][End]})
		if len(c[s.Name]) == 0 {
			shares[len(j.steps)].Share = 1
		}
		if err := normalise(shares, j.names()); err != nil {
			return fmt.Errorf("after %q %w, or no entry, which ends the journey", s.Name, err)
		}
		j.next = append(j.next, &Dispatcher{columns: aliasTable(shares), shares: shares})
	}
	return j.connected()
}

// connected returns an error where a step cannot be reached or does not lead to the end.
func (j *Journey) connected() error {
	n := len(j.steps)
	leads := func(from, to int) bool { return j.next[from].shares[to].Share > 0 }
	reached := closure(n+1, 0, func(from, to int) bool { return from < n && leads(from, to) })
	ends := closure(n+1, n, func(from, to int) bool { return to < n && leads(to, from) })
	for i, s := range j.steps {
		switch {
		case !reached[i]:
			return fmt.Errorf("step %q cannot be reached from %q, the first one (steps: %s)", s.Name, j.steps[0].Name, j.names())
		case !ends[i]:
			return fmt.Errorf("there is no way from %q to the end; let some step lead to scenario.End (steps: %s)", s.Name, j.names())
		}
	}
	return nil
}

// closure returns which of n nodes a walk from one of them comes to.
func closure(n, from int, leads func(from, to int) bool) []bool {
	seen, open := make([]bool, n), []int{from}
	seen[from] = true
	for len(open) > 0 {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		for to := range seen {
			if !seen[to] && leads(at, to) {
				seen[to], open = true, append(open, to)
			}
		}
	}
	return seen
}

// expect returns how often each step is expected to be visited in a journey: the v with
// v = e + Pᵀv, P being the chances of the transitions and e the first step, by Gaussian
// elimination.
func (j *Journey) expect() []float64 {
	n := len(j.steps)
	v := make([]float64, n)
	if j.next == nil {
		for i := range v {
			v[i] = 1
		}
		return v
	}
	rows := make([][]float64, n)
	for to := range rows {
		rows[to] = make([]float64, n+1)
		for from := range n {
			rows[to][from] = -j.next[from].shares[to].Share
		}
		rows[to][to]++
	}
	rows[0][n] = 1
	for c := range n {
		best := c
		for r := c + 1; r < n; r++ {
			if math.Abs(rows[r][c]) > math.Abs(rows[best][c]) {
				best = r
			}
		}
		rows[c], rows[best] = rows[best], rows[c]
		for r := range rows {
			if f := rows[r][c] / rows[c][c]; r != c && f != 0 {
				for k := c; k <= n; k++ {
					rows[r][k] -= float64(f * rows[c][k])
				}
			}
		}
	}
	for i := range v {
		v[i] = rows[i][n] / rows[i][i]
	}
	return v
}

// Steps returns the steps. The slice is the caller's.
func (j *Journey) Steps() []Step { return slices.Clone(j.steps) }

// Step returns a step by its index.
func (j *Journey) Step(i int) *Step { return &j.steps[i] }

// Next returns the index of the step that follows one; -1 at the end. It draws exactly one
// Uint64 where the task has a [Chain], and nothing else. It allocates nothing.
func (j *Journey) Next(step int, src rand.Source) int {
	next := step + 1
	if j.next != nil {
		next = j.next[step].Pick(src)
	}
	if next == len(j.steps) {
		return -1
	}
	return next
}

// Length is how many steps a journey is expected to have.
func (j *Journey) Length() (steps float64) {
	for _, n := range j.visits {
		steps += n
	}
	return steps
}

// Shares returns the expected share of each step among all steps made, in their order. They
// add up to 1.
func (j *Journey) Shares() (shares []Share) {
	for i, s := range j.steps {
		shares = append(shares, Share{Name: s.Name, Share: j.visits[i] / j.Length()})
	}
	return shares
}

// Rows returns for each step the chances of those that may follow, and last that of the
// end; nil where the steps follow one another in their order.
func (j *Journey) Rows() (rows [][]Share) {
	for _, d := range j.next {
		rows = append(rows, d.Shares())
	}
	return rows
}

// Thinker is a Pacer that takes the gap before a step from the step, in place of one that it
// would draw. All pacers of this package do.
type Thinker interface {
	Pacer
	// After is Next after a task, with this gap.
	After(r *Rhythm, gap time.Duration) Turn
}

// Predict is what [Pacer.Load] says of a user with these tasks, in a mix of one share for each: where steps have
// their own think times these count. A task is then a step, too. Tasks of which [NewJourney] returns an error count as single ones.
func Predict(p Pacer, tasks []Task, mix []Share, response time.Duration) Load {
	var turns, own, mean, square2 float64
	for i, t := range tasks {
		j, err := NewJourney(t)
		if err != nil || j == nil {
			turns += mix[i].Share
			continue
		}
		for s, visits := range j.visits {
			visits = float64(visits * mix[i].Share) // rounded, as arm64 would fuse it with the sums
			turns += visits
			if s == 0 {
				visits -= mix[i].Share // the first time follows the pacer's gap
			}
			if d := j.steps[s].Think; d != nil {
				m, cv := d.Moments()
				own += visits
				mean += float64(visits * m.Seconds())
				square2 += float64(visits * square(m.Seconds()) * (1 + square(cv)))
			}
		}
	}
	if own == 0 {
		return p.Load(response)
	}
	load := paceWith(p, gaps{part: own / turns, mean: mean / own, square: square2 / own}).Load(response)
	load.Note = cmp.Or(load.Note, "some steps have their own think times: the IDC is rough")
	return load
}

// gaps are the think times of steps, in seconds: what part of all gaps they are, their mean, and that of their squares.
type gaps struct{ part, mean, square float64 }

// paceWith is a pacer some of whose gaps are those of steps.
func paceWith(p Pacer, g gaps) Pacer {
	switch p := p.(type) {
	case Think:
		return Think{Time: g.mixedWith(p.Time)}
	case StartToStart:
		return StartToStart{Gap: g.mixedWith(p.Gap)}
	case NoWait:
		return Think{Time: g.mixedWith(dist.Constant{})}
	case OnOff:
		p.Think = g.mixedWith(p.Think)
		return p
	}
	return p // a pacer of the script's knows best
}

// mixture has the moments of gaps of two sorts.
type mixture struct {
	dist.Distribution
	mean time.Duration
	cv   float64
}

func (m mixture) Moments() (time.Duration, float64) { return m.mean, m.cv }

// mixedWith has the rest of all gaps from d.
func (g gaps) mixedWith(d dist.Distribution) dist.Distribution {
	m, cv := d.Moments()
	rest := 1 - g.part
	mean := float64(g.part*g.mean) + float64(rest*m.Seconds())
	squares := float64(g.part * g.square)
	if rest > 0 {
		squares += float64(rest * square(m.Seconds()) * (1 + square(cv)))
	}
	return mixture{Distribution: d, mean: time.Duration(mean * float64(time.Second)), cv: math.Sqrt(max(0, squares/square(mean)-1))}
}
