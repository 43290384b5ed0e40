package web

import (
	"cmp"
	"fmt"
	"slices"
)

// Claim is an assertion about a run with what came of it.
type Claim struct {
	Text    string // as it was asserted: "baseline p95 < 250ms"
	Held    bool
	Outcome string   // in a word or two; "": "holds" or "broken", as Held says
	Said    string   // what was measured: value, interval, how many requests
	Notes   []string // what else to know: the worst operations, how to replay
}

// claimsView shows claims, those that did not hold first.
type claimsView struct {
	Broken bool
	Sum    string
	Rows   []Claim
}

// claimsOf is nil where nothing was asserted.
func claimsOf(claims []Claim) *claimsView {
	if len(claims) == 0 {
		return nil
	}
	v := &claimsView{Rows: slices.Clone(claims)}
	failed := 0
	for i := range v.Rows {
		c, outcome := &v.Rows[i], "holds"
		if !c.Held {
			failed, outcome = failed+1, "broken"
		}
		c.Outcome = cmp.Or(c.Outcome, outcome)
	}
	slices.SortStableFunc(v.Rows, func(a, b Claim) int { return rank(a) - rank(b) })
	v.Broken, v.Sum = failed > 0, fmt.Sprintf("%d of %d do not hold", failed, len(claims))
	if failed == 0 {
		v.Sum = "all hold"
	}
	return v
}

func rank(c Claim) int {
	if c.Held {
		return 1
	}
	return 0
}
