package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Claim is a claim about a run with what came of it.
type Claim struct {
	Text string // as it was asserted: "baseline p95 < 250ms"
	Held bool
	// Undecided says that Held tells nothing yet: the run goes on, and what the
	// claim is about is still to come.
	Undecided bool
	Outcome   string   // in a few words; "": "holds", "broken" or "not yet decidable"
	Said      string   // what was measured: value, interval, how many requests
	Notes     []string // what else to know: the worst operations, how to replay
}

// claimsView shows claims, those that did not hold first.
type claimsView struct {
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

// claimsOf is nil where nothing was asserted. over says that the run is.
func claimsOf(claims []Claim, over bool) *claimsView {
	if len(claims) == 0 {
		return nil
	}
	v := &claimsView{}
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
	default:
		v.Sum = fmt.Sprintf("%d of %d do not hold", broken, len(claims))
	}
	return v
}

func rowOfClaim(c Claim) claimRow {
	kind, outcome := "broken", "broken"
	switch {
	case c.Undecided:
		kind, outcome = "undecided", "not yet decidable"
	case c.Held:
		kind, outcome = "held", "holds"
	}
	return claimRow{Kind: kind, Text: c.Text, Outcome: cmp.Or(c.Outcome, outcome), Said: c.Said, Notes: append([]string{}, c.Notes...)}
}

// The page goes by one look at the claims of a run that goes on for at least 5 s,
// and for 100 times as long as the look took, up to a minute: each takes the
// Summary so far, which grows with the run.
const (
	leastPause = 5 * time.Second
	mostPause  = time.Minute
	pauses     = 100
)

// claimsBody is what the page learns of the claims. View is null without
// any.
type claimsBody struct {
	Run  int         `json:"run"`
	Over bool        `json:"over"`
	View *claimsView `json:"view"`
}

// claims sends where the claims stand, or what came of them.
func (h *Handler) claims(w http.ResponseWriter, _ *http.Request) {
	now := h.moment()
	age := min(mostPause, max(leastPause, time.Duration(h.looked.Load())*pauses))
	if now.state == Stopped {
		age = time.Hour
	}
	sendJSON(w, h.asserted.get(now, age, func() []byte {
		began := time.Now()
		defer func() { h.looked.Store(int64(time.Since(began))) }()
		b := claimsBody{Run: now.run, Over: now.state == Stopped}
		if h.o.Claims != nil && now.run > 0 {
			if s := h.source.Summary(); s != nil {
				b.View = claimsOf(h.o.Claims(s, b.Over), b.Over)
			}
		}
		text, err := json.Marshal(b)
		if err != nil { // strings and numbers always marshal
			return []byte("null")
		}
		return text
	}))
}
