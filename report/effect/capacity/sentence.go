package capacity

import (
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/internal/say"
)

// load formats a load: "180/s", "40 users".
func (r *Result) load(v float64) string {
	if r.Users {
		return say.Plural(int64(math.Round(v)), "user")
	}
	return say.Number(v) + "/s"
}

// Sentence is the answer, or why there is none:
//
//	Capacity: p95 < 250ms holds up to 180/s (95 % interval 175/s to 186/s).
func (r *Result) Sentence() string {
	switch r.Outcome {
	case Found:
		return fmt.Sprintf("Capacity: %s holds up to %s (95 %% interval %s).", r.Claim, r.load(r.Capacity), r.span())
	case Never:
		return fmt.Sprintf("No capacity: %s does not hold at %s, the lowest load that was tried; start lower, or ask for less.", r.Claim, r.load(r.tried[0]))
	case Always:
		return fmt.Sprintf("No capacity: %s still holds at %s, the highest load that was allowed; allow more to find its end.", r.Claim, r.load(r.tried[1]))
	case NotMonotone:
		return fmt.Sprintf("No capacity: %s does not hold at %s and holds at %s, so that no load separates where it holds from where it does not.",
			r.Claim, r.load(r.failing), r.load(r.holding))
	}
	return fmt.Sprintf("No capacity: too few holds (%d) for %s; search for %s or more.", r.Holds, r.Claim, say.Span(r.least.Round(time.Second)))
}

// span is the interval.
func (r *Result) span() string {
	switch {
	case r.Low == 0 && math.IsInf(r.High, 1):
		return "without limits among the loads that were tried"
	case r.Low == 0:
		return "at most " + r.load(r.High)
	case math.IsInf(r.High, 1):
		return "at least " + r.load(r.Low)
	}
	return r.load(r.Low) + " to " + r.load(r.High)
}
