package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report/web"
)

// page is the web page while it is served.
type page struct {
	server   *http.Server // nil before it is served
	listener net.Listener
	url      string
	ended    chan struct{} // closed when the server has ended
}

// openPage takes the port, and serves nothing yet.
func (l *load) openPage() (*page, error) {
	listener, err := l.take()
	if err != nil {
		return nil, err
	}
	return &page{listener: listener, url: l.values.web.url(listener.Addr().String()), ended: make(chan struct{})}, nil
}

// take listens. A demonstration takes any free port.
func (l *load) take() (net.Listener, error) {
	w := l.values.web
	listen := l.process.listen
	if listen == nil {
		listen = net.Listen
	}
	listener, err := listen("tcp", w.address())
	if busy(err) && l.values.demo.V && !w.port.Given() {
		w.port.V = 0
		listener, err = listen("tcp", w.address())
	}
	if err == nil {
		return listener, nil
	}
	where := w.port.Where()
	if !w.port.Given() {
		where = fmt.Sprintf(`--web-port="%d"`, w.port.V)
	}
	if busy(err) {
		return nil, &setting.Error{Where: where, Problem: fmt.Sprintf("port %d is busy", w.port.V), Accepts: "a free port, 0 for any, or --headless", Code: exitFailure}
	}
	if cause := (*net.OpError)(nil); errors.As(err, &cause) && cause.Err != nil {
		err = cause.Err
	}
	return nil, &setting.Error{Where: fmt.Sprintf("--web-host=%q %s", w.host.V, where), Problem: err.Error(), Accepts: "an address of this machine and a port that may be used", Code: exitFailure}
}

// busy: on Windows the port is busy under a number that package syscall has no
// name for.
func busy(err error) bool {
	const windows = syscall.Errno(10048) // WSAEADDRINUSE
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, windows)
}

// mounted puts the page, and nothing else, below a prefix.
func mounted(page http.Handler, prefix string) http.Handler {
	if prefix == "" {
		return page
	}
	mux := http.NewServeMux()
	below := http.StripPrefix(prefix, page)
	mux.Handle(prefix+"/", below)
	mux.Handle(prefix, below)
	return mux
}

// url is where a browser on this machine finds the page.
func (w *webValues) url(at string) string {
	scheme := "http"
	if w.cert.V != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return at // not TCP
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	if w.display.V != "" {
		host = w.display.V
	}
	return scheme + "://" + net.JoinHostPort(host, port) + w.prefix() + "/"
}

// pageOptions say what the page shows and what it may do.
func (l *load) pageOptions() web.Options {
	s, v := l.session, l.values
	phases := s.plan.Phases()
	last := phases[len(phases)-1]
	o := web.Options{
		Control: s.board, Title: s.config.title(), Script: s.config.app.Name, UserClass: s.config.app.User, Kinds: s.config.app.Kinds, Version: s.config.app.version(), Profile: v.output.profile.V,
		Host: s.jobs.own.called, AllowHost: v.web.allowHost.V, Users: last.Users, SpawnRate: last.SpawnRate, RunTime: v.runTime.V,
		Effect: s.config.judged(), Streams: stream.Version,
		Claims:  s.standing,
		Routes:  s.routes(),
		Workers: l.workers.Workers,
		Logs:    s.pageLog.Lines, WorkerLogs: l.workers.WorkerLogs, Auth: v.web.auth(), Hosts: v.web.hosts.V, TrustedOrigins: v.web.trusted.V,
	}
	o.ClassPicker = v.locust.classPicker.V && o.Kinds != nil
	if o.SpawnRate == 0 { // all at once
		o.SpawnRate = float64(max(last.Users, 1))
	}
	if v.web.display.V != "" {
		o.Hosts = append(o.Hosts, v.web.display.V)
	}
	if s.config.staged() {
		o.Stages = s.values.stages.V.text()
	}
	if len(phases) > 1 || last.Model == "open" || last.Stages != nil {
		o.Schedule = phases
	}
	if v.output.csvFull.V {
		o.HistoryFile = v.output.csv.V + historyCSV
	}
	return o
}

// serve serves the page and logs its address. It does nothing without a page.
func (l *load) serve() error {
	p, w := l.page, &l.values.web
	if p == nil {
		return nil
	}
	handler, err := web.New(l.board, l.pageOptions())
	if err != nil {
		return err
	}
	p.server = web.NewServer(handler, mounted(handler, w.prefix()))
	p.server.ErrorLog = slog.NewLogLogger(l.log.Handler(), slog.LevelDebug) // mistakes of clients
	everywhere := ""
	if exposed(p.listener.Addr()) {
		everywhere = fmt.Sprintf(" (listening on %s)", p.listener.Addr())
	}
	l.log.Info("Starting web interface at " + p.url + everywhere)
	if everywhere != "" && w.open() {
		l.log.Warn("Anyone who reaches this address can start load; LOAD_WEB_PASSWORD or LOAD_WEB_TOKEN asks for a password")
	}
	go func() {
		defer close(p.ended)
		serve := func() error { return p.server.Serve(p.listener) }
		if w.cert.V != "" {
			p.server.TLSConfig = w.tls()
			serve = func() error { return p.server.ServeTLS(p.listener, "", "") }
		}
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			l.log.Error("the page is no longer served", "error", err)
		}
	}()
	return nil
}

// tls is Go's default with one more protocol, HTTP/1.0, which some probes ask for.
func (w *webValues) tls() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{w.pair}, NextProtos: []string{"h2", "http/1.1", "http/1.0"}}
}

// close ends the page after pending answers. p may be nil.
func (p *page) close() {
	if p == nil {
		return
	}
	if p.server == nil {
		_ = p.listener.Close() // nothing has used it
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if p.server.Shutdown(ctx) != nil {
		_ = p.server.Close() // cuts off clients that still wait
	}
	<-p.ended
}
