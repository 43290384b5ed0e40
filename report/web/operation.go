package web

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/page"
)

// Bounds of what is sent of an operation over time, and of what is kept of it.
const (
	mostMoments = 480 // columns of its charts
	tableRows   = 12  // rows of its table
	mostKept    = 64  // answers
)

// operationQuery is what may be asked of an operation: seconds from..to-1; to < 0: to the end.
type operationQuery struct {
	op       report.Op
	from, to int
}

// operationCache keeps answers that many viewers ask for. The zero cache is empty.
type operationCache struct {
	mu    sync.Mutex
	parts map[operationQuery]*operationMemo
}

// operationMemo is one answer and how long it took to make, as a time.Duration.
type operationMemo struct {
	memo[[]byte]
	took atomic.Int64
}

// of returns what is kept of a question. Past mostKept all others are forgotten.
func (c *operationCache) of(q operationQuery) *operationMemo {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parts[q] == nil {
		if len(c.parts) >= mostKept || c.parts == nil {
			c.parts = make(map[operationQuery]*operationMemo)
		}
		c.parts[q] = new(operationMemo)
	}
	return c.parts[q]
}

// operation sends one operation over time: how many requests and failures, how long the successes took, and how these
// times are distributed; all operations together where none is named.
func (h *Handler) operation(w http.ResponseWriter, r *http.Request) {
	q := operationQuery{to: -1}
	for _, x := range []struct {
		name string
		to   *int
	}{{"from", &q.from}, {"to", &q.to}} {
		if text := r.FormValue(x.name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				http.Error(w, x.name+": give a number of seconds from the start of the run", http.StatusBadRequest)
				return
			}
			*x.to = n
		}
	}
	head, name := r.FormValue("method"), r.FormValue("name")
	if all := head == "" && (name == "" || name == report.Aggregated); !all {
		var known bool
		if q.op, known = find(h.glance(), head, name); !known {
			http.Error(w, "The run has no operation "+quoted(head+" "+name)+". GET /stats/requests lists those that it has.", http.StatusNotFound)
			return
		}
	}
	now, kept := h.moment(), h.operations.of(q)
	sendJSON(w, kept.get(now, max(now.lasting(), min(mostPause, time.Duration(kept.took.Load())*pauses)), func() []byte {
		began := time.Now()
		defer func() { kept.took.Store(int64(time.Since(began))) }()
		return h.operationText(now, q)
	}))
}

// find returns the operation of a run with a head and a name.
func find(s *report.Snapshot, head, name string) (op report.Op, known bool) {
	if s == nil {
		return op, false
	}
	for i := range s.Ops {
		if op = s.Ops[i].Op; op.Head() == head && op.Name == name {
			return op, true
		}
	}
	return report.Op{}, false
}

// operationText answers a question.
func (h *Handler) operationText(now moment, q operationQuery) []byte {
	series := h.source.Series(q.op)
	from, end := max(q.from, int(h.source.Run().Reset/time.Second)), 0
	for i := range series {
		end = max(end, series[i].StartS+series[i].Slots*series[i].WidthS)
	}
	if s := h.glance(); s != nil && now.state != report.Stopped {
		end = min(end, int(s.At/time.Second)) // not the second that runs
	}
	if q.to >= 0 {
		end = min(end, q.to)
	}
	body := append([]byte(`{"run":`), strconv.Itoa(now.run)...)
	chart, table := page.SpreadOf(series, from, end, mostMoments), page.SpreadOf(series, from, end, tableRows)
	body = chart.Append(append(body, `,"chart":`...))
	return append(table.Append(append(body, `,"table":`...)), '}')
}
