// Package cli makes a command out of a scenario: flags, environment,
// configuration files, the page that people and scripts steer runs from,
// progress, log, signals, files and exit codes, in the way that Locust
// has them. docs/command.md describes all of it.
//
//	func main() {
//		cli.Main(cli.App{Name: "shop", User: "Shopper", New: newShop})
//	}
//
// New receives the [Settings] and returns a [Job]: how to make a user, and what
// to do before and after the run. The command does the rest.
//
// # Where a setting comes from
//
// The strongest source counts, and only that one is read:
//
//   - a flag, --intervention-users 50
//   - a LOAD_* variable, LOAD_INTERVENTION_USERS=50
//   - a LOCUST_* variable, LOCUST_USERS=50
//   - the file of --config, then pyproject.toml ([tool.locust]), locust.conf,
//     and .locust.conf in the home directory
//   - the defaults of the App, then those of this package
//
// # Phases
//
// A warm-up duration above zero makes two phases, "baseline" for the warm-up
// and "intervention" for the rest of the run time, without end when the run
// time is 0. A warm-up of 0 leaves only the intervention. --users and
// --spawn-rate speak of every phase, --baseline-users and its like of one: the
// stronger source counts, and of two equally strong ones the closer one. So
// -u 20 beats LOAD_INTERVENTION_USERS=50, and LOCUST_USERS=20 does not.
//
// # Runs and the page
//
// The page of package report/web is served on 127.0.0.1:8089 during the run,
// which starts at once, and stays when it is over. --autostart=false waits for a
// start from the page, --autoquit ends the program some seconds after a run,
// --headless serves no page and ends with the run. A program may make many runs;
// each is reported when it is over, and the exit code is that of the last one. A
// demonstration ends with its run, and takes any free port when 8089 is busy.
//
// # Exit codes
//
// 0: no request and no task failed. The value of --exit-code-on-error (1): some
// did, or something never worked (report.Summary.NeverWorked). 1: the run could not take place. 2: bad
// arguments. 255: --master with --worker, a worker that finds no master, a bad --config-users. 130, 143 or
// 129: a second SIGINT, SIGTERM or SIGHUP, half a second after the first or
// later, ended the program at once.
//
// # Parts
//
// What not every program needs is a part of package loadgen/part, which App.Parts
// takes or leaves, such as those of loadgen/datadog, loadgen/otel and loadgen/samples. The flags
// and LOAD_* variables of a known part that is left out are refused with what to add.
//
// With the part of loadgen/cluster a load is made by several processes. A worker has
// neither page nor files: it reads its settings, gets those of its
// coordinator that bear on the load in place of defaults, and makes runs when that asks.
//
// Only this package and main touch flags, signals and the exit of the process.
package cli
