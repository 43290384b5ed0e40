package record

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

// The seconds of one operation are those that the Summary has of it, phase by phase.
func TestSeriesOfAnOperation(t *testing.T) {
	now := 30 * time.Second
	r := sampleRun(3000)
	want := map[report.Op][]report.Series{}
	for _, s := range r.Summary(Meta{End: now}).Intervals {
		want[s.Op()] = append(want[s.Op()], s)
	}
	assert.Len(t, want, 6)
	for op, series := range want {
		if op == (report.Op{Name: report.Aggregated}) {
			op = report.Op{}
		}
		assert.Equal(t, series, r.Series(op, now), op)
	}
	once := Sample{Op: report.Op{Name: "once"}, Intended: now, Woken: now, Sent: now, Done: now}
	r.Shard(0).Record(&once)
	assert.Len(t, r.Series(once.Op, now), 1, "a phase without it has none")
	assert.Empty(t, r.Series(report.Op{Name: "nothing"}, now))
	assert.Empty(t, New(Config{}).Series(report.Op{}, now))
}
