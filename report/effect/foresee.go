package effect

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/report"
)

// Foresee says before a run why its design can have no interval, however the run goes: a phase of an arm is too short,
// or the pairs are too few. "": it can have one, or no phase has an arm.
func Foresee(plan []report.PhaseInfo) string {
	arms := map[string]int{}
	for _, p := range plan {
		arms[p.Arm]++
	}
	least, what := leastSeconds, "an effect"
	if arms["B"] > 1 {
		least, what = leastPairSecond, "a pair"
		if n := arms["B"]; n < leastPairs {
			return fmt.Sprintf("%d pairs are too few; it takes %d, better 10", n, leastPairs)
		}
	}
	for _, p := range plan {
		usable := p.End - max(p.Start, p.RampEnd) - max(0, p.Settle)
		if p.Arm != "" && p.End >= 0 && usable.Seconds() < least {
			return fmt.Sprintf("phase %s has %v after ramp and settling; %s needs %.0f s in each phase",
				p.Name, max(0, usable).Round(100*time.Millisecond), what, least)
		}
	}
	return ""
}
