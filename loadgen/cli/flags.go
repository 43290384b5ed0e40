package cli

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/cli/internal/climb"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/phase/hook"
	"github.com/gensim/load-generator/report/locust"
)

// values is what the options were set to, and where that came from.
type values struct {
	host        setting.Value[string]
	timeout     setting.Value[time.Duration]
	wire        setting.Value[string]
	ownConns    setting.Value[bool]
	maxConns    setting.Value[int]     // 0: no limit
	users       setting.Value[int]     // of every phase that has no closer setting
	rate        setting.Value[float64] // the same; users per second, 0: all at once
	runTime     setting.Value[time.Duration]
	stopTimeout setting.Value[time.Duration]
	seed        setting.Value[uint64]
	demo        setting.Value[bool]

	warmUp                 setting.Value[time.Duration]
	baseline, intervention phaseValues
	stages                 setting.Value[shape]
	maxInFlight            setting.Value[int]        // tasks that arrive by the stages; 0: no limit
	enter, exit            setting.Value[phase.Hook] // of the intervention; nil: none

	think, on, off setting.Value[dist.Distribution]
	alwaysOn       setting.Value[bool]

	target targetValues
	effect effectValues
	climb  climb.Values // of a search for a capacity
	web    webValues
	output outputValues
	log    logValues
	locust locustValues
}

// phaseValues is one phase as its own options describe it.
type phaseValues struct {
	users   setting.Value[int]
	rate    setting.Value[float64] // users per second; 0: all at once
	weights setting.Value[phase.Weights]
	kinds   setting.Value[phase.Shares]
}

// shape is how the load of the intervention moves: arrivals per second or users; none
// without stages.
type shape struct {
	curve phase.Stages
	rate  bool // of arrivals
}

// Headings that commands of a program have too.
const (
	ownHeading    = "Of this program"
	outputHeading = "Output"
	logHeading    = "Log"
)

// sections are the options of an App, in the order of the help text and of error
// messages.
func (app *App) sections(v *values) []setting.Section {
	return slices.Concat(app.loadSections(v), []setting.Section{
		{Heading: "Web page", Options: webOptions(&v.web)},
		{Heading: outputHeading, Bearing: setting.Aside, Options: outputOptions(&v.output)},
		{Heading: logHeading, Bearing: setting.Aside, Options: logOptions(&v.log)},
	}, app.partSections(), []setting.Section{
		{Heading: "Accepted for Locust's sake", Options: locustOptions(&v.locust, app.Kinds != nil)},
	})
}

// loadSections are those of the load, which all processes that make it together agree on.
func (app *App) loadSections(v *values) []setting.Section {
	return []setting.Section{
		{Heading: "Load", Options: append(app.demoOption(v), loadOptions(v)...)},
		{Heading: "Way to the target", Options: app.wayOptions(&v.target)},
		{Heading: "Baseline and intervention", Options: phaseOptions(v)},
		{Heading: "Rhythm of a user", Options: rhythmOptions(v)},
		{Heading: "Effect and claims", Options: effectOptions(&v.effect)},
		{Heading: "Capacity", Options: v.climb.Options(timespan)},
		{Heading: ownHeading, Options: app.ownOptions(v)},
	}
}

// demoOption chooses the demonstration, in a program that has one.
func (app *App) demoOption(v *values) []setting.Option {
	if app.Demo == nil {
		return nil
	}
	return []setting.Option{{Flag: "demo", Env: []string{"LOAD_DEMO"}, Switch: true,
		Help: "run the demonstration; so does a start without any setting of the load", Set: setting.Into(&v.demo, setting.Bool)}}
}

// wayOptions are the options on the way to the target, less those whose names the
// program has for its own.
func (app *App) wayOptions(t *targetValues) []setting.Option {
	return slices.DeleteFunc(targetOptions(t), func(o setting.Option) bool {
		return slices.ContainsFunc(slices.Concat(app.Options, app.HostlessOptions), func(own setting.Option) bool {
			return own.Flag == o.Flag || own.Short != "" && own.Short == o.Short
		})
	})
}

// ownOptions are the program's options.
func (app *App) ownOptions(v *values) []setting.Option {
	hostless := slices.Clone(app.HostlessOptions)
	for i := range hostless {
		hostless[i].IdleWith = &v.host.Source
	}
	return slices.Concat(app.Options, hostless)
}

const (
	acceptsInt      = "a whole number such as 10"
	acceptsUsers    = "a whole number such as 10, at most 10000000"
	acceptsRate     = "a number of users per second above 0 and at most 1000000, such as 2 or 0.5, or inf for all at once"
	acceptsWeights  = `a JSON object of task names and numbers, such as {"list": 40, "add": 30}`
	acceptsStages   = "SPAN:LEVEL, SPAN:LEVEL ..., such as 2m:10, 5m:50, 30s:0, or 1m:100/s for arrivals, or @FILE of lines OFFSET,LEVEL"
	acceptsHook     = "a URL, METHOD URL, or METHOD URL BODY, such as DELETE http://chaos:8474/proxies/todo/toxics/slow"
	acceptsTimespan = "seconds such as 300, or hours, minutes and seconds such as 90m, 1h30m or 3h30m10s"
	acceptsDuration = "a time such as 250ms, 1.5s or 1m; a bare number is seconds"
	acceptsWire     = "net/http or fast"
)

func loadOptions(v *values) []setting.Option {
	return []setting.Option{
		{Flag: "host", Short: "H", Takes: "URL", Env: []string{"LOCUST_HOST"}, Bearing: setting.Load, Redact: redact.Address,
			Help: "base URL of the target, such as http://localhost:8081", Set: setting.Into(&v.host, setting.Text)},
		{Flag: "users", Short: "u", Takes: "N", Env: []string{"LOCUST_USERS"}, Bearing: setting.Load, Accepts: acceptsUsers,
			Help: "users of every phase", Set: setting.Into(&v.users, users)},
		{Flag: "spawn-rate", Short: "r", Takes: "RATE", Env: []string{"LOCUST_SPAWN_RATE"}, Bearing: setting.Load, Accepts: acceptsRate,
			Help: "users per second that every phase adds or removes", Set: setting.Into(&v.rate, spawnRate)},
		{Flag: "run-time", Short: "t", Takes: "TIME", Env: []string{"LOCUST_RUN_TIME"}, Default: "0", Bearing: setting.Load, Accepts: acceptsTimespan,
			Help: "length of the whole run, warm-up included; 0 runs until it is stopped", Set: setting.Into(&v.runTime, timespan)},
		{Flag: "stop-timeout", Short: "s", Takes: "TIME", Env: []string{"LOCUST_STOP_TIMEOUT"}, Default: "0", Accepts: acceptsTimespan,
			Help: "how long a running task may continue when its user stops", Set: setting.Into(&v.stopTimeout, timespan)},
		{Flag: "timeout", Takes: "TIME", Env: []string{"LOAD_TIMEOUT"}, Default: "30s", Accepts: acceptsDuration,
			Help: "limit of one request; 0 is the default of 30s", Set: setting.Into(&v.timeout, setting.Duration)},
		{Flag: "wire", Takes: "net/http|fast", Env: []string{"LOAD_WIRE"}, Default: "net/http", Accepts: acceptsWire,
			Help: "what requests go over: net/http, or fast, which takes less CPU and speaks HTTP/1.1 alone", Set: setting.Into(&v.wire, setting.OneOf("net/http", "fast"))},
		{Flag: "own-connections", Env: []string{"LOAD_OWN_CONNECTIONS"}, Default: "false", Switch: true,
			Help: "a connection for each user, as browsers have, instead of shared ones", Set: setting.Into(&v.ownConns, setting.Bool)},
		{Flag: "max-connections", Takes: "N", Env: []string{"LOAD_MAX_CONNECTIONS"}, Default: "0", Accepts: "a whole number of at least 0",
			Help: "most connections that users share; a request waits for one, and the wait counts; 0: unlimited", Set: setting.Into(&v.maxConns, setting.AtLeast(0))},
		{Flag: "seed", Takes: "N", Env: []string{"LOAD_SEED"}, Default: "1", Bearing: setting.Aside, Accepts: "a whole number from 0 to 18446744073709551615",
			Help: "the same seed gives every user the same plan", Set: setting.Into(&v.seed, setting.Uint)},
	}
}

func phaseOptions(v *values) []setting.Option {
	return []setting.Option{
		{Flag: "warmup-duration", Takes: "TIME", Env: []string{"LOAD_WARMUP_DURATION"}, Default: "0", Bearing: setting.Load, Accepts: acceptsTimespan,
			Help: "length of the baseline; 0 leaves only the intervention", Set: setting.Into(&v.warmUp, timespan)},
		{Flag: "baseline-users", Takes: "N", Env: []string{"LOAD_BASELINE_USERS"}, Default: "10", Bearing: setting.Load, Accepts: acceptsUsers,
			Help: "users in the baseline", Set: setting.Into(&v.baseline.users, users)},
		{Flag: "baseline-spawn-rate", Takes: "RATE", Env: []string{"LOAD_BASELINE_SPAWN_RATE"}, Default: "2", Bearing: setting.Load, Accepts: acceptsRate,
			Help: "users per second when the baseline begins", Set: setting.Into(&v.baseline.rate, spawnRate)},
		{Flag: "baseline-task-weights", Takes: "JSON", Env: []string{"LOAD_BASELINE_TASK_WEIGHTS"}, Bearing: setting.Load, Accepts: acceptsWeights,
			Help: "the task mix of the baseline, as a JSON object; a task left out does not run", Set: setting.Into(&v.baseline.weights, weights)},
		{Flag: "baseline-kinds", Takes: "JSON", Env: []string{"LOAD_BASELINE_KINDS"}, Bearing: setting.Load, Accepts: acceptsShares,
			Help: "the mix of kinds of users in the baseline, as a JSON object; a kind left out has no users", Set: setting.Into(&v.baseline.kinds, shares)},
		{Flag: "intervention-users", Takes: "N", Env: []string{"LOAD_INTERVENTION_USERS"}, Default: "10", Bearing: setting.Load, Accepts: acceptsUsers,
			Help: "users in the intervention", Set: setting.Into(&v.intervention.users, users)},
		{Flag: "intervention-spawn-rate", Takes: "RATE", Env: []string{"LOAD_INTERVENTION_SPAWN_RATE"}, Default: "2", Bearing: setting.Load, Accepts: acceptsRate,
			Help: "users per second when the intervention begins", Set: setting.Into(&v.intervention.rate, spawnRate)},
		{Flag: "stages", Takes: "STAGES", Env: []string{"LOAD_STAGES"}, Bearing: setting.Load,
			Help: "how the load moves in the intervention, in place of users and spawn rate: " + acceptsStages, Set: setting.Into(&v.stages, stages)},
		{Flag: "max-in-flight", Takes: "N", Env: []string{"LOAD_MAX_IN_FLIGHT"}, Default: "0", Bearing: setting.Load, Accepts: acceptsInFlight,
			Help: "most tasks in flight at once where stages give a rate; one that arrives beyond is dropped, and counted; 0: no limit", Set: setting.Into(&v.maxInFlight, setting.Between(0, mostUsers))},
		{Flag: "intervention-task-weights", Takes: "JSON", Env: []string{"LOAD_INTERVENTION_TASK_WEIGHTS"}, Bearing: setting.Load, Accepts: acceptsWeights,
			Help: "the task mix of the intervention, as a JSON object; a task left out does not run", Set: setting.Into(&v.intervention.weights, weights)},
		{Flag: "intervention-kinds", Takes: "JSON", Env: []string{"LOAD_INTERVENTION_KINDS"}, Bearing: setting.Load, Accepts: acceptsShares,
			Help: "the mix of kinds of users in the intervention, as a JSON object; a kind left out has no users", Set: setting.Into(&v.intervention.kinds, shares)},
		{Flag: "intervention-enter", Takes: "REQUEST", Env: []string{"LOAD_INTERVENTION_ENTER"}, Bearing: setting.Load, Accepts: acceptsHook,
			Help: "request that begins the intervention, as METHOD URL BODY: POST http://chaos:8474/proxies/todo/toxics {...}; the run ends if it fails", Set: setting.Into(&v.enter, parseHook)},
		{Flag: "intervention-exit", Takes: "REQUEST", Env: []string{"LOAD_INTERVENTION_EXIT"}, Bearing: setting.Load, Accepts: acceptsHook,
			Help: "request that ends it, in the same form", Set: setting.Into(&v.exit, parseHook)},
	}
}

func rhythmOptions(v *values) []setting.Option {
	return []setting.Option{
		{Flag: "think", Takes: "DIST", Env: []string{"LOAD_THINK"}, Default: "gamma 2s cv 0.3",
			Help: "time between two tasks, such as 2s, 1s..3s or gamma 2s cv 0.3", Accepts: setting.AcceptsDistribution, Set: setting.Into(&v.think, setting.Distribution)},
		{Flag: "on", Takes: "DIST", Env: []string{"LOAD_ON"}, Default: "gamma 30s cv 1",
			Help: "length of a period in which a user is active", Accepts: setting.AcceptsDistribution, Set: setting.Into(&v.on, setting.Distribution)},
		{Flag: "off", Takes: "DIST", Env: []string{"LOAD_OFF"}, Default: "gamma 30s cv 1",
			Help: "length of a period in which a user rests", Accepts: setting.AcceptsDistribution, Set: setting.Into(&v.off, setting.Distribution)},
		{Flag: "always-on", Env: []string{"LOAD_ALWAYS_ON"}, Default: "false", Switch: true,
			Help: "steady users that never rest, like Locust's", Set: setting.Into(&v.alwaysOn, setting.Bool)},
	}
}

// Limits of the load: what is beyond them is a slip of the keyboard, which
// would only end in a machine without memory.
const (
	mostUsers = 10_000_000
	fastest   = 1_000_000 // users per second
)

// users reads a number of users. One that is negative is refused where it is
// known which phase it is for.
func users(text string) (int, error) { return setting.Between(math.MinInt, mostUsers)(text) }

// spawnRate reads users per second. Infinity means all at once, which a
// phase.Phase writes as 0.
func spawnRate(text string) (float64, error) {
	x, err := setting.Float(text)
	if math.IsInf(x, 1) {
		return 0, nil
	}
	return setting.Accepted(x, err == nil && x > 0 && x <= fastest)
}

const acceptsInFlight = "a whole number from 0 to 10000000"

// largestCurve bounds a file of stages, in bytes.
const largestCurve = 8 << 20

// stages reads stages, or a file of them; without text there are none.
func stages(text string) (s shape, err error) {
	text = strings.TrimSpace(text)
	name, isFile := strings.CutPrefix(text, "@")
	switch {
	case text == "":
		return shape{}, nil
	case !isFile:
		s.curve, s.rate, err = phase.ParseStages(text)
		return s, err
	}
	content, err := input.ReadFile(name, largestCurve)
	if err != nil {
		return shape{}, fmt.Errorf("%s: %w", name, err)
	}
	if s.curve, s.rate, err = phase.ReadStages(bytes.NewReader(content)); err != nil {
		return shape{}, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// timespan reads a time by Locust's rule.
func timespan(text string) (time.Duration, error) {
	d, err := locust.ParseTimespan(text)
	return setting.Accepted(d, err == nil)
}

func weights(text string) (phase.Weights, error) { return setting.Weights(text) }

const acceptsShares = `a JSON object of kinds and shares, such as {"buyer": 8, "browser": 2}`

func shares(text string) (phase.Shares, error) {
	w, err := setting.Weights(text)
	if err == nil && len(w) == 0 {
		err = errors.New("the mix of kinds is empty")
	}
	return phase.Shares(w), err
}

// parseHook reads a request; without text there is none.
func parseHook(text string) (phase.Hook, error) {
	if text == "" {
		return nil, nil
	}
	return hook.Parse(text)
}

// locustValues are settings of Locust that mean nothing here, or little.
type locustValues struct {
	tags, configUsers         setting.Value[[]string]
	classPicker, equalWeights setting.Value[bool]
}

// locustOptions are accepted so that a command line of Locust works, or refused
// with what to use instead.
func locustOptions(v *locustValues, severalKinds bool) []setting.Option {
	return append(scriptOptions(v, severalKinds), goneOptions()...)
}

// scriptOptions are what Locust says about the script and its page.
func scriptOptions(v *locustValues, severalKinds bool) []setting.Option {
	const script = "the scenario is compiled into this program"
	oneClass := "there is one user class"
	if severalKinds {
		oneClass = ""
	}
	return []setting.Option{
		{Flag: "class-picker", Env: []string{"LOCUST_USERCLASS_PICKER"}, Switch: true, Inert: oneClass,
			Help: "let a start on the page choose the kinds of users that take part", Set: setting.Into(&v.classPicker, setting.Bool)},
		{Flag: "build-path", Env: []string{"LOCUST_BUILD_PATH"}, Hidden: true, Set: setting.Check(setting.Text), Inert: "the page is part of the program"},
		{Flag: "locustfile", Short: "f", Takes: "FILE", Env: []string{"LOCUST_LOCUSTFILE"}, Inert: script,
			Help: "no effect: " + script, Set: setting.Check(setting.Text)},
		{Flag: "config-users", Takes: "JSON", Env: []string{"LOCUST_CONFIG_USERS"}, Inert: oneClass, Many: true, Split: oneItem,
			Help: "weight, fixed_count and tasks of kinds of users, as JSON or from a .json file", Set: setting.Items(&v.configUsers)},
		{Flag: "tags", Short: "T", Takes: "TAGS", Env: []string{"LOCUST_TAGS"}, Many: true,
			Help: "run only tasks with one of these tags; refused, as no task here has tags", Set: setting.Items(&v.tags)},
		{Flag: "exclude-tags", Short: "E", Takes: "TAGS", Env: []string{"LOCUST_EXCLUDE_TAGS"}, Many: true,
			Help: "leave out tasks with one of these tags", Set: setting.Check(setting.Text)},
		{Flag: "equal-weights", Switch: true, Inert: oneClass,
			Help: "give all kinds of users without a fixed count the same weight, and all tasks of a user", Set: setting.Into(&v.equalWeights, setting.Bool)},
	}
}

// goneOptions are refused: Locust has removed them.
func goneOptions() []setting.Option {
	return []setting.Option{
		{Flag: "web-auth", Secret: true, Removed: "removed from Locust; use --web-user with LOAD_WEB_PASSWORD, or LOAD_WEB_TOKEN, instead"},
		{Flag: "legacy-ui", Switch: true, Removed: "removed from Locust; there is one web page only"},
		{Flag: "slave", Switch: true, Removed: "removed from Locust, which has --worker instead"},
		{Flag: "expect-slaves", Removed: "removed from Locust, which has --expect-workers instead"},
	}
}

// oneItem keeps a text whole: for lists whose items may hold commas.
func oneItem(text string) []string { return []string{text} }
