package claim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect"
)

// Outcome is the result of judging a claim.
type Outcome string

// The outcomes. Only the first one lets a run pass.
const (
	Holds    Outcome = "holds"
	Broken   Outcome = "broken"
	NotShown Outcome = "not shown" // the interval reaches across the limit, or there is no answer
)

// The outcomes during the run, of [List.JudgeSoFar].
const (
	Passing   Outcome = "passing so far"
	Failing   Outcome = "failing so far"
	Undecided Outcome = "not yet decidable"
)

// Result is the outcome of one claim.
type Result struct {
	Claim   string  `json:"claim"`
	Outcome Outcome `json:"outcome"`
	// Said is what was measured, in a sentence.
	Said string `json:"said"`
	// Figure is what was compared, in the unit of the limit (ms, %, pp, /s or a
	// number), and for effects and recoveries the limits that had to hold; nil:
	// there is no figure.
	Figure *effect.Interval `json:"figure"`
	// Settled is the interval of a phase's figure over the part of the phase that
	// counts, after ramp and settling, in the same unit; nil: none.
	Settled *effect.Interval `json:"settled,omitempty"`
	// Requests is how many the answer stands on.
	Requests int64 `json:"requests"`
	// Worst are the operations that are to blame, the worst first, in words.
	Worst []string `json:"worst,omitempty"`
	// Notes are sentences to read with the figure.
	Notes []string `json:"notes,omitempty"`
	// Seed and Plan are those of the run, to replay it; "": the result is of several runs.
	Seed uint64 `json:"seed,omitempty"`
	Plan string `json:"plan,omitempty"`
}

// Held reports whether the claim holds.
func (r *Result) Held() bool { return r.Outcome == Holds }

// String is the result in a few lines: one if the claim holds.
func (r Result) String() string {
	if r.Held() {
		return say.Printable(fmt.Sprintf("holds: %s. %s", r.Claim, r.Said))
	}
	lines := append([]string{fmt.Sprintf("%s: %s", r.Outcome, r.Claim), r.Said}, r.Details()...)
	for i := range lines {
		lines[i] = say.Printable(lines[i])
	}
	return strings.Join(lines, "\n    ")
}

// Details are the lines to read after a claim that does not hold: the worst
// operations, notes, how to replay the run. None if it holds.
func (r *Result) Details() (lines []string) {
	if r.Held() {
		return nil
	}
	if len(r.Worst) > 0 {
		lines = append(lines, "worst: "+strings.Join(r.Worst, ", "))
	}
	for _, n := range r.Notes {
		lines = append(lines, "note: "+n)
	}
	if r.Plan != "" {
		lines = append(lines, fmt.Sprintf("replay: seed %d, plan %s", r.Seed, r.Plan))
	}
	return lines
}

// Once returns the results with each note, and the seed and plan of the run, only
// at the first of those that do not hold. seen are sentences that the reader has
// already.
func Once(results []Result, seen ...string) []Result {
	out, replay := slices.Clone(results), false
	for i := range out {
		r := &out[i]
		if r.Held() {
			continue
		}
		var notes []string
		for _, n := range r.Notes {
			if !slices.Contains(seen, n) {
				notes, seen = append(notes, n), append(seen, n)
			}
		}
		r.Notes = notes
		if replay {
			r.Plan = ""
		}
		replay = replay || r.Plan != ""
	}
	return out
}

// Failed returns the results whose claims do not hold.
func Failed(results []Result) (out []Result) {
	for _, r := range results {
		if !r.Held() {
			out = append(out, r)
		}
	}
	return out
}
