package prometheus

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// TestExemplarsArePushedOnce, at their bucket and at the native histogram, however often figures are pushed.
func TestExemplarsArePushedOnce(t *testing.T) {
	r := receive(t, accept)
	e := newExporter(t, Config{Push: r.URL, PushEvery: time.Second})
	e.endLimit = time.Minute
	began := time.Now()
	run, rec := begin(e, twoPhases, began)
	op := report.Op{Method: "GET", Name: "/a"}
	for i := range 4 {
		at, took := time.Duration(i+1)*time.Second, time.Duration(3+i/2*40)*time.Millisecond // two traces of each of two buckets
		recordAt(rec, at-took, took, op, "")
		id := strings.Repeat(string(rune('a'+i)), 32)
		run.(measure.TraceReader).ReadTrace(measure.Traced{Op: op, Intended: at - took, Done: at, Trace: id, Span: id[16:]})
		run.Watch(rec.Snapshot(at))
		require.Eventually(t, func() bool { return len(r.exemplars("loadgen_request_duration_seconds")) == i+1 }, time.Minute, time.Millisecond)
	}
	run.Watch(rec.Snapshot(5 * time.Second))
	require.Eventually(t, func() bool { _, _, n := r.ends("loadgen_requests_total", "outcome=ok"); return n == 1+5 }, time.Minute, time.Millisecond, "after the answer to the fourth push, and a zero before the first")
	run.EndRun(rec.Summary(record.Meta{End: 6 * time.Second}))
	var want []point
	for i, s := range []float64{.003, .003, .043, .043} {
		want = append(want, point{began.Add(time.Duration(i+1) * time.Second).UnixMilli(), s})
	}
	assert.Equal(t, want, r.exemplars("loadgen_request_duration_seconds"))
	assert.Equal(t, want[:2], r.exemplars("loadgen_request_duration_seconds_bucket", "le=0.005"))
	assert.Equal(t, want[2:], r.exemplars("loadgen_request_duration_seconds_bucket", "le=0.05"))
	assert.Len(t, r.exemplars("loadgen_request_duration_seconds_bucket"), 4)
}
