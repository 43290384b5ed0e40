package otel

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// document is docs/opentelemetry.md.
func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/opentelemetry.md")
	require.NoError(t, err)
	return string(text)
}

// everything is an export in which every metric has a point, except for the end of the run.
func everything(t *testing.T) map[string]*metricspb.Metric {
	c := byGRPC(t)
	r, rec := begin(start(t, Config{}))
	recordAt(rec, 0, time.Millisecond, op, "http 503")
	s := rec.Shard(0)
	s.Of(report.SortTransaction).Record(&record.Sample{Op: report.Op{Name: "checkout"}, Done: time.Second})
	s.Of(report.SortTag).RecordTag("region=eu", &record.Sample{Op: op, Done: time.Millisecond})
	s.Add(report.Op{Name: "wins"}, 0, 1)
	s.Answer(report.Op{Name: "title ok"}, 0, true)
	s.Value(report.Op{Name: "basket [EUR]"}, 0, 80)
	rec.Exception("panic", "boom", "", 0)
	now := rec.Snapshot(time.Second)
	now.Kinds = []report.KindUsers{{Name: "buyer", Users: 3}}
	r.meter.figures.Watch(now)
	require.NoError(t, r.meter.send(t.Context(), time.Second))
	all := c.last(t)
	r.EndRun(rec.Summary(record.Meta{End: time.Second}))
	maps.Copy(all, c.last(t))
	return all
}

// TestMetricsAreDocumented: the table has each metric as it arrives, and nothing else.
func TestMetricsAreDocumented(t *testing.T) {
	all, text := everything(t), document(t)
	assert.Len(t, all, len(metrics.All()), "every metric has a point in this test")
	var rows []string
	for _, m := range metrics.All() {
		arrived := all["loadgen."+m.Name]
		if !assert.NotNil(t, arrived, m.Name) {
			continue
		}
		kind := "gauge"
		switch x := arrived.Data.(type) {
		case *metricspb.Metric_Sum:
			kind = "counter"
			if !x.Sum.IsMonotonic {
				kind = "up-down counter"
			}
		case *metricspb.Metric_ExponentialHistogram:
			kind = "histogram"
		}
		unit := ""
		if m.Unit != "" {
			unit = "`" + m.Unit + "`"
		}
		rows = append(rows, fmt.Sprintf("| `loadgen.%s` | %s | %s |\n", m.Name, unit, kind))
	}
	_, table, _ := strings.Cut(text, "| metric | unit | type |\n| --- | --- | --- |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	assert.Equal(t, strings.Join(rows, ""), table+"\n")
}

// TestVariablesAreDocumented: those that are checked, and the attributes of spans.
func TestVariablesAreDocumented(t *testing.T) {
	text := document(t)
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if !strings.Contains(name, "OTLP_TRACES_") && !strings.Contains(name, "OTLP_LOGS_") && (!strings.Contains(name, "OTLP_METRICS_") || strings.Contains(name, "PREFERENCE") || strings.Contains(name, "AGGREGATION")) {
			assert.Contains(t, text, name)
		}
	}
	for _, name := range []string{attributeRun, attributePhase, attributeArm, attributeKind, attributeTask, attributeOperation, attributeIteration, attributeSeed,
		attributeIntended, attributeLag, attributeService, attributeCutOff, attributeUser, attributeError} {
		assert.Contains(t, text, "`"+name+"`")
	}
}
