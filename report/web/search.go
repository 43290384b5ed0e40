package web

import (
	"bytes"
	"errors"
	"net/http"
	"time"

	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
	"github.com/gensim/load-generator/report/html"
)

// Search is a search for a capacity. Its methods are safe for concurrent use.
type Search interface {
	// Progress is how far it is.
	Progress() account.Progress
	// Stop ends it with what it came to until now, and blocks until it is over.
	Stop()
}

// searching is the Control of a search, which can be stopped and nothing else.
type searching struct{ Search }

var errSearching = errors.New("this is a search for a capacity, which chooses the load itself; it can only be stopped")

// Start implements Control.
func (searching) Start(Order) error { return errSearching }

// Stop implements Control.
func (s searching) Stop() error {
	s.Search.Stop()
	return nil
}

// Reset implements Control.
func (searching) Reset() error { return errSearching }

// searchFrame is how far a search is. Times are in seconds.
type searchFrame struct {
	Holds  int     `json:"holds"` // that are over
	Load   string  `json:"load"`  // of the hold in progress; "": there is none
	At     float64 `json:"at"`
	Within float64 `json:"within"` // how long the search may take
	Over   bool    `json:"over"`
	Found  string  `json:"found"` // the capacity so far; "": there is none
}

// seeks reports whether a search is being made.
func (h *Handler) seeks() bool { return h.o.Search != nil && !h.o.Search.Progress().Over }

// searchFrame is nil where there is no search.
func (h *Handler) searchFrame() *searchFrame {
	if h.o.Search == nil {
		return nil
	}
	p := h.o.Search.Progress()
	s := p.Search
	f := &searchFrame{Holds: len(s.Holds), At: p.At.Seconds(), Within: s.Asked.TimeS, Over: p.Over}
	if p.Load > 0 {
		f.Load = s.Load(p.Load)
	}
	if r := s.Result; r != nil && r.Outcome == capacity.Found {
		f.Found = s.Load(r.Capacity)
	}
	return f
}

// searchView sends what the page shows of the search.
func (h *Handler) searchView(w http.ResponseWriter, _ *http.Request) {
	sendJSON(w, encode(html.SearchView(h.o.Search.Progress()), "null"))
}

// searchAccount sends the account of the search so far.
func (h *Handler) searchAccount(w http.ResponseWriter, _ *http.Request) {
	var text bytes.Buffer
	if err := h.o.Search.Progress().Search.WriteJSON(&text); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	attach(w, "application/json", h.attachment("_capacity.json"))
	_, _ = text.WriteTo(w)
}

// searchReport sends the search so far as a report in one file.
func (h *Handler) searchReport(w http.ResponseWriter, r *http.Request) {
	var text bytes.Buffer
	if html.WriteSearch(&text, h.o.Search.Progress().Search, time.Now()) != nil {
		text.Reset()
	}
	sendReport(w, r, text.Bytes(), html.SearchPolicy(), h.attachment("_capacity.html"))
}
