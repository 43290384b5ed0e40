package recovery_test

import (
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/recovery"
	"github.com/gensim/load-generator/report/record"
)

// disruptedRun records two minutes at the usual 80 ms, and two minutes after a disruption during which answers fall
// back from four times as much.
func disruptedRun() *report.Summary {
	const border, end = 120 * time.Second, 240 * time.Second
	rec := record.New(record.Config{Phases: []report.PhaseInfo{{Name: "usual", End: border}, {Name: "after", Start: border, End: end}}})
	shard := rec.Shard(0)
	for i := range 4800 {
		at := time.Duration(i) * 50 * time.Millisecond
		took := time.Duration(40e6 * (1 + math.Abs(math.Sin(float64(i)*1.7))))
		if at >= border {
			took = time.Duration(float64(took) * (1 + 3*math.Exp(-(at-border).Seconds()/10)))
		}
		shard.Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/api/todos"}, Intended: at, Woken: at, Sent: at, Done: at + took})
	}
	return rec.Summary(record.Meta{End: end})
}

func ExampleAnalyze() {
	run := disruptedRun()
	r, err := recovery.Analyze(effect.Phase{Run: run, Name: "usual"}, effect.Phase{Run: run, Name: "after"}, recovery.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Sentence())
	// Output:
	// p95 recovered after 34 s (95 % interval 34 s to 34 s): the usual value is 79.7 ms, and recovered means at most 87.7 ms (+10 %) for 10 s. In all 602 more requests than usual were slow.
}
