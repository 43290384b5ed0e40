package web

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/report"
)

// Handler serves one Source. New makes it; all methods are safe for concurrent
// use.
type Handler struct {
	source  Source
	o       Options
	target  string // Options.Host with what no message may show
	name    string // of this handler alone: a page that outlives it notices
	auth    gate
	opened  map[string]gate // by the path of a Route with its own token
	origins *http.CrossOriginProtection
	mux     *http.ServeMux
	stream  *hub

	plain      memo[*report.Snapshot]
	latest     memo[*report.Snapshot] // with Locust's quantiles
	stats      memo[[]byte]           // of /stats/requests
	reports    [3]memo[[]byte]        // of /stats/report, by themes
	whole      memo[[]byte]           // of /api/summary
	phases     phaseCache
	operations operationCache
	history    history
	runs       runs
	effects    memo[[]byte] // of /api/effect

	claimsText memo[[]byte] // of /api/claims
	claimsTook atomic.Int64 // how long that took, ns
}

// Close ends the live streams, so that a server that shuts down does not wait
// for its viewers. New ones are refused.
func (h *Handler) Close() { h.stream.close() }

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	switch {
	case r.URL.Path == "/healthz":
		alive(w, r)
	case !h.knownHost(r):
		refuse(w, http.StatusForbidden, "This page is not reached under the name "+quoted(r.Host)+
			" over a loopback address. If it should be, add the name to the allowed hosts: --web-allowed-hosts, LOAD_WEB_ALLOWED_HOSTS.")
	case !h.admits(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="Load Generator", charset="UTF-8"`)
		refuse(w, http.StatusUnauthorized, "A password or token is needed.")
	case r.URL.Path == "":
		h.toFolder(w, r)
	default:
		h.mux.ServeHTTP(w, r)
	}
}

// alive answers probes from any client and under any name: it reveals only that
// the page is served.
func alive(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "This address takes GET, HEAD.")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // the client that has gone away misses nothing
}

// address is one of the page. Paths are relative to where the handler is mounted.
type address struct {
	method string // GET answers HEAD too
	path   string
	serve  http.HandlerFunc
	// changes marks what changes something: cross-origin requests are refused.
	// Else any origin may read Locust's addresses, which is part of its contract.
	changes bool
	private bool // an address of our own: no other origin may read it or hold its streams open
}

// table lists every address.
func (h *Handler) table() []address {
	all := []address{
		{method: "GET", path: "/{$}", serve: h.index},
		{method: "POST", path: "/swarm", serve: h.swarm, changes: true},
		{method: "GET", path: "/stop", serve: h.stop, changes: true},
		{method: "GET", path: "/stats/reset", serve: h.reset, changes: true},
		{method: "GET", path: "/stats/requests", serve: h.statsRequests},
		{method: "GET", path: "/stats/requests/csv", serve: h.requestsCSV},
		{method: "GET", path: "/stats/failures/csv", serve: h.failuresCSV},
		{method: "GET", path: "/stats/requests_full_history/csv", serve: h.historyCSV},
		{method: "GET", path: "/stats/report", serve: h.report},
		{method: "GET", path: "/exceptions", serve: h.exceptions},
		{method: "GET", path: "/exceptions/csv", serve: h.exceptionsCSV},
		{method: "GET", path: "/tasks", serve: h.tasks},
		{method: "GET", path: "/logs", serve: h.logs},
		{method: "GET", path: "/worker-count", serve: h.workerCount},
		{method: "POST", path: "/user", serve: h.user, changes: true},
		{method: "GET", path: "/login", serve: h.login},
		{method: "GET", path: "/assets/{file}", serve: h.asset},

		{method: "GET", path: "/api/events", serve: h.events, private: true},
		{method: "GET", path: "/api/csv/{file}", serve: h.ownCSV, private: true},
		{method: "GET", path: "/api/timeline", serve: h.timeline, private: true},
		{method: "GET", path: "/api/operation", serve: h.operation, private: true},
		{method: "GET", path: "/api/recent", serve: h.recent, private: true},
		{method: "GET", path: "/api/phases", serve: h.phaseFigures, private: true},
		{method: "GET", path: "/api/effect", serve: h.effect, private: true},
		{method: "GET", path: "/api/claims", serve: h.claims, private: true},
		{method: "GET", path: "/api/workers", serve: h.workerFigures, private: true},
		{method: "GET", path: "/api/failures", serve: h.failures, private: true},
		{method: "GET", path: "/api/runs", serve: h.runList, private: true},
		{method: "GET", path: "/api/runs/compare", serve: h.runsCompared, private: true},
		{method: "GET", path: "/api/runs/{run}/report", serve: h.runReport, private: true},
		{method: "GET", path: "/api/runs/{run}/summary", serve: h.runSummary, private: true},
		{method: "GET", path: "/api/summary", serve: h.summary, private: true},
	}
	if h.o.Search != nil {
		all = append(all,
			address{method: "GET", path: "/api/search", serve: h.searchAccount, private: true},
			address{method: "GET", path: "/api/search/view", serve: h.searchView, private: true},
			address{method: "GET", path: "/api/search/report", serve: h.searchReport, private: true})
	}
	return all
}

// routes builds the mux.
func (h *Handler) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, x := range h.table() {
		mux.HandleFunc(x.method+" "+x.path, h.guard(x))
		mux.HandleFunc("OPTIONS "+x.path, h.options(x))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if allowed := h.allowed(mux, r); allowed != "" {
			w.Header().Set("Allow", allowed)
			refuse(w, http.StatusMethodNotAllowed, "This address takes "+allowed+".")
			return
		}
		refuse(w, http.StatusNotFound, "There is nothing at this address.")
	})
	return mux
}

// Route is an address that another part of the program serves behind the page's
// guard: a client is refused under a foreign name or from another site, and without
// what opens the page.
type Route struct {
	Path    string // such as "/metrics", below where the Handler is mounted
	Handler http.Handler
	Token   string // opens this address too, and is needed where the page is open to all; "": none
}

// add serves an address of another part, unless its path is taken.
func (h *Handler) add(x Route) error {
	switch probe := (&http.Request{Method: http.MethodGet, URL: &url.URL{Path: x.Path}}); {
	case !strings.HasPrefix(x.Path, "/") || x.Path != path.Clean(x.Path) || strings.ContainsAny(x.Path, "{}?#% "):
		return fmt.Errorf("web: Route %q: give a path such as /metrics", x.Path)
	case x.Handler == nil:
		return fmt.Errorf("web: Route %q has no Handler", x.Path)
	case x.Path == "/healthz" || h.allowed(h.mux, probe) != "":
		return fmt.Errorf("web: Route %q: the page has this address already", x.Path)
	}
	own := Auth{Token: x.Token}
	if err := own.check(); err != nil {
		return fmt.Errorf("web: Route %q: the token holds blanks alone", x.Path)
	}
	if x.Token != "" {
		h.opened[x.Path] = newGate(own)
	}
	h.mux.HandleFunc(x.Path, h.guard(address{path: x.Path, serve: x.Handler.ServeHTTP, private: true}))
	return nil
}

// allowed lists the methods of the request's path; "" if there is no such path.
func (h *Handler) allowed(mux *http.ServeMux, r *http.Request) string {
	var methods []string
	for _, m := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
		probe := *r
		probe.Method = m
		if _, pattern := mux.Handler(&probe); pattern != "/" && pattern != "" {
			methods = append(methods, m)
		}
	}
	return strings.Join(methods, ", ")
}

// guard puts the checks of an address before it.
func (h *Handler) guard(x address) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case x.changes && r.Method == http.MethodHead: // safe by definition
		case (x.changes || x.private) && !h.sameOrigin(r):
			answer(w, http.StatusForbidden, refusal(foreign(r)))
		case x.changes && h.o.Control == nil:
			answer(w, http.StatusForbidden, refusal(msgReadOnly))
		default:
			if !x.changes && !x.private {
				w.Header().Set("Access-Control-Allow-Origin", "*")
			}
			x.serve(w, r)
		}
	}
}

// options answers what an address takes. It grants other origins nothing.
func (h *Handler) options(x address) http.HandlerFunc {
	allow := x.method + ", OPTIONS"
	if x.method == http.MethodGet {
		allow = "GET, HEAD, OPTIONS"
	}
	return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Allow", allow) }
}

// toFolder sends a browser from ".../load" to ".../load/", so that relative
// addresses begin there. The handler sees only what follows its prefix.
func (h *Handler) toFolder(w http.ResponseWriter, r *http.Request) {
	asked, _, _ := strings.Cut(r.RequestURI, "?")
	last := asked[strings.LastIndex(asked, "/")+1:]
	w.Header().Set("Location", "./"+last+"/")
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// login exists because Locust's tools ask for it: there is no login page.
func (h *Handler) login(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Location", "./")
	w.WriteHeader(http.StatusFound)
}

// NewServer returns a server for a Handler, or for a mux that holds one, whose
// sizes and times are bounded: no client can hold it up by being slow. Shutdown
// ends the live streams of page first.
func NewServer(page *Handler, all http.Handler) *http.Server {
	s := &http.Server{
		Handler:           all,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute, // streams and /stop set their own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	s.RegisterOnShutdown(page.Close)
	return s
}
