package record

import (
	"time"

	"github.com/gensim/load-generator/report"
)

// Counter names one count of task starts. At every instant Planned = Started + Missed + Dropped + Lost + Skipped + those
// that are due and wait for a worker, and Started = Finished + Unfinished + those that run.
type Counter uint8

// The counters.
const (
	Planned      Counter = iota // starts that the plan called for
	Started                     // tasks begun
	Finished                    // tasks that came to their end
	Missed                      // starts skipped because the user was still busy (start-to-start)
	Dropped                     // starts refused by a cap on concurrency
	Lost                        // starts of a process that was lost
	Unfinished                  // tasks that the end of the run, or of their user, cut off
	Skipped                     // starts that a user sat out whose journey or session had ended
	Left                        // users who left for good, by the start in which they did
	Rested                      // ms in which users had no work, as the phase had none left
	sentRequests                // requests asked for, by what they count from
	beforeReset                 // requests in flight that began before the figures were zeroed; set by a reading
	counters                    // how many there are
)

// counts are the counters of a phase.
type counts [counters]int64

// Count adds n to a counter of the phase that the offset at lies in: the instant at which the task
// is due, for all that becomes of it. at is not in the future.
func (s *Shard) Count(c Counter, at time.Duration, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counted(c, at, n)
}

// counted is Count for a caller who holds the lock.
func (s *Shard) counted(c Counter, at time.Duration, n int64) {
	if at < s.from {
		return
	}
	s.next = max(s.next, at+1)
	s.counts[s.phaseOf(at)][c] += n
}

// phaseOf is Recorder.phaseIndex, which mostly is that of the call before.
func (s *Shard) phaseOf(at time.Duration) int {
	all, i := s.r.phases, s.phase
	if i > 0 && at < all[i].Start || i+1 < len(all) && at >= all[i+1].Start {
		s.phase = s.r.phaseIndex(at)
	}
	return s.phase
}

// add adds all counts of o.
func (n *counts) add(o *counts) {
	for c := range o {
		n[c] += o[c]
	}
}

// since returns how much n is more than before. A counter that was reset counts from 0.
func (n counts) since(before *counts) *counts {
	for c := range n {
		if n[c] >= before[c] {
			n[c] -= before[c]
		}
	}
	return &n
}

// tasks returns what becomes of tasks, without those that run.
func (n *counts) tasks() report.Counters {
	return report.Counters{
		Planned: n[Planned], Started: n[Started], Finished: n[Finished],
		Missed: n[Missed], Dropped: n[Dropped], Lost: n[Lost], Unfinished: n[Unfinished],
		Skipped: n[Skipped], Left: n[Left],
	}
}

// state returns what the counters tell of this instant.
func (n *counts) state() report.Counters {
	out := n.tasks()
	out.Sent, out.InFlightBefore = n[sentRequests], n[beforeReset]
	out.Running = out.Started - out.Finished - out.Unfinished
	out.Waiting = out.Planned - out.Started - out.Missed - out.Dropped - out.Lost - out.Skipped
	out.Unfinished += out.Running
	return out
}
