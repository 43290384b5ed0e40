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
// # Search for a capacity
//
// --capacity "p95 < 250ms" makes one run for each load that it tries, by package
// loadgen/staircase, and says up to which load the claim holds. The page shows the search, and
// may stop it; it stays when the search is over.
//
// # Exit codes
//
// 0: no request and no task failed. The value of --exit-code-on-error (1): some
// did, or something never worked (report.Summary.NeverWorked). 1: the run could not take place, or a
// search found no capacity. 3: a claim does not hold. 2: bad
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

import (
	"context"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/internal/machine"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// App is a program with its own scenario.
type App struct {
	Name    string // of the program, in messages
	Version string // printed by --version; empty takes the module's
	User    string // name of the scenario, what Locust calls a user class
	// Kinds are the names of the kinds of users, in the order of Job.Kinds, which Locust's users
	// know as user classes; nil: one kind, known as User.
	Kinds []string

	// New prepares runs from the settings. It sends nothing that counts as load;
	// it is called for --plan and --show-task-ratio too, and once more for every
	// other target that is named on the page. Its error ends the program with exit code 1, or
	// with 2 if that, or one it wraps, has a method BadInput() bool that returns true, as
	// errors of package scenario/feed have.
	New func(ctx context.Context, s Settings) (*Job, error)

	// HostOptional says that New can do without Settings.Host. Otherwise the
	// command refuses to run without one.
	HostOptional bool
	// Defaults replaces defaults of options, by flag name.
	Defaults map[string]string
	// Demo replaces them once more in a demonstration: when --demo is given,
	// or when nothing says which load to make. Nil for none.
	Demo map[string]string
	// Options are the program's own, in addition to those of this package.
	Options []setting.Option
	// HostlessOptions are the same for what New does without a Host, such as a
	// target that it starts itself. A warning says that they have no effect when a
	// host is given.
	HostlessOptions []setting.Option
	// Commands are run instead of a load when they are the first argument, as is
	// health, which every program has.
	Commands []Command
	// Parts are what the program takes with it, such as exporters, each with its
	// own options; a start uses those that its user asks for. What is left out here
	// is not linked.
	Parts []part.Part
}

// Settings is what New gets.
type Settings struct {
	Host    string        // base URL of the target; empty if none was given
	Timeout time.Duration // limit of one request
	Wire    string        // HTTP implementation, for httpclient.Config.Wire: "net/http" or "fast"

	OwnConnections bool // each user has its own connection
	MaxConnections int  // most connections that users share; 0: unlimited

	Seed  uint64       // of the run's random streams
	Demo  bool         // this is a demonstration: see App.Demo
	Parts []string     // names of those of App.Parts that are about to start
	Log   *slog.Logger // never nil

	way *way // to the target: headers, TLS, proxy, protocol
}

// Client returns the configuration of the HTTP client. The program may change it.
func (s Settings) Client() httpclient.Config {
	var c httpclient.Config
	if s.way != nil { // nil in Settings that the program has made itself
		c = s.way.to(s.Host)
	}
	c.Host, c.Timeout, c.Wire = s.Host, s.Timeout, httpclient.Wire(s.Wire)
	c.PerUserConns, c.MaxConns = s.OwnConnections, s.MaxConnections
	return c
}

// Job is what the runs against one target have in common. They run one after
// another.
type Job struct {
	// NewUser makes one user. It must not send requests.
	NewUser func(env scenario.Env) (scenario.User, error)
	// Kinds are several kinds of users, and NewUser is then nil; see loadgen.Runner. The
	// program's App.Kinds names them.
	Kinds []scenario.Kind
	// SetUp and TearDown, if not nil, run once in each run: see loadgen.Runner.
	SetUp    func(ctx context.Context) (any, error)
	TearDown func(ctx context.Context, data scenario.Data) error
	// Figures are transactions and figures of the script that claims may name; see
	// loadgen.Runner.
	Figures []measure.Figure
	// Host is the target in messages; empty takes Settings.Host.
	Host string
	// Client is what the users' requests go over. The check at the start that the
	// target can be reached goes through it; nil leaves the check out.
	Client *httpclient.Client
	// Schedule, if not nil, may change the phases of each run before they are
	// used, to add hooks, say. A run that was started from the page with its
	// own number of users has one phase, named "manual".
	Schedule func(phase.Schedule) phase.Schedule
	// Finish, if not nil, writes more below the tables.
	Finish func(w io.Writer, sum *report.Summary)
	// Close, if not nil, frees what New has taken.
	Close func() error
}

// Command is another job of the program, such as serving a target.
type Command struct {
	Name    string
	Help    string // one line
	Options []setting.Option
	// Run works until ctx ends, which the first SIGINT or SIGTERM makes
	// happen.
	Run func(ctx context.Context, log *slog.Logger) error
}

// usedMemory is the share of a container's memory up to which the process waits with
// its garbage collection; what is left is for what a burst takes between two.
const usedMemory = 0.8

// Main runs the program and exits.
func Main(app App) {
	log.SetOutput(terminal.NewDedupLog(log.Writer()))
	signal.Ignore(syscall.SIGPIPE) // keep writing files if the reader of standard error goes away
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		signal.Notify(signals, syscall.SIGHUP) // closing the terminal must not lose files
	}
	if limit, _ := machine.MemoryLimit(); limit > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(usedMemory * float64(limit)))
	}
	home, _ := os.UserHomeDir() // without one there is no file to read there
	os.Exit(app.run(process{
		args: os.Args[1:], env: environment(os.Environ()), home: home, dir: ".",
		stdout: os.Stdout, stderr: os.Stderr, signals: signals, exit: os.Exit,
		width:       func() int { return terminalWidth(os.Stderr) },
		listen:      net.Listen,
		standardLog: func(w io.Writer) { log.SetFlags(0); log.SetOutput(terminal.NewDedupLog(w)) },
		proxy:       http.ProxyFromEnvironment,
	}))
}

// process is what the command sees of the operating system.
type process struct {
	args           []string
	env            map[string]string
	home, dir      string
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	exit           func(code int)
	width          func() int // columns of the terminal that stderr is; 0: not a terminal
	listen         func(network, address string) (net.Listener, error)
	standardLog    func(io.Writer)                       // turns the standard logger of Go there; nil: it stays
	proxy          func(*http.Request) (*url.URL, error) // of the environment; nil: none
	// jsonLog writes standard error where that is lines of JSON; nil: it is text.
	jsonLog func(w io.Writer, level slog.Leveler) slog.Handler
}

func environment(list []string) map[string]string {
	env := make(map[string]string, len(list))
	for _, entry := range list {
		name, text, _ := strings.Cut(entry, "=")
		env[name] = text
	}
	return env
}

func terminalWidth(file *os.File) int {
	fd := int(file.Fd())
	if !term.IsTerminal(fd) {
		return 0
	}
	if width, _, err := term.GetSize(fd); err == nil && width > 0 {
		return width
	}
	return 80
}
