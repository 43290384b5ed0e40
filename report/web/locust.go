package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/report"
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
	return h.latest.get(h.moment(), fresh, func() *report.Snapshot { return h.source.Snapshot(levels...) })
}

// statsRequests is Locust's main address.
func (h *Handler) statsRequests(w http.ResponseWriter, _ *http.Request) {
	text := h.stats.get(h.moment(), fresh, func() []byte { return indented(h.statsBody()) })
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

func (h *Handler) statsBody() map[string]any {
	s, run := h.snapshot(), h.source.Run()
	rows := liveRows(s)
	all := rows[len(rows)-1]
	p50, p95 := wholeOrNull(all.recent.P50), wholeOrNull(all.recent.P95)
	body := map[string]any{
		"state": h.source.State(), "user_count": 0,
		"stats": h.statsRows(rows), "errors": []any{},
		"total_rps": all.rps, "total_fail_per_sec": all.failed,
		"current_rps": all.nowRPS, "current_fail_per_sec": all.nowFailed,
		"fail_ratio": part(1, all.failures, all.requests),
		"current_response_time_percentiles": map[string]any{
			"response_time_percentile_0.5": p50, "response_time_percentile_0.95": p95,
		},
		// Exporters written before Locust moved these still ask for them.
		"current_response_time_percentile_50": p50, "current_response_time_percentile_95": p95,
	}
	if s != nil {
		body["user_count"], body["errors"] = s.Users, errorRows(s.Failures, run.Start)
		body["run"] = runBody(s, run)
	}
	return body
}

// runBody holds the figures that Locust does not have.
func runBody(s *report.Snapshot, run Run) map[string]any {
	body := map[string]any{
		"number": run.Number, "offset_s": s.At.Seconds(),
		"phase": s.Phase.Name, "phase_index": s.Index, "phase_left_s": nil,
		"users_planned": s.Planned, "users_on": s.On, "users_off": s.Off(),
		"late_ms": s.Late, "counters": s.Counters, "trust": s.Trust, "health": s.JudgedHealth(),
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
func phaseEnd(s *report.Snapshot, run Run) time.Duration {
	if s.Index < len(run.Phases) {
		return run.Phases[s.Index].End
	}
	return s.Phase.End
}

// statsRows lists at most maxRows operations and the aggregate.
func (h *Handler) statsRows(rows []row) []any {
	out := make([]any, 0, len(rows))
	for i := range rows {
		if i < maxRows || i == len(rows)-1 {
			out = append(out, statsRow(&rows[i]))
		}
	}
	return out
}

func statsRow(r *row) map[string]any {
	return map[string]any{
		"method": r.op.Method, "name": r.op.Name,
		"num_requests": r.requests, "num_failures": r.failures,
		"min_response_time": whole(r.timed.Min), "max_response_time": whole(r.timed.Max),
		"avg_response_time": finite(r.timed.Mean), "median_response_time": whole(r.times[at50]),
		"response_time_percentile_0.95": whole(r.times[at95]), "response_time_percentile_0.99": whole(r.times[at99]),
		"avg_content_length": r.size(),
		"current_rps":        r.nowRPS, "current_fail_per_sec": r.nowFailed,
		"total_rps": r.rps, "total_fail_per_sec": r.failed,
		"response_ms": r.sharp, "recent_ms": r.recent,
		"in_flight": r.flying, "waiting_ms": r.waiting,
	}
}

// errorRows lists at most maxRows errors in the order of their first
// occurrence.
func errorRows(failures []report.Failure, start time.Time) []any {
	failures = slices.Clone(failures)
	slices.SortStableFunc(failures, func(a, b report.Failure) int { return cmp.Compare(a.FirstS, b.FirstS) })
	out := []any{}
	for _, f := range failures[:min(len(failures), maxRows)] {
		out = append(out, map[string]any{
			"method": f.Method, "name": f.Name, "error": f.Reason, "occurrences": f.Occurrences,
			"first_seen": epoch(start, f.FirstS), "last_seen": epoch(start, f.LastS),
		})
	}
	return out
}

// epoch returns seconds since 1970.
func epoch(start time.Time, offset float64) float64 { return float64(start.UnixMicro())/1e6 + offset }

// exceptions lists what went wrong in the script.
func (h *Handler) exceptions(w http.ResponseWriter, _ *http.Request) {
	list := []any{}
	if s := h.glance(); s != nil {
		for _, x := range s.Exceptions {
			list = append(list, map[string]any{
				"count": x.Occurrences, "msg": exceptionText(x), "traceback": x.Stack, "nodes": "local",
				"kind": x.Kind, "first_s": x.FirstS, "last_s": x.LastS,
			})
		}
	}
	answer(w, http.StatusOK, map[string]any{"exceptions": list})
}

func exceptionText(x report.Exception) string {
	if x.Message == "" {
		return x.Kind
	}
	return x.Message
}

// tasks tells the mix of the users that run now.
func (h *Handler) tasks(w http.ResponseWriter, _ *http.Request) {
	running := 0.0
	if s := h.glance(); s != nil && s.Users > 0 {
		running = 1
	}
	answer(w, http.StatusOK, h.ratios(running))
}

// ratios is the mix in Locust's form, times share.
func (h *Handler) ratios(share float64) map[string]any {
	mix := map[string]any{}
	for _, t := range h.source.Run().Tasks {
		mix[t.Name] = map[string]any{"ratio": share * t.Share}
	}
	class := map[string]any{h.o.UserClass: map[string]any{"ratio": share, "tasks": mix}}
	return map[string]any{"per_class": class, "total": class}
}

// maxLines bounds the log lines shown, as Locust does.
const maxLines = 500

// logs shows the last log lines.
func (h *Handler) logs(w http.ResponseWriter, _ *http.Request) {
	lines := h.o.Logs()
	lines = append([]string{}, lines[max(0, len(lines)-maxLines):]...)
	answer(w, http.StatusOK, map[string]any{"master": lines, "workers": map[string]any{}})
}

// workerCount is 0 for a single process.
func (h *Handler) workerCount(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"worker_count": 0})
}

// host is the target as Locust tells it: null without one.
func (h *Handler) host() any {
	host := redact.Address(h.source.Run().Host)
	if host == "" {
		host = h.o.Host
	}
	if host == "" {
		return nil
	}
	return host
}

// attachment names a downloaded file as Locust does.
func (h *Handler) attachment(what string) string {
	name := fmt.Sprintf("Locust_%s_%s_%v", time.Now().Format("2006-01-02-15h04"), h.o.Script, h.host())
	if h.host() == nil {
		name = fmt.Sprintf("Locust_%s_%s", time.Now().Format("2006-01-02-15h04"), h.o.Script)
	}
	return fileName(name + what)
}

// fileName replaces what a file name should not hold.
func fileName(text string) string {
	safe := []rune(text)
	for i, c := range safe {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_':
		default:
			safe[i] = '_'
		}
	}
	return string(safe)
}

// attach makes the answer a download.
func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
