package locust

import (
	"io"
	"strconv"
	"time"

	"github.com/gensim/load-generator/report"
)

// HistoryCSV writes Locust's _stats_history.csv: one row of the Aggregated
// figures at each Add, and one of each operation if it is full. It is not safe
// for concurrent use.
type HistoryCSV struct {
	out  *sheet
	full bool
}

// NewHistoryCSV writes the header to w.
func NewHistoryCSV(w io.Writer, full bool) (*HistoryCSV, error) {
	h := &HistoryCSV{out: newSheet(w, historyColumns), full: full}
	return h, h.out.flush()
}

// Add writes the rows of one instant, whose wall clock is now. s, which may be nil
// before the first run, must hold the quantiles of [Quantiles].
func (h *HistoryCSV) Add(now time.Time, s *report.Snapshot) error {
	rows := liveRows(s)
	if !h.full {
		rows = rows[len(rows)-1:]
	}
	for i := range rows {
		h.out.add(historyRow(now, orEmpty(s).Users, &rows[i]))
	}
	return h.out.flush()
}

func historyRow(now time.Time, users int, r *report.Live) []string {
	row := []string{whole64(now.Unix()), strconv.Itoa(users), text(r.Op.Method), text(r.Op.Name), six(r.RecentRPS), six(r.RecentFailures)}
	row = append(row, percentiles(r)...)
	return append(row, whole64(r.Requests), whole64(r.Failures), strconv.Itoa(whole(r.Quantiles[at50])),
		real(finite(r.Timed.Mean)), real(finite(r.Timed.Min)), real(finite(r.Timed.Max)), real(size(r)))
}

// historyTime is how Locust's page writes the time of a point, UTC.
const historyTime = "2006-01-02T15:04:05Z"

// HistoryPoint is one point of the charts that Locust's page draws: pairs of the
// time and a value. x holds the figures of the point's seconds together, mean the
// mean response time of the run up to them; start is the wall clock at offset 0.
func HistoryPoint(start time.Time, x report.Second, mean report.Millis) map[string]any {
	at := start.Add(time.Duration(x.S) * time.Second).UTC().Format(historyTime)
	pair := func(v any) []any { return []any{at, v} }
	seconds := float64(x.WidthS)
	return map[string]any{
		"time": at, "user_count": pair(x.Users),
		"current_rps":                  pair(float64(x.Requests) / seconds),
		"current_fail_per_sec":         pair(float64(x.Failures) / seconds),
		"total_avg_response_time":      pair(finite(mean)),
		"response_time_percentile_0.5": pair(wholeOrNull(x.P50)), "response_time_percentile_0.95": pair(wholeOrNull(x.P95)),
	}
}
