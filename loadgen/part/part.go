package part

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// Part is something that a program takes or leaves. All fields but Name and Start
// may be zero.
type Part struct {
	Name string // as people read it: the heading of its options, the subject of its messages
	Help string // a sentence or two below the heading
	// Options are its flags, variables and defaults; each name begins with that of the
	// first one, which asks for the part: a switch that is on, or any text.
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
	// Start begins. It returns within a second whatever the other side does. ctx
	// ends when the process is to end. With an error there is no load: what can do
	// without the part is to log it instead.
	Start func(ctx context.Context, s Setup) (Running, error)
}

// Setup is what a part learns when it starts.
type Setup struct {
	Log      *slog.Logger
	Program  string // its name
	Version  string // of the program
	Headless bool   // there is no page, so routes are not served
	Phases   []report.PhaseInfo
}

// Running is a part that has started. All fields may be zero. What it is called for is
// called by one goroutine at a time, but for Losses and the Observer.
type Running struct {
	Observer measure.Observer // of every run
	Routes   []Route          // on the page's port
	// Conclude gets what each run came to, when its report is written. ctx ends when
	// the process is to end.
	Conclude func(ctx context.Context, c Conclusion)
	// Losses says what the part missed so far, as "3 traces", for a sentence that begins
	// with its name; "": nothing. Several goroutines may call it at once, each second.
	Losses func() string
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
