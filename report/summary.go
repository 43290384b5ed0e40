package report

import (
	"slices"
	"time"

	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/look"
)

// Schema is the version of the Summary's JSON form. In version 1 minimum, mean and maximum counted
// failures too.
const Schema = 2

// Summary is the result of a run: a value that can be printed, held to claims, serialised and
// compared. docs/summary-schema.md documents its JSON form.
type Summary struct {
	Schema     int            `json:"schema"`
	Name       string         `json:"name,omitempty"`
	Seed       uint64         `json:"seed"`
	PlanDigest string         `json:"plan_digest"`
	Streams    int            `json:"stream_version,omitempty"` // of the random streams that the seed gives
	Start      time.Time      `json:"start"`                    // wall clock, UTC
	EndS       float64        `json:"end_s"`
	ResetS     float64        `json:"reset_s,omitempty"` // where the figures were zeroed; rates count from there
	Notes      []string       `json:"notes,omitempty"`
	Phases     []PhaseSummary `json:"phases"`                // those that began
	NotReached []string       `json:"not_reached,omitempty"` // names of those that did not
	Health     Health         `json:"health"`
	Workers    []Worker       `json:"workers,omitempty"` // by index; nil: this process made the load
	LagMS      Lag            `json:"late_ms"`
	Total      PhaseSummary   `json:"total"`
	Failures   []Failure      `json:"failures"`
	Exceptions []Exception    `json:"exceptions"`
	Timeline   []Second       `json:"timeline"`
	Intervals  []Series       `json:"intervals"`
	SetUp      *Chore         `json:"set_up,omitempty"`    // of the script; nil: it has none
	TearDown   *Chore         `json:"tear_down,omitempty"` // of the script; nil: it has none, or it was not called
	Looks      *look.Plan     `json:"looks,omitempty"`     // at which the run was to be judged; nil: at its end alone

	// Of what is in no count of requests; see Sort.
	TransactionFailures  []Failure      `json:"transaction_failures,omitempty"`
	TransactionIntervals []Series       `json:"transaction_intervals,omitempty"`
	TagIntervals         []Series       `json:"tag_intervals,omitempty"`
	FigureIntervals      []FigureSeries `json:"figure_intervals,omitempty"`
}

// Chore is a part of a script that runs once in a run, before or after all users. Its requests are in no other figure.
type Chore struct {
	TookS      float64     `json:"took_s"`
	Error      string      `json:"error,omitempty"`
	Operations []Operation `json:"operations"` // the last row sums them up
	Failures   []Failure   `json:"failures,omitempty"`
}

// PhaseSummary is one phase, or the whole run. Offsets are in seconds from the start of the run.
type PhaseSummary struct {
	Name      string             `json:"name"`
	StartS    float64            `json:"start_s"`
	EndS      float64            `json:"end_s"` // where it ended, which may be before the plan did
	Users     int                `json:"users"` // the level of the plan; of the whole run the highest
	SpawnRate float64            `json:"spawn_rate"`
	From      int                `json:"from_users,omitempty"` // with stages: where they begin
	Stages    []Stage            `json:"stages,omitempty"`     // of the level; Users is then the highest
	Weights   map[string]float64 `json:"weights,omitempty"`
	RampEndS  float64            `json:"ramp_end_s"` // where the level was to be reached
	SettleS   float64            `json:"settle_s"`   // after the ramp, left out of effects
	Arm       string             `json:"arm,omitempty"`
	Load      string             `json:"load,omitempty"`   // "low", "high": in a factorial design
	Replay    uint64             `json:"replay,omitempty"` // phases of the same number replay the same user scripts
	Model     string             `json:"model,omitempty"`
	Pace      string             `json:"pace,omitempty"`
	Arrivals  *Arrivals          `json:"arrivals,omitempty"` // of open load
	Kinds     []KindInfo         `json:"kinds,omitempty"`    // of users, in the plan's order; of the whole run none
	Predicted *Load              `json:"predicted,omitempty"`

	Requests   int64       `json:"requests"`   // completed: successes and failures
	Failures   int64       `json:"failures"`   // of Requests
	RPS        float64     `json:"rps"`        // Requests per second of the phase
	Throughput float64     `json:"throughput"` // successes per second of the phase
	Operations []Operation `json:"operations"`
	// Rows that are in none of the counts above, nor in the Aggregated row: see Sort.
	Transactions []Operation `json:"transactions,omitempty"`
	Tags         []Operation `json:"tags,omitempty"` // names end in {key=value}
	Figures      []Figure    `json:"figures,omitempty"`

	LagMS      Lag          `json:"late_ms"`
	Counters   Counters     `json:"counters"`
	LagSketch  *hist.Sketch `json:"late_sketch,omitempty"`  // wake lag; nil: none noted
	Lost       *Loss        `json:"lost,omitempty"`         // to workers that were lost; nil: nothing
	HooksLateS float64      `json:"hooks_late_s,omitempty"` // how long after StartS its hooks were called, since no coordinator was there
	RestedS    float64      `json:"rested_s,omitempty"`     // user-seconds that its users rested in, as the phase had no work left; of the whole run the sum
}

// WakeLag returns the wake lag of some phases, by index, together.
func (s *Summary) WakeLag(phases ...int) *hist.Sketch {
	all := new(hist.Sketch)
	for _, i := range phases {
		all.Merge(s.Phases[i].LagSketch)
	}
	return all
}

// HooksLate returns HooksLateS as a time, to a tenth of a second and at least that; 0 if they were called in time.
func (p *PhaseSummary) HooksLate() time.Duration {
	if p.HooksLateS <= 0 {
		return 0
	}
	const tenth = 100 * time.Millisecond
	return max(tenth, time.Duration(p.HooksLateS*float64(time.Second)).Round(tenth))
}

// Aggregated returns the row that sums up all operations, which is the last one.
func (p PhaseSummary) Aggregated() Operation {
	if len(p.Operations) == 0 {
		return Operation{Name: Aggregated, ResponseMS: NoFigures(), ServiceMS: NoFigures()}
	}
	return p.Operations[len(p.Operations)-1]
}

// Failure is one reason of one operation in one phase.
type Failure struct {
	Kind        string  `json:"kind,omitempty"` // of the users; "" in a run of one kind
	Method      string  `json:"method"`
	Name        string  `json:"name"`
	Phase       string  `json:"phase"` // "" in a Snapshot, which does not tell phases apart
	Reason      string  `json:"reason"`
	Occurrences int64   `json:"occurrences"`
	FirstS      float64 `json:"first_s"` // offset at which the first one was done
	LastS       float64 `json:"last_s"`
}

// Op returns the operation that failed.
func (f *Failure) Op() Op { return Op{f.Kind, f.Method, f.Name} }

// MergeFailures makes one row of those that are alike except for their counts and times, in the order in which they
// are met.
func MergeFailures(rows []Failure) []Failure {
	at, out := make(map[Failure]int), rows[:0:0]
	for _, f := range rows {
		key := Failure{Kind: f.Kind, Method: f.Method, Name: f.Name, Phase: f.Phase, Reason: f.Reason}
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, f)
			continue
		}
		x := &out[i]
		x.Occurrences, x.FirstS, x.LastS = x.Occurrences+f.Occurrences, min(x.FirstS, f.FirstS), max(x.LastS, f.LastS)
	}
	return out
}

// AnyoneFailed makes one row of a reason of an operation for all kinds of users.
func AnyoneFailed(rows []Failure) []Failure {
	out := slices.Clone(rows)
	for i := range out {
		out[i].Kind = ""
	}
	return MergeFailures(out)
}

// Exception is one distinct panic or task error.
type Exception struct {
	Kind        string  `json:"kind"`
	Message     string  `json:"message"`
	Stack       string  `json:"stack"` // of the first one
	Occurrences int64   `json:"occurrences"`
	FirstS      float64 `json:"first_s"` // offset
	LastS       float64 `json:"last_s"`
}

// Second is one row of the timeline, by intended start.
type Second struct {
	S        int    `json:"s"`       // offset of its start
	WidthS   int    `json:"width_s"` // its length, s; 1 until a long run needed the room
	Phase    string `json:"phase"`   // that it begins in
	Planned  int    `json:"planned"` // users of the plan
	Users    int    `json:"users"`   // users running
	On       int    `json:"on"`      // of Users: in an ON period
	Requests int64  `json:"requests"`
	Failures int64  `json:"failures"` // of Requests
	P50      Millis `json:"p50"`      // response time, ms; failures slower than every success
	P95      Millis `json:"p95"`
	P99      Millis `json:"p99"`
	Mean     Millis `json:"mean"` // response time of the successes, ms, to half a bucket of the sketch
}

// share returns part/whole; 0 for none of none.
func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
