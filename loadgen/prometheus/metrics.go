package prometheus

import "github.com/prometheus/client_golang/prometheus"

// descriptions are those of all metrics; docs/observability.md has a table of them.
var descriptions []*prometheus.Desc

// describe describes a metric.
func describe(name, help string, labels ...string) *prometheus.Desc {
	d := prometheus.NewDesc("loadgen_"+name, help, labels, nil)
	descriptions = append(descriptions, d)
	return d
}

// Labels that several metrics have.
var (
	ofRun     = []string{"run"}
	ofPhase   = []string{"run", "phase"}
	ofRow     = []string{"run", "phase", "operation"}
	ofOutcome = []string{"run", "phase", "operation", "outcome"}
)

// Values of the label outcome.
const (
	succeeded = "ok"
	failed    = "failed"
)

var (
	descRequests = describe("requests_total", "Requests that came to their end.", ofOutcome...)
	descDuration = describe("request_duration_seconds", "Response times: from the intended start to the last byte.", ofOutcome...)
	descCutOff   = describe("requests_cut_off_total", "Requests in flight when the run ended or their user left; in no other count.", ofRow...)
	descFailures = describe("request_failures_total", "Requests that failed, by reason.", "run", "phase", "operation", "reason")
	descBytes    = describe("response_body_bytes_total", "Bytes of the answers' bodies.", ofRow...)

	descTasksPlanned    = describe("tasks_planned_total", "Task starts that the plan called for.", ofPhase...)
	descTasksStarted    = describe("tasks_started_total", "Tasks begun.", ofPhase...)
	descTasksFinished   = describe("tasks_finished_total", "Tasks that came to their end.", ofPhase...)
	descTasksMissed     = describe("tasks_missed_total", "Task starts given up because they were more than a minute late.", ofPhase...)
	descTasksDropped    = describe("tasks_dropped_total", "Task starts refused by the cap on concurrency.", ofPhase...)
	descTasksUnfinished = describe("tasks_unfinished_total", "Tasks that the end of the run, or of their user, cut off.", ofPhase...)
	descExceptions      = describe("exceptions_total", "Panics, and errors of tasks without a failed request.", "run", "kind")

	descUsersPlanned = describe("users_planned", "Users that the plan wants.", ofRun...)
	descUsers        = describe("users", "Users running.", ofRun...)
	descUsersOn      = describe("users_on", "Users in an ON period.", ofRun...)
	descInFlight     = describe("requests_in_flight", "Requests sent and not ended.", ofRun...)

	descLag       = describe("wake_lag_seconds", "The generator's own delay: from the intended start to the moment the worker woke.", ofRun...)
	descHealthy   = describe("healthy", "1 as long as the generator is fast enough to measure the target, 0 from when its figures are about itself.", ofRun...)
	descCPU       = describe("cpu_used_cores", "Cores that the generator used, mean of the run.", ofRun...)
	descCPULimit  = describe("cpu_limit_cores", "Cores that the generator may use.", ofRun...)
	descOthersCPU = describe("cpu_others_cores", "Cores that other processes of the machine used, mean of the run.", ofRun...)
	descStolen    = describe("cpu_stolen_cores", "Cores that the hypervisor gave to other machines, mean of the run.", ofRun...)
	descThrottled = describe("cpu_throttled_ratio", "Share of the periods in which the CPU quota was used up.", ofRun...)
	descPressure  = describe("cpu_pressure_ratio", "Share of the run in which a process of the machine waited for a CPU.", ofRun...)

	descPhase = describe("phase_info", "1 for the phase in progress.", "run", "phase", "arm", "model")
	descRun   = describe("run_info", "What the run is.", "run", "name", "seed", "plan")
	descStart = describe("run_start_timestamp_seconds", "When the run began.", ofRun...)
	descEnd   = describe("run_end_timestamp_seconds", "When the run ended; absent before.", ofRun...)

	descBuild = describe("build_info", "What the generator was built from.", "version", "revision", "goversion")
	descLost  = describe("export_lost_total", "What this exporter did not get to its receiver.", "what")
)
