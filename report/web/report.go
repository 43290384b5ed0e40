package web

import (
	"bytes"
	"net/http"
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/html"
)

// themes are those that a report may be asked for; "" is the reader's own.
var themes = []string{"", "light", "dark"}

// report serves the run so far as a file.
func (h *Handler) report(w http.ResponseWriter, r *http.Request) {
	theme, now := max(0, slices.Index(themes, r.FormValue("theme"))), h.moment()
	file := h.reports[theme].get(now, now.lasting(), func() []byte { return h.reportFile(themes[theme], now) })
	sendReport(w, r, file, html.Policy(), h.attachment(".html"))
}

// sendReport sends a report in one file, which the browser shows, or keeps under a name where it is asked to.
func sendReport(w http.ResponseWriter, r *http.Request, file []byte, policy, name string) {
	if len(file) == 0 {
		http.Error(w, "The report cannot be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", policy+"; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.FormValue("download") == "1" {
		attach(w, "text/html; charset=utf-8", name)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
}

// reportFile is the report as it stands.
func (h *Handler) reportFile(theme string, now moment) []byte {
	s := h.source.Summary()
	if s == nil {
		s = &report.Summary{Schema: report.Schema, Name: h.o.Title}
	}
	o := h.reportOptions(s, now)
	o.Theme = theme
	return written(s, o)
}

// reportOptions are those of the report of the current run.
func (h *Handler) reportOptions(s *report.Summary, now moment) html.Options {
	run := h.source.Run()
	o := html.Options{Title: h.o.Title, Script: h.o.Script, Changes: run.Changes, Tasks: run.Tasks, Now: time.Now(), Program: h.program(),
		Effect: h.o.Effect, Streams: h.o.Streams, Live: !idle(now.state)}
	if o.Script == o.Title {
		o.Script = ""
	}
	if h.o.Claims != nil && now.state == report.Stopped {
		o.Claims = h.o.Claims(s, true)
	}
	if host, ok := h.host().(string); ok {
		o.Host = host
	}
	return o
}

// written is a report in one file; nil if a Source gave figures that cannot be written.
func written(s *report.Summary, o html.Options) []byte {
	var text bytes.Buffer
	if html.Write(&text, s, o) != nil {
		return nil
	}
	return text.Bytes()
}

// program names this program.
func (h *Handler) program() string {
	if h.o.Version == "" {
		return "Load Generator"
	}
	return "Load Generator " + h.o.Version
}
