package effect_test

import (
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/record"
)

// demonstration records a run of two minutes and a half in each phase; in the intervention every answer
// takes a quarter longer.
func demonstration() *report.Summary {
	const border, end = 150 * time.Second, 300 * time.Second
	rec := record.New(record.Config{Phases: []report.PhaseInfo{
		{Name: "baseline", End: border, Settle: 15 * time.Second, Users: 10, Model: "closed"},
		{Name: "intervention", Start: border, End: end, RampEnd: border, Settle: 15 * time.Second, Users: 10, Model: "closed"},
	}})
	shard := rec.Shard(0)
	for i := range 6000 {
		at := time.Duration(i) * 50 * time.Millisecond
		took := time.Duration(40e6 * (1 + math.Abs(math.Sin(float64(i)*1.7))))
		if at >= border {
			took += took / 4
		}
		shard.Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/api/todos"}, Intended: at, Woken: at, Sent: at, Done: at + took})
	}
	return rec.Summary(record.Meta{End: end})
}

func ExampleAnalyze() {
	r, err := effect.Analyze(demonstration(), effect.Options{Primary: effect.P95})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range r.Sentences() {
		fmt.Println(s)
	}
	// Output:
	// Worse: p95 +25 % (95 % interval +25 % to +25 %), +20 ms (+19.8 ms to +20 ms).
	// 5 % of the baseline's requests were slower than 79.9 ms; under the intervention 59.3 %.
	// 0 of 2,699 requests failed in the baseline and 0 of 2,699 in the intervention: less than 0.12 % and 0.12 % do (more, if failures come in clumps). No test is made.
	// No slow swings of the server were seen; swings longer than a phase, of which 135 s count, cannot be.
	// The two phases ran at different times; anything else that changed between them is included in this difference.
}
