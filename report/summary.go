package report

import "time"

// Schema is the version of the Summary's JSON form.
const Schema = 1

// Meta is what the engine knows about a run and the recorder does not.
type Meta struct {
	Name       string        // of the run
	Seed       uint64        // of every random stream
	PlanDigest string        // digest of the plan
	Start      time.Time     // wall clock at offset 0
	End        time.Duration // offset at which the run ended
	Notes      []string      // sentences that a reader must see first
}

// Summary is the result of a run: a value that can be printed, asserted on, serialised and
// compared. docs/summary-schema.md documents its JSON form.
type Summary struct {
	Schema     int            `json:"schema"`
	Name       string         `json:"name,omitempty"`
	Seed       uint64         `json:"seed"`
	PlanDigest string         `json:"plan_digest"`
	Start      time.Time      `json:"start"`
	EndS       float64        `json:"end_s"`
	Notes      []string       `json:"notes,omitempty"`
	Phases     []PhaseSummary `json:"phases"`
	NotReached []string       `json:"not_reached,omitempty"` // phases that the run ended before
	LateMS     Lateness       `json:"late_ms"`
	Total      PhaseSummary   `json:"total"`
	Failures   []Failure      `json:"failures"`
	Exceptions []Exception    `json:"exceptions"`
	Timeline   []Second       `json:"timeline"`
	Intervals  []Series       `json:"intervals"`
}

// PhaseSummary is one phase, or the whole run. The last operation is Aggregated.
type PhaseSummary struct {
	Name       string             `json:"name"`
	StartS     float64            `json:"start_s"`
	EndS       float64            `json:"end_s"`
	Users      int                `json:"users"`
	SpawnRate  float64            `json:"spawn_rate,omitempty"`
	Weights    map[string]float64 `json:"weights,omitempty"`
	RampEndS   float64            `json:"ramp_end_s,omitempty"`
	SettleS    float64            `json:"settle_s,omitempty"`
	Arm        string             `json:"arm,omitempty"`
	Model      string             `json:"model,omitempty"`
	Pace       string             `json:"pace,omitempty"`
	Predicted  *Load              `json:"predicted,omitempty"`
	Requests   int64              `json:"requests"`
	Failures   int64              `json:"failures"`
	RPS        float64            `json:"rps"`
	Operations []Operation        `json:"operations"`
	LateMS     Lateness           `json:"late_ms"`
	Counters   Counters           `json:"counters"`
}

// Operation is one row: the figures of one operation in one phase.
type Operation struct {
	Method     string   `json:"method"`
	Name       string   `json:"name"`
	Requests   int64    `json:"requests"`             // completed: successes and failures
	Failures   int64    `json:"failures"`             // of Requests
	RPS        float64  `json:"rps"`                  // requests per second of the phase
	ResponseMS Figures  `json:"response_ms"`          // headline: failures slower than every success
	ServiceMS  Figures  `json:"service_ms"`           // the same from the actual send
	SuccessMS  *Figures `json:"success_ms,omitempty"` // response time of successes only, where there are failures
	Straddlers int64    `json:"straddlers,omitempty"` // of Requests: done after the end of their phase
	CutOff     int64    `json:"cut_off,omitempty"`    // beside Requests: in flight at the end of the run
	Bytes      int64    `json:"bytes"`                // of answers

	Response *Sketch `json:"response_sketch,omitempty"` // successes
	Failed   *Sketch `json:"failed_sketch,omitempty"`   // response times of failures
	Service  *Sketch `json:"service_sketch,omitempty"`  // service times of successes
}

// Figures are the percentiles of one kind of time.
type Figures struct {
	Min  Millis `json:"min"`
	Mean Millis `json:"mean"`
	P50  Millis `json:"p50"`
	P95  Millis `json:"p95"`
	P99  Millis `json:"p99"`
	P999 Millis `json:"p999"`
	Max  Millis `json:"max"`
}

// Millis is a time in milliseconds. +Inf means that there is no finite value: no request, or a
// quantile among failures; its JSON form is null.
type Millis float64

// Lateness is the generator's wake lag.
type Lateness struct {
	P50 Millis `json:"p50"`
	P99 Millis `json:"p99"`
	Max Millis `json:"max"`
}

// Counters are the task starts of a phase.
type Counters struct {
	Planned    int64 `json:"planned"`
	Started    int64 `json:"started"`
	Finished   int64 `json:"finished"`
	Missed     int64 `json:"missed"`
	Dropped    int64 `json:"dropped"`
	Unfinished int64 `json:"unfinished"`
	CutOff     int64 `json:"cut_off"` // requests in flight at the end of the run
}

// Failure is one reason of one operation in one phase.
type Failure struct {
	Method      string  `json:"method"`
	Name        string  `json:"name"`
	Phase       string  `json:"phase"`
	Reason      string  `json:"reason"`
	Occurrences int64   `json:"occurrences"`
	FirstS      float64 `json:"first_s"` // offset at which the first one was done
	LastS       float64 `json:"last_s"`
}

// Exception is one distinct panic or task error.
type Exception struct {
	Kind        string  `json:"kind"`
	Message     string  `json:"message"`
	Stack       string  `json:"stack,omitempty"`
	Occurrences int64   `json:"occurrences"`
	FirstS      float64 `json:"first_s"`
	LastS       float64 `json:"last_s"`
}

// Second is one row of the timeline.
type Second struct {
	S        int    `json:"s"`                 // offset of its begin, s
	WidthS   int    `json:"width_s,omitempty"` // 0 means 1
	Phase    string `json:"phase"`
	Planned  int    `json:"planned"`
	Users    int    `json:"users"`
	On       int    `json:"on"`
	Requests int64  `json:"requests"`
	Failures int64  `json:"failures"`
	P50      Millis `json:"p50"`
	P95      Millis `json:"p95"`
}

// Series holds the per-second rows of one operation in one phase.
type Series struct{}
