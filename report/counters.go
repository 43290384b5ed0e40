package report

import "time"

// Counter names one count of task starts. When a run is over, Planned = Started + Missed + Dropped
// and Started = Finished + Unfinished.
type Counter uint8

// The counters.
const (
	Planned    Counter = iota // starts that the plan called for
	Started                   // tasks begun
	Finished                  // tasks that came to their end
	Missed                    // starts skipped because the user was still busy (start-to-start)
	Dropped                   // starts refused by a cap on concurrency
	Unfinished                // tasks still running when the run ended
	counters                  // how many there are
)

// Counters account for the task starts of a phase and for what could not be kept in full.
type Counters struct {
	Planned    int64 `json:"planned"`
	Started    int64 `json:"started"`
	Finished   int64 `json:"finished"`
	Missed     int64 `json:"missed"`
	Dropped    int64 `json:"dropped"`
	Unfinished int64 `json:"unfinished"`

	CutOff          int64 `json:"cut_off"`          // requests in flight at the end of the run
	Straddlers      int64 `json:"straddlers"`       // requests done after the end of their phase
	Clamped         int64 `json:"clamped"`          // times outside 0..73 min
	OtherOperations int64 `json:"other_operations"` // requests counted in that row
}

// Count adds n to a counter of the phase that the offset at lies in: the instant at which the task
// is due, for all that becomes of it. at is not in the future.
func (s *Shard) Count(c Counter, at time.Duration, n int64) {
	phase := s.r.phaseIndex(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	if at < s.from {
		return
	}
	s.next = max(s.next, at+1)
	s.counts[phase][c] += n
}

// counted returns the counters of a phase over all shards.
func (r *Recorder) counted(phase int) (sum Counters) {
	for _, s := range r.shards {
		s.mu.Lock()
		n := s.counts[phase]
		s.mu.Unlock()
		sum.add(Counters{
			Planned: n[Planned], Started: n[Started], Finished: n[Finished],
			Missed: n[Missed], Dropped: n[Dropped], Unfinished: n[Unfinished],
		})
	}
	return sum
}

// add adds all counts of o.
func (c *Counters) add(o Counters) {
	c.Planned += o.Planned
	c.Started += o.Started
	c.Finished += o.Finished
	c.Missed += o.Missed
	c.Dropped += o.Dropped
	c.Unfinished += o.Unfinished
	c.CutOff += o.CutOff
	c.Straddlers += o.Straddlers
	c.Clamped += o.Clamped
	c.OtherOperations += o.OtherOperations
}
