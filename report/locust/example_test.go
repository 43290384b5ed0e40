package locust_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/locust"
	"github.com/gensim/load-generator/report/record"
)

// A run in Locust's _failures.csv.
func ExampleWriteFailuresCSV() {
	r := record.New(record.Config{Shards: 1})
	r.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/"}, Done: 20 * time.Millisecond, Err: "http 503"})
	sum := r.Summary(record.Meta{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), End: time.Second})
	var file strings.Builder
	if err := locust.WriteFailuresCSV(&file, sum); err != nil {
		fmt.Println(err)
	}
	fmt.Print(strings.ReplaceAll(file.String(), "\r\n", "\n"))
	// Output:
	// Method,Name,Error,Occurrences,First Seen,Last Seen
	// GET,/,http 503,1,2026-11-23 09:00:00,2026-11-23 09:00:00
}
