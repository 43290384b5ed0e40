package cli

import (
	"slices"

	"github.com/gensim/load-generator/loadgen/cli/setting"
)

// locustValues are settings of Locust that mean nothing here, or little.
type locustValues struct {
	master, worker    setting.Value[bool]
	tags, configUsers setting.Value[[]string]
}

// locustOptions are accepted so that a command line of Locust works, or refused
// with what to use instead.
func locustOptions(v *locustValues) []setting.Option {
	return slices.Concat(scriptOptions(v), clusterOptions(v), goneOptions())
}

// scriptOptions are what Locust says about the script and its page.
func scriptOptions(v *locustValues) []setting.Option {
	const script, oneClass = "the scenario is compiled into this program", "there is one user class"
	return []setting.Option{
		{Flag: "class-picker", Env: []string{"LOCUST_USERCLASS_PICKER"}, Switch: true,
			Help: "no effect: " + oneClass, Set: setting.Check(setting.Bool), Inert: oneClass},
		{Flag: "build-path", Env: []string{"LOCUST_BUILD_PATH"}, Hidden: true, Set: setting.Check(setting.Text), Inert: "the page is part of the program"},
		{Flag: "locustfile", Short: "f", Env: []string{"LOCUST_LOCUSTFILE"}, Inert: script,
			Help: "no effect: " + script, Set: setting.Check(setting.Text)},
		{Flag: "config-users", Env: []string{"LOCUST_CONFIG_USERS"}, Inert: script, Many: true, Split: oneItem,
			Help: "no effect: " + script, Set: setting.Items(&v.configUsers)},
		{Flag: "tags", Short: "T", Env: []string{"LOCUST_TAGS"}, Many: true,
			Help: "run only tasks with one of these tags; refused, as no task here has tags", Set: setting.Items(&v.tags)},
		{Flag: "exclude-tags", Short: "E", Env: []string{"LOCUST_EXCLUDE_TAGS"}, Many: true,
			Help: "leave out tasks with one of these tags", Set: setting.Check(setting.Text)},
		{Flag: "equal-weights", Switch: true,
			Help: "no effect: " + oneClass, Set: setting.Check(setting.Bool), Inert: oneClass},
		{Flag: "otel", Env: []string{"LOCUST_ENABLE_OPENTELEMETRY"}, Switch: true,
			Help: "no effect", Set: setting.Check(setting.Bool), Inert: "nothing is exported to OpenTelemetry"},
	}
}

// clusterOptions are for several Locust processes. One process of ours uses
// every core, so that a master runs the load alone and a worker has nothing to
// do.
func clusterOptions(v *locustValues) []setting.Option {
	const alone = "one process uses every core"
	cluster := func(o setting.Option) setting.Option {
		o.Inert, o.Help = alone, "no effect: "+alone
		return o
	}
	return []setting.Option{
		cluster(setting.Option{Flag: "master", Env: []string{"LOCUST_MODE_MASTER"}, Switch: true, Set: setting.Into(&v.master, setting.Bool)}),
		cluster(setting.Option{Flag: "master-bind-host", Env: []string{"LOCUST_MASTER_BIND_HOST"}, Set: setting.Check(setting.Text)}),
		cluster(setting.Option{Flag: "master-bind-port", Env: []string{"LOCUST_MASTER_BIND_PORT"}, Accepts: acceptsInt, Set: setting.Check(setting.Int)}),
		cluster(setting.Option{Flag: "expect-workers", Env: []string{"LOCUST_EXPECT_WORKERS"}, Accepts: "a whole number of at least 1", Set: setting.Check(setting.AtLeast(1))}),
		cluster(setting.Option{Flag: "expect-workers-max-wait", Env: []string{"LOCUST_EXPECT_WORKERS_MAX_WAIT"}, Accepts: acceptsInt, Set: setting.Check(setting.Int)}),
		cluster(setting.Option{Flag: "enable-rebalancing", Switch: true, Set: setting.Check(setting.Bool)}),
		{Flag: "worker", Env: []string{"LOCUST_MODE_WORKER"}, Switch: true,
			Help: "exit at once: " + alone, Set: setting.Into(&v.worker, setting.Bool)},
		cluster(setting.Option{Flag: "master-host", Env: []string{"LOCUST_MASTER_NODE_HOST"}, Set: setting.Check(setting.Text)}),
		cluster(setting.Option{Flag: "master-port", Env: []string{"LOCUST_MASTER_NODE_PORT"}, Accepts: acceptsInt, Set: setting.Check(setting.Int)}),
		cluster(setting.Option{Flag: "processes", Env: []string{"LOCUST_PROCESSES"}, Accepts: acceptsInt, Set: setting.Check(setting.Int)}),
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
