package prometheus

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report/measure"
)

// Config configures an Exporter. The zero value is a good one.
type Config struct {
	// Token is what a scrape must show: "Authorization: Bearer TOKEN", or the token as the
	// password of basic authentication. Blanks around it do not count. "": no token is asked for.
	Token string
	// Push is the URL of a receiver of remote write, such as
	// http://prometheus:9090/api/v1/write, with user and password in it if it asks for
	// them. It gets what a scrape would every PushEvery and at the end of
	// each run, so short runs are not lost between two scrapes. "": nothing is pushed.
	Push string
	// PushEvery is how often that is; 0: every 5 s. Less than 1 s counts as 1 s.
	PushEvery time.Duration
	// Job and Instance are the labels of that name of what is pushed, as a scrape adds them;
	// "": "load-generator" and the name of the host.
	Job, Instance string
	// RunID is the label run, such as a build's number; further runs append "-2", "-3". Empty
	// makes a new one for each run.
	RunID string
	// Version is that of the program, in loadgen_build_info; "": the main module's.
	Version string
	// Logger logs trouble once; nil logs nothing.
	Logger *slog.Logger
}

func (c *Config) check() error {
	if err := metrics.CheckRunID(c.RunID); err != nil {
		return fmt.Errorf("prometheus: %w", err)
	}
	switch to, err := url.Parse(c.Push); {
	case c.Token != "" && strings.TrimSpace(c.Token) == "":
		return errors.New("prometheus: Token holds blanks alone; give a token, or none")
	case c.PushEvery < 0:
		return fmt.Errorf("prometheus: PushEvery is %v; give 0 or more", c.PushEvery)
	case c.Push == "":
	case err != nil || to.Scheme != "http" && to.Scheme != "https" || to.Host == "":
		return fmt.Errorf("prometheus: Push is %q; give a URL such as http://prometheus:9090/api/v1/write", redact.Address(c.Push))
	}
	return nil
}

// Exporter shows runs to Prometheus. Set it as the Observer of a loadgen.Runner, or give it to
// loadtest, and serve it as the handler of /metrics. One Exporter may observe many runs, one after
// another or at once. All methods are safe for concurrent use.
type Exporter struct {
	config   Config
	log      *slog.Logger
	build    prometheus.Metric
	handler  http.Handler  // asks for no token
	client   *http.Client  // of what is pushed
	endLimit time.Duration // what the end of a run waits for it
	warned   sync.Once     // about its receiver

	mu     sync.Mutex
	runs   []*run // in progress, and the last one that has ended
	begun  int
	losses Losses
}

var _ measure.Observer = (*Exporter)(nil)

// New returns an Exporter. The error names what is malformed in the Config. It starts nothing
// and needs no end.
func New(c Config) (*Exporter, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	e := &Exporter{config: c, log: c.Logger, build: buildInfo(c.Version), endLimit: endLimit, client: &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}, // a push is seldom, and nothing is left to close
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(e.Collector(), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	e.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(e.log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError,
		EnableOpenMetrics: true, MaxRequestsInFlight: 2, Timeout: scrapeLimit, CoalesceGather: true,
	})
	return e, nil
}

// scrapeLimit is how long a scrape may take; Prometheus waits for 10 s.
const scrapeLimit = 8 * time.Second

// buildInfo is the metric about the program.
func buildInfo(version string) prometheus.Metric {
	revision, goVersion := "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
		if version == "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	return prometheus.MustNewConstMetric(descBuild, prometheus.GaugeValue, 1, metrics.Clean(version), metrics.Clean(revision), metrics.Clean(goVersion))
}

// BeginRun implements measure.Observer.
func (e *Exporter) BeginRun(about measure.Run) measure.RunObserver {
	if about.Worker != "" { // its coordinator has the figures
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begun++
	r := newRun(e, about, metrics.RunID(e.config.RunID, e.begun, about.Start))
	last := -1 // of those that have ended: one that the next scrape may not have seen yet
	for i := range e.runs {
		if e.runs[i].figures.Over() {
			last = i
		}
	}
	kept := e.runs[:0:0]
	for i, x := range e.runs {
		if i == last || !x.figures.Over() {
			kept = append(kept, x)
		}
	}
	e.runs = append(kept, r)
	return r
}

// Collector returns the metrics of runs and build, without those of Go and the process, for
// a registry that the program has already.
func (e *Exporter) Collector() prometheus.Collector { return collector{e} }

// collector keeps the methods of prometheus.Collector away from the Exporter.
type collector struct{ e *Exporter }

// Describe implements prometheus.Collector.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range descriptions {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) {
	to <- c.e.build
	c.e.mu.Lock()
	runs, lost := slices.Clone(c.e.runs), c.e.losses
	c.e.mu.Unlock()
	to <- lostPushes(lost.Pushes)
	for _, r := range runs {
		r.collect(to)
	}
}

// lostPushes is the metric about pushes that were not taken.
func lostPushes(n int64) prometheus.Metric {
	return prometheus.MustNewConstMetric(descLost, prometheus.CounterValue, float64(n), "push")
}

// ServeHTTP answers a scrape, in protobuf where the client takes it: the only form with native
// histograms.
func (e *Exporter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guarded(e.config.Token, e.handler).ServeHTTP(w, r)
}

// Losses is what did not reach the receiver of what is pushed.
type Losses struct {
	// Pushes that were not taken. The next one makes up for all but the resolution; Ends
	// are those at the end of a run, which have no next one.
	Pushes, Ends int64
}

// Losses returns what has been lost so far.
func (e *Exporter) Losses() Losses {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.losses
}

// String says what was lost in words; "" if nothing was.
func (l Losses) String() string {
	if l == (Losses{}) {
		return ""
	}
	text := say.Plural(l.Pushes, "write")
	if l.Ends > 0 {
		text += fmt.Sprintf(", the end of %s among them", say.Plural(l.Ends, "run"))
	}
	return text
}
