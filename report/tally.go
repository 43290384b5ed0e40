package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/gensim/load-generator/report/hist"
)

// tally sums up one operation over phases, or a phase over operations.
type tally struct {
	straddlers, bytes                 int64
	woken                             int64 // requests that a wake-up began
	ok, service, bad, badService, cut hist.Sketch
	flying                            hist.Sketch // how long those in flight have waited
}

// add adds a cell as it is at an offset.
func (t *tally) add(c *cell, now time.Duration) {
	t.addResponses(c, now)
	t.service.Merge(&c.service)
	if c.failed != nil {
		t.badService.Merge(&c.failed.service)
	}
}

// addResponses adds a cell without its service times, which live views do not show.
func (t *tally) addResponses(c *cell, now time.Duration) {
	c.waits(&t.flying, now)
	t.straddlers += c.straddlers
	t.bytes += c.bytes
	t.woken += c.woken
	t.ok.Merge(&c.ok)
	t.cut.Merge(c.cut)
	if c.failed != nil {
		t.bad.Merge(&c.failed.response)
	}
}

// responses returns the response times of t.
func (t *tally) responses() responses { return responses{&t.ok, &t.bad, &t.cut, &t.flying, t.bytes} }

// responses returns the response times of c, in which nothing is in flight.
func (c *cell) responses() responses {
	out := responses{&c.ok, nil, c.cut, nil, c.bytes}
	if c.failed != nil {
		out.bad = &c.failed.response
	}
	return out
}

// reset empties t and keeps its memory.
func (t *tally) reset() {
	for _, s := range []*hist.Sketch{&t.ok, &t.service, &t.bad, &t.badService, &t.cut, &t.flying} {
		s.Reset()
	}
	t.straddlers, t.bytes, t.woken = 0, 0, 0
}

// merge adds all of o.
func (t *tally) merge(o *tally) {
	t.straddlers += o.straddlers
	t.bytes += o.bytes
	t.woken += o.woken
	t.ok.Merge(&o.ok)
	t.service.Merge(&o.service)
	t.bad.Merge(&o.bad)
	t.badService.Merge(&o.badService)
	t.cut.Merge(&o.cut)
	t.flying.Merge(&o.flying)
}

// requests returns how many requests came to an end.
func (t *tally) requests() int64 { return int64(t.ok.Count() + t.bad.Count()) }

// operation returns the row of a tally over a stretch of seconds. The row keeps t's sketches.
// late is the wake lag of the phase; an operation that no wake-up began has none.
func (t *tally) operation(op Op, seconds float64, late *hist.Sketch) Operation {
	if t.woken == 0 {
		late = &hist.Sketch{}
	}
	all := t.responses()
	o := Operation{
		Method: op.Method, Name: op.Name,
		Requests: t.requests(), Failures: int64(t.bad.Count()), RPS: rate(t.requests(), seconds),
		Throughput: rate(int64(t.ok.Count()), seconds),
		ResponseMS: all.figures(),
		ServiceMS:  figuresOf(&t.service, &t.badService, nil),
		Trust:      trustOf(&all, late),
		Straddlers: t.straddlers, CutOff: int64(t.cut.Count()), Bytes: t.bytes,
		InFlight: int64(t.flying.Count()), WaitingMS: millis(t.flying.Max()),
		Response: kept(&t.ok), Service: kept(&t.service),
		Failed: kept(&t.bad), FailedService: kept(&t.badService), Cut: kept(&t.cut), Waiting: kept(&t.flying),
	}
	if o.Failures > 0 && o.Failures < o.Requests {
		successes := figuresOf(&t.ok, nil, nil)
		o.SuccessMS = &successes
	}
	return o
}

// kept returns s, or nil if it is empty.
func kept(s *hist.Sketch) *hist.Sketch {
	if s.Count() == 0 {
		return nil
	}
	return s
}

// rate returns n per second; 0 for no time.
func rate(n int64, seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	return float64(n) / seconds
}

// gathered is a copy of the figures of some phases by operation, so that what is built from it
// keeps nobody waiting.
type gathered struct {
	phase   int   // of a single phase: its index
	ids     []int // of operations, in the order of rows
	ops     []Op
	tallies []*tally
	late    *hist.Sketch
	counts  Counters
}

// gather copies the figures of phase i as they are at an offset.
func (f *figures) gather(i int, names []Op, now time.Duration) gathered {
	p := f.phases[i]
	byOp, late := make([]*tally, len(names)), new(hist.Sketch)
	late.Merge(&p.late)
	for id, c := range p.cells {
		if c != nil {
			byOp[id] = new(tally)
			byOp[id].add(c, now)
		}
	}
	out := inRows(byOp, names, late)
	out.phase, out.counts = i, f.counts[i].state()
	return out
}

// together sums up what was gathered of single phases.
func together(phases []gathered, names []Op) gathered {
	byOp, late, sum := make([]*tally, len(names)), new(hist.Sketch), Counters{}
	for i := range phases {
		sum.add(phases[i].counts)
		late.Merge(phases[i].late)
		for row, id := range phases[i].ids {
			if byOp[id] == nil {
				byOp[id] = new(tally)
			}
			byOp[id].merge(phases[i].tallies[row])
		}
	}
	out := inRows(byOp, names, late)
	out.counts = sum
	return out
}

// inRows puts tallies by number of the operation into the order of rows.
func inRows(byOp []*tally, names []Op, late *hist.Sketch) gathered {
	out := gathered{late: late}
	for _, id := range inOrder(names) {
		if byOp[id] != nil {
			out.ids, out.ops, out.tallies = append(out.ids, id), append(out.ops, names[id]), append(out.tallies, byOp[id])
		}
	}
	return out
}

// inOrder returns the numbers of operations sorted by name, then method, the stand-in last.
func inOrder(names []Op) []int {
	ids := make([]int, len(names))
	for i := range ids {
		ids[i] = i
	}
	slices.SortFunc(ids[1:], func(a, b int) int {
		return cmp.Or(cmp.Compare(names[a].Name, names[b].Name), cmp.Compare(names[a].Method, names[b].Method))
	})
	return append(ids[1:], 0)
}
