package record

import (
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// Snapshot returns the state of the run at offset now. quantiles, in ascending order, are those that
// Live.Quantiles holds for each row; none: no Quantiles.
func (r *Recorder) Snapshot(now time.Duration, quantiles ...float64) *report.Snapshot {
	at := r.phaseIndex(now)
	l := r.levels.now()
	s := &report.Snapshot{
		At: now, Phase: r.phases[at], Index: at,
		Planned: int(l.planned), Users: int(l.users), On: int(l.on),
		Exceptions: r.exceptions.all(),
	}
	r.read(func(f *store) { r.look(s, f, quantiles) })
	return s
}

// look fills in what the store holds.
func (r *Recorder) look(s *report.Snapshot, f *store, quantiles []float64) {
	names := r.ops.all()
	for i := range f.counts {
		s.Counters.Add(f.counts[i].state())
	}
	v := view{f: f, now: s.At, from: r.countedFrom(), quantiles: quantiles}
	for _, op := range inOrder(names) {
		if row, ok := v.row(names[op], op); ok {
			s.Ops = append(s.Ops, row)
			if op == 0 {
				s.Counters.OtherOperations += row.Requests
			}
		}
	}
	s.Total = v.live(report.Op{Name: report.Aggregated}, &v.all.Times, v.all.bytes, f.recent)
	s.Failures = r.failures(f, true)
	late := new(hist.Sketch)
	for _, p := range f.phases {
		late.Merge(&p.late)
	}
	s.Lag = report.LagOf(late)
	s.Trust = v.all.TrustGiven(late)
	s.Counters.CutOff += s.Total.CutOff
	s.Counters.InFlight += s.Total.InFlight
	s.Counters.Straddlers += v.all.straddlers
	s.Counters.Clamped += v.all.Clamped()
}

// view is the work on the rows of a Snapshot.
type view struct {
	f         *store
	now, from time.Duration // figures count from there
	quantiles []float64
	cells     []*cell // of the row in work, by phase
	one       tally   // their sum, if there are several
	all       tally   // of all rows
}

// row builds the row of an operation; false if nothing was recorded for it.
func (v *view) row(name report.Op, op int) (report.Live, bool) {
	v.cells = v.cells[:0]
	for _, p := range v.f.phases {
		if op < len(p.cells) && p.cells[op] != nil {
			v.cells = append(v.cells, p.cells[op])
			v.all.addResponses(p.cells[op], v.now)
		}
	}
	if len(v.cells) == 0 {
		return report.Live{}, false
	}
	times, bytes := v.sum()
	recent := v.f.recent[min(op, len(v.f.recent)):]
	return v.live(name, &times, bytes, recent[:min(1, len(recent))]), true
}

// live builds a row of some times, with the last seconds of some operations.
func (v *view) live(name report.Op, times *report.Times, bytes int64, recent []*recentOp) report.Live {
	row := report.NewLive(name, times, (v.now - v.from).Seconds(), v.quantiles)
	row.Bytes = bytes
	v.recent(&row, recent)
	return row
}

// sum returns the response times in cells, of a single one without copying them, and the bytes.
func (v *view) sum() (report.Times, int64) {
	if len(v.cells) == 1 && len(v.cells[0].flying) == 0 {
		return v.cells[0].responses(), v.cells[0].bytes
	}
	v.one.reset()
	for _, c := range v.cells {
		v.one.addResponses(c, v.now)
	}
	return v.one.Times, v.one.bytes
}

// recent fills in the last seconds of some operations.
func (v *view) recent(row *report.Live, ops []*recentOp) {
	second := int32(v.now / time.Second)
	var done, failed, inWindow uint64
	for _, o := range ops {
		n, bad := o.recent(second-recentRate+1, second, nil)
		done, failed = done+n, failed+bad
		n, _ = o.recent(second-recentWindow, second, &v.f.scratch)
		inWindow += n
	}
	row.RecentRPS = float64(done) / v.since(second-recentRate+1)
	row.RecentFailures = float64(failed) / v.since(second-recentRate+1)
	row.Recent = report.FiguresIn(&v.f.scratch, inWindow)
}

// since returns the time from a second to now, and at least one second: the first moments of a
// run would else show absurd rates.
func (v *view) since(from int32) float64 {
	return max(1, (v.now - max(v.from, time.Duration(from)*time.Second)).Seconds())
}
