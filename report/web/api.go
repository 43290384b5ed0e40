package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/page"
	"github.com/gensim/load-generator/report/locust"
)

// timeline sends the seconds of the run from ?from= on, for the charts.
func (h *Handler) timeline(w http.ResponseWriter, r *http.Request) {
	from, err := strconv.Atoi(r.FormValue("from"))
	if err != nil && r.FormValue("from") != "" {
		http.Error(w, "from: give a number of seconds", http.StatusBadRequest)
		return
	}
	run, rows := h.source.Run(), []report.Second(nil)
	if s := h.glance(); s != nil {
		rows = h.history.upTo(h.source, run.Number, int(s.At/time.Second))
	}
	for len(rows) > 0 && rows[0].S+rows[0].WidthS <= from {
		rows = rows[1:]
	}
	body := append([]byte(`{"run":`), strconv.Itoa(run.Number)...)
	body = append(body, `,"rows":`...)
	sendJSON(w, append(page.AppendSeconds(body, page.Thin(rows, page.MaxPoints)), '}'))
}

// recent sends the rows of the last 10 s.
func (h *Handler) recent(w http.ResponseWriter, _ *http.Request) {
	body := []byte("[]")
	if s := h.glance(); s != nil {
		body = appendLive(nil, s, lastSeconds)
	}
	sendJSON(w, body)
}

// phaseCache keeps the encoded figures of each phase. Those of a phase that is
// over change only while late answers come in.
type phaseCache struct {
	mu    sync.Mutex
	parts []*memo[[]byte]
}

// of returns what is kept of phase i.
func (c *phaseCache) of(i int) *memo[[]byte] {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.parts) <= i {
		c.parts = append(c.parts, new(memo[[]byte]))
	}
	return c.parts[i]
}

// phaseFigures sends every phase that has begun, with its operations.
func (h *Handler) phaseFigures(w http.ResponseWriter, _ *http.Request) {
	body := []byte{'['}
	if s := h.glance(); s != nil {
		run := h.source.Run()
		for i := range min(s.Index+1, len(run.Phases)) {
			if i > 0 {
				body = append(body, ',')
			}
			body = append(body, h.phaseText(run.Number, i, i < s.Index || run.Ended > 0)...)
		}
	}
	sendJSON(w, append(body, ']'))
}

// phaseText returns phase i, at most 2 s old, or 15 s once it is over.
func (h *Handler) phaseText(run, i int, over bool) []byte {
	key, age := moment{run: run, state: report.Running}, 2*time.Second
	if over {
		key.state, age = report.Stopped, 15*time.Second
	}
	return h.phases.of(i).get(key, age, func() []byte { return encodePhase(h.source.Phase(i)) })
}

// phaseBody is one phase for the page.
type phaseBody struct {
	report.PhaseSummary
	Operations json.RawMessage  `json:"operations"` // see row; the aggregate last
	All        report.Operation `json:"all"`        // the aggregate with all that is known
}

// encodePhase leaves out the sketches, which the page does not need.
func encodePhase(p report.PhaseSummary) []byte {
	all := p.Aggregated()
	all.Response, all.Service, all.Failed, all.FailedService, all.Cut = nil, nil, nil, nil, nil
	rows := []byte{'['}
	for i := range p.Operations {
		if i > 0 {
			rows = append(rows, ',')
		}
		x := ofPhase(&p.Operations[i])
		rows = x.append(rows)
	}
	p.LagSketch = nil
	p.Transactions, p.Tags, p.Figures = nil, nil, nil // see frame.Own
	return encode(phaseBody{p, append(rows, ']'), all}, "null")
}

// failures sends the failures by operation and reason.
func (h *Handler) failures(w http.ResponseWriter, _ *http.Request) {
	list := []report.Failure{}
	if s := h.glance(); s != nil {
		list = append(list, s.Failures[:min(len(s.Failures), locust.MaxRows)]...)
	}
	text, err := json.Marshal(map[string]any{"start": h.source.Run().Start.UnixMilli(), "failures": list})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	sendJSON(w, text)
}

// summary sends the run so far as a report.Summary.
func (h *Handler) summary(w http.ResponseWriter, _ *http.Request) {
	now := h.moment()
	if now.run == 0 {
		http.Error(w, "Nothing has run yet.", http.StatusNotFound)
		return
	}
	text := h.whole.get(now, now.lasting(), func() []byte {
		return encode(h.source.Summary(), "")
	})
	if len(text) == 0 {
		http.Error(w, "The figures hold one that is not a number.", http.StatusInternalServerError)
		return
	}
	attach(w, "application/json", h.attachment("_summary.json"))
	_, _ = w.Write(text)
}

// encode returns the JSON of v, or what else to send where a Source gave a figure that is not a number.
func encode(v any, otherwise string) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return []byte(otherwise)
	}
	return text
}

func sendJSON(w http.ResponseWriter, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}
