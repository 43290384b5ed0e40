package record

import (
	"math"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/timing"
)

// Numbers of the failure reasons that every run knows.
const (
	noReason = iota
	cutOffReason
	otherReason
)

// store holds all that has been folded in; mu guards every field.
type store struct {
	mu      sync.Mutex
	sort    report.Sort
	phases  []*phaseStore
	current *phaseStore // of the last sample: the next one is likely its neighbour
	recent  []*recentOp // by number of the operation
	limit   int         // bytes that the rows may take
	zeroed              // as they were zeroed last
	batch   batch
	counts  []counts // of all shards and processes merged by phase, as of the last reading
	flying  []place  // in flight in the shards then
	halted  []*chunk // working memory
	scratch hist.Dense

	merged    []counts         // of the processes merged, by phase
	processes map[int]*process // by number
	told      []counts         // that have been taken, by phase
	toldOf    int              // the resets then
	size      int              // bytes of the last Delta
}

// process is what is in flight in a process whose figures are merged.
type process struct {
	resets int     // how often its figures had been zeroed
	flying []place // that count if they have been zeroed no more since
	before []int64 // by phase: requests that do not count; nil: none
}

// phaseStore holds the figures of one phase.
type phaseStore struct {
	start, end int64       // nanoseconds; end is that of the plan until the run says otherwise
	next       int64       // start of the next phase
	first      int32       // second of slot 0
	shift      uint8       // a slot is 2^shift seconds long
	cells      []*cell     // by number of the operation; nil: none
	all        rowList     // of all operations together
	late       hist.Sketch // wake lag of the first request of each task
	seen       int         // rows of all when the memory was last measured
	bytes      int         // estimate of the memory of the rows, then
}

// cell holds the figures of one operation in one phase.
type cell struct {
	straddlers int64
	bytes      int64
	woken      int64       // requests that a wake-up began
	ok         hist.Sketch // response times of successes
	service    hist.Sketch // their service times
	failed     *failed
	cut        *hist.Sketch  // how long the requests that the end cut had taken; nil: none
	flying     []int64       // what those count from that were in flight at the last reading, nanoseconds
	timings    *timing.Tally // of successes and failures; nil: not measured
	series     rowList
	lately     lately // if figures are merged
}

// failed holds what only operations with failures need.
type failed struct {
	response, service hist.Sketch
	reasons           []reasonTally
}

// reasonTally counts one reason of one operation in one phase.
type reasonTally struct {
	reason      uint16
	n           int64
	first, last int64 // when it was first and last seen, nanoseconds
}

// newStore returns an empty store for the phases of a run.
func newStore(phases []report.PhaseInfo, limit int, sort report.Sort) *store {
	f := &store{
		sort: sort, limit: limit, counts: make([]counts, len(phases)), merged: make([]counts, len(phases)), told: make([]counts, len(phases)),
	}
	for i, info := range phases {
		p := &phaseStore{start: int64(info.Start), end: math.MaxInt64, next: math.MaxInt64}
		if info.End > 0 {
			p.end = int64(info.End)
		}
		if i > 0 {
			f.phases[i-1].next = p.start
		}
		p.first = int32(info.Start / time.Second)
		f.phases = append(f.phases, p)
	}
	f.phases[0].start, f.current = math.MinInt64, f.phases[0]
	return f
}

// holds says whether an offset lies in the phase.
func (p *phaseStore) holds(at int64) bool { return p.start <= at && at < p.next }

// phaseOf returns the phase that an offset lies in.
func (f *store) phaseOf(at int64) *phaseStore { return f.phases[f.indexOf(at)] }

// indexOf returns the number of the phase that an offset lies in.
func (f *store) indexOf(at int64) int {
	return sort.Search(len(f.phases)-1, func(i int) bool { return at < f.phases[i].next })
}

// slot returns the slot of an offset.
func (p *phaseStore) slot(at int64) int32 {
	return max(0, int32(at/int64(time.Second))-p.first) >> p.shift
}

// width returns the length of a slot, s.
func (p *phaseStore) width() int { return 1 << p.shift }

// cell returns the cell of an operation and makes it if need be.
func (p *phaseStore) cell(op uint16) *cell {
	if int(op) < len(p.cells) && p.cells[op] != nil {
		return p.cells[op]
	}
	for int(op) >= len(p.cells) {
		p.cells = append(p.cells, nil)
	}
	p.cells[op] = new(cell)
	return p.cells[op]
}

// recentOp returns the recent seconds of an operation.
func (f *store) recentOp(op uint16) *recentOp {
	for int(op) >= len(f.recent) {
		f.recent = append(f.recent, new(recentOp))
	}
	return f.recent[op]
}

// reset forgets everything but the phases if the figures were zeroed since the last time.
func (f *store) reset(z zeroed) {
	if z.resets == f.resets {
		return
	}
	f.zeroed = z
	for _, p := range f.phases {
		p.cells, p.all, p.late, p.shift, p.seen, p.bytes = nil, rowList{}, hist.Sketch{}, 0, 0, 0
	}
	f.recent = nil
	clear(f.merged)
}

// place puts what is in flight where it belongs, and the requests that were sent after the last phase
// into that one. What began before the figures were zeroed is only counted: it will not count when it ends.
func (f *store) place() {
	for _, p := range f.phases {
		for _, c := range p.cells {
			if c != nil {
				c.flying = c.flying[:0]
			}
		}
	}
	for _, x := range f.flying {
		f.fly(x, x.intended >= int64(f.from))
	}
	for _, p := range f.processes {
		for i, n := range p.before {
			f.counts[i][beforeReset] += n
		}
		for _, x := range p.flying {
			f.fly(x, p.resets == f.resets)
		}
	}
	for i, p := range f.phases {
		if p.next < math.MaxInt64 {
			continue
		}
		for j := i + 1; j < len(f.phases); j++ {
			f.counts[i][sentRequests] += f.counts[j][sentRequests]
			f.counts[j][sentRequests] = 0
		}
		return
	}
}

// fly puts a request that is in flight where it belongs, or counts it if its figures will not count.
func (f *store) fly(x place, counts bool) {
	if !counts {
		f.counts[f.indexOf(x.intended)][beforeReset]++
		return
	}
	c := f.phaseOf(x.intended).cell(x.op)
	c.flying = append(c.flying, x.intended)
}

// end notes that phases end at an offset at the latest. The one that holds it is the last: what is
// sent later, by stop hooks for example, belongs to it and not to a phase that never began.
func (f *store) end(at int64) {
	for _, p := range f.phases {
		p.end = min(p.end, at)
		if p.next > at {
			p.next = math.MaxInt64
		}
	}
	f.current = f.phaseOf(at)
}

// tidy keeps the memory of the rows within the limit; it looks when a slot has been added.
func (f *store) tidy() {
	if p := f.current; p.seen != len(p.all.rows) {
		p.measure()
		f.trim()
	}
}

// trim merges the rows of the largest phase pairwise as long as all rows take more than the limit.
func (f *store) trim() {
	for {
		total, largest := 0, f.phases[0]
		for _, p := range f.phases {
			total += p.bytes
			if p.bytes > largest.bytes {
				largest = p
			}
		}
		if total <= f.limit || largest.shift == maxShift || largest.full() {
			return
		}
		largest.widen(&f.scratch)
	}
}

// maxShift ends the merging: slots of 18 hours.
const maxShift = 16

// full says whether the counts of a row of twice the length may not fit. Half of what does is for the processes
// whose figures of that time are still to come.
func (p *phaseStore) full() bool {
	return slices.ContainsFunc(p.all.rows, func(r row) bool { return r.inTime.requests >= 1<<30 })
}

// measure updates the estimate of what the rows take.
func (p *phaseStore) measure() {
	p.seen, p.bytes = len(p.all.rows), p.all.bytes
	for _, c := range p.cells {
		if c != nil {
			p.bytes += c.series.bytes
		}
	}
}

// widen doubles the length of a phase's slots.
func (p *phaseStore) widen(c *hist.Dense) {
	p.shift++
	p.all.widen(c)
	for _, cell := range p.cells {
		if cell != nil {
			cell.series.widen(c)
		}
	}
	p.measure()
}

// clear forgets the figures and keeps the memory, unless nothing has come since the last time.
func (f *store) clear() {
	for _, p := range f.phases {
		p.clear()
	}
	for _, o := range f.recent {
		o.clear()
	}
}

func (p *phaseStore) clear() {
	idle := true
	for _, c := range p.cells {
		if c != nil && !c.empty() {
			idle = false
			c.clear()
		}
	}
	p.shift, p.seen, p.bytes = 0, 0, 0
	if idle {
		p.cells, p.all, p.late = nil, rowList{}, hist.Sketch{}
		return
	}
	p.all.clear()
	p.late.Reset()
}

// empty says whether no request of the cell has come to an end.
func (c *cell) empty() bool {
	return c.ok.Count() == 0 && c.cut.Count() == 0 && (c.failed == nil || c.failed.response.Count() == 0) && c.timings.Requests() == 0
}

func (c *cell) clear() {
	c.straddlers, c.bytes, c.woken = 0, 0, 0
	c.ok.Reset()
	c.service.Reset()
	if c.cut != nil {
		c.cut.Reset()
	}
	if c.failed != nil {
		c.failed.response.Reset()
		c.failed.service.Reset()
		c.failed.reasons = c.failed.reasons[:0]
	}
	c.timings.Reset()
	c.series.clear()
}

// lastSecond returns the second after the last row.
func (f *store) lastSecond() (last int) {
	for _, p := range f.phases {
		if len(p.all.rows) > 0 {
			last = max(last, int(p.first)+p.slots(0)*p.width())
		}
	}
	return last
}
