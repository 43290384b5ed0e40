package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gensim/load-generator/report"
)

// several reports whether several processes make the load.
func (h *Handler) several() bool { return h.o.Workers != nil }

// workers are the processes that make the load, by index. When a run is over, they are those of the run,
// some of which may be gone, and those that came since.
func (h *Handler) workers() []report.Worker {
	if !h.several() {
		return nil
	}
	all := slices.Clone(h.o.Workers())
	if idle(h.source.State()) {
		for _, w := range h.lastWorkers() {
			at := slices.IndexFunc(all, func(now report.Worker) bool { return now.ID == w.ID })
			if at < 0 {
				all = append(all, w)
				continue
			}
			w.State, w.Users, w.SilentS = all[at].State, all[at].Users, all[at].SilentS
			all[at] = w // as it is now, with what it did
		}
	}
	slices.SortStableFunc(all, func(a, b report.Worker) int { return cmp.Or(a.Index-b.Index, strings.Compare(a.ID, b.ID)) })
	return all
}

// lastWorkers are those of the last run; nil before the first.
func (h *Handler) lastWorkers() []report.Worker {
	if s := h.glance(); s != nil {
		return s.Workers
	}
	return nil
}

// locustState is a worker's state in Locust's words, which have fewer.
func locustState(state report.WorkerState) report.WorkerState {
	switch state {
	case report.WorkerLost:
		return report.WorkerMissing
	case report.WorkerStopped:
		return report.WorkerReady
	}
	return state
}

// connected counts the workers that can make load.
func connected(all []report.Worker) (n int) {
	for _, w := range all {
		if locustState(w.State) != report.WorkerMissing {
			n++
		}
	}
	return n
}

// ownState is the state of the load; that of several processes ends with a word that Locust's master has.
func (h *Handler) ownState() string {
	if state := h.source.State(); !h.several() || state != report.Cleanup {
		return string(state)
	}
	return "stopping"
}

// locustWorkers are the workers as Locust lists them. CPU is in percent of one core.
func locustWorkers(all []report.Worker) []map[string]any {
	rows := []map[string]any{}
	for _, w := range all {
		rows = append(rows, map[string]any{
			"id": w.ID, "index": w.Index, "state": locustState(w.State), "user_count": w.Users,
			"cpu_usage": 100 * w.Health.CPU, "memory_usage": w.Health.MemoryBytes,
		})
	}
	return rows
}

// addWorkers adds to an answer what Locust's master has and a single process has not.
func (h *Handler) addWorkers(body map[string]any) {
	if h.several() {
		all := h.workers()
		body["workers"], body["worker_count"] = locustWorkers(all), connected(all)
	}
}

// workerCount is 0 for a single process.
func (h *Handler) workerCount(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"worker_count": connected(h.workers())})
}

// workerFigures sends all that is known of each worker.
func (h *Handler) workerFigures(w http.ResponseWriter, _ *http.Request) {
	all := h.workers()
	if all == nil {
		all = []report.Worker{}
	}
	sendJSON(w, encode(all, "[]"))
}

// crew is what every frame says of the workers.
type crew struct {
	Connected int             `json:"connected"`
	Troubled  int             `json:"troubled"` // missing or lost
	Some      []report.Worker `json:"some"`     // of those
}

// mostTroubled bounds the workers that a frame names.
const mostTroubled = 5

// crew is nil where one process makes the load.
func (h *Handler) crew() *crew {
	if !h.several() {
		return nil
	}
	all := h.workers()
	c := &crew{Connected: connected(all), Some: []report.Worker{}}
	for _, w := range all {
		if locustState(w.State) != report.WorkerMissing && w.LostS == 0 {
			continue
		}
		if c.Troubled++; len(c.Some) < mostTroubled {
			c.Some = append(c.Some, w)
		}
	}
	return c
}

// roll names the workers and their states: while nothing else moves, that may be news.
func (h *Handler) roll() string {
	var text strings.Builder
	for _, w := range h.workers() {
		fmt.Fprintln(&text, w.ID, w.State)
	}
	return text.String()
}
