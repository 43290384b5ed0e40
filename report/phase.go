package report

import "time"

// PhaseInfo describes one phase of the plan to the report. Offsets count from the start of the run.
type PhaseInfo struct {
	Name       string
	Start, End time.Duration // End 0: without end
	Users      int           // level to reach; with stages the highest
	SpawnRate  float64       // users per second; 0 = at once
	From       int           // users with which it begins, where it has stages
	Stages     []Stage       // how the level moves; nil: by Users and SpawnRate
	Weights    map[string]float64
	RampEnd    time.Duration // offset at which the level is reached
	Settle     time.Duration // after RampEnd; left out of effects; < 0: none
	Arm        string        // optional label: "A", "B"
	Load       string        // "low" or "high" in a factorial design; "": another
	Replay     uint64        // phases of the same number replay the same user scripts; 0: none
	Model      string        // "closed", "open", ...; what kind of load this is
	Pace       string        // the pacer in words
	Kinds      []KindInfo    // of users, in the plan's order; nil: one kind without a name
	Arrivals   *Arrivals     // of open load; nil: none
	Predicted  *Load         // what the plan predicts; nil: nothing
}

// KindInfo describes one kind of users in a phase of the plan.
type KindInfo struct {
	Name  string  `json:"name"`
	Users int     `json:"users"`           // at the end of the phase; 0 where users arrive
	Share float64 `json:"share"`           // of the users without a fixed count, or of the arrivals: 0..1
	Count int     `json:"count,omitempty"` // fixed number of users; 0: by share
	Pace  string  `json:"pace,omitempty"`  // the pacer in words
}

// KindUsers is how many users of a kind run.
type KindUsers struct {
	Name  string `json:"name"`
	Users int    `json:"users"`
}

// Load is the predicted steady load of a phase.
type Load struct {
	Rate      float64 `json:"tasks_per_s"`         // tasks per second of all users; of open load, arrivals per second
	Unlimited bool    `json:"unlimited,omitempty"` // nothing but the target limits the rate, and Rate is 0
	OnShare   float64 `json:"on_share"`            // share of users in an ON period, 0..1; 0 for open load
	IDC       float64 `json:"idc"`                 // index of dispersion for counts; Poisson = 1, 0 = even or unknown, +Inf (JSON null) under heavy tails
	Note      string  `json:"note,omitempty"`      // e.g. a warning about heavy tails
}

// Moves says what moves to the end of the phase by its plan, "level" or "rate of arrivals", so that there is no steady
// state; "": nothing does, or the phase has no end.
func (p *PhaseInfo) Moves() string {
	if p.End == 0 || p.RampEnd < p.End {
		return ""
	}
	return moving(p.Stages, p.Arrivals)
}

// Moves is that of PhaseInfo for the phase as far as it came.
func (p *PhaseSummary) Moves() string {
	if p.RampEndS < p.EndS {
		return ""
	}
	return moving(p.Stages, p.Arrivals)
}

// moving is what a load in motion moves; "" for one that reaches its level by a ramp.
func moving(stages []Stage, a *Arrivals) string {
	switch {
	case stages != nil:
		return "level"
	case a != nil && (a.Stages != nil || a.RateTo > 0 && a.RateTo != a.Rate):
		return "rate of arrivals"
	}
	return ""
}
