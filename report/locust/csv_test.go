package locust

import (
	"bytes"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func TestRequestsCSV(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	s := tiny().Summary(record.Meta{Start: start, End: 8 * time.Second})
	var out bytes.Buffer
	require.NoError(t, WriteRequestsCSV(&out, s))
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
	require.NoError(t, WriteFailuresCSV(&out, s))
	assert.Equal(t, failuresHeader+"GET,/a,http 503,1,2026-11-23 09:00:03,2026-11-23 09:00:03\r\n", out.String())
	out.Reset()
	require.NoError(t, WriteExceptionsCSV(&out, s))
	assert.Equal(t, exceptionsHeader, out.String())
}

// TestPercentilesOfManyRows compares Locust's columns with the samples
// themselves.
func TestPercentilesOfManyRows(t *testing.T) {
	rec := record.New(record.Config{Shards: 1})
	for i := range 10_000 {
		took := time.Duration(i+1) * time.Millisecond
		x := record.Sample{Op: report.Op{Name: "x"}, Done: took}
		if i%10 == 0 {
			x.Err = "check: no"
		}
		rec.Shard(0).Record(&x)
	}
	var out bytes.Buffer
	require.NoError(t, WriteRequestsCSV(&out, rec.Summary(record.Meta{End: 20 * time.Second})))
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
	require.NoError(t, WriteRequestsCSV(&out, &report.Summary{}))
	assert.Equal(t, requestsHeader+",Aggregated,0,0,0,0,0,0,0,0,0"+strings.Repeat(",N/A", 11)+"\r\n", out.String())
}

// TestFormulas keeps spreadsheets from running what a target says.
func TestFormulas(t *testing.T) {
	rec := record.New(record.Config{Shards: 1})
	for _, name := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\ttab", "\nline", " =1+1", "\u00a0=1+1", "\ufeff=1+1", "\x00=1+1", "\x1b[31mred", "\u009b31m", "＝1+1", "＋1", "－1", "＠SUM(A1)", "a,\"b\"\nc", "plain"} {
		rec.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: name}, Done: time.Millisecond, Err: name})
		rec.Exception("panic", name, name, 0)
	}
	s := rec.Summary(record.Meta{End: time.Second})
	for name, write := range map[string]func(*bytes.Buffer) error{
		"requests":   func(w *bytes.Buffer) error { return WriteRequestsCSV(w, s) },
		"failures":   func(w *bytes.Buffer) error { return WriteFailuresCSV(w, s) },
		"exceptions": func(w *bytes.Buffer) error { return WriteExceptionsCSV(w, s) },
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

func TestCSVErrors(t *testing.T) {
	s := tiny().Summary(record.Meta{End: time.Second})
	require.Error(t, WriteRequestsCSV(broken{}, s))
	require.Error(t, WriteFailuresCSV(broken{}, s))
	require.Error(t, WriteExceptionsCSV(broken{}, s))
	_, err := NewHistoryCSV(broken{}, false)
	require.Error(t, err)
}

func TestLiveFilesEndAsTheFinalOnes(t *testing.T) {
	rec := tiny()
	rec.Exception("panic", "boom", "stack", time.Second)
	s := rec.Snapshot(4*time.Second, Quantiles()...)
	sum := rec.Summary(record.Meta{Start: time.Unix(0, 0), End: 4 * time.Second})
	for name, pair := range map[string][2]func(io.Writer) error{
		"stats":      {func(w io.Writer) error { return WriteLiveRequestsCSV(w, s) }, func(w io.Writer) error { return WriteRequestsCSV(w, sum) }},
		"failures":   {func(w io.Writer) error { return WriteLiveFailuresCSV(w, s, sum.Start) }, func(w io.Writer) error { return WriteFailuresCSV(w, sum) }},
		"exceptions": {func(w io.Writer) error { return WriteLiveExceptionsCSV(w, s) }, func(w io.Writer) error { return WriteExceptionsCSV(w, sum) }},
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
	require.NoError(t, WriteLiveRequestsCSV(&out, nil))
	assert.Equal(t, requestsHeader+",Aggregated,0,0,0,0,0,0,0,0,0"+strings.Repeat(",N/A", 11)+"\r\n", out.String())
	out.Reset()
	require.NoError(t, WriteLiveFailuresCSV(&out, nil, time.Time{}))
	require.NoError(t, WriteLiveExceptionsCSV(&out, nil))
	assert.Equal(t, failuresHeader+exceptionsHeader, out.String())
}

func TestMerged(t *testing.T) {
	got := merged([]report.Failure{
		{Method: "GET", Name: "/", Phase: "a", Reason: "x", Occurrences: 2, FirstS: 5, LastS: 9},
		{Method: "GET", Name: "/", Phase: "b", Reason: "y", Occurrences: 1, FirstS: 6, LastS: 6},
		{Method: "GET", Name: "/", Phase: "b", Reason: "x", Occurrences: 3, FirstS: 11, LastS: 12},
	})
	assert.Equal(t, []report.Failure{
		{Method: "GET", Name: "/", Reason: "x", Occurrences: 5, FirstS: 5, LastS: 12},
		{Method: "GET", Name: "/", Reason: "y", Occurrences: 1, FirstS: 6, LastS: 6},
	}, got)
}

const (
	failuresHeader   = "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n"
	exceptionsHeader = "Count,Message,Traceback,Nodes\r\n"
)
