package report

import "time"

// PhaseInfo describes one phase of the plan to the report. Offsets count from the start of the run.
type PhaseInfo struct {
	Name       string
	Start, End time.Duration // End 0: without end
	Users      int           // level to reach
	SpawnRate  float64       // users per second; 0 = at once
	Weights    map[string]float64
	RampEnd    time.Duration // offset at which the level is reached
	Settle     time.Duration // after RampEnd; left out of effects; < 0: none
	Arm        string        // optional label: "A", "B"
	Replay     uint64        // phases of the same number replay the same user scripts; 0: none
	Model      string        // "closed", "open", ...; what kind of load this is
	Pace       string        // the pacer in words
	Arrivals   *Arrivals     // of open load; nil: none
	Predicted  *Load         // what the plan predicts; nil: nothing
}

// Load is the predicted steady load of a phase.
type Load struct {
	Rate      float64 `json:"tasks_per_s"`         // tasks per second of all users; of open load, arrivals per second
	Unlimited bool    `json:"unlimited,omitempty"` // nothing but the target limits the rate, and Rate is 0
	OnShare   float64 `json:"on_share"`            // share of users in an ON period, 0..1; 0 for open load
	IDC       float64 `json:"idc"`                 // index of dispersion for counts; Poisson = 1, 0 = even or unknown, +Inf (JSON null) under heavy tails
	Note      string  `json:"note,omitempty"`      // e.g. a warning about heavy tails
}
