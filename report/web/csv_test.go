package web_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/report/web/internal/fake"
)

// The headers of Locust's files, byte for byte.
const (
	requestsHeader = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time," +
		"Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\r\n"
	failuresHeader   = "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n"
	exceptionsHeader = "Count,Message,Traceback,Nodes\r\n"
	historyHeader    = "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%," +
		"Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time," +
		"Total Min Response Time,Total Max Response Time,Total Average Content Size\r\n"
)

// table reads a CSV file without its header.
func table(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return rows[1:]
}

// tiny is a run whose every figure is known by hand.
func tiny() *report.Recorder {
	rec := report.NewRecorder(report.Config{Shards: 1})
	ms := time.Millisecond
	for i, x := range []struct {
		took time.Duration
		err  string
	}{{10 * ms, ""}, {20 * ms, ""}, {30 * ms, ""}, {40 * ms, "http 503"}} {
		at := time.Duration(i) * time.Second
		rec.Shard(0).Record(&report.Sample{Op: report.Op{Method: "GET", Name: "/a"}, Intended: at, Woken: at, Sent: at, Done: at + x.took, Err: x.err, Bytes: 100})
	}
	return rec
}

func TestRequestsCSV(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	s := tiny().Summary(report.Meta{Start: start, End: 8 * time.Second})
	var out bytes.Buffer
	require.NoError(t, web.WriteRequestsCSV(&out, s))
	text := out.String()
	assert.True(t, strings.HasPrefix(text, requestsHeader), text)
	assert.Equal(t, strings.Count(text, "\n"), strings.Count(text, "\r\n"))
	rows := table(t, text)
	require.Len(t, rows, 2)
	assert.Equal(t, []string{"GET", "/a", "4", "1"}, rows[0][:4])
	assert.Equal(t, []string{"", "Aggregated", "4", "1"}, rows[1][:4], "the aggregate is last, its type empty")
	number := func(i int) float64 {
		v, err := strconv.ParseFloat(rows[1][i], 64)
		require.NoError(t, err)
		return v
	}
	for i, want := range map[int]float64{5: 25, 6: 10, 7: 40, 8: 100, 9: .5, 10: .125, 21: 40} {
		assert.InDelta(t, want, number(i), 1e-6, strings.Split(requestsHeader, ",")[i])
	}
	assert.InDelta(t, 20, number(4), 10, "the median counts the failure with its time")
	for i := 12; i < 22; i++ {
		assert.GreaterOrEqual(t, number(i), number(i-1), "percentiles never fall")
	}

	out.Reset()
	require.NoError(t, web.WriteFailuresCSV(&out, s))
	assert.Equal(t, failuresHeader+"GET,/a,http 503,1,2026-11-23 09:00:03,2026-11-23 09:00:03\r\n", out.String())
	out.Reset()
	require.NoError(t, web.WriteExceptionsCSV(&out, s))
	assert.Equal(t, exceptionsHeader, out.String())
}

// TestPercentilesOfManyRows compares Locust's columns with the samples
// themselves.
func TestPercentilesOfManyRows(t *testing.T) {
	rec := report.NewRecorder(report.Config{Shards: 1})
	for i := range 10_000 {
		took := time.Duration(i+1) * time.Millisecond
		x := report.Sample{Op: report.Op{Name: "x"}, Done: took}
		if i%10 == 0 {
			x.Err = "check: no"
		}
		rec.Shard(0).Record(&x)
	}
	var out bytes.Buffer
	require.NoError(t, web.WriteRequestsCSV(&out, rec.Summary(report.Meta{End: 20 * time.Second})))
	row := table(t, out.String())[1]
	for i, p := range []float64{.5, .66, .75, .8, .9, .95, .98, .99, .999, .9999, 1} {
		got, err := strconv.ParseFloat(row[11+i], 64)
		require.NoError(t, err)
		assert.InEpsilon(t, p*10_000, got, .004, "p%v", 100*p)
		assert.InDelta(t, math.Round(got), got, 0)
	}
}

func TestEmptyCSV(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, web.WriteRequestsCSV(&out, &report.Summary{}))
	assert.Equal(t, requestsHeader+",Aggregated,0,0,0,0,0,0,0,0,0"+strings.Repeat(",N/A", 11)+"\r\n", out.String())
}

// TestFormulas keeps spreadsheets from running what a target says.
func TestFormulas(t *testing.T) {
	rec := report.NewRecorder(report.Config{Shards: 1})
	for _, name := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\ttab", "\nline", " =1+1", "\u00a0=1+1", "\ufeff=1+1", "\x00=1+1", "\x1b[31mred", "\u009b31m", "＝1+1", "＋1", "－1", "＠SUM(A1)", "a,\"b\"\nc", "plain"} {
		rec.Shard(0).Record(&report.Sample{Op: report.Op{Method: "GET", Name: name}, Done: time.Millisecond, Err: name})
		rec.Exception("panic", name, name, 0)
	}
	s := rec.Summary(report.Meta{End: time.Second})
	for name, write := range map[string]func(*bytes.Buffer) error{
		"requests":   func(w *bytes.Buffer) error { return web.WriteRequestsCSV(w, s) },
		"failures":   func(w *bytes.Buffer) error { return web.WriteFailuresCSV(w, s) },
		"exceptions": func(w *bytes.Buffer) error { return web.WriteExceptionsCSV(w, s) },
	} {
		var out bytes.Buffer
		require.NoError(t, write(&out), name)
		for _, row := range table(t, out.String()) {
			for _, cell := range row {
				assert.NotRegexp(t, `^[\s\x00\x{a0}\x{feff}]*[=+@\-＝＋－＠]|^[\t\r\n]`, cell, name)
			}
		}
		assert.Contains(t, out.String(), "'=1+1", name)
		assert.NotRegexp(t, `[^\P{Cc}\t\r\n]`, out.String(), "a terminal obeys them")
	}
}

func TestHistoryCSV(t *testing.T) {
	var out bytes.Buffer
	h, err := web.NewHistoryCSV(&out, false)
	require.NoError(t, err)
	assert.Equal(t, historyHeader, out.String(), "the header is there before the first row")
	now := time.Unix(1_763_888_400, 0)
	require.NoError(t, h.Add(now, nil))
	rec := tiny()
	rec.Level(0, 5, 5, 3)
	require.NoError(t, h.Add(now.Add(time.Second), rec.Snapshot(4*time.Second, web.HistoryQuantiles()...)))
	rows := table(t, out.String())
	require.Len(t, rows, 2)
	assert.Equal(t, "1763888400,0,,Aggregated,0.000000,0.000000"+strings.Repeat(",N/A", 11)+",0,0,0,0,0,0,0", strings.Join(rows[0], ","))
	assert.Equal(t, []string{"1763888401", "5", "", "Aggregated", "1.000000", "0.250000"}, rows[1][:6])
	assert.Equal(t, []string{"4", "1"}, rows[1][17:19])

	out.Reset()
	h, err = web.NewHistoryCSV(&out, true)
	require.NoError(t, err)
	require.NoError(t, h.Add(now, rec.Snapshot(4*time.Second, web.HistoryQuantiles()...)))
	rows = table(t, out.String())
	require.Len(t, rows, 2)
	assert.Equal(t, "/a", rows[0][3])
	assert.Equal(t, "Aggregated", rows[1][3])
}

// broken is a file system that is full.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, fmt.Errorf("no space left on device") }

func TestCSVErrors(t *testing.T) {
	s := tiny().Summary(report.Meta{End: time.Second})
	require.Error(t, web.WriteRequestsCSV(broken{}, s))
	require.Error(t, web.WriteFailuresCSV(broken{}, s))
	require.Error(t, web.WriteExceptionsCSV(broken{}, s))
	_, err := web.NewHistoryCSV(broken{}, false)
	require.Error(t, err)
	require.Error(t, web.WriteReport(broken{}, s, web.ReportOptions{}))
}

func TestCSVAddresses(t *testing.T) {
	load, s := running(t, 60*time.Second)
	load.Panic("panic", "boom", "stack")
	for path, header := range map[string]string{
		"/stats/requests/csv": requestsHeader, "/stats/failures/csv": failuresHeader, "/exceptions/csv": exceptionsHeader,
	} {
		a := s.get(path)
		assert.Equal(t, "text/csv", a.header.Get("Content-Type"), path)
		assert.True(t, strings.HasPrefix(a.body, header), a.body)
		what := strings.Split(path, "/")[len(strings.Split(path, "/"))-2]
		assert.Regexp(t, `^attachment; filename="Locust_\d{4}-\d\d-\d\d-\d\dh\d\d_todo.py_http___todo-backend_8081_`+what+`\.csv"$`, a.header.Get("Content-Disposition"))
	}
	rows := table(t, s.get("/stats/requests/csv").body)
	assert.Equal(t, "Aggregated", rows[len(rows)-1][1])
	live := s.get("/stats/requests").object(t)["stats"].([]any)
	for i, row := range live {
		assert.Equal(t, fmt.Sprint(row.(map[string]any)["num_requests"]), rows[i][2], "the file agrees with the address")
	}
}

func TestHistoryAddress(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	a := serve(t, load, web.Options{}).get("/stats/requests_full_history/csv")
	assert.Equal(t, 404, a.code)
	assert.Contains(t, a.body, "--csv-full-history")

	file := filepath.Join(t.TempDir(), "x_stats_history.csv")
	require.NoError(t, os.WriteFile(file, []byte(historyHeader), 0o644))
	s := serve(t, load, web.Options{HistoryFile: file})
	a = s.get("/stats/requests_full_history/csv")
	assert.Equal(t, 200, a.code)
	assert.Equal(t, historyHeader, a.body)
	assert.Equal(t, "text/csv; charset=utf-8", a.header.Get("Content-Type"))
	assert.Equal(t, 304, s.get("/stats/requests_full_history/csv", "If-None-Match", a.header.Get("ETag")).code)
	assert.Equal(t, 404, serve(t, load, web.Options{HistoryFile: t.TempDir()}).get("/stats/requests_full_history/csv").code, "a folder is no file")
}

func TestLiveFilesEndAsTheFinalOnes(t *testing.T) {
	rec := tiny()
	rec.Exception("panic", "boom", "stack", time.Second)
	s := rec.Snapshot(4*time.Second, web.HistoryQuantiles()...)
	sum := rec.Summary(report.Meta{Start: time.Unix(0, 0), End: 4 * time.Second})
	for name, pair := range map[string][2]func(io.Writer) error{
		"stats":      {func(w io.Writer) error { return web.WriteLiveRequestsCSV(w, s) }, func(w io.Writer) error { return web.WriteRequestsCSV(w, sum) }},
		"failures":   {func(w io.Writer) error { return web.WriteLiveFailuresCSV(w, s, sum.Start) }, func(w io.Writer) error { return web.WriteFailuresCSV(w, sum) }},
		"exceptions": {func(w io.Writer) error { return web.WriteLiveExceptionsCSV(w, s) }, func(w io.Writer) error { return web.WriteExceptionsCSV(w, sum) }},
	} {
		var live, final strings.Builder
		require.NoError(t, pair[0](&live))
		require.NoError(t, pair[1](&final))
		assert.Equal(t, final.String(), live.String(), name)
		assert.Greater(t, strings.Count(final.String(), "\r\n"), 1, name)
	}
}

func TestLiveFilesBeforeTheFirstRun(t *testing.T) {
	var out strings.Builder
	require.NoError(t, web.WriteLiveRequestsCSV(&out, nil))
	assert.Equal(t, requestsHeader+",Aggregated,0,0,0,0,0,0,0,0,0"+strings.Repeat(",N/A", 11)+"\r\n", out.String())
	out.Reset()
	require.NoError(t, web.WriteLiveFailuresCSV(&out, nil, time.Time{}))
	require.NoError(t, web.WriteLiveExceptionsCSV(&out, nil))
	assert.Equal(t, failuresHeader+exceptionsHeader, out.String())
}

// TestLiveCSV checks that the files of a run that goes on hold what those of the
// same run hold when it is over.
func TestLiveCSV(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	rec := tiny()
	rec.Exception("panic", "boom", "goroutine 1", time.Second)
	snapshot := rec.Snapshot(8*time.Second, web.HistoryQuantiles()...)
	s := rec.Summary(report.Meta{Start: start, End: 8 * time.Second})
	for name, write := range map[string][2]func(io.Writer) error{
		"requests": {
			func(w io.Writer) error { return web.WriteLiveRequestsCSV(w, snapshot) },
			func(w io.Writer) error { return web.WriteRequestsCSV(w, s) },
		},
		"failures": {
			func(w io.Writer) error { return web.WriteLiveFailuresCSV(w, snapshot, start) },
			func(w io.Writer) error { return web.WriteFailuresCSV(w, s) },
		},
		"exceptions": {
			func(w io.Writer) error { return web.WriteLiveExceptionsCSV(w, snapshot) },
			func(w io.Writer) error { return web.WriteExceptionsCSV(w, s) },
		},
	} {
		var live, final bytes.Buffer
		require.NoError(t, write[0](&live), name)
		require.NoError(t, write[1](&final), name)
		assert.Equal(t, final.String(), live.String(), name)
		assert.Greater(t, strings.Count(live.String(), "\r\n"), 1, name)
		require.Error(t, write[0](broken{}), name)
	}
}

// TestLiveCSVBeforeTheFirstRun checks that there are headers at least.
func TestLiveCSVBeforeTheFirstRun(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, web.WriteLiveRequestsCSV(&out, nil))
	assert.Equal(t, requestsHeader+",Aggregated,0,0,0,0,0,0,0,0,0"+strings.Repeat(",N/A", 11)+"\r\n", out.String())
	out.Reset()
	require.NoError(t, web.WriteLiveFailuresCSV(&out, nil, time.Time{}))
	assert.Equal(t, failuresHeader, out.String())
	out.Reset()
	require.NoError(t, web.WriteLiveExceptionsCSV(&out, nil))
	assert.Equal(t, exceptionsHeader, out.String())
}
