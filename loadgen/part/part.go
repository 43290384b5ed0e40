package part

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// Part is something that a program takes or leaves. All fields but Name and Start
// may be zero.
type Part struct {
	Name string // as people read it: the heading of its options, the subject of its messages
	Help string // a sentence or two below the heading
	// Options are its flags, variables and defaults. The first one asks for the part: a
	// switch that is on, or any text. Where a program lacks a part of this module, the
	// command knows the names to refuse: those that begin with the part's, or a list.
	Options []setting.Option

	// Wanted reports whether the part takes part in this start. asked says that
	// its first option asks for it. Where it is asked for and all the same not
	// wanted, why completes "--datadog has no effect: " for the log. It is called
	// often, and before Check; nil: if it is asked for.
	Wanted func(asked bool) (wanted bool, why string)
	// Check refuses settings that cannot be used; the program then ends with 2. It reads
	// and sends nothing. nil: there are none.
	Check func() error
	// Log wraps the handler of the log where that is lines of JSON, also while the
	// part is not wanted, so that every line has the same form; where it is wanted,
	// the log is JSON unless people read it (--log-format auto). It may be called
	// several times. nil: it leaves the log alone.
	Log func(slog.Handler) slog.Handler
	// Logged gets the lines of the log too, those that the user's level lets through, where the part is wanted: also those
	// from before Start. It must not wait. nil: nothing does.
	Logged slog.Handler
	// Start begins. It returns within a second whatever the other side does. ctx
	// ends when the process is to end. With an error there is no load: what can do
	// without the part is to log it instead.
	Start func(ctx context.Context, s Setup) (Running, error)

	// Works reports whether this process is a worker of another one, its coordinator: then Work takes
	// the place of everything that follows the settings, and the part does not start. A part that
	// has it is about a load of several processes, and its Check comes before all others. nil: it
	// never is.
	Works func() bool
	// Work does what the coordinator asks for until that lets it end, or ctx ends.
	Work func(ctx context.Context, w Work) error
	// Lines gets each line that a worker logs, as text. nil: nothing does.
	Lines io.Writer
}

// Failure is an error of Part.Work or Running.Await that ends the program with a code
// other than 1.
type Failure struct {
	Code int
	Text string // one line for the log; "": the log has it already
}

// Error implements error.
func (f *Failure) Error() string { return f.Text }

// Work is what a part that works for a coordinator gets.
type Work struct {
	Log     *slog.Logger
	Program string // its name
	Version string // of the program
	// Configure makes the program ready by Setup.Settings and Setup.Secrets of the
	// coordinator. Settings replace defaults: what this process was started with stays.
	// The error names a secret that this process lacks. It may be called again, while no
	// run is in progress.
	Configure func(settings map[string]string, secrets []string) (Maker, error)
}

// Maker makes the Runner of one run, as the coordinator's process does.
type Maker func(loadgen.StartRequest) (loadgen.Runner, error)

// Setup is what a part learns when it starts.
type Setup struct {
	Log      *slog.Logger
	Program  string // its name
	Version  string // of the program
	Headless bool   // there is no page, so routes are not served
	Worker   bool   // runs are shares of those of a coordinator, which has the figures
	// Coordinates says that another part has workers make the load.
	Coordinates bool
	Phases      []report.PhaseInfo
	// Settings are those that bear on the load and differ from the defaults, by flag, the
	// target among them, each as setting.Source.Portable has it: with them another
	// process of the program makes the same runs. Secrets are not among them.
	Settings map[string]string
	Secrets  []string // flags of the secrets that bear on the load and are given
}

// Running is a part that has started. All fields may be zero. What it is called for is
// called by one goroutine at a time, except for Losses and the Observer.
type Running struct {
	Observer measure.Observer // of every run
	Routes   []Route          // on the page's port
	// Judge says of each run that is over, before Conclude, why the program ends with 1
	// although no request failed; "": no reason. nil: there is none.
	Judge func(*report.Summary) string
	// Conclude gets what each run came to, when its report is written. ctx ends when
	// the process is to end.
	Conclude func(ctx context.Context, c Conclusion)
	// Losses says what the part missed so far, as "3 traces", for a sentence that begins
	// with its name; "": nothing. Several goroutines may call it at once, each second.
	Losses func() string
	// Fleet makes the load in place of this process; one part at most has one.
	Fleet loadgen.Fleet
	// Over closes when the Fleet can make no further run, for a reason that it has logged: the program ends with 1 then, once the
	// run in progress is over. nil: that never is.
	Over <-chan struct{}
	// Workers are those of the Fleet that are there now, also between runs. Several
	// goroutines may call it at once. nil: there are none.
	Workers func() []report.Worker
	// WorkerLogs are the last lines that each of the workers has logged, by its id, the oldest first. Several goroutines may
	// call it at once. nil: there are none.
	WorkerLogs func() map[string][]string
	// Resume asks for the run that another process has begun and the Fleet continues: the program begins with it, whatever
	// else it was to begin with. nil: there is none.
	Resume *loadgen.StartRequest
	// Await blocks until the Fleet can make a run: called before one that begins with the
	// program, not by command. ctx ends when the process is to end.
	Await func(ctx context.Context) error
	// Stop sends what is left and frees everything, before ctx ends.
	Stop func(ctx context.Context) error
}

// Route is an address that the part serves next to the page, behind the page's guard
// of names, origins and passwords. A path that the page or another part has is
// refused.
type Route struct {
	Path    string // such as "/metrics"
	Handler http.Handler
	Token   string // opens this address too, and is needed where the page is open to all; "": none
}

// Conclusion is what a run came to.
type Conclusion struct {
	Summary *report.Summary
	Passed  bool   // no claim is broken, and nothing else makes the exit code other than 0
	Text    string // verdict, failures and broken claims, some lines
}
