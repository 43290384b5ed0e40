package web

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/html"
)

// effects keeps the comparison of the last run that ended. The zero value is
// empty.
type effects struct {
	mu   sync.Mutex
	run  int
	text []byte
}

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
	if now.state != Stopped {
		sendJSON(w, encodeEffect(effectBody{Run: now.run, Running: now.state != Ready}))
		return
	}
	sendJSON(w, h.effects.of(now.run, func() []byte {
		s := h.source.Summary()
		view, r, why := html.EffectView(s, h.o.Effect)
		return encodeEffect(effectBody{Run: now.run, View: view, Effect: r, Why: why})
	}))
}

// of returns the text for a run, built once however many ask.
func (e *effects) of(run int, build func() []byte) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.text == nil || e.run != run {
		e.run, e.text = run, build()
	}
	return e.text
}

func encodeEffect(b effectBody) []byte {
	text, err := json.Marshal(b)
	if err != nil { // a figure that is not a number
		return []byte(`{"why":"the effect holds a figure that is not a number"}`)
	}
	return text
}
