package record

import (
	"cmp"
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// tally sums up one operation over phases, or a phase over operations.
type tally struct {
	report.Times
	straddlers, bytes int64
	woken             int64 // requests that a wake-up began
}

// addResponses adds a cell without the service times, which live views do not show.
func (t *tally) addResponses(c *cell, now time.Duration) { t.addTimes(c, c.responses(), now) }

// addTimes adds a cell, as it is at an offset, with some of its histograms.
func (t *tally) addTimes(c *cell, times report.Times, now time.Duration) {
	t.Merge(&times)
	if len(c.flying) > 0 && t.Waiting == nil {
		t.Waiting = new(hist.Sketch)
	}
	for _, intended := range c.flying {
		t.Waiting.Add(max(0, now-time.Duration(intended)))
	}
	t.straddlers += c.straddlers
	t.bytes += c.bytes
	t.woken += c.woken
}

// responses returns the response times of c, without what is in flight.
func (c *cell) responses() report.Times {
	out := report.Times{Response: &c.ok, Cut: c.cut, Timings: c.timings}
	if c.failed != nil {
		out.Failed = &c.failed.response
	}
	return out
}

// times returns the response and service times of c, without what is in flight.
func (c *cell) times() report.Times {
	out := c.responses()
	out.Service = &c.service
	if c.failed != nil {
		out.FailedService = &c.failed.service
	}
	return out
}

// reset empties t and keeps its memory.
func (t *tally) reset() {
	t.Reset()
	t.straddlers, t.bytes, t.woken = 0, 0, 0
}

// merge adds all of o.
func (t *tally) merge(o *tally) {
	t.Merge(&o.Times)
	t.straddlers += o.straddlers
	t.bytes += o.bytes
	t.woken += o.woken
}

// operation returns the row of a tally over seconds. The row keeps t's histograms. late is the wake lag of
// the phase; an operation that no wake-up began has none.
func (t *tally) operation(op report.Op, seconds float64, late *hist.Sketch) report.Operation {
	if t.woken == 0 {
		late = nil
	}
	out := report.NewOperation(op, t.Times, seconds, late)
	out.Straddlers, out.Bytes = t.straddlers, t.bytes
	return out
}

// gathered is a copy of the figures of some phases by operation, so that what is built from it
// blocks no one.
type gathered struct {
	phase   int   // of a single phase: its index
	ids     []int // of operations, in the order of rows
	ops     []report.Op
	tallies []*tally
	late    *hist.Sketch
	counts  report.Counters
	rested  int64 // ms in which users had no work
}

// gather copies the figures of phase i as they are at an offset.
func (f *store) gather(i int, names []report.Op, now time.Duration) gathered {
	p := f.phases[i]
	byOp, late := make([]*tally, len(names)), new(hist.Sketch)
	late.Merge(&p.late)
	for id, c := range p.cells {
		if c != nil {
			byOp[id] = new(tally)
			byOp[id].addTimes(c, c.times(), now)
		}
	}
	out := inRows(byOp, names, late)
	out.phase, out.counts = i, f.counts[i].state()
	out.rested = f.counts[i][Rested]
	return out
}

// together sums up what was gathered of single phases.
func together(phases []gathered, names []report.Op) gathered {
	byOp, late, sum, rested := make([]*tally, len(names)), new(hist.Sketch), report.Counters{}, int64(0)
	for i := range phases {
		sum.Add(phases[i].counts)
		rested += phases[i].rested
		late.Merge(phases[i].late)
		for row, id := range phases[i].ids {
			if byOp[id] == nil {
				byOp[id] = new(tally)
			}
			byOp[id].merge(phases[i].tallies[row])
		}
	}
	out := inRows(byOp, names, late)
	out.counts, out.rested = sum, rested
	return out
}

// inRows puts tallies by number of the operation into the order of rows.
func inRows(byOp []*tally, names []report.Op, late *hist.Sketch) gathered {
	out := gathered{late: late}
	for _, id := range inOrder(names) {
		if byOp[id] != nil {
			out.ids, out.ops, out.tallies = append(out.ids, id), append(out.ops, names[id]), append(out.tallies, byOp[id])
		}
	}
	return out
}

// inOrder returns the numbers of operations sorted by name, then method and kind, the stand-in last.
func inOrder(names []report.Op) []int {
	ids := make([]int, len(names))
	for i := range ids {
		ids[i] = i
	}
	slices.SortFunc(ids[1:], func(a, b int) int {
		return cmp.Or(cmp.Compare(names[a].Name, names[b].Name), cmp.Compare(names[a].Method, names[b].Method), cmp.Compare(names[a].Kind, names[b].Kind))
	})
	return append(ids[1:], 0)
}
