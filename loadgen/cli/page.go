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
	handler  *web.Handler
	server   *http.Server // nil before it is served
	listener net.Listener
	url      string
	ended    chan struct{} // closed when the server has ended
}

// openPage takes the port, and serves nothing yet. The page is nil where none is wanted.
func (s *session) openPage() (*page, error) {
	if !s.values.web.wanted() {
		return nil, nil
	}
	listener, err := s.take()
	if err != nil {
		return nil, err
	}
	return &page{listener: listener, url: s.values.web.url(listener.Addr().String()), ended: make(chan struct{})}, nil
}

// take listens. A demonstration takes any free port.
func (s *session) take() (net.Listener, error) {
	w := s.values.web
	listen := s.process.listen
	if listen == nil {
		listen = net.Listen
	}
	listener, err := listen("tcp", w.address())
	if busy(err) && s.values.demo.V && !w.port.Given() {
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
func (s *session) pageOptions() web.Options {
	v := s.values
	phases := s.plan.Phases()
	last := phases[len(phases)-1]
	o := web.Options{
		Control: s.board, Title: s.config.title(), Script: s.config.app.Name, UserClass: s.config.app.User, Kinds: s.config.app.Kinds, Version: s.config.app.programVersion(), Profile: v.output.profile.V,
		Host: s.jobs.own.called, AllowHost: v.web.allowHost.V, Users: last.Users, SpawnRate: last.SpawnRate, RunTime: v.runTime.V,
		Effect: s.config.judged(), Streams: stream.Version,
		Claims: s.standing,
		Routes: s.routes(),
		Logs:   s.pageLog.Lines, Auth: v.web.auth(), Hosts: v.web.hosts.V, TrustedOrigins: v.web.trusted.V,
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
func (s *session) serve(p *page, o web.Options) (err error) {
	if p == nil {
		return nil
	}
	w := &s.values.web
	if p.handler, err = web.New(s.board, o); err != nil {
		return err
	}
	p.server = web.NewServer(p.handler, mounted(p.handler, w.prefix()))
	p.server.ErrorLog = slog.NewLogLogger(s.log.Handler(), slog.LevelDebug) // mistakes of clients
	everywhere := ""
	if exposed(p.listener.Addr()) {
		everywhere = fmt.Sprintf(" (listening on %s)", p.listener.Addr())
	}
	s.log.Info("Starting web interface at " + p.url + everywhere)
	if everywhere != "" && w.open() {
		can := "start load"
		if o.Search != nil {
			can = "stop the search"
		}
		s.log.Warn("Anyone who reaches this address can " + can + "; LOAD_WEB_PASSWORD or LOAD_WEB_TOKEN asks for a password")
	}
	go func() {
		defer close(p.ended)
		serve := func() error { return p.server.Serve(p.listener) }
		if w.cert.V != "" {
			p.server.TLSConfig = w.tls()
			serve = func() error { return p.server.ServeTLS(p.listener, "", "") }
		}
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the page is no longer served", "error", err)
		}
	}()
	return nil
}

// stays is when the process ends although it serves a page, after its run or its search; nil for not
// before a signal.
func (s *session) stays(p *page, what string) <-chan time.Time {
	if wait := s.values.web.autoquit.V; wait >= 0 {
		return time.After(time.Duration(wait) * time.Second)
	}
	s.log.Info("The page stays at " + p.url + ", use CTRL+C to end; --autoquit 0 ends with the " + what)
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
