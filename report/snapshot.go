package report

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/timing"
)

// Snapshot is how the run goes at one instant. It is the reader's own: nothing changes it later.
type Snapshot struct {
	At         time.Duration // offset since the start of the run
	Phase      PhaseInfo     // the phase At lies in
	Index      int           // of that phase
	Planned    int           // users that the plan wants, as last noted by Level
	Users      int           // users running
	On         int           // of Users: in an ON period
	Kinds      []KindUsers   // Users by kind, as the plan has so many; none of those that arrive; nil: one kind without a name
	Ops        []Live        // sorted by name, then method and kind
	Overall    []Live        // the rows over all kinds of users, sorted by name, then method; nil in a run of one kind
	Total      Live          // the Aggregated row
	Failures   []Failure     // all phases together; the most frequent first
	Exceptions []Exception   // the most frequent first
	Lag        Lag           // of the run so far
	Trust      Trust         // of Total
	Counters   Counters      // of the run so far
	Workers    []Worker      // by index; nil: this process makes the load
	// Rows that are not in Ops and Total: see Sort. Nil: none.
	Transactions []Live
	Tags         []Live
	Figures      []Figure // of the run so far
	Health       Health   // of the generator so far, without word and sentences, which JudgedHealth adds; a Snapshot of the engine holds it
}

// OverKinds returns the rows over all kinds of users: Ops itself in a run of one kind.
func (s *Snapshot) OverKinds() []Live {
	if s.Overall != nil {
		return s.Overall
	}
	return s.Ops
}

// Off returns the users in an OFF period.
func (s *Snapshot) Off() int { return s.Users - s.On }

// PhaseLeft returns the time left in the phase; false if it has no end.
func (s *Snapshot) PhaseLeft() (time.Duration, bool) {
	return max(0, s.Phase.End-s.At), s.Phase.End > 0
}

// Live is one operation since the start of the run and in the last seconds. What is recent goes by
// completion and ends now, so a target that hangs shows a rate of 0; where several processes make the load, the percentiles
// go by when their figures came.
type Live struct {
	Op       Op
	Requests int64           // completed since the start of the run
	Failures int64           // of Requests
	CutOff   int64           // not in Requests
	InFlight int64           // in neither
	Waiting  Millis          // how long the oldest one in flight has waited, so what it takes at least; 0 without any
	Bytes    int64           // of the answers' bodies
	RPS      float64         // Requests per second since the start of the run
	Response Figures         // since the start of the run; failures slower than every success, those in flight by what they take at least
	Trust    Trust           // of Response, by the lag of the run so far
	Timings  []timing.Figure // parts of the response times since the start of the run; nil: not measured
	// Times are the quantiles that Snapshot was asked for, of all response times since
	// the start of the run, and Timed goes with them: failures included as if they were answers
	// (Locust's way).
	Quantiles []Millis
	Timed     Timed

	RecentRPS      float64 // requests done per second in the last 5 s
	RecentFailures float64 // failures done per second in the last 5 s
	Recent         Figures // of the requests done in the last 10 s; Min, Mean, Max of the successes, to 0.2 %
	RecentRequests int64   // those of Recent, and of failures
	RecentFailed   int64   // of RecentRequests
	RecentS        float64 // how long the time of RecentRequests is, s; at least 1
}

// FailureShare returns failures/requests, 0..1; 0 without requests.
func (l *Live) FailureShare() float64 { return share(l.Failures, l.Requests) }

// NewLive returns the row of an operation since the start of the run, seconds ago. quantiles, in ascending
// order, are those of Times. lag is the wake lag of the run; nil for an operation that no wake-up began. Bytes and what
// is recent are the caller's.
func NewLive(op Op, t *Times, seconds float64, quantiles []float64, lag *hist.Sketch) Live {
	n := t.Completed()
	figures, trust := t.judged(lag)
	row := Live{
		Op: op, Requests: n, Failures: int64(t.Failed.Count()), CutOff: int64(t.Cut.Count()),
		InFlight: int64(t.Waiting.Count()), Waiting: inMillis(t.Waiting.Max()),
		RPS:      rate(n, seconds),
		Timed:    t.Timed(),
		Response: figures, Trust: trust, Timings: t.Timings.Figures(),
	}
	if len(quantiles) > 0 {
		row.Quantiles = t.quantilesOfAll(quantiles)
	}
	return row
}

// String is one line of progress.
func (s *Snapshot) String() string {
	t := &s.Total
	line := fmt.Sprintf("%s %s", say.Clock(s.At), s.Phase.Name)
	if left, ok := s.PhaseLeft(); ok {
		line += fmt.Sprintf(" (%s left)", say.Clock(left))
	}
	line += fmt.Sprintf("  %s users (%s on)  %s req/s  %s  %s failed",
		say.Count(s.Users), say.Count(s.On), say.Number(t.RecentRPS), say.Plural(t.Requests, "request"), say.Count(t.Failures))
	if t.RecentFailures == 0 && !t.Recent.P50.IsFinite() { // no request was answered
		return line + "  p50 -  p95 -"
	}
	return line + fmt.Sprintf("  p50 %s  p95 %s ms", ms(t.Recent.P50), ms(t.Recent.P95))
}

// State is where a load is in its life cycle, in Locust's words.
type State string

// The states of a load.
const (
	Ready    State = "ready"    // nothing has run yet
	Spawning State = "spawning" // the number of users is on its way, up or down
	Running  State = "running"  // the number of users is reached
	Cleanup  State = "cleanup"  // the run is ending
	Stopped  State = "stopped"  // a run is over
)
