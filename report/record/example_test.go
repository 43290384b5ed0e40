package record_test

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func ExampleRecorder() {
	r := record.New(record.Config{Phases: []report.PhaseInfo{
		{Name: "baseline", End: 10 * time.Second, Users: 10},
		{Name: "intervention", Start: 10 * time.Second, End: 20 * time.Second, Users: 20},
	}})
	for i := range 200 {
		start := time.Duration(i) * 100 * time.Millisecond
		x := record.Sample{Op: report.Op{Method: "GET", Name: "/api/todos/{id}"}, Intended: start, Woken: start, Sent: start, Done: start + 20*time.Millisecond}
		if i >= 100 {
			x.Done += 15 * time.Millisecond
		}
		r.Shard(0).Record(&x)
	}
	fmt.Println(r.Snapshot(15 * time.Second).Phase.Name)
	for _, p := range r.Summary(record.Meta{Seed: 1, End: 20 * time.Second}).Phases {
		all := p.Aggregated()
		fmt.Printf("%s: %d requests, %.0f/s, p95 %.0f ms\n", p.Name, all.Requests, all.RPS, all.ResponseMS.P95)
	}
	// Output:
	// intervention
	// baseline: 100 requests, 10/s, p95 20 ms
	// intervention: 100 requests, 10/s, p95 35 ms
}
