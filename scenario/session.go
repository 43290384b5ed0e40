package scenario

// SessionPacer is a Pacer that can pace a session: a user who arrives, acts
// for a while and goes. Open arrivals of sessions need one.
type SessionPacer interface {
	Pacer
	// Arrive is Begin for a user who comes to act: its first turn is due at
	// once. The session is over at the first turn that does not act.
	Arrive(r *Rhythm) Turn
}

var _ SessionPacer = OnOff{}

// Arrive begins a fresh ON period, which is the session.
func (o OnOff) Arrive(r *Rhythm) Turn {
	r.stage = resting
	return o.Next(r)
}
