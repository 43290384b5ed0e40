package web

import (
	"bytes"
	"html/template"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// ReportOptions say what a report shows beside the Summary. The zero value of
// each field leaves it out.
type ReportOptions struct {
	Title   string // "": the Summary's name, or "Load test"
	Host    string // the target
	Script  string // what ran
	Theme   string // "light" or "dark"; "": as the reader's system says
	Program string // name and version of the program that writes it
	Events  []Event
	Tasks   []Task
	Now     time.Time // when it is written; zero: not shown as a date
	Streams int       // version of the random streams

	// Effect says what is judged; the zero value judges p95 of all operations
	// together. Comparison, if given, is shown in place of what effect.Analyze finds.
	Effect     effect.Options
	Comparison *effect.Report
	// Claims are the claims about the run, in any order; those that did not
	// hold are shown first, below the verdict. None: there is no such section.
	Claims []Claim
	// Live says that the run goes on: the report then gives values without
	// verdicts.
	Live bool
}

// placed is a row with the forest whose axis it is drawn on.
type placed struct {
	Forest any
	Row    forestRow
}

// reportPage, its style and its script are the same for every report.
var (
	reportPage = template.Must(template.New("report.html").Funcs(template.FuncMap{
		"pair": func(f any, row forestRow) placed { return placed{f, row} },
	}).ParseFS(assets, "assets/report.html"))
	reportStyle  = sync.OnceValue(func() []byte { return append(mustAsset("base.css"), mustAsset("report.css")...) })
	reportScript = sync.OnceValue(func() []byte { return bundle(reportModules) })
)

// reportPolicy lets a report run its own script and style, and load nothing.
var reportPolicy = sync.OnceValue(func() string {
	return "default-src 'none'; script-src " + digest(reportScript()) + "; style-src " + digest(reportStyle()) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
})

// WriteReport writes the run as one HTML file that needs nothing else: the
// verdict, phases side by side, effects as intervals, charts, recovery,
// failures, the generator's health. It opens offline, in light and dark, and
// prints.
func WriteReport(w io.Writer, s *report.Summary, o ReportOptions) error {
	var page bytes.Buffer
	if err := reportPage.Execute(&page, reportOf(s, o)); err != nil {
		return err
	}
	_, err := page.WriteTo(w)
	return err
}

// themes are those that a report may be asked for; "" is the reader's own.
var themes = []string{"", "light", "dark"}

// report serves the run so far as a file.
func (h *Handler) report(w http.ResponseWriter, r *http.Request) {
	theme, now := max(0, slices.Index(themes, r.FormValue("theme"))), h.moment()
	page := h.reports[theme].get(now, now.lasting(), func() []byte { return h.reportFile(themes[theme], now) })
	if page == nil {
		http.Error(w, "The report cannot be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", reportPolicy()+"; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.FormValue("download") == "1" {
		attach(w, "text/html; charset=utf-8", h.attachment(".html"))
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(page))
}

// reportFile is the report as it stands; nil if the Source gives figures that
// cannot be written.
func (h *Handler) reportFile(theme string, now moment) []byte {
	s := h.source.Summary()
	if s == nil {
		s = &report.Summary{Schema: report.Schema, Name: h.o.Title}
	}
	run := h.source.Run()
	o := ReportOptions{Title: h.o.Title, Script: h.o.Script, Events: run.Events, Tasks: run.Tasks, Now: time.Now(), Program: h.program(),
		Effect: h.o.Effect, Streams: h.o.Streams, Live: !idle(now.state), Theme: theme}
	if o.Script == o.Title {
		o.Script = ""
	}
	if h.o.Claims != nil && now.state == Stopped {
		o.Claims = h.o.Claims(s, true)
	}
	if host, ok := h.host().(string); ok {
		o.Host = host
	}
	var page bytes.Buffer
	if WriteReport(&page, s, o) != nil {
		return nil
	}
	return page.Bytes()
}

// program names this program.
func (h *Handler) program() string {
	if h.o.Version == "" {
		return "Load Generator"
	}
	return "Load Generator " + h.o.Version
}
