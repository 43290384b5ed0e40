package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Pooling two phases gives the figures of one phase that holds both.
func TestPoolIsTheWhole(t *testing.T) {
	op := report.Op{Method: "GET", Name: "/x"}
	run := func(phases ...report.PhaseInfo) *report.Summary {
		r := record.New(record.Config{Phases: phases})
		for i := range 2000 {
			at := time.Duration(i) * 10 * time.Millisecond
			x := record.Sample{Op: op, Intended: at, Woken: at, Sent: at, Done: at + time.Duration(i%97)*time.Millisecond, Bytes: 3}
			if i%50 == 0 {
				x.Err = "http 500"
			}
			r.Shard(0).Record(&x)
		}
		return r.Summary(record.Meta{End: 20 * time.Second})
	}
	apart := run(report.PhaseInfo{Name: "a", End: 10 * time.Second}, report.PhaseInfo{Name: "b", Start: 10 * time.Second})
	whole := run(report.PhaseInfo{Name: "all"})
	require.Len(t, apart.Phases, 2)
	want := whole.Phases[0].Operations[0]
	want.Trust, want.Straddlers = report.Trust{}, 0
	got := report.Pool(op, 20, apart.Phases[0].Operations[0], apart.Phases[1].Operations[0])
	got.Straddlers = 0 // a border that the whole run does not have
	assert.Equal(t, want.ResponseMS, got.ResponseMS)
	assert.Equal(t, want.Requests, got.Requests)
	assert.Equal(t, want.Failures, got.Failures)
	assert.Equal(t, want.RPS, got.RPS)
	assert.Equal(t, want.Bytes, got.Bytes)

	assert.Equal(t, got.ResponseMS.P95, got.Quantile(.95))
	assert.Equal(t, report.NoValue, got.Quantile(.985), "among the failures")
	assert.InDelta(t, 40, got.CountAbove(97), 1e-9, "the failures")
	assert.Equal(t, report.NoValue, new(report.Operation).Quantile(.5))
	assert.Zero(t, new(report.Operation).CountAbove(0))
	assert.Zero(t, report.Pool(op, 0).Requests)
}
