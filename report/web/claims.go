package web

import (
	"net/http"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/html"
)

// During a run the page keeps one judgement of the claims for at least 5 s, and for
// 100 times as long as it took, up to a minute: each takes the Summary so far, which
// grows with the run.
const (
	leastPause = 5 * time.Second
	mostPause  = time.Minute
	pauses     = 100
)

// claimsBody is what the page learns of the claims. View is null without
// any.
type claimsBody struct {
	Run  int  `json:"run"`
	Over bool `json:"over"`
	View any  `json:"view"`
}

// claims sends where the claims stand, or their outcomes.
func (h *Handler) claims(w http.ResponseWriter, _ *http.Request) {
	now := h.moment()
	age := min(mostPause, max(leastPause, time.Duration(h.claimsTook.Load())*pauses))
	if now.state == report.Stopped {
		age = time.Hour
	}
	sendJSON(w, h.claimsText.get(now, age, func() []byte {
		began := time.Now()
		defer func() { h.claimsTook.Store(int64(time.Since(began))) }()
		b := claimsBody{Run: now.run, Over: now.state == report.Stopped}
		if h.o.Claims != nil && now.run > 0 {
			if s := h.source.Summary(); s != nil {
				b.View = html.ClaimsView(h.o.Claims(s, b.Over), b.Over)
			}
		}
		return encode(b, "null")
	}))
}
