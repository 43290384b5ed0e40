package scenario

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
)

// Dispatcher chooses tasks in proportion to their weights, in constant time.
// It is immutable and safe for concurrent use. Create it with [NewDispatcher].
type Dispatcher struct {
	columns []column
	shares  []Share
}

// Share is the part of all choices that falls to one task, from 0 to 1.
type Share struct {
	Name  string
	Share float64
	// Steps are the expected shares of its steps among themselves, where the task is a
	// journey.
	Steps []Share
}

// column is one column of the alias table (Walker 1977, Vose 1991): it is
// shared by at most two tasks, and own has the part below threshold/2^64.
type column struct {
	threshold  uint64
	own, other int32
}

// NewDispatcher builds the table for tasks. Nil weights leave each task its
// own; others are the whole mix: a task left out has weight 0 and never runs.
//
// It returns an error when there are no tasks, when a name is empty or given
// twice, when weights is empty or names an unknown task, when a weight is
// negative, NaN or infinite, the tasks' own too, or when all are zero. The
// message lists the valid names.
func NewDispatcher(tasks []Task, weights map[string]float64) (*Dispatcher, error) {
	names, err := taskNames(tasks)
	if err != nil {
		return nil, err
	}
	known := strings.Join(names, ", ")
	if err := knownNames(weights, names, known); err != nil {
		return nil, err
	}
	shares := make([]Share, len(tasks))
	for i, task := range tasks {
		shares[i] = Share{Name: task.Name, Share: task.Weight}
		if j, err := NewJourney(task); err == nil && j != nil {
			shares[i].Steps = j.Shares()
		}
		if err := shares[i].finite(known); err != nil {
			return nil, err
		}
		if weights != nil {
			shares[i].Share = weights[task.Name]
		}
	}
	if err := normalise(shares, known); err != nil {
		return nil, err
	}
	return &Dispatcher{columns: aliasTable(shares), shares: shares}, nil
}

// Pick returns the index of the chosen task in the slice that the dispatcher
// was made from. It draws exactly one Uint64, whatever the weights, so that
// plans with different weights stay in step. It allocates nothing.
func (d *Dispatcher) Pick(src rand.Source) int {
	// The product splits one draw in two independent parts: its high word is
	// a column, its low word a fraction within the column.
	i, fraction := bits.Mul64(src.Uint64(), uint64(len(d.columns)))
	c := &d.columns[i]
	if fraction < c.threshold {
		return int(c.own)
	}
	return int(c.other)
}

// Shares returns the share of each task, in the order of the tasks. They add
// up to 1. The slice is the caller's.
func (d *Dispatcher) Shares() []Share { return slices.Clone(d.shares) }

// Idle returns the names of the tasks that never run, in the order of the
// tasks; nil when each has a share.
func (d *Dispatcher) Idle() []string { return idle(d.shares) }

func idle(shares []Share) (names []string) {
	for _, s := range shares {
		if s.Share == 0 {
			names = append(names, s.Name)
		}
	}
	return names
}

// taskNames returns the names in the order of the tasks.
func taskNames(tasks []Task) ([]string, error) {
	if len(tasks) == 0 {
		return nil, errors.New("a user has no task: want at least one")
	}
	names := make([]string, 0, len(tasks))
	for i, task := range tasks {
		switch {
		case task.Name == "":
			return nil, fmt.Errorf("task %d has no name", i+1)
		case slices.Contains(names, task.Name):
			return nil, fmt.Errorf("task name %q is used twice: want unique names", task.Name)
		}
		names = append(names, task.Name)
	}
	return names, nil
}

// knownNames checks in sorted order, so that the message is always the same.
func knownNames(weights map[string]float64, names []string, known string) error {
	if weights != nil && len(weights) == 0 {
		return fmt.Errorf("weights: the mix is empty: want at least one of %s", known)
	}
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if !slices.Contains(names, name) {
			return fmt.Errorf("weights: unknown task %q: want one of %s", name, known)
		}
	}
	return nil
}

// finite refuses a weight that is not a finite number of at least 0.
func (s Share) finite(known string) error {
	if !(s.Share >= 0) || math.IsInf(s.Share, 1) {
		return fmt.Errorf("weight of task %q is %v: want a finite number of at least 0 (tasks: %s)", s.Name, s.Share, known)
	}
	return nil
}

// normalise turns weights into shares that add up to 1.
func normalise(shares []Share, known string) error {
	var largest, sum float64
	for _, s := range shares {
		if err := s.finite(known); err != nil {
			return err
		}
		largest = max(largest, s.Share)
	}
	if largest == 0 {
		return fmt.Errorf("all weights are zero: want at least one of %s above 0", known)
	}
	for i := range shares {
		shares[i].Share /= largest // first, so that the sum cannot overflow
		sum += shares[i].Share
	}
	for i := range shares {
		shares[i].Share /= sum
	}
	return nil
}

// aliasTable fills one column for each task of positive share: the poorest
// task owns a column and the richest fills it up. Tasks of share 0 have no
// column, so that rounding can never let them be chosen.
func aliasTable(shares []Share) []column {
	var poor, rich []int32
	left := make([]float64, len(shares))
	n := len(shares) - len(idle(shares))
	for i, s := range shares {
		left[i] = float64(s.Share * float64(n))
		switch {
		case left[i] >= 1:
			rich = append(rich, int32(i))
		case left[i] > 0:
			poor = append(poor, int32(i))
		}
	}
	columns := make([]column, 0, n)
	for len(poor) > 0 && len(rich) > 0 {
		p, r := poor[len(poor)-1], rich[len(rich)-1]
		poor = poor[:len(poor)-1]
		columns = append(columns, column{threshold: fraction64(left[p]), own: p, other: r})
		left[r] -= 1 - left[p]
		if left[r] < 1 {
			rich = rich[:len(rich)-1]
			poor = append(poor, r)
		}
	}
	for _, i := range append(poor, rich...) { // full columns, except for rounding
		columns = append(columns, column{threshold: math.MaxUint64, own: i, other: i})
	}
	return columns
}

// fraction64 is p as a fraction of 2^64, for p in [0, 1).
func fraction64(p float64) uint64 { return uint64(math.Ldexp(p, 64)) }
