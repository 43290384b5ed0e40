package record

import (
	"slices"
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
	r.lookLedgers(s, quantiles)
	return s
}

// Lag returns the lag of the whole run so far. It costs a small part of a Snapshot, which has it too.
func (r *Recorder) Lag() (lag report.Lag) {
	r.hold(func(f *store) { lag = report.LagOf(f.late()) })
	return lag
}

// late returns the lags of all phases.
func (f *store) late() *hist.Sketch {
	all := new(hist.Sketch)
	for _, p := range f.phases {
		all.Merge(&p.late)
	}
	return all
}

// look fills in what the store holds.
func (r *Recorder) look(s *report.Snapshot, f *store, quantiles []float64) {
	names := r.ops.all()
	for i := range f.counts {
		s.Counters.Add(f.counts[i].state())
	}
	late := f.late()
	v := view{f: f, late: late, now: s.At, from: r.countedFrom(), quantiles: quantiles}
	for _, op := range inOrder(names) {
		if row, ok := v.row(names[op], op); ok {
			s.Ops = append(s.Ops, row)
			if op == 0 {
				s.Counters.OtherOperations += row.Requests
			}
		}
	}
	s.Overall = v.overall(names, s.Ops)
	v.cells = v.cells[:0]
	for _, p := range f.phases {
		v.cells = append(v.cells, p.cells...)
	}
	s.Total = v.live(report.Op{Name: report.Aggregated}, &v.all.Times, v.all.bytes, f.recent)
	s.Failures = r.failures(f, true)
	s.Lag, s.Trust = report.LagOf(late), s.Total.Trust
	s.Counters.CutOff += s.Total.CutOff
	s.Counters.InFlight += s.Total.InFlight
	s.Counters.Straddlers += v.all.straddlers
	s.Counters.Clamped += v.all.Clamped()
}

// view is the work on the rows of a Snapshot.
type view struct {
	f         *store
	late      *hist.Sketch  // wake lags of the run
	now, from time.Duration // figures count from there
	quantiles []float64
	cells     []*cell // of the row in work
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

// overall builds the rows over all kinds of users, from those of each kind; nil in a run of one kind.
func (v *view) overall(names []report.Op, rows []report.Live) (out []report.Live) {
	if !slices.ContainsFunc(rows, func(row report.Live) bool { return row.Op.Kind != "" }) {
		return nil
	}
	ids := make(map[report.Op][]int, len(names))
	for id, op := range names {
		ids[op.Anyone()] = append(ids[op.Anyone()], id)
	}
	for i := range rows {
		op := rows[i].Op.Anyone()
		if i > 0 && rows[i-1].Op.Anyone() == op {
			continue // it has been summed up
		}
		v.cells = v.cells[:0]
		var recent []*recentOp
		for _, id := range ids[op] {
			for _, p := range v.f.phases {
				if id < len(p.cells) && p.cells[id] != nil {
					v.cells = append(v.cells, p.cells[id])
				}
			}
			if id < len(v.f.recent) {
				recent = append(recent, v.f.recent[id])
			}
		}
		times, bytes := v.sum()
		out = append(out, v.live(op, &times, bytes, recent))
	}
	return out
}

// live builds a row of some times, with the last seconds of some operations.
func (v *view) live(name report.Op, times *report.Times, bytes int64, recent []*recentOp) report.Live {
	lag := v.late
	if !slices.ContainsFunc(v.cells, func(c *cell) bool { return c != nil && c.woken > 0 }) {
		lag = nil // no wake-up began a request of it
	}
	row := report.NewLive(name, times, (v.now - v.from).Seconds(), v.quantiles, lag)
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

// recent fills in the last seconds of some operations, whose cells are in work.
func (v *view) recent(row *report.Live, ops []*recentOp) {
	second := int32(v.now / time.Second)
	times := &v.f.scratch
	if v.f.processes != nil {
		times = nil // the cells know them
	}
	var done, failed, all, bad uint64
	for _, o := range ops {
		n, f := o.recent(second-recentRate+1, second, nil)
		done, failed = done+n, failed+f
		n, f = o.recent(second-recentWindow, second, times)
		all, bad = all+n, bad+f
	}
	inWindow := uint64(0)
	if times != nil {
		inWindow = all
	}
	for _, c := range v.cells {
		if c != nil {
			inWindow += c.recently(second-recentWindow, &v.f.scratch)
		}
	}
	row.RecentRPS = float64(done) / v.since(second-recentRate+1)
	row.RecentFailures = float64(failed) / v.since(second-recentRate+1)
	row.Recent = report.FiguresIn(&v.f.scratch, inWindow)
	row.RecentRequests, row.RecentFailed, row.RecentS = int64(all), int64(bad), v.since(second-recentWindow)
}

// since returns the time from a second to now, and at least one second: the first moments of a
// run would otherwise show absurd rates.
func (v *view) since(from int32) float64 {
	return max(1, (v.now - max(v.from, time.Duration(from)*time.Second)).Seconds())
}
