package web

import (
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/page"
	"github.com/gensim/load-generator/report/locust"
	"github.com/gensim/load-generator/report/outline"
)

// historyStep is how far apart the points of Locust's history are.
const historyStep = 5

// templateArgs are the values that Locust's page holds for scripts that read
// it.
func (h *Handler) templateArgs() map[string]any {
	run, s := h.source.Run(), h.glance()
	users := 0
	if s != nil {
		users = s.Users
	}
	shapes := []string{}
	if len(h.o.Schedule) > 0 {
		shapes = []string{h.shape()}
	}
	names, tasks, classes := []string{}, map[string]any{}, map[string]any{}
	for _, class := range h.classes(run) {
		own := []string{}
		for _, t := range class.Tasks {
			own = append(own, t.Name)
		}
		names, tasks[class.Name] = append(names, class.Name), own
		classes[class.Name] = map[string]any{"host": h.host(), "weight": class.Weight, "fixed_count": class.Count, "tasks": own}
	}
	return map[string]any{
		"available_shape_classes": shapes, "available_user_classes": names,
		"available_user_tasks": tasks, "extra_options": map[string]any{},
		"hide_common_options": false, "history": h.pastPoints(run, s), "host": h.host(),
		"is_distributed": h.several(), "is_host_required": h.host() == nil, "locustfile": h.o.Script,
		"missing_host_warning": h.host() == nil, "num_users": h.o.Users, "override_host_warning": false,
		"percentiles_to_chart": []float64{.5, .95}, "percentiles_to_statistics": []float64{.95, .99},
		"profile": orNull(h.o.Profile), "run_time": spanText(h.o.RunTime), "shape_use_common_options": false,
		"show_userclass_picker": h.o.ClassPicker, "spawn_rate": h.o.SpawnRate, "state": h.ownState(),
		"stats_history_enabled": h.o.HistoryFile != "", "tasks": h.ratios(1), "user_count": users,
		"users":   classes,
		"version": h.o.Version, "worker_count": connected(h.workers()),
	}
}

// orNull is a text, or null for an empty one.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// pastPoints is the history of the run, one point each 5 s, at most locust.MaxRows of
// them.
func (h *Handler) pastPoints(run outline.Run, s *report.Snapshot) []any {
	out := []any{}
	if s == nil {
		return out
	}
	rows := h.history.upTo(h.source, run.Number, int(s.At/time.Second))
	step := max(historyStep, (len(rows)+locust.MaxRows-1)/locust.MaxRows)
	total := report.Second{Mean: report.NoValue}
	for len(rows) >= step {
		point := page.Together(rows[:step])
		total = page.Together([]report.Second{total, point})
		out = append(out, locust.HistoryPoint(run.Start, point, total.Mean))
		rows = rows[step:]
	}
	return out
}
