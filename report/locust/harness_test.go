package locust

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
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
func tiny() *record.Recorder {
	rec := record.New(record.Config{Shards: 1})
	ms := time.Millisecond
	for i, x := range []struct {
		took time.Duration
		err  string
	}{{10 * ms, ""}, {20 * ms, ""}, {30 * ms, ""}, {40 * ms, "http 503"}} {
		at := time.Duration(i) * time.Second
		rec.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/a"}, Intended: at, Woken: at, Sent: at, Done: at + x.took, Err: x.err, Bytes: 100})
	}
	return rec
}

// broken is a file system that is full.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, fmt.Errorf("no space left on device") }

// measurements is the state after 4 s of two operations, one of which fails
// once.
func measurements(t *testing.T) *report.Snapshot {
	t.Helper()
	rec := record.New(record.Config{Shards: 1})
	ms := time.Millisecond
	for i, x := range []struct {
		op   report.Op
		took time.Duration
		err  string
	}{
		{report.Op{Method: "GET", Name: "/b"}, 10 * ms, ""}, {report.Op{Method: "GET", Name: "/b"}, 30 * ms, ""},
		{report.Op{Method: "POST", Name: "/a"}, 20200 * time.Microsecond, ""}, {report.Op{Method: "POST", Name: "/a"}, 1500 * ms, "http 503"},
	} {
		at := time.Duration(i) * 500 * ms
		rec.Shard(0).Record(&record.Sample{Op: x.op, Intended: at, Woken: at, Sent: at, Done: at + x.took, Err: x.err, Bytes: 100})
	}
	return rec.Snapshot(4*time.Second, Quantiles()...)
}
