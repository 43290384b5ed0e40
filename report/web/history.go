package web

import (
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
)

// unsettled is how many of the last seconds late answers may still change, and
// maxPoints how many rows the charts get of a long run.
const (
	unsettled = 120
	maxPoints = 7200
)

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

// thin merges neighbours until at most limit rows are left: counts add up,
// percentiles are the highest of their seconds, null among them stays null.
func thin(rows []report.Second, limit int) []report.Second {
	each := (len(rows) + limit - 1) / limit
	if each <= 1 {
		return rows
	}
	out := make([]report.Second, 0, limit)
	for len(rows) > 0 {
		n := 1
		for n < min(each, len(rows)) && rows[n].Phase == rows[0].Phase {
			n++
		}
		out = append(out, together(rows[:n]))
		rows = rows[n:]
	}
	return out
}

// together makes one row of several of the same phase.
func together(rows []report.Second) report.Second {
	sum := rows[0]
	for _, x := range rows[1:] {
		sum.WidthS += x.WidthS
		sum.Planned, sum.Users, sum.On = max(sum.Planned, x.Planned), max(sum.Users, x.Users), max(sum.On, x.On)
		sum.Mean = meanOf(sum, x)
		sum.P50, sum.P95, sum.P99 = higher(sum, x, sum.P50, x.P50), higher(sum, x, sum.P95, x.P95), higher(sum, x, sum.P99, x.P99)
		sum.Requests, sum.Failures = sum.Requests+x.Requests, sum.Failures+x.Failures
	}
	return sum
}

// meanOf is the mean of the successes of both rows.
func meanOf(a, b report.Second) report.Millis {
	n, m := float64(a.Requests-a.Failures), float64(b.Requests-b.Failures)
	switch {
	case m == 0:
		return a.Mean
	case n == 0:
		return b.Mean
	}
	return report.Millis((float64(a.Mean)*n + float64(b.Mean)*m) / (n + m))
}

// higher returns the higher of two percentiles; a row without requests has
// none.
func higher(a, b report.Second, x, y report.Millis) report.Millis {
	switch {
	case b.Requests == 0:
		return x
	case a.Requests == 0:
		return y
	}
	return max(x, y)
}
