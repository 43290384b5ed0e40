package web

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
)

// Options set up a Handler. The zero value of each field has a meaning.
type Options struct {
	// Control lets the page and the API start, change, stop and reset the load;
	// nil: they only show it.
	Control Control

	Title     string // of the page, "": "Load Generator"
	Script    string // stands where Locust names the script; "": Title
	UserClass string // the class that Locust's tools see; "": "User"
	// Kinds are the kinds of users that a start may choose from; nil: there is one.
	Kinds []string
	// ClassPicker has a start choose among Kinds, by the field user_classes; false: all take part.
	ClassPicker bool

	Version string // of the program
	Profile string // label that Locust's tools see; "": none

	Host      string        // the target, as the start form shows it
	AllowHost bool          // a start may name another target
	Users     int           // the start form's users; 0: 1
	SpawnRate float64       // its users per second; 0: 1
	RunTime   time.Duration // its run time; 0: no limit
	Stages    string        // its stages, as Order.Stages has them; "": none
	MaxUsers  int           // most users that a start may ask for; 0: 10 million
	// Schedule holds the phases that the program offers in addition to a run of one
	// phase; nil: none.
	Schedule []report.PhaseInfo

	// Effect says what is judged when a run is over; the zero value judges p95 of
	// all operations together.
	Effect effect.Options
	// Claims judges the program's claims: of a run that is over, or where they
	// stand during the run, then at most once in 5 s and for a hundredth of the
	// time, and only while a page is open. It may be called from several
	// goroutines. nil: there are none.
	Claims func(sum *report.Summary, over bool) []claim.Result
	// Streams is the version of the program's random streams, which reports name
	// next to the seed; 0: not named.
	Streams int

	// Search is the search for a capacity of which the runs of the Source are holds; the page then shows it, and in place of
	// Control only its Stop. nil: there is none. A *staircase.Live is one, and its Runs are the Source.
	Search Search

	// Workers are the processes that make the load, where several do, as they are now, also between
	// runs. It may be called from several goroutines. nil: this process makes it.
	Workers func() []report.Worker

	// Logs returns the program's last log lines, oldest first, at most 500 of
	// which are shown; see [Log]. It may be called from several goroutines. nil:
	// none.
	Logs func() []string
	// WorkerLogs are those of the Workers, by id, alike. nil: none.
	WorkerLogs func() map[string][]string
	// HistoryFile is the CSV file that /stats/requests_full_history/csv serves; "":
	// there is none.
	HistoryFile string

	// Auth asks every client for a password or token; zero: no client is asked.
	Auth Auth
	// Hosts are the names, without port, under which the page may be reached over
	// a loopback address in addition to localhost, so that a foreign name that resolves to
	// 127.0.0.1 (DNS rebinding) finds nothing. "*": any name.
	Hosts []string
	// TrustedOrigins, such as "https://ops.example", may steer the load from their
	// own pages.
	TrustedOrigins []string
	// Routes are addresses of other parts of the program, on the same port. Each path
	// stands once, and the page's own are refused.
	Routes []Route
	// MaxViewers limits the live streams open at once; 0: 256. More are refused
	// with 503 and the page asks again later.
	MaxViewers int
}

// withDefaults fills in what zero values stand for.
func (o Options) withDefaults() Options {
	o.Title = cmp.Or(o.Title, "Load Generator")
	o.Script = cmp.Or(o.Script, o.Title)
	o.UserClass = cmp.Or(o.UserClass, "User")
	o.Users = cmp.Or(max(o.Users, 0), 1)
	o.MaxUsers = cmp.Or(max(o.MaxUsers, 0), 10_000_000)
	o.MaxViewers = cmp.Or(max(o.MaxViewers, 0), 256)
	if o.SpawnRate <= 0 {
		o.SpawnRate = 1
	}
	if o.Logs == nil {
		o.Logs = func() []string { return nil }
	}
	if o.WorkerLogs == nil {
		o.WorkerLogs = func() map[string][]string { return nil }
	}
	return o
}

// New returns the handler that shows source. It serves everything below the
// path that it is mounted at; give it to http.StripPrefix for any but "/".
func New(source Source, o Options) (*Handler, error) {
	if source == nil {
		return nil, errors.New("web: the Source is nil; give what is to be shown")
	}
	if err := o.Auth.check(); err != nil {
		return nil, err
	}
	if o.Search != nil {
		o.Control = searching{o.Search}
	}
	h := &Handler{source: source, o: o.withDefaults(), name: rand.Text(), origins: http.NewCrossOriginProtection()}
	for _, origin := range o.TrustedOrigins {
		if err := h.origins.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("web: TrustedOrigins: %w", err)
		}
	}
	h.target, h.o.Host = o.Host, redact.Address(o.Host)
	h.auth = newGate(o.Auth)
	h.stream = newHub(h.o.MaxViewers, h.frames)
	h.mux, h.opened = h.routes(), map[string]gate{}
	for _, x := range o.Routes {
		if err := h.add(x); err != nil {
			return nil, err
		}
	}
	return h, nil
}
