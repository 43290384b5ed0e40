package looks_test

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/looks"
)

// The looks of five minutes of baseline and five of intervention, each with 30 s to settle.
func ExampleOf() {
	minute := time.Minute
	plan := []report.PhaseInfo{
		{Name: "baseline", Arm: "A", End: 5 * minute, Settle: minute / 2},
		{Name: "intervention", Arm: "B", Start: 5 * minute, RampEnd: 5 * minute, End: 10 * minute, Settle: minute / 2},
	}
	l, err := looks.Of(plan)
	if err != nil {
		panic(err)
	}
	fmt.Println(looks.Sentences(l, .95)[0])
	fmt.Println(l.Made(420), "of them in the first seven minutes")
	// Output:
	// The run ends at the first look that is sure; there are 8, at 6:35, 7:05, 7:35, 8:05, 8:35, 9:05, 9:35 and 10:00.
	// 1 of them in the first seven minutes
}
