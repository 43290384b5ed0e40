package html

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gensim/load-generator/report/claim"
)

// ClaimsView is what the live page shows of claims: it marshals to JSON, null
// without claims. over says that the run is.
func ClaimsView(results []claim.Result, over bool) any { return claimsOf(results, over) }

// claimsSection shows claims, those that did not hold first.
type claimsSection struct {
	Broken bool       `json:"broken"`
	Sum    string     `json:"sum"`
	Rows   []claimRow `json:"rows"`
}

// claimRow is a claim as it is shown.
type claimRow struct {
	Kind    string   `json:"kind"` // broken, undecided, held
	Text    string   `json:"text"`
	Outcome string   `json:"outcome"`
	Said    string   `json:"said"`
	Notes   []string `json:"notes"`
}

// The kinds, in the order in which they are shown.
var claimKinds = []string{"broken", "undecided", "held"}

// claimsOf is nil without claims. over says that the run is.
func claimsOf(claims []claim.Result, over bool) *claimsSection {
	if len(claims) == 0 {
		return nil
	}
	v := &claimsSection{}
	for _, c := range claims {
		v.Rows = append(v.Rows, rowOfClaim(c))
	}
	rank := func(r claimRow) int { return slices.Index(claimKinds, r.Kind) }
	slices.SortStableFunc(v.Rows, func(a, b claimRow) int { return cmp.Compare(rank(a), rank(b)) })
	counts := make([]int, len(claimKinds))
	for _, r := range v.Rows {
		counts[rank(r)]++
	}
	broken, undecided := counts[0], counts[1]
	v.Broken = broken > 0
	switch {
	case !over:
		v.Sum = fmt.Sprintf("so far: %d failing, %d passing, %d not yet decidable", broken, counts[2], undecided)
	case broken == 0:
		v.Sum = "all hold"
	case len(claims) == 1:
		v.Sum = "does not hold"
	case broken == 1:
		v.Sum = fmt.Sprintf("1 of %d does not hold", len(claims))
	default:
		v.Sum = fmt.Sprintf("%d of %d do not hold", broken, len(claims))
	}
	return v
}

func rowOfClaim(r claim.Result) claimRow {
	kind := "broken"
	switch r.Outcome {
	case claim.Undecided:
		kind = "undecided"
	case claim.Holds, claim.Passing:
		kind = "held"
	}
	return claimRow{Kind: kind, Text: r.Claim, Outcome: string(r.Outcome), Said: r.Said, Notes: append([]string{}, r.Details()...)}
}
