package prometheus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Transactions, requests by tag and figures of the script have metrics for themselves, live and after the run, and are in no
// metric of requests.
func TestMetricsOfTransactionsAndFigures(t *testing.T) {
	e := newExporter(t, Config{})
	run, r := begin(e, twoPhases, start)
	recordAt(r, 0, time.Millisecond, report.Op{Method: "GET", Name: "/a"}, "")
	recordOwn(r)
	for range 2 {
		m := gather(t, e)
		const of = `figure="`
		assert.EqualValues(t, 1, m[`loadgen_requests_total{kind="",operation="GET /a",outcome="ok",phase="baseline",run="r-1"}`].GetCounter().GetValue())
		assert.NotContains(t, m, `loadgen_requests_total{kind="",operation="checkout",outcome="ok",phase="baseline",run="r-1"}`)
		assert.EqualValues(t, 2, m[`loadgen_transaction_duration_seconds{kind="",outcome="ok",phase="baseline",run="r-1",transaction="checkout"}`].GetHistogram().GetSampleSum())
		assert.EqualValues(t, 1, m[`loadgen_transactions_cut_off_total{kind="",phase="baseline",run="r-1",transaction="checkout"}`].GetCounter().GetValue())
		assert.EqualValues(t, 1, m[`loadgen_tagged_request_duration_seconds{kind="",operation="GET /a",outcome="failed",phase="baseline",run="r-1",tag="region=eu"}`].GetHistogram().GetSampleCount())
		assert.EqualValues(t, 1001, m[`loadgen_script_counts_total{`+of+`wins",kind="",phase="baseline",run="r-1"}`].GetCounter().GetValue())
		assert.EqualValues(t, 3, m[`loadgen_script_answers_total{answer="yes",`+of+`title ok",kind="",phase="baseline",run="r-1"}`].GetCounter().GetValue())
		assert.EqualValues(t, 1, m[`loadgen_script_answers_total{answer="no",`+of+`title ok",kind="",phase="baseline",run="r-1"}`].GetCounter().GetValue())
		h := m[`loadgen_script_value{`+of+`basket",kind="",phase="baseline",run="r-1"}`].GetHistogram()
		require.NotNil(t, h)
		assert.InDelta(t, 80.5, h.GetSampleSum(), 1e-9)
		for _, b := range h.GetBucket() {
			want := map[bool]uint64{true: 1, false: 0}[b.GetUpperBound() >= 1]
			if b.GetUpperBound() >= 100 {
				want = 2
			}
			assert.Equal(t, want, b.GetCumulativeCount(), b.GetUpperBound())
		}
		run.EndRun(r.Summary(record.Meta{End: time.Second}))
	}
}

// The kind of users is a label of what they do, and of how many there are.
func TestKindsAreLabels(t *testing.T) {
	e := newExporter(t, Config{})
	run, r := begin(e, twoPhases, start)
	for _, kind := range []string{"buyer", "browser"} {
		recordAt(r, 0, time.Millisecond, report.Op{Kind: kind, Method: "GET", Name: "/a"}, "http 503")
		r.Shard(0).Of(report.SortTransaction).Record(&record.Sample{Op: report.Op{Kind: kind, Name: "checkout"}, Done: time.Second})
		r.Shard(0).Add(report.Op{Kind: kind, Name: "wins"}, 0, 2)
	}
	s := r.Snapshot(time.Second)
	s.Kinds = []report.KindUsers{{Name: "buyer", Users: 8}, {Name: "browser", Users: 2}}
	run.Watch(s)
	m := gather(t, e)
	for kind, users := range map[string]float64{"buyer": 8, "browser": 2} {
		of := `kind="` + kind + `"`
		assert.EqualValues(t, 1, m.value(`loadgen_requests_total{`+of+`,operation="GET /a",outcome="failed",phase="baseline",run="r-1"}`))
		assert.EqualValues(t, 1, m.value(`loadgen_request_failures_total{`+of+`,operation="GET /a",phase="baseline",reason="http 503",run="r-1"}`))
		assert.EqualValues(t, 1, m.value(`loadgen_transaction_duration_seconds{`+of+`,outcome="ok",phase="baseline",run="r-1",transaction="checkout"}`))
		assert.EqualValues(t, 2, m.value(`loadgen_script_counts_total{figure="wins",`+of+`,phase="baseline",run="r-1"}`))
		assert.Equal(t, users, m.value(`loadgen_users_of_kind{`+of+`,run="r-1"}`))
	}
}
