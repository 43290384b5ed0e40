package record

import (
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// Timeline returns the seconds from..to-1 of the run, one row each, or one row for several seconds
// where a long run has merged them. Late answers still change rows of the past.
func (r *Recorder) Timeline(from, to int) (out []report.Second) {
	r.read(func(f *store) { out = r.timelineOf(f, max(0, from), to) })
	return out
}

// timelineOf builds the rows of the seconds from..to-1.
func (r *Recorder) timelineOf(f *store, from, to int) []report.Second {
	t := timelineBuilder{r: r, scratch: &f.scratch, rows: []report.Second{}}
	for i, p := range f.phases {
		end := to
		if p.next < math.MaxInt64 {
			end = min(to, seconds(time.Duration(p.next)))
		}
		t.name = r.phases[i].Name
		t.phase(p, from, end)
	}
	t.flush()
	return t.rows
}

// timelineBuilder builds a list of rows. The times of the last row are in scratch until the next
// one begins, because where phases meet within a second both count.
type timelineBuilder struct {
	r       *Recorder
	rows    []report.Second
	name    string // of the phase
	scratch *hist.Dense
}

// phase adds the rows of a phase that touch the seconds from..end-1.
func (t *timelineBuilder) phase(p *phaseStore, from, end int) {
	first, width := int(p.first), p.width()
	for slot := max(0, from-first) / width; first+slot*width < end; slot++ {
		begin := first + slot*width
		t.begin(begin, min(width, end-begin))
		if i, ok := p.all.find(int32(slot)); ok {
			t.add(&p.all.rows[i])
		}
	}
}

// begin starts the row of a second, unless the last row holds it already.
func (t *timelineBuilder) begin(second, width int) {
	if n := len(t.rows); n > 0 && t.rows[n-1].S+t.rows[n-1].WidthS > second {
		return
	}
	t.flush()
	row := report.Second{S: second, WidthS: width, Phase: t.name}
	row.Planned, row.Users, row.On = t.r.levels.mean(second, width)
	t.rows = append(t.rows, row)
}

// add adds the requests of a row, straddlers too, to the last row.
func (t *timelineBuilder) add(from *row) {
	to := &t.rows[len(t.rows)-1]
	for _, n := range []*outcomes{&from.inTime, from.straddled} {
		if n != nil {
			to.Requests += int64(n.requests)
			to.Failures += int64(n.failures)
			n.successes.AddTo(t.scratch)
		}
	}
}

// flush completes the last row.
func (t *timelineBuilder) flush() {
	if n := len(t.rows); n > 0 {
		row := &t.rows[n-1]
		f := report.FiguresIn(t.scratch, uint64(row.Requests))
		row.P50, row.P95, row.P99, row.Mean = f.P50, f.P95, f.P99, f.Mean
	}
}

// seriesOf exports the rows of phase i up to offset end, the Aggregated ones last.
func (r *Recorder) seriesOf(f *store, i int, end time.Duration) (out []report.Series) {
	p, names := f.phases[i], r.ops.all()
	of := report.Series{Phase: r.phases[i].Name, StartS: int(p.first), WidthS: p.width()}
	of.Slots = p.slots(seconds(r.endOf(i, end)))
	for _, op := range inOrder(names) {
		if op >= len(p.cells) || p.cells[op] == nil || len(p.cells[op].series.rows) == 0 {
			continue
		}
		of.Kind, of.Method, of.Name = names[op].Kind, names[op].Method, names[op].Name
		out = append(out, p.cells[op].series.export(of, &f.scratch))
	}
	if len(out) > 0 {
		of.Kind, of.Method, of.Name = "", "", report.Aggregated
		out = append(out, p.all.export(of, &f.scratch))
	}
	return out
}

// Series returns the rows of one operation up to offset now, phase by phase, as a Summary has them; those of all
// operations together for the zero Op. A phase in which it did nothing is left out.
func (r *Recorder) Series(op report.Op, now time.Duration) (out []report.Series) {
	at, all := slices.Index(r.ops.all(), op), op == report.Op{}
	if at < 0 && !all {
		return nil
	}
	r.read(func(f *store) {
		for i, p := range f.phases {
			rows := &p.all
			if !all {
				if at >= len(p.cells) || p.cells[at] == nil {
					continue
				}
				rows = &p.cells[at].series
			}
			if len(rows.rows) == 0 {
				continue
			}
			of := report.Series{
				Phase: r.phases[i].Name, Kind: op.Kind, Method: op.Method, Name: op.Name,
				StartS: int(p.first), WidthS: p.width(), Slots: p.slots(seconds(r.endOf(i, now))),
			}
			if all {
				of.Name = report.Aggregated
			}
			out = append(out, rows.export(of, &f.scratch))
		}
	})
	return out
}

// slots returns how many slots there are up to a second, and at least up to the last row.
func (p *phaseStore) slots(end int) int {
	n := max(0, end-int(p.first)+p.width()-1) / p.width()
	if rows := p.all.rows; len(rows) > 0 {
		n = max(n, int(rows[len(rows)-1].slot)+1)
	}
	return n
}
