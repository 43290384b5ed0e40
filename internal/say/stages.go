package say

import (
	"fmt"
	"strings"
	"time"
)

// How many stages a line has: all of them up to few, else the first ones; of more than many only how many they are.
const (
	fewStages   = 3
	firstStages = 2
	manyStages  = 20
)

// Stages formats n stages in short, each with its time, its level or rate and the unit of that: 2m:10, 5m:50, 30s:0
// or 0:50, 5m:50, ... or 1,801 stages, 10 to 100.
func Stages(n int, stage func(i int) (time.Duration, float64), unit string) string {
	if n > manyStages {
		_, least := stage(0)
		most := least
		for i := range n {
			_, x := stage(i)
			least, most = min(least, x), max(most, x)
		}
		return fmt.Sprintf("%s stages, %s to %s%s", Count(n), Setting(least), Setting(most), unit)
	}
	shown := n
	if n > fewStages {
		shown = firstStages
	}
	var parts []string
	for i := range shown {
		span, x := stage(i)
		text := Span(span)
		if span == 0 {
			text = "0"
		}
		parts = append(parts, text+":"+Setting(x)+unit)
	}
	if shown < n {
		parts = append(parts, "...")
	}
	return "stages " + strings.Join(parts, ", ")
}
