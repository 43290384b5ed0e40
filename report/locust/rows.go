package locust

import (
	"math"
	"slices"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// tableQuantiles are those of Locust's tables and CSV files, tableColumns their
// names.
var (
	tableQuantiles = []float64{.5, .66, .75, .8, .9, .95, .98, .99, .999, .9999, 1}
	tableColumns   = []string{"50%", "66%", "75%", "80%", "90%", "95%", "98%", "99%", "99.9%", "99.99%", "100%"}
)

// Quantiles returns the quantiles of Locust's tables and CSV files in ascending
// order. A Snapshot that this package writes must hold them.
func Quantiles() []float64 { return slices.Clone(tableQuantiles) }

// PercentileColumns returns the names of [Quantiles] in the heads of tables.
func PercentileColumns() []string { return slices.Clone(tableColumns) }

// Places of some of them.
const (
	at50 = 0
	at95 = 5
	at99 = 7
)

// MaxRows bounds the rows of an answer of Locust's API.
const MaxRows = 500

// row is one line of Locust's statistics, by Locust's meaning: failures count
// with the time they took.
type row struct {
	op                 report.Op
	requests, failures int64
	bytes              int64
	timed              report.Timed
	times              []report.Millis // by tableQuantiles
	rps, failed        float64         // per second, whole run
	nowRPS, nowFailed  float64         // per second, in the last seconds
	sharp              report.Figures  // failures slower than every success
	recent             report.Figures
	flying             int64         // requests in flight
	waiting            report.Millis // how long the oldest of them has waited
}

// liveRows returns the rows of a run that is not over, the aggregate last.
func liveRows(s *report.Snapshot) []row {
	if s == nil {
		return []row{emptyRow()}
	}
	out := make([]row, 0, len(s.Ops)+1)
	for i := range s.Ops {
		out = append(out, liveRow(&s.Ops[i]))
	}
	return append(out, liveRow(&s.Total))
}

func liveRow(l *report.Live) row {
	return row{
		op: l.Op, requests: l.Requests, failures: l.Failures, bytes: l.Bytes,
		timed: l.Timed, times: l.Quantiles,
		rps: l.RPS, failed: part(l.RPS, l.Failures, l.Requests), nowRPS: l.RecentRPS, nowFailed: l.RecentFailures,
		sharp: l.Response, recent: l.Recent, flying: l.InFlight, waiting: l.Waiting,
	}
}

// emptyRow is the aggregate of a run that has not started.
func emptyRow() row {
	none := report.NoFigures()
	r := row{op: report.Op{Name: report.Aggregated}, timed: report.Timed{Min: report.NoValue, Mean: report.NoValue, Max: report.NoValue}, sharp: none, recent: none}
	for range tableQuantiles {
		r.times = append(r.times, report.NoValue)
	}
	return r
}

// finalRows returns the rows of a Summary, the aggregate last. Their last
// seconds are empty.
func finalRows(s *report.Summary) []row {
	if len(s.Total.Operations) == 0 {
		return []row{emptyRow()}
	}
	var out []row
	for i := range s.Total.Operations {
		out = append(out, finalRow(&s.Total.Operations[i]))
	}
	return out
}

func finalRow(o *report.Operation) row {
	r := emptyRow()
	r.op, r.requests, r.failures, r.bytes = o.Op(), o.Requests, o.Failures, o.Bytes
	r.timed = o.Timed()
	r.rps, r.failed, r.sharp = o.RPS, part(o.RPS, o.Failures, o.Requests), o.ResponseMS
	r.flying, r.waiting = o.InFlight, o.WaitingMS
	var all hist.Sketch
	all.Merge(o.Response)
	all.Merge(o.Failed)
	if all.Count() > 0 {
		for i, p := range tableQuantiles {
			r.times[i] = report.Millis(float64(all.Quantile(p)) / 1e6)
		}
	}
	return r
}

// part returns whole * some/all; 0 of nothing.
func part(whole float64, some, all int64) float64 {
	if all == 0 {
		return 0
	}
	return whole * float64(some) / float64(all)
}

// size returns the mean size of an answer, bytes.
func (r *row) size() float64 { return part(1, r.bytes, r.requests) }

// whole rounds to whole milliseconds, which Locust's percentiles are; 0 without
// a value.
func whole(m report.Millis) int {
	if !m.IsFinite() {
		return 0
	}
	return int(math.Round(float64(m)))
}

// wholeOrNull is whole with null for no value.
func wholeOrNull(m report.Millis) any {
	if !m.IsFinite() {
		return nil
	}
	return whole(m)
}

// finite is the value, or 0 without one: Locust's numbers are always numbers.
func finite(m report.Millis) float64 {
	if !m.IsFinite() {
		return 0
	}
	return float64(m)
}
