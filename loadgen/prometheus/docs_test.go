package prometheus

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// everything is a scrape in which every metric has a series.
func everything(t *testing.T) *Exporter {
	e := newExporter(t, Config{})
	run, r := begin(e, twoPhases, start)
	op := report.Op{Method: "GET", Name: "/a"}
	recordAt(r, 0, time.Millisecond, op, "")
	recordAt(r, 0, time.Millisecond, op, "http 503")
	recordAt(r, 0, time.Millisecond, op, report.CutOff)
	recordOwn(r)
	r.Exception("panic", "boom", "", 0)
	run.EndRun(r.Summary(record.Meta{End: time.Second}))
	last, r := begin(e, twoPhases, start)
	now := r.Snapshot(0)
	now.Kinds = []report.KindUsers{{Name: "buyer", Users: 3}}
	last.Watch(now)
	return e
}

// TestMetricsAreDocumented: the table of docs/observability.md has each metric with its type and
// labels, and nothing else.
func TestMetricsAreDocumented(t *testing.T) {
	text := document(t, "observability.md")
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(everything(t).Collector())
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Len(t, families, len(descriptions), "every metric has a series in this test")
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(loadgen_[a-z_]+)` \\|").FindAllStringSubmatch(text, -1) {
		documented[m[1]] = true
	}
	for _, f := range families {
		var labels []string
		for _, l := range f.Metric[0].Label {
			if l.GetName() != "run" {
				labels = append(labels, l.GetName())
			}
		}
		kind := strings.ToLower(f.GetType().String())
		row := fmt.Sprintf("| `%s` | %s | %s |", f.GetName(), kind, strings.Join(labels, ", "))
		assert.Contains(t, text, row)
		delete(documented, f.GetName())
	}
	assert.Empty(t, documented, "metrics that do not exist")
}

// document returns the text of one of docs.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + name)
	require.NoError(t, err)
	return string(text)
}
