package prometheus

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/loadgen/part"
)

// PartName is part.Part.Name of Part.
const PartName = "Prometheus"

// path is where metrics are served.
const path = "/metrics"

// Part returns the part that shows the runs of a program of package loadgen/cli to
// Prometheus: on the page's port, on another one, or by remote write. Its options
// replace what c says; c.Logger is the command's.
func Part(c Config) part.Part {
	p := &asPart{config: c}
	return part.Part{
		Name:    PartName,
		Help:    "Counts, levels and response times for Prometheus to scrape, or pushed to it.",
		Options: p.options(),
		Wanted:  p.wanted,
		Check:   p.config.check,
		Start:   p.start,
	}
}

// asPart is what a Part keeps.
type asPart struct {
	config Config // the program's, until an option says otherwise
	asked  setting.Value[bool]
	listen string // address; "": none
}

func (p *asPart) options() []setting.Option {
	return []setting.Option{
		{Flag: "prometheus", Env: []string{"LOAD_PROMETHEUS"}, Switch: true,
			Help: "serve " + path + " on the page's port", Set: setting.Into(&p.asked, setting.Bool)},
		{Flag: "prometheus-listen", Takes: "ADDRESS", Env: []string{"LOAD_PROMETHEUS_LISTEN"}, Accepts: "an address such as 127.0.0.1:9464 or :9464; port 0 for any free one",
			Help: "serve " + path + " on this address, also without a page; without a host on this machine alone, * for every interface", Set: setting.Var(&p.listen, address)},
		{Flag: "prometheus-token", Takes: "TOKEN", Env: []string{"LOAD_PROMETHEUS_TOKEN"}, Secret: true,
			Help: "token that a scrape must show: Authorization: Bearer TOKEN; what opens the page opens its " + path + " too", Set: setting.Var(&p.config.Token, setting.Text)},
		{Flag: "prometheus-push", Takes: "URL", Env: []string{"LOAD_PROMETHEUS_PUSH"}, Accepts: "a URL such as http://prometheus:9090/api/v1/write",
			Help: "send metrics there by remote write, every 5 seconds and at the end of each run, which no scrape may see", Set: setting.Var(&p.config.Push, receiverURL)},
		{Flag: "prometheus-run-id", Takes: "NAME", Env: []string{"LOAD_PROMETHEUS_RUN_ID"}, Accepts: "UTF-8 of at most 100 bytes",
			Help: "label run, such as a build's; without it each run gets a new one", Set: setting.Var(&p.config.RunID, metrics.ParseRunID)},
	}
}

// address reads where to listen. Without a host that is not every interface, unlike in
// package net: variables that are not set make it.
func address(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	host, port, err := net.SplitHostPort(text)
	if err == nil && port != "" {
		_, err = net.LookupPort("tcp", port) // a number or a name such as http
	}
	if host == "*" {
		return setting.Accepted(":"+port, err == nil && port != "")
	}
	return setting.Accepted(net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port), err == nil && port != "")
}

// receiverURL reads Config.Push.
func receiverURL(text string) (string, error) {
	c := Config{Push: text}
	return setting.Accepted(text, c.check() == nil)
}

// wanted: see part.Part. An address or a receiver asks for the part as well, unless it
// is switched off.
func (p *asPart) wanted(asked bool) (bool, string) {
	return asked || !p.asked.Given() && p.listen+p.config.Push != "", ""
}

// start: see part.Part.
func (p *asPart) start(_ context.Context, s part.Setup) (part.Running, error) {
	if s.Worker { // there is nothing to show, and its ports may be those of its coordinator
		return part.Running{}, nil
	}
	c := p.config
	c.Logger, c.Version = s.Log, cmp.Or(c.Version, s.Version)
	e, err := New(c)
	if err != nil {
		return part.Running{}, err
	}
	running := part.Running{Observer: e, Losses: func() string { return e.Losses().String() }}
	if p.asked.V {
		running.Routes = []part.Route{{Path: path, Handler: e.handler, Token: c.Token}}
		if s.Headless && p.listen+c.Push == "" {
			s.Log.Warn(p.asked.Where() + " has no effect without a page; --prometheus-listen serves metrics, and --prometheus-push sends them")
		}
	}
	if p.listen == "" {
		return running, nil
	}
	running.Stop, err = e.listen(p.listen, s.Log)
	return running, err
}

// listen serves the metrics, and nothing else, on an address.
func (e *Exporter) listen(at string, log *slog.Logger) (stop func(context.Context) error, err error) {
	l, err := net.Listen("tcp", at)
	if err != nil {
		return nil, fmt.Errorf("metrics cannot be served: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle(path, e)
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 2 * scrapeLimit, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // until stop
	}()
	log.Info("Metrics for Prometheus at http://" + strings.Replace(l.Addr().String(), "[::]", "localhost", 1) + path)
	if at, err := netip.ParseAddrPort(l.Addr().String()); err == nil && !at.Addr().IsLoopback() && strings.TrimSpace(e.config.Token) == "" {
		log.Warn("Anyone who reaches this address can read the metrics; LOAD_PROMETHEUS_TOKEN asks for a token")
	}
	return func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		if err != nil {
			_ = server.Close()
		}
		<-done
		return err
	}, nil
}
