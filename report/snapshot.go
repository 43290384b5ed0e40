package report

import "time"

// Snapshot is how the run goes at one instant.
type Snapshot struct {
	At         time.Duration // offset since the start of the run
	Phase      PhaseInfo     // the phase At lies in
	Index      int           // of that phase
	Planned    int           // users that the plan wants now
	Users      int           // users running now
	On         int           // of Users: in an ON period
	Ops        []Live        // sorted by name, then method
	Total      Live          // the Aggregated row
	Failures   []Failure
	Exceptions []Exception
	Late       Lateness // of the run so far
	Counters   Counters // of the run so far
}

// Off returns the users in an OFF period.
func (s *Snapshot) Off() int { return s.Users - s.On }

// Live is one operation so far and in the last seconds.
type Live struct {
	Op       Op
	Requests int64 // since the start of the run
	Failures int64 // of Requests
	Bytes    int64
	RPS      float64 // requests per second since the start of the run
	Response Figures // since the start of the run, failures slower than every success

	RecentRPS      float64 // requests done per second in the last seconds, up to now
	RecentFailures float64 // failures done per second, likewise
	Recent         Figures // of the requests done in the last 10 s
}
