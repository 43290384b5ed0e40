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

// liveRows returns the rows of a run that is not over, the aggregate last.
func liveRows(s *report.Snapshot) []report.Live {
	s = orEmpty(s)
	return append(slices.Clip(s.OverKinds()), s.Total)
}

// orEmpty returns s, or for nil the state before the first run.
func orEmpty(s *report.Snapshot) *report.Snapshot {
	if s == nil {
		return &report.Snapshot{Total: emptyRow()}
	}
	return s
}

// emptyRow is the aggregate of a run that has not started.
func emptyRow() report.Live {
	none := report.NoFigures()
	return report.Live{
		Op: report.Op{Name: report.Aggregated}, Timed: new(report.Times).Timed(), Response: none, Recent: none,
		Quantiles: slices.Repeat([]report.Millis{report.NoValue}, len(tableQuantiles)),
	}
}

// finalRows returns the rows of a Summary, the aggregate last. Their last
// seconds are empty.
func finalRows(s *report.Summary) []report.Live {
	if len(s.Total.Operations) == 0 {
		return []report.Live{emptyRow()}
	}
	var out []report.Live
	for _, o := range s.Total.Overall() {
		out = append(out, finalRow(&o))
	}
	return out
}

func finalRow(o *report.Operation) report.Live {
	r := emptyRow()
	r.Op, r.Requests, r.Failures, r.Bytes = o.Op(), o.Requests, o.Failures, o.Bytes
	r.Timed, r.RPS = o.Timed(), o.RPS
	if all := allTimes(o); all.Count() > 0 {
		for i, p := range tableQuantiles {
			r.Quantiles[i] = report.Millis(float64(all.Quantile(p)) / 1e6)
		}
	}
	return r
}

// allTimes are the response times of all requests.
func allTimes(o *report.Operation) *hist.Sketch {
	all := new(hist.Sketch)
	all.Merge(o.Response)
	all.Merge(o.Failed)
	return all
}

// failed returns the failures per second of the whole run.
func failed(r *report.Live) float64 { return part(r.RPS, r.Failures, r.Requests) }

// part returns whole * some/all; 0 of nothing.
func part(whole float64, some, all int64) float64 {
	if all == 0 {
		return 0
	}
	return whole * float64(some) / float64(all)
}

// size returns the mean size of an answer, bytes.
func size(r *report.Live) float64 { return part(1, r.Bytes, r.Requests) }

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
