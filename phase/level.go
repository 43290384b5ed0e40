package phase

import "time"

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
func (s Schedule) lastLevel(i int) int { return s.Ramp(i).Level(s.endOf(i) - 1) }

// RampEnd is the offset at which phase i reaches its level, or its end when it
// does not. A phase whose arrival rate is ramped is a ramp to its end.
func (s Schedule) RampEnd(i int) time.Duration {
	if a := s[i].Arrivals; a != nil && a.ramped() {
		return s.endOf(i)
	}
	return min(s.Ramp(i).End(), s.endOf(i))
}
