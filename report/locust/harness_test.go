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
