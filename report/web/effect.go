package web

import (
	"math"
	"net/http"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/html"
)

// effectBody is what the page learns of the effect. During the run there is
// none: looking again and again and stopping at the first effect would call
// noise one.
type effectBody struct {
	Run     int            `json:"run"`
	Running bool           `json:"running"`
	View    any            `json:"view"`
	Effect  *effect.Report `json:"effect"`
	Why     string         `json:"why"` // there is no effect
}

// effect sends what the phases of a run that is over say, computed once.
func (h *Handler) effect(w http.ResponseWriter, _ *http.Request) {
	now := h.moment()
	if now.state != report.Stopped {
		sendJSON(w, encodeEffect(effectBody{Run: now.run, Running: now.state != report.Ready}))
		return
	}
	sendJSON(w, h.effects.get(now, math.MaxInt64, func() []byte {
		view, r, why := html.EffectView(h.source.Summary(), h.o.Effect)
		return encodeEffect(effectBody{Run: now.run, View: view, Effect: r, Why: why})
	}))
}

func encodeEffect(b effectBody) []byte {
	return encode(b, `{"why":"the effect holds a figure that is not a number"}`)
}
