package compare_test

import (
	"fmt"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/compare"
)

func ExampleRuns() {
	old := &report.Summary{Phases: []report.PhaseSummary{{Name: "load"}}}
	_, err := compare.Runs(compare.Query{
		Runs:    []compare.Run{{Name: "new-1.json", Summary: old}, {Name: "new-2.json", Summary: old}},
		Against: []compare.Run{{Name: "old-1.json", Summary: old}},
	})
	fmt.Println(err)
	// Output:
	// 2 runs against 1: they are compared one by one, so give as many of each
}
