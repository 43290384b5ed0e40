package report

import (
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// Counters account for the task starts and the requests of a phase, and for what could not be kept in
// full. In every state that is written or served, of a run in progress too,
//
//	Planned = Started + Missed + Dropped + Lost + Skipped + Waiting
//	Started = Finished + Unfinished
//	Sent    = successes + failures + CutOff + InFlight
//
// all as of one instant. When a run is over Waiting and Running are 0, and InFlight counts only what a
// script has left behind.
type Counters struct {
	Planned    int64 `json:"planned"`
	Started    int64 `json:"started"`
	Finished   int64 `json:"finished"`
	Missed     int64 `json:"missed"`
	Dropped    int64 `json:"dropped"`
	Lost       int64 `json:"lost,omitempty"`    // arrivals of workers that were lost; see Loss
	Skipped    int64 `json:"skipped,omitempty"` // steps and tasks sat out by users whose journey or session had ended
	Left       int64 `json:"left,omitempty"`    // users who left for good, by themselves
	Unfinished int64 `json:"unfinished"`        // tasks cut off, and those that run
	Running    int64 `json:"running"`           // of Unfinished: those that run
	Waiting    int64 `json:"waiting"`           // starts that are due and wait for a worker

	Sent            int64 `json:"sent"`             // requests asked for
	InFlight        int64 `json:"in_flight"`        // of Sent: not ended yet
	CutOff          int64 `json:"cut_off"`          // of Sent: in flight when the run ended or their user left
	InFlightBefore  int64 `json:"in_flight_before"` // requests not ended yet that began before the figures were zeroed; in no other count
	Straddlers      int64 `json:"straddlers"`       // requests done after the end of their phase
	Clamped         int64 `json:"clamped"`          // times outside 0..73 min
	OtherOperations int64 `json:"other_operations"` // requests counted in that row
}

// Starts says in words what became of the planned task starts.
func (c Counters) Starts() string {
	parts := say.Parts{say.Count(c.Planned) + " planned", say.Count(c.Started) + " started", say.Count(c.Missed) + " missed", say.Count(c.Dropped) + " dropped"}
	parts.Add(c.Lost > 0, "%s lost with workers", say.Count(c.Lost))
	parts.Add(c.Skipped > 0, "%s skipped", say.Count(c.Skipped))
	return strings.Join(parts, ", ")
}

// Add adds all counts of o.
func (c *Counters) Add(o Counters) {
	c.Planned += o.Planned
	c.Started += o.Started
	c.Finished += o.Finished
	c.Missed += o.Missed
	c.Dropped += o.Dropped
	c.Lost += o.Lost
	c.Skipped += o.Skipped
	c.Left += o.Left
	c.Unfinished += o.Unfinished
	c.Running += o.Running
	c.Waiting += o.Waiting
	c.Sent += o.Sent
	c.InFlight += o.InFlight
	c.InFlightBefore += o.InFlightBefore
	c.CutOff += o.CutOff
	c.Straddlers += o.Straddlers
	c.Clamped += o.Clamped
	c.OtherOperations += o.OtherOperations
}
