package cli

import (
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
)

// level is one phase as its own options describe it.
type level struct {
	users   int
	rate    float64 // users per second; 0 = all at once
	weights phase.Weights
}

// values holds what the options of the table were set to.
type values struct {
	host        string
	timeout     time.Duration
	wire        string
	ownConns    bool
	maxConns    int     // 0: no limit
	users       int     // of every phase that has no closer setting
	rate        float64 // likewise
	runTime     time.Duration
	stopTimeout time.Duration
	seed        uint64
	demo        bool

	warmUp                 time.Duration
	baseline, intervention level

	think, on, off dist.Distribution
	alwaysOn       bool

	errorCode int

	plan, list, taskRatio, taskRatioJSON, help, version bool
	onlySummary, printStats, resetStats, json           bool
	jsonFile, summaryFile, html, csv, profile           string
	csvFull                                             bool

	logLevel, logFile, logFormat string
	skipLogSetup                 bool

	target  targetValues
	web     webValues
	datadog datadogValues
	verdict verdictValues

	master, worker bool
	tags           []string
	configFile     string
	configUsers    []string
}

const (
	acceptsBool     = "true, yes, on, 1, false, no, off or 0"
	acceptsInt      = "a whole number such as 10"
	acceptsUsers    = "a whole number such as 10, at most 10000000"
	acceptsRate     = "a number of users per second above 0 and at most 1000000, such as 2 or 0.5, or inf for all at once"
	acceptsWeights  = `a JSON object of task names and numbers, such as {"list": 40, "add": 30}`
	acceptsTimespan = "seconds such as 300, or hours, minutes and seconds such as 90m, 1h30m or 3h30m10s"
	acceptsDuration = "a time such as 250ms, 1.5s or 1m; a bare number is seconds"
	acceptsLevel    = "DEBUG, INFO, WARNING, ERROR or CRITICAL"
	acceptsWire     = "net/http or fast"
	acceptsFormat   = "text, json or auto"
)

// table lists every option that is not the program's own. Its order is the
// order of the help text and of error messages.
func table(v *values) []Option {
	var all []Option
	for _, part := range []func(*values) []Option{
		loadOptions, targetOptions, phaseOptions, rhythmOptions, verdictOptions, webOptions, outputOptions, fileOptions, logOptions,
		datadogOptions, runOptions, clusterOptions, goneOptions,
	} {
		all = append(all, part(v)...)
	}
	return all
}

func loadOptions(v *values) []Option {
	return []Option{
		{Flag: "host", Short: "H", Env: []string{"LOCUST_HOST"}, group: groupLoad, shapes: true, redact: redacted,
			Help: "base URL of the target, such as http://localhost:8081", Set: Var(&v.host, Text)},
		{Flag: "users", Short: "u", Env: []string{"LOCUST_USERS"}, group: groupLoad, shapes: true, Accepts: acceptsUsers,
			Help: "users of every phase", Set: Var(&v.users, users)},
		{Flag: "spawn-rate", Short: "r", Env: []string{"LOCUST_SPAWN_RATE"}, group: groupLoad, shapes: true, Accepts: acceptsRate,
			Help: "users per second that every phase adds or removes", Set: Var(&v.rate, spawnRate)},
		{Flag: "run-time", Short: "t", Env: []string{"LOCUST_RUN_TIME"}, Default: "0", group: groupLoad, shapes: true, Accepts: acceptsTimespan,
			Help: "length of the whole run, warm-up included; 0 runs until it is stopped", Set: Var(&v.runTime, timespan)},
		{Flag: "stop-timeout", Short: "s", Env: []string{"LOCUST_STOP_TIMEOUT"}, Default: "0", group: groupLoad, Accepts: acceptsTimespan,
			Help: "how long a running task may go on when its user stops", Set: Var(&v.stopTimeout, timespan)},
		{Flag: "timeout", Env: []string{"LOAD_TIMEOUT"}, Default: "30s", group: groupLoad, Accepts: acceptsDuration,
			Help: "limit of one request; 0 is the default of 30s", Set: Var(&v.timeout, Duration)},
		{Flag: "wire", Env: []string{"LOAD_WIRE"}, Default: "net/http", group: groupLoad, Accepts: acceptsWire,
			Help: "what requests go over: net/http, or fast, which takes less CPU and speaks HTTP/1.1 alone", Set: Var(&v.wire, wireName)},
		{Flag: "own-connections", Env: []string{"LOAD_OWN_CONNECTIONS"}, Default: "false", group: groupLoad, Accepts: acceptsBool, Switch: true,
			Help: "a connection for each user, as browsers have, instead of shared ones", Set: Var(&v.ownConns, Bool)},
		{Flag: "max-connections", Env: []string{"LOAD_MAX_CONNECTIONS"}, Default: "0", group: groupLoad, Accepts: "a whole number of at least 0",
			Help: "most connections that users share; a request waits for one, and the wait counts; 0 is no limit", Set: Var(&v.maxConns, AtLeast(0))},
		{Flag: "seed", Env: []string{"LOAD_SEED"}, Default: "1", group: groupLoad, Accepts: "a whole number from 0 to 18446744073709551615",
			Help: "the same seed gives every user the same plan", Set: Var(&v.seed, Uint)},
	}
}

func phaseOptions(v *values) []Option {
	return []Option{
		{Flag: "warmup-duration", Env: []string{"LOAD_WARMUP_DURATION"}, Default: "0", group: groupPhases, shapes: true, Accepts: acceptsTimespan,
			Help: "length of the baseline; 0 leaves only the intervention", Set: Var(&v.warmUp, timespan)},
		{Flag: "baseline-users", Env: []string{"LOAD_BASELINE_USERS"}, Default: "10", group: groupPhases, shapes: true, Accepts: acceptsUsers,
			Help: "users in the baseline", Set: Var(&v.baseline.users, users)},
		{Flag: "baseline-spawn-rate", Env: []string{"LOAD_BASELINE_SPAWN_RATE"}, Default: "2", group: groupPhases, shapes: true, Accepts: acceptsRate,
			Help: "users per second when the baseline begins", Set: Var(&v.baseline.rate, spawnRate)},
		{Flag: "baseline-task-weights", Env: []string{"LOAD_BASELINE_TASK_WEIGHTS"}, group: groupPhases, shapes: true, Accepts: acceptsWeights,
			Help: "the task mix of the baseline, as a JSON object; a task left out does not run", Set: Var(&v.baseline.weights, weights)},
		{Flag: "intervention-users", Env: []string{"LOAD_INTERVENTION_USERS"}, Default: "10", group: groupPhases, shapes: true, Accepts: acceptsUsers,
			Help: "users in the intervention", Set: Var(&v.intervention.users, users)},
		{Flag: "intervention-spawn-rate", Env: []string{"LOAD_INTERVENTION_SPAWN_RATE"}, Default: "2", group: groupPhases, shapes: true, Accepts: acceptsRate,
			Help: "users per second when the intervention begins", Set: Var(&v.intervention.rate, spawnRate)},
		{Flag: "intervention-task-weights", Env: []string{"LOAD_INTERVENTION_TASK_WEIGHTS"}, group: groupPhases, shapes: true, Accepts: acceptsWeights,
			Help: "the task mix of the intervention, as a JSON object; a task left out does not run", Set: Var(&v.intervention.weights, weights)},
	}
}

func rhythmOptions(v *values) []Option {
	return []Option{
		{Flag: "think", Env: []string{"LOAD_THINK"}, Default: "gamma 2s cv 0.3", group: groupRhythm,
			Help: "time between two tasks, such as 2s, 1s..3s or gamma 2s cv 0.3", Accepts: AcceptsDistribution, Set: Var(&v.think, Distribution)},
		{Flag: "on", Env: []string{"LOAD_ON"}, Default: "gamma 30s cv 1", group: groupRhythm,
			Help: "length of a period in which a user is active", Accepts: AcceptsDistribution, Set: Var(&v.on, Distribution)},
		{Flag: "off", Env: []string{"LOAD_OFF"}, Default: "gamma 30s cv 1", group: groupRhythm,
			Help: "length of a period in which a user rests", Accepts: AcceptsDistribution, Set: Var(&v.off, Distribution)},
		{Flag: "always-on", Env: []string{"LOAD_ALWAYS_ON"}, Default: "false", group: groupRhythm, Accepts: acceptsBool, Switch: true,
			Help: "steady users that never rest, like Locust's", Set: Var(&v.alwaysOn, Bool)},
	}
}

func outputOptions(v *values) []Option {
	return []Option{
		{Flag: "plan", Env: []string{"LOAD_PLAN"}, group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "print the phases and the load to expect, run nothing", Set: Var(&v.plan, Bool)},
		{Flag: "only-summary", Env: []string{"LOCUST_ONLY_SUMMARY"}, group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "no progress and no tables while the run goes on", Set: Var(&v.onlySummary, Bool)},
		{Flag: "print-stats", Env: []string{"LOCUST_PRINT_STATS"}, group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "print a table every 2 seconds beside the page too, as --headless does", Set: Var(&v.printStats, Bool)},
		{Flag: "reset-stats", Env: []string{"LOCUST_RESET_STATS"}, group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "zero the figures once, when the users of a run's first phase are all there", Set: Var(&v.resetStats, Bool)},
		{Flag: "profile", group: groupOutput,
			Help: "label of this run on the page and in the HTML report", Set: Var(&v.profile, Text)},
		{Flag: "exit-code-on-error", Env: []string{"LOCUST_EXIT_CODE_ON_ERROR"}, Default: "1", group: groupOutput, Accepts: "a whole number from 0 to 255",
			Help: "exit code when a request or a task failed", Set: Var(&v.errorCode, Between(0, 255))},
		{Flag: "list", Short: "l", group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "print the user classes and exit", Set: Var(&v.list, Bool)},
		{Flag: "show-task-ratio", group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "print the share of each task and exit", Set: Var(&v.taskRatio, Bool)},
		{Flag: "show-task-ratio-json", group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "print the share of each task as JSON and exit", Set: Var(&v.taskRatioJSON, Bool)},
		{Flag: "config", group: groupOutput,
			Help: "one more configuration file, lines of key = value", Set: Var(&v.configFile, Text)},
		{Flag: "version", Short: "V", group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "print the version and exit", Set: Var(&v.version, Bool)},
		{Flag: "help", Short: "h", group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "print this text and exit", Set: Var(&v.help, Bool)},
	}
}

// fileOptions are the files that a run leaves behind.
func fileOptions(v *values) []Option {
	return []Option{
		{Flag: "summary-file", Env: []string{"LOAD_SUMMARY_FILE"}, group: groupOutput,
			Help: "write all figures of the run to this JSON file", Set: Var(&v.summaryFile, Text)},
		{Flag: "html", Env: []string{"LOCUST_HTML"}, group: groupOutput,
			Help: "write a report to this HTML file; {u} {r} {t} become users, spawn rate and run time", Set: Var(&v.html, Text)},
		{Flag: "csv", Env: []string{"LOCUST_CSV"}, group: groupOutput,
			Help: "write Locust's CSV files each second, to this name plus _stats.csv and so on", Set: Var(&v.csv, Text)},
		{Flag: "csv-full-history", Env: []string{"LOCUST_CSV_FULL_HISTORY"}, group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "a row for each operation in _stats_history.csv, not only the aggregate", Set: Var(&v.csvFull, Bool)},
		{Flag: "json", group: groupOutput, Accepts: acceptsBool, Switch: true,
			Help: "print the figures as Locust's JSON array to standard output", Set: Var(&v.json, Bool)},
		{Flag: "json-file", group: groupOutput,
			Help: "write the same array to this name plus .json", Set: Var(&v.jsonFile, Text)},
	}
}

func logOptions(v *values) []Option {
	return []Option{
		{Flag: "loglevel", Short: "L", Env: []string{"LOCUST_LOGLEVEL"}, Default: "INFO", group: groupLog, Accepts: acceptsLevel,
			Help: "least level that is logged: " + acceptsLevel, Set: Var(&v.logLevel, levelName)},
		{Flag: "logfile", Env: []string{"LOCUST_LOGFILE"}, group: groupLog,
			Help: "log to this file instead of standard error", Set: Var(&v.logFile, Text)},
		{Flag: "log-format", Env: []string{"LOAD_LOG_FORMAT"}, Default: "auto", group: groupLog, Accepts: acceptsFormat,
			Help: "text, json, or auto: json when Datadog is on and the log goes to no terminal", Set: Var(&v.logFormat, logFormat)},
		{Flag: "skip-log-setup", Env: []string{"LOCUST_SKIP_LOG_SETUP"}, group: groupLog, Accepts: acceptsBool, Switch: true,
			Help: "log to what the program has set up itself (slog.Default)", Set: Var(&v.skipLogSetup, Bool)},
	}
}

// runOptions are what Locust says about the script.
func runOptions(v *values) []Option {
	const script = "the scenario is compiled into this program"
	return []Option{
		{Flag: "locustfile", Short: "f", Env: []string{"LOCUST_LOCUSTFILE"}, group: groupLocust, inert: script,
			Help: "no effect: " + script, Set: check(Text)},
		{Flag: "config-users", Env: []string{"LOCUST_CONFIG_USERS"}, group: groupLocust, inert: script, Many: true, split: oneItem,
			Help: "no effect: " + script, Set: each(&v.configUsers)},
		{Flag: "tags", Short: "T", Env: []string{"LOCUST_TAGS"}, group: groupLocust, Many: true,
			Help: "run only tasks with one of these tags; refused, as no task here has tags", Set: each(&v.tags)},
		{Flag: "exclude-tags", Short: "E", Env: []string{"LOCUST_EXCLUDE_TAGS"}, group: groupLocust, Many: true,
			Help: "leave out tasks with one of these tags", Set: check(Text)},
		{Flag: "equal-weights", group: groupLocust, Accepts: acceptsBool, Switch: true,
			Help: "no effect: there is one user class", Set: check(Bool), inert: "there is one user class"},
		{Flag: "otel", Env: []string{"LOCUST_ENABLE_OPENTELEMETRY"}, group: groupLocust, Accepts: acceptsBool, Switch: true,
			Help: "no effect", Set: check(Bool), inert: "nothing is exported to OpenTelemetry"},
	}
}

// clusterOptions are for several Locust processes. One process of ours uses
// every core, so that a master runs the load alone and a worker has nothing to
// do.
func clusterOptions(v *values) []Option {
	const alone = "one process uses every core"
	cluster := func(o Option) Option {
		o.inert, o.group, o.Help = alone, groupLocust, "no effect: "+alone
		return o
	}
	return []Option{
		cluster(Option{Flag: "master", Env: []string{"LOCUST_MODE_MASTER"}, Accepts: acceptsBool, Switch: true, Set: Var(&v.master, Bool)}),
		cluster(Option{Flag: "master-bind-host", Env: []string{"LOCUST_MASTER_BIND_HOST"}, Set: check(Text)}),
		cluster(Option{Flag: "master-bind-port", Env: []string{"LOCUST_MASTER_BIND_PORT"}, Accepts: acceptsInt, Set: check(Int)}),
		cluster(Option{Flag: "expect-workers", Env: []string{"LOCUST_EXPECT_WORKERS"}, Accepts: "a whole number of at least 1", Set: check(AtLeast(1))}),
		cluster(Option{Flag: "expect-workers-max-wait", Env: []string{"LOCUST_EXPECT_WORKERS_MAX_WAIT"}, Accepts: acceptsInt, Set: check(Int)}),
		cluster(Option{Flag: "enable-rebalancing", Accepts: acceptsBool, Switch: true, Set: check(Bool)}),
		{Flag: "worker", Env: []string{"LOCUST_MODE_WORKER"}, group: groupLocust, Accepts: acceptsBool, Switch: true,
			Help: "exit at once: " + alone, Set: Var(&v.worker, Bool)},
		cluster(Option{Flag: "master-host", Env: []string{"LOCUST_MASTER_NODE_HOST"}, Set: check(Text)}),
		cluster(Option{Flag: "master-port", Env: []string{"LOCUST_MASTER_NODE_PORT"}, Accepts: acceptsInt, Set: check(Int)}),
		cluster(Option{Flag: "processes", Env: []string{"LOCUST_PROCESSES"}, Accepts: acceptsInt, Set: check(Int)}),
	}
}

// goneOptions are refused: Locust has removed them.
func goneOptions(*values) []Option {
	return []Option{
		{Flag: "web-auth", Secret: true, removed: "removed from Locust; use --web-user with LOAD_WEB_PASSWORD, or LOAD_WEB_TOKEN, instead"},
		{Flag: "legacy-ui", Switch: true, removed: "removed from Locust; there is one web page only"},
		{Flag: "slave", Switch: true, removed: "removed from Locust, which has --worker instead"},
		{Flag: "expect-slaves", removed: "removed from Locust, which has --expect-workers instead"},
	}
}

// oneItem keeps a text whole: for lists whose items may hold commas.
func oneItem(text string) []string { return []string{text} }
