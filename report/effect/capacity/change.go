package capacity

import (
	"errors"
	"fmt"
	"math"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Sought is a search that has been made: what was asked, the holds, and what they came to.
type Sought struct {
	Search Search
	Holds  []Hold
	Result *Result
}

// Change is how the capacity of one search compares with that of another.
type Change struct {
	Claim string `json:"claim"`
	Users bool   `json:"users,omitempty"`
	// Before and After are the capacities, and Ratio is After by Before with the limits of its 95 % interval: 0 and +Inf
	// where it has none.
	Before float64         `json:"before"`
	After  float64         `json:"after"`
	Ratio  effect.Interval `json:"ratio"`
	// Verdict is effect.Better, effect.Worse or effect.NoneSeen.
	Verdict effect.Verdict `json:"verdict"`
}

// Compare compares two searches for the same claim. The interval of the ratio is that of the difference of the logs of both
// capacities, from the interval of each (MOVER: Zou and Donner, Statistics in Medicine 27, 2008). Where one of the two had no
// limit on a side, the ratio has none on the side that it would bound.
func Compare(before, after Sought) (*Change, error) {
	a, b := before.Result, after.Result
	switch {
	case a.Claim != b.Claim:
		return nil, fmt.Errorf("the claims differ: %s, and %s", a.Claim, b.Claim)
	case a.Users != b.Users:
		return nil, errors.New("one search is of arrivals and the other of users")
	case a.Outcome != Found:
		return nil, fmt.Errorf("the first search has no capacity: %s", a.Sentence())
	case b.Outcome != Found:
		return nil, fmt.Errorf("the second search has no capacity: %s", b.Sentence())
	}
	c := &Change{Claim: a.Claim, Users: a.Users, Before: a.Capacity, After: b.Capacity, Verdict: effect.NoneSeen}
	ratio := stats.Combine(stats.LogTerms([]stats.Term{
		{Weight: 1, Value: b.Capacity, Low: b.Low, High: b.High},
		{Weight: -1, Value: a.Capacity, Low: a.Low, High: a.High},
	})).Exp()
	c.Ratio.Estimate, c.Ratio.Low, c.Ratio.High = ratio.Estimate, ratio.Low, ratio.High
	switch {
	case c.Ratio.Low > 1:
		c.Verdict = effect.Better
	case c.Ratio.High < 1:
		c.Verdict = effect.Worse
	}
	return c, nil
}

// Sentence is the comparison, such as:
//
//	Better: the capacity for p95 < 250 ms is +12 % (95 % interval +6 % to +19 %), 180/s before and 202/s after.
func (c *Change) Sentence() string {
	r := Result{Users: c.Users}
	percent := func(v float64) string { return say.Change(v - 1) }
	limits := percent(c.Ratio.Low) + " to " + percent(c.Ratio.High)
	switch open := math.IsInf(c.Ratio.High, 1); {
	case open && c.Ratio.Low == 0:
		limits = "without limits"
	case open:
		limits = percent(c.Ratio.Low) + " or more"
	case c.Ratio.Low == 0:
		limits = percent(c.Ratio.High) + " or less"
	}
	word := map[effect.Verdict]string{effect.Better: "Better", effect.Worse: "Worse"}[c.Verdict]
	if word == "" {
		word = "No change seen"
	}
	return fmt.Sprintf("%s: the capacity for %s changed by %s (95 %% interval %s), from %s to %s.", word, c.Claim, percent(c.Ratio.Estimate), limits, r.load(c.Before), r.load(c.After))
}
