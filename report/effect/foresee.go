package effect

import (
	"fmt"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
)

// Foresee says before a run why its design cannot have an interval, whatever the run brings: phases of an arm are too short,
// or the pairs are too few, with the run time that would do. It returns "" for a design that can, and without arms.
func Foresee(plan []report.PhaseInfo) string {
	arms := map[string]int{}
	for _, p := range plan {
		arms[p.Arm]++
	}
	least, what := LeastUsable, "an effect"
	var why []string
	if n := arms["B"]; n > 1 {
		least, what = time.Duration(leastPairSecond)*time.Second, "a pair"
		if n < leastPairs {
			why = append(why, fmt.Sprintf("%d pairs are too few; it takes %d, better 10", n, leastPairs))
		}
	}
	need := make([]time.Duration, len(plan))
	for i, p := range plan {
		if p.Arm != "" {
			need[i] = least
		}
	}
	if short := Short(plan, need); short != "" {
		why = append(why, fmt.Sprintf("%s; %s needs %v in each phase: %s", short, what, least, Enough(plan, need)))
	}
	return strings.Join(why, "; ")
}
