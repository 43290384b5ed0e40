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

// phaseCache keeps the encoded figures of each phase. Those of a phase that is
// over change only while late answers come in.
type phaseCache struct {
	mu    sync.Mutex
	run   int
	parts []phasePart
}

type phasePart struct {
	at    time.Time
	ended bool // it was over when it was built
	text  []byte
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
			body = append(body, h.phases.part(h.source, run.Number, i, i < s.Index || run.Ended > 0)...)
		}
	}
	sendJSON(w, append(body, ']'))
}

// part returns phase i, at most 2 s old, or 15 s once it is over.
func (c *phaseCache) part(source Source, run, i int, ended bool) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run != run {
		c.run, c.parts = run, nil
	}
	for len(c.parts) <= i {
		c.parts = append(c.parts, phasePart{})
	}
	p, age := &c.parts[i], 2*time.Second
	if ended {
		age = 15 * time.Second
	}
	if p.text == nil || p.ended != ended || time.Since(p.at) >= age {
		p.text, p.at, p.ended = encodePhase(source.Phase(i)), time.Now(), ended
	}
	return p.text
}

// phaseBody is one phase for the page.
type phaseBody struct {
	report.PhaseSummary
	Operations json.RawMessage  `json:"operations"` // see appendOperation; the aggregate last
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
		rows = appendOperation(rows, &p.Operations[i])
	}
	p.LagSketch = nil
	text, err := json.Marshal(phaseBody{p, append(rows, ']'), all})
	if err != nil { // a Source gave a figure that is not a number
		return []byte("null")
	}
	return text
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
		text, err := json.Marshal(h.source.Summary())
		if err != nil {
			return nil
		}
		return text
	})
	if text == nil {
		http.Error(w, "The figures hold one that is not a number.", http.StatusInternalServerError)
		return
	}
	attach(w, "application/json", h.attachment("_summary.json"))
	_, _ = w.Write(text)
}

func sendJSON(w http.ResponseWriter, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}
