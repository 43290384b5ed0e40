package report

import "time"

// Op names one row of the report. Method may be empty; Name should be a template such
// as "/api/todos/{id}", not a path with an id in it.
type Op struct{ Method, Name string }

// String is "METHOD name", or the name alone.
func (o Op) String() string {
	if o.Method == "" {
		return o.Name
	}
	return o.Method + " " + o.Name
}

// Aggregated names the row that sums up all operations; its method is empty.
const Aggregated = "Aggregated"

// OtherOperations names the row that takes the samples of every operation past
// Config.MaxOps.
const OtherOperations = "(other operations)"

// OtherReasons is the failure reason that stands for every one past Config.MaxReasons.
const OtherReasons = "(other reasons)"

// OtherExceptions is the kind of exception that stands for every distinct one past
// Config.MaxExceptions.
const OtherExceptions = "(other exceptions)"

// CutOff is the reason of a request that was in flight when the run ended. It is no
// failure of the target: the request is kept as "at least this long" (right-censored)
// and counted apart.
const CutOff = "cut off"

// Sample is one measured operation. All times are offsets from the start of the run.
type Sample struct {
	Op Op

	Intended time.Duration // when the plan said it starts
	Woken    time.Duration // when the generator's code got control
	Sent     time.Duration // when it was handed to the wire
	Done     time.Duration // last byte, error or timeout

	// Err is a short stable reason, without addresses or ids; "" is success,
	// CutOff a request that the end of the run cut.
	Err string
	// Bytes is the size of the answer's body.
	Bytes int64
	// Later marks a request after the first one of its task. It had no wake-up of its
	// own, so it adds nothing to the wake lag.
	Later bool
}

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
	Rate      float64 // tasks per second of all users; of open load, arrivals per second
	Unlimited bool    // nothing but the target limits the rate, and Rate is 0
	OnShare   float64 // share of users in an ON period, 0..1; 0 for open load
	IDC       float64 // index of dispersion for counts; Poisson = 1, 0 = even or unknown, +Inf under heavy tails
	Note      string  // e.g. a warning about heavy tails
}

// Config sets up a Recorder. The zero value of each field has a meaning.
type Config struct {
	Phases []PhaseInfo // in time order; none: one phase without name and end
	Shards int         // < 1: one per core (GOMAXPROCS)

	MaxOps        int // distinct operations kept apart; < 1: 1000
	MaxReasons    int // distinct failure reasons kept apart; < 1: 200
	MaxExceptions int // distinct exceptions kept apart; < 1: 100
	// IntervalBytes bounds the memory of the per-second rows; past it the rows of the
	// largest phase are merged pairwise. < 1: 48 MiB.
	IntervalBytes int
}
