package web

import (
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
)

// unsettled is how many of the last seconds late answers may still change.
const unsettled = 120

// history keeps the timeline of the run, so that a page that opens late does
// not ask the recorder for all of it again. The zero history is empty.
type history struct {
	mu   sync.Mutex
	run  int
	at   time.Time // of the last look
	rows []report.Second
}

// upTo returns the rows up to an offset. They stay as they are.
func (h *history) upTo(source Source, run int, end int) []report.Second {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.run != run {
		h.run, h.rows, h.at = run, nil, time.Time{}
	}
	if time.Since(h.at) >= fresh {
		h.extend(source, end)
		h.at = time.Now()
	}
	return h.rows[:len(h.rows):len(h.rows)]
}

// extend asks for the rows that may have changed, a stretch at a time so that
// the recorder is never held for long.
func (h *history) extend(source Source, end int) {
	const stretch = 600
	from := 0
	if n := len(h.rows); n > 0 {
		from = max(0, h.rows[n-1].S-unsettled)
	}
	kept := h.rows
	for from < end {
		got := source.Timeline(from, min(end, from+stretch))
		if len(got) == 0 {
			break
		}
		kept = append(before(kept, got[0].S), got...)
		from = got[len(got)-1].S + max(1, got[len(got)-1].WidthS)
	}
	h.rows = kept
}

// before returns a copy of the rows that begin before a second.
func before(rows []report.Second, second int) []report.Second {
	n := len(rows)
	for n > 0 && rows[n-1].S >= second {
		n--
	}
	return append(make([]report.Second, 0, n+unsettled), rows[:n]...)
}
