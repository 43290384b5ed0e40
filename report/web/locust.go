package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/locust"
	"github.com/gensim/load-generator/report/outline"
)

// fresh is how old a figure may be: every client of the same second gets the
// same one.
const fresh = time.Second

// glance is how the run goes, at most a second old and without Locust's
// quantiles. While a page is open it costs nothing: every frame leaves it behind.
func (h *Handler) glance() *report.Snapshot {
	return h.plain.get(h.moment(), fresh, func() *report.Snapshot { return h.source.Snapshot() })
}

// snapshot is a glance with Locust's quantiles, which cost more.
func (h *Handler) snapshot() *report.Snapshot {
	return h.latest.get(h.moment(), fresh, func() *report.Snapshot { return h.source.Snapshot(locust.Quantiles()...) })
}

// statsRequests is Locust's main address.
func (h *Handler) statsRequests(w http.ResponseWriter, _ *http.Request) {
	text := h.stats.get(h.moment(), fresh, func() []byte { return indented(h.statsBody()) })
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

func (h *Handler) statsBody() map[string]any {
	s, run := h.snapshot(), h.source.Run()
	body := locust.Stats(s, run.Start)
	body["state"] = h.ownState()
	h.addWorkers(body)
	if s != nil {
		body["run"] = runBody(s, run)
	}
	return body
}

// runBody holds the figures that Locust does not have.
func runBody(s *report.Snapshot, run outline.Run) map[string]any {
	body := map[string]any{
		"number": run.Number, "offset_s": s.At.Seconds(),
		"phase": s.Phase.Name, "phase_index": s.Index, "phase_left_s": nil,
		"users_planned": s.Planned, "users_on": s.On, "users_off": s.Off(),
		"late_ms": s.Lag, "counters": s.Counters, "trust": s.Trust, "health": s.JudgedHealth(),
		"response_ms": s.Total.Response, "recent_ms": s.Total.Recent,
		"in_flight": s.Total.InFlight, "waiting_ms": s.Total.Waiting,
	}
	if end := phaseEnd(s, run); end > 0 {
		body["phase_left_s"] = max(0, end-s.At).Seconds()
	}
	return body
}

// phaseEnd is where the phase of a Snapshot ends: by its Run, which knows of a
// run time that was set later. 0: nowhere.
func phaseEnd(s *report.Snapshot, run outline.Run) time.Duration {
	if s.Index < len(run.Phases) {
		return run.Phases[s.Index].End
	}
	return s.Phase.End
}

// exceptions lists what went wrong in the script.
func (h *Handler) exceptions(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"exceptions": locust.Exceptions(h.glance())})
}

// tasks sends the mix of the users that run now.
func (h *Handler) tasks(w http.ResponseWriter, _ *http.Request) {
	running := 0.0
	if s := h.glance(); s != nil && s.Users > 0 {
		running = 1
	}
	answer(w, http.StatusOK, h.ratios(running))
}

// ratios is the mix in Locust's form, times share.
func (h *Handler) ratios(share float64) map[string]any {
	return locust.Ratios(share, h.classes(h.source.Run())...)
}

// classes are the kinds of users of a run.
func (h *Handler) classes(run outline.Run) []outline.Class {
	if run.Classes != nil {
		return run.Classes
	}
	return []outline.Class{{Name: h.o.UserClass, Share: 1, Weight: 1, Tasks: run.Tasks}}
}

// maxLines bounds the log lines shown, as Locust does.
const maxLines = 500

// logs shows the last log lines.
func (h *Handler) logs(w http.ResponseWriter, _ *http.Request) {
	last := func(lines []string) []string { return append([]string{}, lines[max(0, len(lines)-maxLines):]...) }
	workers := make(map[string][]string)
	for id, lines := range h.o.WorkerLogs() {
		workers[id] = last(lines)
	}
	answer(w, http.StatusOK, map[string]any{"master": last(h.o.Logs()), "workers": workers})
}

// host is the target as Locust gives it: null without one.
func (h *Handler) host() any {
	return orNull(cmp.Or(redact.Address(h.source.Run().Host), h.o.Host))
}

// attachment names a downloaded file as Locust does.
func (h *Handler) attachment(what string) string {
	name := fmt.Sprintf("Locust_%s_%s", time.Now().Format("2006-01-02-15h04"), h.o.Script)
	if host := h.host(); host != nil {
		name += fmt.Sprintf("_%v", host)
	}
	return fileName(name + what)
}

// fileName replaces what a file name should not hold.
func fileName(text string) string {
	return strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune(".-_", c) {
			return c
		}
		return '_'
	}, text)
}

// attach makes the answer a download.
func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
