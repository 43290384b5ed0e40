package report_test

import (
	"os"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func ExampleSummary_WriteText() {
	r := record.New(record.Config{Phases: []report.PhaseInfo{{Name: "baseline", End: 10 * time.Second, Users: 2}}})
	for i := range 20 {
		start := time.Duration(i) * 500 * time.Millisecond
		x := record.Sample{Op: report.Op{Method: "GET", Name: "/health"}, Intended: start, Woken: start, Sent: start, Done: start + 8*time.Millisecond}
		if i == 7 {
			x.Err = "http 503"
		}
		r.Shard(0).Record(&x)
	}
	_ = r.Summary(record.Meta{Name: "Check", Seed: 1, End: 10 * time.Second}).WriteText(os.Stdout)
	// Output:
	// Check, 0:10, seed 1
	//
	// Failures
	//   Times   First    Last  Operation: reason (phase)
	//       1  0:03.5  0:03.5  GET /health: http 503 (baseline)
	//
	// Phase baseline, 0:00 to 0:10, 2 users
	//   Requests  Failed Rate/s Min ms    p50    p95    p99  p99.9    Max   Mean
	//   GET /health: 1 failed
	//         20     5 %      2      8      8     8* failed failed      8      8
	//     its successes
	//         19            1.9      8      8      8      8      8      8      8
	//   Aggregated: 1 failed
	//         20     5 %      2      8      8     8* failed failed      8      8
	//     its successes
	//         19            1.9      8      8      8      8      8      8      8
	//     from the actual send
	//                                8      8      8 failed failed      8      8
	//   generator late by p50 0, p99 0, max 0 ms
	//   * too few: fewer than 10 were slower
}
