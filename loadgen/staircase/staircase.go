// Package staircase finds how much load a target takes: the highest rate of arrivals, or number of users, at which a
// claim holds, with an interval. It drives the search of package report/effect/capacity with one run of a Runner for
// each hold.
//
//	result, err := staircase.Search{
//		Runner: run,
//		Claim:  capacity.Claim{Metric: effect.P95, Below: 250},
//		Range:  capacity.Search{From: 20, To: 1000, Time: 15 * time.Minute},
//	}.Run(ctx)
//	fmt.Println(result.Sentence()) // Capacity: p95 < 250 ms holds up to 180/s (95 % interval 175/s to 186/s).
//
// [Live] is a search that a page, or another part of a program, follows while it is made.
//
// A hold is a run by itself: users are made anew, and each run waits for its last tasks, up to
// capacity.Drain, so none has work of the one before.
package staircase

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/capacity"
)

// Search is a search to be made. It is a value, and can be made many times.
type Search struct {
	// Runner makes the load of a hold. Its Schedule and StopTimeout are the search's; its Seed is that of the first
	// hold, and one more in each other one; SetUp and TearDown are called in each. Fleet has to be nil.
	Runner loadgen.Runner
	// Claim is what has to hold.
	Claim capacity.Claim
	// Range is where and for how long it is sought; its Claim and Limit come from Claim.
	Range capacity.Search
	// Phase is what a hold is besides its length and its load: weights, pace, hooks and, for a search of a rate, how
	// arrivals are spaced. The zero value has Poisson arrivals of single tasks.
	Phase phase.Phase
	// Holding, if set, is called before each hold.
	Holding func(step capacity.Step)
	// Held, if set, is called after each hold with all so far.
	Held func(holds []capacity.Hold)
	// Summed, if set, is called before Held with the Summary of the run that the hold was, and how long the search had
	// lasted when it began.
	Summed func(began time.Duration, sum *report.Summary)

	run func(context.Context, loadgen.Runner) (*report.Summary, error) // makes the run of a hold; nil: the Runner does
}

// name is that of the phase of a hold.
const name = "hold"

// errFlood ends the run of a hold in which work comes in faster than it is done.
var errFlood = errors.New("the target is flooded")

// Run makes the search. It takes Range.Time, and less where there is nothing more to learn; the last run may end up to a
// Drain later. The Result is nil where the search makes no sense, as the error says. Where a run could not be made or was
// ended, by ctx too, the Result is that of the holds until then, with the error of that run.
func (s Search) Run(ctx context.Context) (*capacity.Result, error) {
	search, err := s.Claim.Ask(s.Range)
	if err == nil {
		err = s.check(search)
	}
	if err != nil {
		return nil, err
	}
	var holds []capacity.Hold
	began := time.Now()
	for {
		step, ok := search.Next(holds)
		if !ok {
			return search.Estimate(holds), nil
		}
		if s.Holding != nil {
			s.Holding(step)
		}
		start := time.Since(began)
		h, sum, err := s.hold(ctx, search, holds, step)
		if err != nil {
			return search.Estimate(holds), fmt.Errorf("hold %d, at a load of %v: %w", len(holds)+1, step.Load, err)
		}
		h.End = time.Since(began)
		holds = append(holds, h)
		if s.Summed != nil {
			s.Summed(start, sum)
		}
		if s.Held != nil {
			s.Held(holds)
		}
	}
}

// check reports what of the search makes no sense.
func (s *Search) check(search capacity.Search) error {
	switch p := s.Phase; {
	case s.Runner.Fleet != nil:
		return errors.New("staircase: Runner.Fleet is set; a search makes its load in one process")
	case s.Runner.Schedule != nil:
		return errors.New("staircase: Runner.Schedule is set; want nil, as the search makes the phase of each hold")
	case p.Users != 0 || p.Stages != nil || p.For != 0 || p.Settle != 0 || p.Iterations != 0 || p.UserIterations != 0:
		return errors.New("staircase: Phase has a length or a level; want 0, as these are the search's")
	case search.Users && p.Arrivals != nil:
		return errors.New("staircase: Phase.Arrivals is set; want nil where users are sought")
	case p.Arrivals != nil && (p.Arrivals.Rate != 0 || p.Arrivals.RateTo != 0 || p.Arrivals.Stages != nil):
		return errors.New("staircase: Phase.Arrivals has a rate; want 0, as it is the search's")
	}
	return search.Validate()
}

// hold makes one hold.
func (s *Search) hold(ctx context.Context, search capacity.Search, before []capacity.Hold, step capacity.Step) (h capacity.Hold, sum *report.Summary, err error) {
	r := s.Runner
	if r.Logger != nil {
		r.Logger = slog.New(floodless{r.Logger.Handler()})
	}
	r.Schedule = phase.Schedule{s.phaseOf(search, step)}
	r.Seed += uint64(len(before))
	r.StopTimeout = capacity.Drain
	r.Guard = func(now *report.Snapshot, p *report.PhaseSummary) error {
		if search.Flooded(before, step.Load, float64(now.Total.InFlight)) {
			return errFlood
		}
		if s.Runner.Guard != nil {
			return s.Runner.Guard(now, p)
		}
		return nil
	}
	if s.run == nil {
		sum, err = r.Run(ctx)
	} else {
		sum, err = s.run(ctx, r)
	}
	flooded := errors.Is(err, errFlood)
	if err != nil && !flooded {
		return h, sum, err
	}
	if h, err = s.Claim.Read(effect.Phase{Run: sum, Name: name}); err != nil {
		return h, sum, err
	}
	h.Load, h.Flooded = step.Load, flooded
	return h, sum, nil
}

// floodless is a log without the lines on a run that a flood ended, which is a part of the search.
type floodless struct{ slog.Handler }

// Handle implements slog.Handler.
func (f floodless) Handle(ctx context.Context, r slog.Record) error {
	flood := false
	r.Attrs(func(a slog.Attr) bool {
		err, _ := a.Value.Any().(error)
		flood = errors.Is(err, errFlood)
		return !flood
	})
	if flood {
		return nil
	}
	return f.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (f floodless) WithAttrs(attrs []slog.Attr) slog.Handler {
	return floodless{f.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (f floodless) WithGroup(name string) slog.Handler { return floodless{f.Handler.WithGroup(name)} }

// phaseOf is the phase of a hold.
func (s *Search) phaseOf(search capacity.Search, step capacity.Step) phase.Phase {
	p := s.Phase
	p.Name, p.For, p.Settle = name, step.For, step.Settle
	if search.Users {
		p.Users = int(step.Load)
		return p
	}
	a := phase.Arrivals{Spacing: phase.Poisson}
	if p.Arrivals != nil {
		a = *p.Arrivals
	}
	a.Rate = step.Load
	p.Arrivals = &a
	return p
}
