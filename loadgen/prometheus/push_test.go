package prometheus

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// TestPushHoldsTheEnd: a run that is over before the first scrape is there as a whole, and begins with
// zeros, so that increase counts its first requests.
func TestPushHoldsTheEnd(t *testing.T) {
	r := receive(t, accept)
	e, add, end := pushing(t, r.URL, nil)
	add(500*time.Millisecond, 3)
	end(900 * time.Millisecond)
	assert.Empty(t, e.Losses().String())
	for _, name := range []string{"loadgen_requests_total", "loadgen_request_duration_seconds", "loadgen_request_duration_seconds_count"} {
		first, last, _ := r.ends(name, "outcome=ok", "phase=baseline", "operation=GET /a", "run=r-1", "job=load-generator", "instance=here")
		assert.Equal(t, point{start.UnixMilli(), 0}, first, name)
		assert.Equal(t, point{start.UnixMilli() + 900, 3}, last, name)
	}
	_, last, _ := r.ends("loadgen_request_duration_seconds_bucket", "le=0.05")
	assert.EqualValues(t, 3, last.v)
	_, last, _ = r.ends("loadgen_request_duration_seconds_bucket", "le=0.025")
	assert.EqualValues(t, 0, last.v)
	_, last, _ = r.ends("loadgen_request_duration_seconds_sum", "outcome=ok")
	assert.InDelta(t, .09, last.v, 1e-9)
	_, _, n := r.ends("loadgen_run_end_timestamp_seconds")
	assert.Equal(t, 1, n)
}

// TestPushesDuringTheRun: later pushes continue the series and begin no new ones.
func TestPushesDuringTheRun(t *testing.T) {
	r := receive(t, accept)
	values := func(want int) {
		require.Eventually(t, func() bool { _, _, n := r.ends("loadgen_requests_total", "outcome=ok"); return n == want }, time.Minute, time.Millisecond)
	}
	_, add, end := pushing(t, r.URL, nil)
	add(1*time.Second, 1)
	values(2)
	add(2*time.Second, 1) // not due yet
	add(3*time.Second, 1)
	values(3)
	end(3 * time.Second) // of the instant of the one before
	assert.Equal(t, 3, r.requests)
	_, last, n := r.ends("loadgen_requests_total", "outcome=ok")
	assert.Equal(t, 4, n, "a zero and three values")
	assert.Equal(t, point{start.UnixMilli() + 3001, 3}, last)
}

// TestRunsShareNoSeries: a receiver refuses a whole request for one value that is older than what it has
// from another run, in this process or in another one of the same host.
func TestRunsShareNoSeries(t *testing.T) {
	var of []map[string]bool
	r := receive(t, func(_ http.ResponseWriter, _ *http.Request, all []series) int {
		runs := map[string]bool{}
		for _, s := range all {
			runs[s.labels["run"]] = true
		}
		of = append(of, runs)
		return 204
	})
	e, _, end := pushing(t, r.URL, nil)
	second, rec := begin(e, twoPhases, start)
	end(2 * time.Second)
	second.EndRun(rec.Summary(record.Meta{End: time.Second}))
	assert.Equal(t, []map[string]bool{{"r-1": true}, {"r-1-2": true}}, of)
	_, _, n := r.ends("loadgen_build_info", "run=r-1")
	assert.Equal(t, 1, n)
}

// TestLossesArePushed: who is not scraped learns of them by the next push that arrives.
func TestLossesArePushed(t *testing.T) {
	asked := make(chan struct{}, 10)
	r := receive(t, func(http.ResponseWriter, *http.Request, []series) int {
		asked <- struct{}{}
		if len(asked) == 1 {
			return http.StatusForbidden
		}
		return 204
	})
	e, add, end := pushing(t, r.URL, nil)
	add(time.Second, 1)
	require.Eventually(t, func() bool { return e.Losses().Pushes == 1 }, time.Minute, time.Millisecond)
	end(2 * time.Second)
	first, last, _ := r.ends("loadgen_export_lost_total", "what=push", "run=r-1")
	assert.Zero(t, first.v)
	assert.EqualValues(t, 1, last.v)
}

// TestSeriesThatEndAreForgotten: each zeroing of the statistics begins new ones.
func TestSeriesThatEndAreForgotten(t *testing.T) {
	r := receive(t, accept)
	e := newExporter(t, Config{Push: r.URL})
	observed, rec := begin(e, twoPhases, start)
	p := observed.(*run).push
	most := 0
	for i := range 5 {
		at := time.Duration(i+1) * time.Second
		recordAt(rec, at, time.Millisecond, report.Op{Name: "x"}, "")
		observed.(*run).figures.Watch(rec.Snapshot(at))
		require.NoError(t, p.send(t.Context(), at))
		if i == 0 {
			most = len(p.series.known)
		}
		assert.LessOrEqual(t, len(p.series.known), most)
		rec.Reset(at + time.Millisecond)
	}
	_, _, n := r.ends("loadgen_requests_total", "run=r-1.4", "outcome=ok")
	assert.Equal(t, 2, n, "a zero and a value")
	observed.EndRun(rec.Summary(record.Meta{End: 6 * time.Second}))
}
