package phase

import (
	"iter"
	"time"
)

// Step is one change of the number of users.
type Step struct {
	At    time.Duration // offset from the start of the run
	Users int           // level after the step
	Delta int           // +1 or -1
}

// Ramp is how phase i moves the number of users. A phase may end before its
// ramp does.
func (s Schedule) Ramp(i int) Ramp {
	var ramp Ramp
	var at time.Duration
	for _, p := range s[:i+1] {
		ramp = Ramp{From: ramp.Level(at - 1), At: at, To: p.Users, Rate: p.SpawnRate}
		at = later(at, p.For)
	}
	return ramp
}

// UsersAt is the planned level at t: 0 before the start and from the end on.
func (s Schedule) UsersAt(t time.Duration) int {
	i := s.At(t)
	if i < 0 {
		return 0
	}
	return s.Ramp(i).Level(t)
}

// lastLevel is the number of users at the end of phase i.
func (s Schedule) lastLevel(i int) int { return s.Ramp(i).Level(s.end(i) - 1) }

// Steps yields the changes of the level in the order of time, one user each.
// The end of the run, at which all users leave, is not a step.
func (s Schedule) Steps() iter.Seq[Step] {
	return func(yield func(Step) bool) {
		for i := range s {
			if !s.steps(i, yield) {
				return
			}
		}
	}
}

// steps yields the steps of phase i that fall before its end.
func (s Schedule) steps(i int, yield func(Step) bool) bool {
	ramp, end := s.Ramp(i), s.end(i)
	for k := range ramp.Len() {
		step := Step{At: ramp.StepAt(k), Users: ramp.From + (k+1)*ramp.Delta(), Delta: ramp.Delta()}
		if step.At >= end {
			return true
		}
		if !yield(step) {
			return false
		}
	}
	return true
}

// RampEnd is the offset at which phase i reaches its level, or its end when it
// does not. A phase whose arrival rate is ramped is a ramp to its end.
func (s Schedule) RampEnd(i int) time.Duration {
	if a := s[i].Arrivals; a != nil && a.ramped() {
		return s.end(i)
	}
	return min(s.Ramp(i).End(), s.end(i))
}
