package brief_test

import (
	"fmt"
	"os"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/record"
)

func ExampleBrief_WriteText() {
	r := record.New(record.Config{Phases: []report.PhaseInfo{{Name: "smoke"}}})
	for i := range 100 {
		at := time.Duration(i) * 10 * time.Millisecond
		r.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/"}, Intended: at, Woken: at, Sent: at, Done: at + 20*time.Millisecond})
	}
	sum := r.Summary(record.Meta{Seed: 1, PlanDigest: "3fa9c0d1", End: time.Second})
	claims, err := claim.ParseAll("smoke max < 30ms", "smoke p50 < 10ms")
	if err != nil {
		fmt.Println(err)
		return
	}
	b := brief.New(sum, claims, effect.Options{})
	if err := b.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1 of 2 claims does not hold.
	//
	// Claims
	//   broken: smoke p50 < 10ms
	//       p50 in smoke was 20 ms; 100 requests.
	//       worst: GET / 20 ms (100 % of the requests)
	//       replay: seed 1, plan 3fa9c0d1
	//   holds: smoke max < 30ms. Maximum in smoke was 20 ms; 100 requests.
	//
	// Run, 0:01, seed 1, plan 3fa9c0d1
	//
	// Phase smoke, 0:00 to 0:01
	//   Requests  Failed Rate/s Min ms    p50    p95    p99  p99.9    Max   Mean
	//   GET /
	//        100       0    100     20     20    20*    20*    20*     20     20
	//   Aggregated
	//        100       0    100     20     20    20*    20*    20*     20     20
	//     from the actual send
	//                               20     20     20     20     20     20     20
	//   generator late by p50 0, p99 0, max 0 ms
	//   * too few: fewer than 10 were slower
}
