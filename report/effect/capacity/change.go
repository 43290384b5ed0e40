package capacity

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect"
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

// streamOfChange keeps the holds of the second search apart from those of the first.
const streamOfChange = 0x6368616e67650a17

// Compare compares two searches for the same claim. The holds of each are resampled, independently of the other's, and each
// crossing is as far from its search's capacity, in logs, as the interval of that alone is widened; the interval of the ratio
// is that of the differences in logs (the bootstrap of two samples: Efron and Tibshirani, An Introduction to the Bootstrap,
// 1993, chapter 8). Where one of the two had no limit on a side, the ratio has none on the side that it would bound.
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
	from, to := before.spread(streamOfHolds), after.spread(streamOfChange)
	lows, highs := make([]float64, resamples), make([]float64, resamples)
	for i := range lows {
		d := to[i] - from[i]
		lows[i], highs[i] = d, d
		if math.IsNaN(d) { // both on the same side of all loads
			lows[i], highs[i] = math.Inf(-1), math.Inf(1)
		}
	}
	slices.Sort(lows)
	slices.Sort(highs)
	c := &Change{Claim: a.Claim, Users: a.Users, Before: a.Capacity, After: b.Capacity, Verdict: effect.NoneSeen}
	c.Ratio.Estimate = b.Capacity / a.Capacity
	c.Ratio.Low = min(c.Ratio.Estimate, math.Exp(lows[resamples/40]))
	c.Ratio.High = max(c.Ratio.Estimate, math.Exp(highs[resamples-1-resamples/40]))
	if b.Low == 0 || math.IsInf(a.High, 1) {
		c.Ratio.Low = 0
	}
	if a.Low == 0 || math.IsInf(b.High, 1) {
		c.Ratio.High = math.Inf(1)
	}
	switch {
	case c.Ratio.Low > 1:
		c.Verdict = effect.Better
	case c.Ratio.High < 1:
		c.Verdict = effect.Worse
	}
	return c, nil
}

// spread is where resampled holds put the capacity, in logs, as far from it as the interval is widened.
func (s *Sought) spread(stream uint64) []float64 {
	wide, reach := widened, climb
	if len(s.Result.Doubts) > 0 {
		wide, reach = doubtful, math.Inf(1)
	}
	at := math.Log(s.Result.Capacity)
	found := s.Search.crossings(s.Search.tallies(s.Holds), reach, stream)
	for i, x := range found {
		found[i] = at + wide*(math.Log(x)-at)
	}
	return found
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
