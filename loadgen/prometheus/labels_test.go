package prometheus

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// TestSeriesAreBounded: a script that puts ids into names costs neither this process nor the
// server its memory, and every request is counted once.
func TestSeriesAreBounded(t *testing.T) {
	phases := make([]report.PhaseInfo, 300)
	for i := range phases {
		phases[i] = report.PhaseInfo{Name: fmt.Sprintf("%d%s", i, strings.Repeat("p", 1000)), Start: time.Duration(i) * time.Second, End: time.Duration(i+1) * time.Second}
	}
	e := newExporter(t, Config{})
	run, r := begin(e, phases, start)
	names := 3000 // the recorder itself keeps 1,000 apart
	if testing.Short() {
		names = 1200
	}
	for i := range names {
		reason := ""
		if i%2 > 0 {
			reason = fmt.Sprintf("check: %d", i)
		}
		op := report.Op{Method: "GET", Name: fmt.Sprintf("/%d/%s", i, strings.Repeat("é", 500))}
		recordAt(r, time.Duration(i%300)*time.Second, time.Millisecond, op, reason)
		recordAt(r, 0, time.Millisecond, op, reason)
	}
	run.Watch(r.Snapshot(300 * time.Second))
	check := func(s shown) {
		for metric, most := range map[string]int{
			"loadgen_requests_total": 2 * (metrics.MaxRows + metrics.MaxPhases + 1), "loadgen_request_duration_seconds": 2 * (metrics.MaxRows + metrics.MaxPhases + 1),
			"loadgen_request_failures_total": metrics.MaxReasons + metrics.MaxRows + metrics.MaxPhases + 1, "loadgen_tasks_planned_total": metrics.MaxPhases + 1,
		} {
			assert.LessOrEqual(t, len(s.names(metric)), most, metric)
			assert.NotEmpty(t, s.names(metric), metric)
		}
		for metric, want := range map[string]float64{"loadgen_requests_total": 2 * float64(names), "loadgen_request_duration_seconds": 2 * float64(names), "loadgen_request_failures_total": float64(names)} {
			n := 0.
			for _, name := range s.names(metric) {
				n += s.value(name)
			}
			assert.Equal(t, want, n, metric)
		}
		for name, m := range s {
			for _, l := range m.Label {
				assert.LessOrEqual(t, len(l.GetValue()), metrics.MaxLabel, name)
				assert.True(t, utf8.ValidString(l.GetValue()), name)
			}
		}
		assert.Positive(t, s.value(`loadgen_requests_total{kind="",operation="(other)",outcome="ok",phase="(other)",run="r-1"}`))
	}
	first := gather(t, e)
	check(first)
	run.EndRun(r.Summary(record.Meta{End: 300 * time.Second}))
	last := gather(t, e)
	check(last)
	assert.Equal(t, first.names("loadgen_requests_total"), last.names("loadgen_requests_total"), "each row keeps its label")
}
