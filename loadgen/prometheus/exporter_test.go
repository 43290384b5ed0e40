package prometheus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

func TestCountsEqualTheSummary(t *testing.T) {
	e := newExporter(t, Config{})
	sum := virtually(t, func(r *loadgen.Runner) { r.Observer = e })
	require.Greater(t, sum.Total.Requests, int64(1000))
	require.NotZero(t, sum.Total.Failures)
	requireSummary(t, gather(t, e), "r-1", sum)
}

// TestAWorkerShowsNoFigures: its coordinator has those of all workers.
func TestAWorkerShowsNoFigures(t *testing.T) {
	e := newExporter(t, Config{})
	assert.Nil(t, e.BeginRun(measure.Run{Worker: "shop_4f2a", Start: start, Phases: twoPhases}))
	assert.Empty(t, gather(t, e).names("loadgen_requests_total"))
	begin(e, twoPhases, start)
	assert.NotEmpty(t, gather(t, e).names("loadgen_users"), "a run of this process has the name that comes first")
}

// requireSummary holds a scrape against the Summary, row by row and in all.
func requireSummary(t *testing.T, s shown, run string, sum *report.Summary) {
	t.Helper()
	rows := 0
	for _, p := range sum.Phases {
		for _, op := range p.Operations[:len(p.Operations)-1] {
			at := fmt.Sprintf(`{kind="",operation="%s",%%sphase="%s",run="%s"}`, op.Op(), p.Name, run)
			for outcome, n := range map[string]int64{"ok": op.Successes(), "failed": op.Failures} {
				rows++
				labels := fmt.Sprintf(at, `outcome="`+outcome+`",`)
				assert.EqualValues(t, n, s.value("loadgen_requests_total"+labels), labels)
				if n > 0 {
					h := s["loadgen_request_duration_seconds"+labels].GetHistogram()
					require.NotNil(t, h, labels)
					assert.EqualValues(t, n, h.GetSampleCount(), labels)
					sketch := map[string]float64{"ok": op.Response.Sum(), "failed": op.Failed.Sum()}
					assert.InDelta(t, sketch[outcome], h.GetSampleSum(), 1e-9, labels)
				}
			}
			plain := fmt.Sprintf(at, "")
			assert.EqualValues(t, op.Bytes, s.value("loadgen_response_body_bytes_total"+plain))
			assert.EqualValues(t, op.CutOff, s.value("loadgen_requests_cut_off_total"+plain))
		}
		tasks := fmt.Sprintf(`_total{phase="%s",run="%s"}`, p.Name, run)
		for name, n := range map[string]int64{"planned": p.Counters.Planned, "started": p.Counters.Started, "finished": p.Counters.Finished, "missed": p.Counters.Missed, "dropped": p.Counters.Dropped, "unfinished": p.Counters.Unfinished} {
			assert.EqualValues(t, n, s.value("loadgen_tasks_"+name+tasks), name)
		}
	}
	assert.Len(t, s.names("loadgen_requests_total"), rows, "nothing else is counted")
	for _, f := range sum.Failures {
		assert.EqualValues(t, f.Occurrences, s.value(fmt.Sprintf(`loadgen_request_failures_total{kind="",operation="%s",phase="%s",reason="%s",run="%s"}`,
			report.Op{Method: f.Method, Name: f.Name}, f.Phase, f.Reason, run)))
	}
	assert.Len(t, s.names("loadgen_request_failures_total"), len(sum.Failures))
	assert.Equal(t, 1., s.value(`loadgen_healthy{run="`+run+`"}`))
}

// During a run a scrape shows what is counted up to the last second, and nothing goes down.
func TestScrapesDuringARun(t *testing.T) {
	e := newExporter(t, Config{})
	last, phases := shown{}, map[string]bool{}
	var users []float64
	virtually(t, func(r *loadgen.Runner) {
		r.Observer = e
		r.Watch = func(s *report.Snapshot) {
			now := gather(t, e)
			var n float64
			for _, name := range now.names("loadgen_requests_total") {
				n += now.value(name)
			}
			assert.EqualValues(t, s.Total.Requests, n)
			for name, m := range last {
				if m.Counter != nil || m.Histogram != nil {
					require.GreaterOrEqual(t, now.value(name), last.value(name), name)
				}
			}
			for _, name := range now.names("loadgen_phase_info") {
				phases[name] = true
			}
			users = append(users, now.value(`loadgen_users{run="r-1"}`))
			last = now
		}
	})
	assert.Equal(t, map[string]bool{
		`loadgen_phase_info{arm="",model="closed",phase="baseline",run="r-1"}`:     true,
		`loadgen_phase_info{arm="",model="closed",phase="intervention",run="r-1"}`: true,
	}, phases)
	assert.Contains(t, users, 5.)
	assert.Contains(t, users, 10.)
	after := gather(t, e)
	assert.Zero(t, after.value(`loadgen_users{run="r-1"}`))
	assert.Empty(t, after.names("loadgen_phase_info"))
	assert.Len(t, after.names("loadgen_run_end_timestamp_seconds"), 1)
}

// TestARunWaitsForNoScrape: of 1,000 operations in 20 phases one takes seconds.
func TestARunWaitsForNoScrape(t *testing.T) {
	observed, r := begin(newExporter(t, Config{}), twoPhases, start)
	metrics, called := make(chan prometheus.Metric), make(chan struct{})
	go func() {
		observed.(*run).collect(metrics)
		close(metrics)
	}()
	<-metrics // a scrape is at work until all are taken
	go func() {
		observed.Watch(r.Snapshot(time.Second))
		observed.BeginPhase(1, twoPhases[1])
		close(called)
	}()
	select {
	case <-called:
	case <-time.After(time.Minute):
		assert.Fail(t, "the run waits")
	}
	for range metrics {
	}
	<-called
}

func TestBeforeTheFirstSecond(t *testing.T) {
	e := newExporter(t, Config{})
	assert.Len(t, gather(t, e).names("loadgen_build_info"), 1)
	_, r := begin(e, twoPhases, start)
	s := gather(t, e)
	assert.EqualValues(t, 0, s.value(`loadgen_tasks_planned_total{phase="baseline",run="r-1"}`))
	assert.EqualValues(t, 1, s.value(`loadgen_phase_info{arm="A",model="closed",phase="baseline",run="r-1"}`))
	assert.EqualValues(t, start.Unix(), s.value(`loadgen_run_start_timestamp_seconds{run="r-1"}`))
	assert.EqualValues(t, 1, s.value(`loadgen_run_info{name="shop",plan="3fa9",run="r-1",seed="9223372036854775808"}`))
	recordAt(r, 0, time.Millisecond, report.Op{Name: "x"}, "")
	assert.Empty(t, gather(t, e).names("loadgen_requests_total"), "the recorder is read once a second")
}

// TestZeroedStatisticsAreNewSeries: where the new counts overtake the old ones between two
// scrapes, a server would take them for those of before.
func TestZeroedStatisticsAreNewSeries(t *testing.T) {
	e := newExporter(t, Config{})
	run, r := begin(e, twoPhases, start)
	op := report.Op{Method: "GET", Name: "/a"}
	for range 100 {
		recordAt(r, 0, time.Millisecond, op, "")
	}
	run.Watch(r.Snapshot(time.Second))
	const before, after = `loadgen_requests_total{kind="",operation="GET /a",outcome="ok",phase="baseline",run="r-1"}`, `loadgen_requests_total{kind="",operation="GET /a",outcome="ok",phase="baseline",run="r-1.1"}`
	s := gather(t, e)
	assert.EqualValues(t, 100, s.value(before))
	assert.Equal(t, start, s[before].Counter.CreatedTimestamp.AsTime().Local())

	r.Reset(2 * time.Second)
	for range 300 {
		recordAt(r, 3*time.Second, time.Millisecond, op, "")
	}
	run.Watch(r.Snapshot(4 * time.Second))
	s = gather(t, e)
	assert.EqualValues(t, -1, s.value(before))
	assert.EqualValues(t, 300, s.value(after))
	assert.Equal(t, start.Add(2*time.Second), s[after].Counter.CreatedTimestamp.AsTime().Local())
	sum := r.Summary(record.Meta{End: 5 * time.Second})
	run.EndRun(sum)
	requireSummary(t, gather(t, e), "r-1.1", sum)
}

// TestTasksPayNothing: what is counted anyway is not counted again.
func TestTasksPayNothing(t *testing.T) {
	run, _ := begin(newExporter(t, Config{}), twoPhases, start)
	ctx := t.Context()
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		again, span := run.BeginTask(ctx, measure.Task{Name: "list"})
		if again != ctx || span != nil {
			t.Fail()
		}
	}))
}

// TestNothingIsTakenBack: a request that a script left behind may end after the Summary was made
// and before the exporter gets it.
func TestNothingIsTakenBack(t *testing.T) {
	e := newExporter(t, Config{})
	run, r := begin(e, twoPhases, start)
	op := report.Op{Name: "x"}
	recordAt(r, 0, time.Millisecond, op, "")
	sum := r.Summary(record.Meta{End: time.Second})
	recordAt(r, 0, time.Millisecond, op, "")
	run.Watch(r.Snapshot(time.Second))
	const series = `loadgen_requests_total{kind="",operation="x",outcome="ok",phase="baseline",run="r-1"}`
	assert.EqualValues(t, 2, gather(t, e).value(series))
	run.EndRun(sum)
	assert.EqualValues(t, 2, gather(t, e).value(series))
}

// TestTheSummaryIsTheCallers: what its owner does with it after the run changes no scrape.
func TestTheSummaryIsTheCallers(t *testing.T) {
	e := newExporter(t, Config{})
	run, r := begin(e, twoPhases, start)
	r.Exception("panic", "boom", "", 0)
	recordAt(r, 0, time.Millisecond, report.Op{Name: "x"}, "http 503")
	sum := r.Summary(record.Meta{End: time.Second})
	run.EndRun(sum)
	before := gather(t, e)
	*sum = report.Summary{}
	after := gather(t, e)
	for _, metric := range []string{"loadgen_exceptions_total", "loadgen_request_failures_total", "loadgen_requests_total"} {
		require.NotEmpty(t, before.names(metric))
		assert.Equal(t, before.names(metric), after.names(metric))
	}
}

// TestSeveralRuns: each has its own series, and the last one that has ended stays until
// another has ended and a third begins.
func TestSeveralRuns(t *testing.T) {
	e := newExporter(t, Config{})
	runs := func() (list []string) {
		for _, name := range gather(t, e).names("loadgen_run_info") {
			_, name, _ = strings.Cut(name, `run="`)
			name, _, _ = strings.Cut(name, `"`)
			list = append(list, name)
		}
		return list
	}
	first, r := begin(e, twoPhases, start)
	second, _ := begin(e, twoPhases, start)
	assert.Equal(t, []string{"r-1", "r-1-2"}, runs())
	first.EndRun(r.Summary(record.Meta{End: time.Second}))
	begin(e, twoPhases, start)
	assert.Equal(t, []string{"r-1", "r-1-2", "r-1-3"}, runs())
	second.EndRun(r.Summary(record.Meta{End: time.Second}))
	begin(e, twoPhases, start)
	assert.Equal(t, []string{"r-1-2", "r-1-3", "r-1-4"}, runs())

	e, err := New(Config{})
	require.NoError(t, err)
	begin(e, twoPhases, start)
	begin(e, twoPhases, start)
	list := runs()
	require.Len(t, list, 2)
	assert.NotEqual(t, list[0], list[1])
	assert.Regexp(t, `^20231114-221320-[0-9a-f]{6}$`, list[0])
}

func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]Config{
		"Token holds blanks": {Token: " \n"},
		`RunID is "xxx`:      {RunID: strings.Repeat("x", 101)},
		"RunID is":           {RunID: "\xff"},
		"PushEvery is -1":    {PushEvery: -1},
		`Push is "prometheus:9090/api"; give a URL`: {Push: "prometheus:9090/api"},
		`Push is "http://"`:                         {Push: "http://"},
		`Push is "ftp://u:xxxxx@h"`:                 {Push: "ftp://u:secret@h"},
	} {
		_, err := New(c)
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, fmt.Sprint(err), "secret")
	}
}

// BenchmarkScrape is one scrape by protobuf: reading the recorder, making the metrics and writing them.
func BenchmarkScrape(b *testing.B) {
	for _, ops := range []int{5, 200} {
		b.Run(fmt.Sprintf("operations=%d", ops), func(b *testing.B) {
			e := newExporter(b, Config{})
			run, r := begin(e, twoPhases, start)
			rng := rand.New(rand.NewPCG(1, 2))
			for n := range 1000 * ops {
				recordAt(r, time.Duration(n%20)*time.Second, time.Duration(20e6*math.Exp(rng.NormFloat64()/2)), report.Op{Method: "GET", Name: fmt.Sprint("/", n%ops)}, "")
			}
			s := r.Snapshot(20 * time.Second)
			req := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			req.Header.Set("Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
			b.ReportAllocs()
			for b.Loop() {
				run.Watch(s)
				w := httptest.NewRecorder()
				e.ServeHTTP(w, req)
				b.ReportMetric(float64(w.Body.Len()), "bytes")
			}
		})
	}
}

// virtually runs a load of 20 virtual seconds with two phases.
func virtually(t *testing.T, change func(*loadgen.Runner)) (sum *report.Summary) {
	synctest.Test(t, func(t *testing.T) {
		r := loadgen.Runner{
			Name: "shop", NewUser: flaky, Pace: scenario.Around(100*time.Millisecond, .5), Seed: 7,
			Schedule: phase.Schedule{{Name: "baseline", For: 10 * time.Second, Users: 5}, {Name: "intervention", For: 10 * time.Second, Users: 10}},
		}
		change(&r)
		var err error
		sum, err = r.Run(t.Context())
		require.NoError(t, err)
	})
	return sum
}
