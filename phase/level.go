package phase

import "time"

// ramp is how the phase moves the number of users from where it begins, if it has
// no stages.
func (p Phase) ramp(from int, at time.Duration) Ramp {
	return Ramp{From: from, At: at, To: p.Users, Rate: p.SpawnRate}
}

// levelIn is the number of users at t in phase i, which begins with from.
func (s Schedule) levelIn(i, from int, t time.Duration) int {
	if stages := s[i].Stages; stages != nil {
		return stages.level(from, t-s.Start(i))
	}
	return s[i].ramp(from, s.Start(i)).Level(t)
}

// before is the planned number of users with which phase i begins.
func (s Schedule) before(i int) (level int) {
	for j := range i {
		level = s.levelIn(j, level, s.endOf(j)-1)
	}
	return level
}

// UsersAt is the planned level at t: 0 before the start and from the end on. It
// takes 5 ns for each stage before t.
func (s Schedule) UsersAt(t time.Duration) int {
	i := s.At(t)
	if i < 0 {
		return 0
	}
	return s.levelIn(i, s.before(i), t)
}

// lastLevel is the number of users at the end of phase i.
func (s Schedule) lastLevel(i int) int { return s.levelIn(i, s.before(i), s.endOf(i)-1) }

// RampEnd is the offset at which phase i reaches its level, or its end when it
// does not. A phase of stages reaches it where the last one that does not move
// begins; one that moves to its end never does, and neither does a phase whose
// arrival rate is ramped.
func (s Schedule) RampEnd(i int) time.Duration {
	p, start, end := s[i], s.Start(i), s.endOf(i)
	switch a := p.Arrivals; {
	case p.Stages != nil:
		return later(start, p.Stages.tail(float64(s.before(i)), end-start))
	case a != nil && a.Stages != nil:
		return later(start, a.Stages.tail(a.Rate, end-start))
	case a != nil && a.ramped():
		return end
	}
	return min(p.ramp(s.before(i), start).End(), end)
}

// Spawning reports whether the level is planned to be on its way at t.
func (s Schedule) Spawning(t time.Duration) bool {
	i := s.At(t)
	switch {
	case i < 0:
		return false
	case s[i].Stages != nil:
		return s[i].Stages.moves(float64(s.before(i)), t-s.Start(i))
	}
	return t < s[i].ramp(s.before(i), s.Start(i)).End()
}

// Moves reports whether the level or the rate of phase i moves to the end of it, so
// that it has no steady state.
func (s Schedule) Moves(i int) bool { return s.moving(i) && s.RampEnd(i) >= s.endOf(i) }

// moving reports whether phase i has a level or a rate that may move all along.
func (s Schedule) moving(i int) bool {
	a := s[i].Arrivals
	return s[i].Stages != nil || a != nil && (a.Stages != nil || a.ramped())
}
