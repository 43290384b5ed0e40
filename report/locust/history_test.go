package locust

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func TestHistoryCSV(t *testing.T) {
	var out bytes.Buffer
	h, err := NewHistoryCSV(&out, false)
	require.NoError(t, err)
	assert.Equal(t, historyHeader, out.String(), "the header is there before the first row")
	now := time.Unix(1_763_888_400, 0)
	require.NoError(t, h.Add(now, nil))
	rec := tiny()
	rec.Level(0, 5, 5, 3)
	require.NoError(t, h.Add(now.Add(time.Second), rec.Snapshot(4*time.Second, Quantiles()...)))
	rows := table(t, out.String())
	require.Len(t, rows, 2)
	assert.Equal(t, "1763888400,0,,Aggregated,0.000000,0.000000"+strings.Repeat(",N/A", 11)+",0,0,0,0,0,0,0", strings.Join(rows[0], ","))
	assert.Equal(t, []string{"1763888401", "5", "", "Aggregated", "1.000000", "0.250000"}, rows[1][:6])
	assert.Equal(t, []string{"4", "1"}, rows[1][17:19])

	out.Reset()
	h, err = NewHistoryCSV(&out, true)
	require.NoError(t, err)
	require.NoError(t, h.Add(now, rec.Snapshot(4*time.Second, Quantiles()...)))
	rows = table(t, out.String())
	require.Len(t, rows, 2)
	assert.Equal(t, "/a", rows[0][3])
	assert.Equal(t, "Aggregated", rows[1][3])
}

// TestFormulasInHistory is TestFormulas for the file of every second.
func TestFormulasInHistory(t *testing.T) {
	rec := record.New(record.Config{Shards: 1})
	for _, name := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\ttab", "\rreturn"} {
		rec.Shard(0).Record(&record.Sample{Op: report.Op{Method: name, Name: name}, Done: time.Millisecond, Err: name})
	}
	snapshot, sum := rec.Snapshot(time.Second, Quantiles()...), rec.Summary(record.Meta{End: time.Second})
	var history, requests, failures bytes.Buffer
	h, err := NewHistoryCSV(&history, true)
	require.NoError(t, err)
	require.NoError(t, h.Add(time.Unix(0, 0), snapshot))
	require.NoError(t, WriteRequestsCSV(&requests, sum))
	require.NoError(t, WriteFailuresCSV(&failures, sum))
	for name, out := range map[string]string{"history": history.String(), "requests": requests.String(), "failures": failures.String()} {
		assert.Contains(t, out, "'=1+1", name)
		for _, row := range table(t, out) {
			for _, cell := range row {
				assert.NotRegexp(t, `^[=+@\-\t\r]`, cell, name)
			}
		}
	}
}

const historyHeader = "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%," +
	"Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time," +
	"Total Min Response Time,Total Max Response Time,Total Average Content Size\r\n"
