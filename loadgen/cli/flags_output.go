package cli

import (
	"strings"

	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
)

// outputValues say what is printed and which files a run leaves behind.
type outputValues struct {
	plan, list, taskRatio, taskRatioJSON, help, version setting.Value[bool]
	onlySummary, printStats, resetStats                 setting.Value[bool]
	profile                                             setting.Value[string]
	errorCode                                           setting.Value[int]
	configFile                                          setting.Value[string]

	summaryFile, html, csv, jsonFile, markdown, junit setting.Value[string]
	csvFull, json                                     setting.Value[bool]
}

func outputOptions(v *outputValues) []setting.Option {
	return append(printOptions(v), fileOptions(v)...)
}

// printOptions are what is printed.
func printOptions(v *outputValues) []setting.Option {
	return []setting.Option{
		{Flag: "plan", Env: []string{"LOAD_PLAN"}, Switch: true,
			Help: "print the phases and the load to expect, run nothing", Set: setting.Into(&v.plan, setting.Bool)},
		{Flag: "only-summary", Env: []string{"LOCUST_ONLY_SUMMARY"}, Switch: true,
			Help: "no progress and no tables during the run", Set: setting.Into(&v.onlySummary, setting.Bool)},
		{Flag: "print-stats", Env: []string{"LOCUST_PRINT_STATS"}, Switch: true,
			Help: "print a table every 2 seconds with a page too, as --headless does", Set: setting.Into(&v.printStats, setting.Bool)},
		{Flag: "reset-stats", Env: []string{"LOCUST_RESET_STATS"}, Switch: true,
			Help: "zero the figures once, when the users of a run's first phase are all there", Set: setting.Into(&v.resetStats, setting.Bool)},
		{Flag: "profile", Takes: "NAME",
			Help: "label of this run on the page and in the HTML report", Set: setting.Into(&v.profile, setting.Text)},
		{Flag: "exit-code-on-error", Takes: "N", Env: []string{"LOCUST_EXIT_CODE_ON_ERROR"}, Default: "1", Accepts: "a whole number from 0 to 255",
			Help: "exit code when a request or a task failed", Set: setting.Into(&v.errorCode, setting.Between(0, 255))},
		{Flag: "list", Short: "l", Switch: true,
			Help: "print the user classes and exit", Set: setting.Into(&v.list, setting.Bool)},
		{Flag: "show-task-ratio", Switch: true,
			Help: "print the share of each task and exit", Set: setting.Into(&v.taskRatio, setting.Bool)},
		{Flag: "show-task-ratio-json", Switch: true,
			Help: "print the share of each task as JSON and exit", Set: setting.Into(&v.taskRatioJSON, setting.Bool)},
		{Flag: "config", Takes: "FILE",
			Help: "one more configuration file, lines of key = value", Set: setting.Into(&v.configFile, setting.Text)},
		{Flag: "version", Short: "V", Switch: true,
			Help: "print the version and exit", Set: setting.Into(&v.version, setting.Bool)},
		helpOption(v),
	}
}

// fileOptions are the files that a run leaves behind.
func fileOptions(v *outputValues) []setting.Option {
	return []setting.Option{
		{Flag: "summary-file", Takes: "FILE", Env: []string{"LOAD_SUMMARY_FILE"},
			Help: "write all figures of the run to this JSON file", Set: setting.Into(&v.summaryFile, setting.Text)},
		{Flag: "html", Takes: "FILE", Env: []string{"LOCUST_HTML"},
			Help: "write a report to this HTML file; {u} {r} {t} become users, spawn rate and run time", Set: setting.Into(&v.html, setting.Text)},
		{Flag: "csv", Takes: "PREFIX", Env: []string{"LOCUST_CSV"},
			Help: "write Locust's CSV files each second, to this name plus _stats.csv and so on", Set: setting.Into(&v.csv, setting.Text)},
		{Flag: "csv-full-history", Env: []string{"LOCUST_CSV_FULL_HISTORY"}, Switch: true,
			Help: "a row for each operation in _stats_history.csv, not only the aggregate", Set: setting.Into(&v.csvFull, setting.Bool)},
		{Flag: "json", Switch: true,
			Help: "print the figures as Locust's JSON array to standard output", Set: setting.Into(&v.json, setting.Bool)},
		{Flag: "json-file", Takes: "PREFIX",
			Help: "write the same array to this name plus .json", Set: setting.Into(&v.jsonFile, setting.Text)},
		{Flag: "markdown", Takes: "FILE", Env: []string{"LOAD_MARKDOWN"},
			Help: "write verdict, effects and tables to this Markdown file", Set: setting.Into(&v.markdown, setting.Text)},
		{Flag: "junit", Takes: "FILE", Env: []string{"LOAD_JUNIT"},
			Help: "write claims and operations as tests to this JUnit XML file", Set: setting.Into(&v.junit, setting.Text)},
	}
}

const (
	acceptsLevel  = "DEBUG, INFO, WARNING, ERROR or CRITICAL"
	acceptsFormat = "text, json or auto"
)

// logValues say where the log goes and how it is written.
type logValues struct {
	level, file, format setting.Value[string]
	skipSetup           setting.Value[bool]
}

func logOptions(v *logValues) []setting.Option {
	return []setting.Option{
		{Flag: "loglevel", Short: "L", Takes: "LEVEL", Env: []string{"LOCUST_LOGLEVEL"}, Default: "INFO", Accepts: acceptsLevel,
			Help: "least level that is logged: " + acceptsLevel, Set: setting.Into(&v.level, levelName)},
		{Flag: "logfile", Takes: "FILE", Env: []string{"LOCUST_LOGFILE"},
			Help: "log to this file instead of standard error", Set: setting.Into(&v.file, setting.Text)},
		formatOption(v),
		{Flag: "skip-log-setup", Env: []string{"LOCUST_SKIP_LOG_SETUP"}, Switch: true,
			Help: "log to what the program has set up itself (slog.Default)", Set: setting.Into(&v.skipSetup, setting.Bool)},
	}
}

// formatOption is an option of the program's commands too.
func formatOption(v *logValues) setting.Option {
	return setting.Option{Flag: "log-format", Takes: "text|json|auto", Env: []string{"LOAD_LOG_FORMAT"}, Default: "auto", Accepts: acceptsFormat,
		Help: "text, json, or auto: json when a part that reads the log, such as Datadog, is on and the log goes to no terminal", Set: setting.Into(&v.format, logFormat)}
}

// helpOption too.
func helpOption(v *outputValues) setting.Option {
	return setting.Option{Flag: "help", Short: "h", Switch: true, Help: "print this text and exit", Set: setting.Into(&v.help, setting.Bool)}
}

// levelName reads a level of the log.
func levelName(text string) (string, error) {
	name := strings.ToUpper(text)
	_, ok := terminal.Level(name)
	return setting.Accepted(name, ok)
}

// logFormat reads how the log is written.
func logFormat(text string) (string, error) {
	return setting.OneOf("text", "json", "auto")(strings.ToLower(text))
}
