package measure

import (
	"context"
	"fmt"

	"github.com/gensim/load-generator/report"
)

// Figures of a script's own are names, best constants:
//
//	const wins = measure.Counter("wins")
//
// A figure belongs to the phase and the second of the intended start of the task that it is used in. Outside a run
// nothing happens. All methods are safe for concurrent use, and cost some ten nanoseconds and no allocation. At most 100 names of
// each type are kept apart; what is added to others is in the row "(other figures)".
type (
	// Counter is a number of things.
	Counter string
	// Rate is the share of yes among answers: a check that fails nothing.
	Rate string
	// Value is a histogram of numbers from 0 to 4.4e9, to 0.2 % or a thousandth; larger ones rank last and are
	// counted apart. A unit in brackets may end the name, as in "basket [EUR]"; claims name it without.
	Value string
)

// Figure is what a script can declare before it runs: a Counter, Rate, Value or Transaction. What is declared can be claimed, and
// is in the report even if it is never used.
type Figure interface {
	// Declare returns what the report calls it.
	Declare() report.Declared
}

// Declare implements Figure.
func (c Counter) Declare() report.Declared { return report.Declare(report.SortCounter, string(c)) }

// Declare implements Figure.
func (r Rate) Declare() report.Declared { return report.Declare(report.SortRate, string(r)) }

// Declare implements Figure.
func (v Value) Declare() report.Declared { return report.Declare(report.SortValue, string(v)) }

// Add adds n, 0 to 1.0e12. Another n is left out, which a note of the report counts.
func (c Counter) Add(ctx context.Context, n int64) {
	s := FromContext(ctx)
	if s.takes(report.SortCounter, string(c)) && !s.task.Shard.Add(s.own(string(c)), s.task.Intended, n) {
		s.Note(fmt.Sprintf("Counter %s was given a number below 0 or above 1.0e12, which is left out", c))
	}
}

// Add counts one answer, and returns it.
func (r Rate) Add(ctx context.Context, yes bool) bool {
	if s := FromContext(ctx); s.takes(report.SortRate, string(r)) {
		s.task.Shard.Answer(s.own(string(r)), s.task.Intended, yes)
	}
	return yes
}

// Add adds one number. One that is negative, infinite or not a number is left out, which a note of the report counts.
func (v Value) Add(ctx context.Context, x float64) {
	s := FromContext(ctx)
	if s.takes(report.SortValue, string(v)) && !s.task.Shard.Value(s.own(string(v)), s.task.Intended, x) {
		s.Note(fmt.Sprintf("Value %s was given a number that is negative, infinite or not a number, which is left out", v))
	}
}

// own is the row of a name that the script gives.
func (s *Scope) own(name string) report.Op { return report.Op{Kind: s.task.Kind, Name: name} }

// takes says whether there is a run that rows of a name go to.
func (s *Scope) takes(sort report.Sort, name string) bool {
	if s == nil || s.task.Shard == nil {
		return false
	}
	if name == "" {
		s.Note(fmt.Sprintf("A %s without a name was used, which is left out", sort))
		return false
	}
	return true
}
