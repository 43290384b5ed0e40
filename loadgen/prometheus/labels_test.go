package prometheus

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// TestSeriesAreBounded: a script that puts ids into names costs neither this process nor the
// server its memory, and every request is counted once.
func TestSeriesAreBounded(t *testing.T) {
	phases := make([]report.PhaseInfo, 300)
	for i := range phases {
		phases[i] = report.PhaseInfo{Name: fmt.Sprintf("%d%s", i, strings.Repeat("p", 10_000)), Start: time.Duration(i) * time.Second, End: time.Duration(i+1) * time.Second}
	}
	e := newExporter(t, Config{})
	run, r := begin(e, phases, start)
	const names = 3000 // the recorder itself keeps 1,000 apart
	for i := range names {
		reason := ""
		if i%2 > 0 {
			reason = fmt.Sprintf("check: %d", i)
		}
		op := report.Op{Method: "GET", Name: fmt.Sprintf("/%d/%s", i, strings.Repeat("é", 5000))}
		recordAt(r, time.Duration(i%300)*time.Second, time.Millisecond, op, reason)
		recordAt(r, 0, time.Millisecond, op, reason)
	}
	run.Watch(r.Snapshot(300 * time.Second))
	check := func(s shown) {
		for metric, most := range map[string]int{
			"loadgen_requests_total": 2 * (maxRows + maxPhases + 1), "loadgen_request_duration_seconds": 2 * (maxRows + maxPhases + 1),
			"loadgen_request_failures_total": maxReasons + maxRows + maxPhases + 1, "loadgen_tasks_planned_total": maxPhases + 1,
		} {
			assert.LessOrEqual(t, len(s.names(metric)), most, metric)
			assert.NotEmpty(t, s.names(metric), metric)
		}
		for metric, want := range map[string]float64{"loadgen_requests_total": 2 * names, "loadgen_request_duration_seconds": 2 * names, "loadgen_request_failures_total": names} {
			n := 0.
			for _, name := range s.names(metric) {
				n += s.value(name)
			}
			assert.Equal(t, want, n, metric)
		}
		for name, m := range s {
			for _, l := range m.Label {
				assert.LessOrEqual(t, len(l.GetValue()), maxLabel, name)
				assert.True(t, utf8.ValidString(l.GetValue()), name)
			}
		}
		assert.Positive(t, s.value(`loadgen_requests_total{operation="(other)",outcome="ok",phase="(other)",run="r-1"}`))
	}
	first := gather(t, e)
	check(first)
	run.EndRun(r.Summary(record.Meta{End: 300 * time.Second}))
	last := gather(t, e)
	check(last)
	assert.Equal(t, first.names("loadgen_requests_total"), last.names("loadgen_requests_total"), "each row keeps its label")
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "GET /a": "GET /a", "a\xffb": "a�b", "two\nlines": "two\nlines",
		strings.Repeat("x", 200): strings.Repeat("x", 200), strings.Repeat("x", 201): strings.Repeat("x", 197) + "…",
		strings.Repeat("é", 200):    strings.Repeat("é", 98) + "…",
		strings.Repeat("\x80", 300): "�",
	} {
		assert.Equal(t, want, clean(text))
	}
	assert.Len(t, clean(strings.Repeat("a\xff", 150)), maxLabel)
}
