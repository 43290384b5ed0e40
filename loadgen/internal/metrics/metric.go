package metrics

import "strings"

// Kind is what a Metric is about.
type Kind int

// The kinds.
const (
	Counter Kind = iota // only grows
	Gauge               // comes and goes
	Times               // a histogram of durations
	Values              // a histogram of numbers of the script
)

// Metric describes one metric.
type Metric struct {
	Name   string // such as "request.duration": words with dots, without a unit
	Unit   string // of UCUM: "s", "By", "1" for a share, "{request}" for things; "": none
	Kind   Kind
	Help   string
	Labels []string // other than the run
}

// Underscored is the name by Prometheus's rules, by which it also translates what it gets from OpenTelemetry: with
// the unit, and "_total" if it is a count.
func (m *Metric) Underscored() string {
	name := "loadgen_" + strings.ReplaceAll(m.Name, ".", "_")
	switch {
	case m.Unit == "s":
		name += "_seconds"
	case m.Unit == "By":
		name += "_bytes"
	case m.Unit == "1" && m.Kind == Gauge:
		name += "_ratio"
	}
	if m.Kind == Counter {
		name += "_total"
	}
	return name
}

// Values of the label outcome.
const (
	Succeeded = "ok"
	Failed    = "failed"
)

// All returns the metrics.
func All() []*Metric { return described }

var described []*Metric

// describe describes a metric.
func describe(kind Kind, name, unit, help string, labels ...string) *Metric {
	m := &Metric{Name: name, Unit: unit, Kind: kind, Help: help, Labels: labels}
	described = append(described, m)
	return m
}

// Labels that several metrics have.
var (
	ofPhase   = []string{"phase"}
	ofRow     = []string{"phase", "kind", "operation"}
	ofOutcome = []string{"phase", "kind", "operation", "outcome"}
)

var (
	requests = describe(Counter, "requests", "{request}", "Requests that came to their end.", ofOutcome...)
	duration = describe(Times, "request.duration", "s", "Response times: from the intended start to the last byte.", ofOutcome...)
	cutOff   = describe(Counter, "requests.cut_off", "{request}", "Requests in flight when the run ended or their user left; in no other count.", ofRow...)
	failures = describe(Counter, "request.failures", "{request}", "Requests that failed, by reason.", "phase", "kind", "operation", "reason")
	bytes    = describe(Counter, "response.body", "By", "Bytes of the answers' bodies.", ofRow...)

	transaction     = describe(Times, "transaction.duration", "s", "Transactions of the script that came to their end, without pauses.", "phase", "kind", "transaction", "outcome")
	transactionsCut = describe(Counter, "transactions.cut_off", "{transaction}", "Transactions in flight when the run ended or their user left; in no other count.", "phase", "kind", "transaction")
	tagged          = describe(Times, "tagged_request.duration", "s", "Response times of requests with a tag, which are among all requests too.", "phase", "kind", "operation", "tag", "outcome")
	counts          = describe(Counter, "script.counts", "", "What the script has added to a counter.", "phase", "kind", "figure")
	answers         = describe(Counter, "script.answers", "{answer}", "Answers of a rate of the script, yes or no.", "phase", "kind", "figure", "answer")
	value           = describe(Values, "script.value", "", "Values of the script, in their own unit.", "phase", "kind", "figure")

	tasksPlanned    = describe(Counter, "tasks.planned", "{task}", "Task starts that the plan called for.", ofPhase...)
	tasksStarted    = describe(Counter, "tasks.started", "{task}", "Tasks begun.", ofPhase...)
	tasksFinished   = describe(Counter, "tasks.finished", "{task}", "Tasks that came to their end.", ofPhase...)
	tasksMissed     = describe(Counter, "tasks.missed", "{task}", "Task starts given up because they were more than a minute late.", ofPhase...)
	tasksDropped    = describe(Counter, "tasks.dropped", "{task}", "Task starts refused by the cap on concurrency.", ofPhase...)
	tasksLost       = describe(Counter, "tasks.lost", "{task}", "Arrivals of workers that were lost.", ofPhase...)
	tasksSkipped    = describe(Counter, "tasks.skipped", "{task}", "Task starts sat out by users whose journey or session had ended.", ofPhase...)
	tasksUnfinished = describe(Counter, "tasks.unfinished", "{task}", "Tasks that the end of the run, or of their user, cut off.", ofPhase...)
	exceptions      = describe(Counter, "exceptions", "{exception}", "Panics, and errors of tasks without a failed request.", "kind")

	usersPlanned = describe(Gauge, "users.planned", "{user}", "Users that the plan wants.")
	users        = describe(Gauge, "users", "{user}", "Users running.")
	usersOn      = describe(Gauge, "users.on", "{user}", "Users in an ON period.")
	usersKind    = describe(Gauge, "users.of_kind", "{user}", "Users running of one kind, as the plan has so many; only where there are several.", "kind")
	inFlight     = describe(Gauge, "requests.in_flight", "{request}", "Requests sent and not ended.")

	lag       = describe(Times, "wake_lag", "s", "The generator's own delay: from the intended start to the moment the worker woke.")
	healthy   = describe(Gauge, "healthy", "", "1 as long as the generator is fast enough to measure the target, 0 from when its figures are about itself.")
	cpu       = describe(Gauge, "cpu.used_cores", "{cpu}", "Cores that the generator used, mean of the run.")
	cpuLimit  = describe(Gauge, "cpu.limit_cores", "{cpu}", "Cores that the generator may use.")
	othersCPU = describe(Gauge, "cpu.others_cores", "{cpu}", "Cores that other processes of the machine used, mean of the run.")
	stolen    = describe(Gauge, "cpu.stolen_cores", "{cpu}", "Cores that the hypervisor gave to other machines, mean of the run.")
	throttled = describe(Gauge, "cpu.throttled", "1", "Share of the periods in which the CPU quota was used up.")
	pressure  = describe(Gauge, "cpu.pressure", "1", "Share of the run in which a process of the machine waited for a CPU.")

	phaseInfo = describe(Gauge, "phase.info", "", "1 for the phase in progress.", "phase", "arm", "model")
	runInfo   = describe(Gauge, "run.info", "", "What the run is.", "name", "seed", "plan")
	runStart  = describe(Gauge, "run.start_timestamp", "s", "When the run began.")
	runEnd    = describe(Gauge, "run.end_timestamp", "s", "When the run ended; absent before.")
)
