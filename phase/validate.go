package phase

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Validate checks the schedule by itself: at least one phase, names unique and
// not empty, numbers in range, only the last phase without end, and load in at
// least one phase. The error names phase, field, value and what is wanted
// instead. Pacers, arrivals and hooks validate themselves.
// Weights are checked against the tasks by [scenario.NewDispatcher], Kinds, Paces
// and what each kind does in the schedule by [Schedule.Follow].
func (s Schedule) Validate() error {
	if len(s) == 0 {
		return errors.New("the schedule has no phase: want at least one")
	}
	seen := map[string]bool{}
	loaded := false
	for i, p := range s {
		if p.Name == "" {
			return fmt.Errorf("phase %d: Name is empty: want a unique name", i+1)
		}
		if seen[p.Name] {
			return p.refuse("Name", p.Name, "a unique name, another phase has this one")
		}
		seen[p.Name] = true
		if err := p.validate(i == len(s)-1); err != nil {
			return err
		}
		loaded = loaded || p.Users > 0 || p.Stages != nil || p.Arrivals != nil
	}
	if !loaded {
		return errors.New("the schedule has no load: want users or arrivals in some phase")
	}
	if s.Start(len(s)) == Forever {
		return errors.New("the schedule is too long: want at most 292 years in all")
	}
	return s.validateLoads()
}

// refuse returns an error that names the phase, the field, its value and what is
// wanted instead.
func (p Phase) refuse(field string, value any, want string) error {
	return fmt.Errorf("phase %q: %s is %v: want %s", p.Name, field, value, want)
}

func (p Phase) validate(last bool) error {
	switch {
	case p.For < 0:
		return p.refuse("For", p.For, "above zero, or zero for no end")
	case p.Length() == 0 && !last:
		return p.refuse("For", p.For, "above zero, only the last phase may have no end")
	case p.Users < 0:
		return p.refuse("Users", p.Users, "at least 0")
	case !finite(p.SpawnRate):
		return p.refuse("SpawnRate", p.SpawnRate, "a finite number of users per second, or 0 for at once")
	case p.Iterations < 0:
		return p.refuse("Iterations", p.Iterations, "at least 1, or 0 for no end")
	case p.UserIterations < 0:
		return p.refuse("UserIterations", p.UserIterations, "at least 1, or 0 for no end")
	case p.Arrivals != nil && p.UserIterations > 0:
		return p.refuse("UserIterations", p.UserIterations, "0 in a phase of arrivals, where Iterations is how many arrive")
	case p.HookTimeout < 0:
		return p.refuse("HookTimeout", p.HookTimeout, "above zero, or zero for 30 s")
	}
	if err := p.validateStages(); err != nil {
		return err
	}
	if err := p.Weights.validate(); err != nil {
		return fmt.Errorf("phase %q: Weights: %w", p.Name, err)
	}
	if err := p.Kinds.validate(); err != nil {
		return fmt.Errorf("phase %q: Kinds: %w", p.Name, err)
	}
	if p.Pace != nil {
		if err := p.Pace.Validate(); err != nil {
			return fmt.Errorf("phase %q: Pace: %w", p.Name, err)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(p.Paces)) {
		switch pace := p.Paces[kind]; {
		case pace == nil:
			return fmt.Errorf("phase %q: Paces: the pace of %q is nil: want a pacer", p.Name, kind)
		case pace.Validate() != nil:
			return fmt.Errorf("phase %q: Paces: %q: %w", p.Name, kind, pace.Validate())
		}
	}
	if err := errors.Join(p.validateHook("Enter", p.Enter), p.validateHook("Exit", p.Exit)); err != nil {
		return err
	}
	if p.Arrivals != nil {
		return p.validateArrivals(*p.Arrivals)
	}
	return nil
}

// validateStages checks the stages of users.
func (p Phase) validateStages() error {
	switch {
	case p.Stages == nil:
		return nil
	case p.Users != 0:
		return p.refuse("Users", p.Users, "0 where Stages give the level")
	case p.SpawnRate != 0:
		return p.refuse("SpawnRate", p.SpawnRate, "0 where Stages give the level")
	case p.Arrivals != nil:
		return fmt.Errorf("phase %q: Stages are of users: want Arrivals.Stages in a phase of arrivals", p.Name)
	}
	if err := p.Stages.validate(mostUsers, "users"); err != nil {
		return fmt.Errorf("phase %q: Stages: %w", p.Name, err)
	}
	return nil
}

// validateHook asks a hook that can be asked.
func (p Phase) validateHook(field string, h Hook) error {
	if v, ok := h.(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return fmt.Errorf("phase %q: %s: %w", p.Name, field, err)
		}
	}
	return nil
}

// maxRate is one arrival a nanosecond.
const maxRate = 1e9

func (p Phase) validateArrivals(a Arrivals) error {
	switch {
	case p.Users > 0:
		return p.refuse("Users", p.Users, "0 in a phase of arrivals")
	case !(a.Rate >= 0 && a.Rate <= maxRate):
		return p.refuse("Arrivals.Rate", a.Rate, "0 to 1e9 arrivals per second")
	case !(a.RateTo >= 0 && a.RateTo <= maxRate):
		return p.refuse("Arrivals.RateTo", a.RateTo, "above 0 and up to 1e9 arrivals per second, or 0 to keep Rate")
	case a.Stages != nil && a.RateTo != 0:
		return p.refuse("Arrivals.RateTo", a.RateTo, "0 where Arrivals.Stages give the rate")
	case a.Rate == 0 && a.RateTo == 0 && a.Stages == nil:
		return p.refuse("Arrivals.Rate", a.Rate, "above 0 when the rate is not ramped")
	case a.ramped() && p.For == 0:
		return p.refuse("For", p.For, "above zero when the arrival rate is ramped")
	case a.Spacing > Gamma:
		return p.refuse("Arrivals.Spacing", a.Spacing, "even, poisson or gamma")
	case a.MaxInFlight < 0:
		return p.refuse("Arrivals.MaxInFlight", a.MaxInFlight, "at least 1, or 0 for no cap")
	case a.Spacing != Gamma && a.Burstiness != 0:
		return p.refuse("Arrivals.Burstiness", a.Burstiness, "0 unless the spacing is gamma")
	case a.Spacing == Gamma && a.Burstiness == 0:
		return p.refuse("Arrivals.Burstiness", a.Burstiness, "above 0 when the spacing is gamma")
	}
	if a.Stages != nil {
		if err := a.Stages.validate(maxRate, "arrivals per second"); err != nil {
			return fmt.Errorf("phase %q: Arrivals.Stages: %w", p.Name, err)
		}
	}
	if err := a.gaps().Validate(); err != nil {
		return fmt.Errorf("phase %q: Arrivals.Burstiness: %w", p.Name, err)
	}
	return nil
}

// finite is true for the numbers from 0 on, without NaN and +Inf.
func finite(x float64) bool { return x >= 0 && !math.IsInf(x, 1) }
