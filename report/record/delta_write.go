package record

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gensim/load-generator/report"
)

// write returns all figures, or what came since the last time.
func (r *Recorder) write(f *store, of []ledgerDelta, whole bool) *Delta {
	w := &writer{to: make([]byte, 0, f.size+f.size/8+256), r: r, f: f}
	w.numbers(deltaVersion, uint64(f.resets), uint64(len(f.phases)))
	w.flag(whole)
	w.size(len(of))
	for _, l := range of {
		w.size(int(l.sort))
		w.text(string(l.data))
	}
	if whole {
		w.past()
	}
	w.names()
	w.inFlight(whole)
	w.levels(whole)
	w.odds(whole)
	w.recent()
	w.phases(whole)
	f.size = len(w.to)
	return &Delta{w.to, w.sum()}
}

// past writes what only a whole Delta has: how the Recorder came to be.
func (w *writer) past() {
	w.r.mu.Lock()
	ended := w.r.ended
	w.r.mu.Unlock()
	for _, at := range []int64{int64(w.f.at), int64(w.f.from), int64(ended)} {
		w.signed(at)
	}
	l := &w.r.levels
	l.mu.Lock()
	defer l.mu.Unlock()
	numbers := w.f.numbers()
	w.size(len(numbers))
	for _, n := range numbers {
		p := l.process(n)
		w.signed(int64(n))
		w.size(w.f.processes[n].resets)
		w.size(p.seconds)
		w.level(p.last)
	}
}

// numbers are those of the processes merged, in order.
func (f *store) numbers() []int { return slices.Sorted(maps.Keys(f.processes)) }

// names writes the names that the figures refer to.
func (w *writer) names() {
	ops, reasons := w.r.ops.all(), w.r.reasons.all()
	w.ops, w.why = make([]int, len(ops)), make([]int, len(reasons))
	for _, x := range w.f.flying {
		w.ops[x.op] = 1
	}
	for _, p := range w.f.processes {
		for _, x := range p.flying {
			w.ops[x.op] = 1
		}
	}
	for _, p := range w.f.phases {
		for op, c := range p.cells {
			if c != nil && !c.empty() {
				w.ops[op] = 1
				c.markReasons(w.why)
			}
		}
	}
	w.size(renumber(w.ops))
	for i, op := range ops {
		if w.ops[i] >= 0 {
			w.text(op.Kind)
			w.text(op.Method)
			w.text(op.Name)
		}
	}
	w.size(renumber(w.why))
	for i, reason := range reasons {
		if w.why[i] >= 0 {
			w.text(reason)
		}
	}
}

// markReasons marks the reasons of the failures of c.
func (c *cell) markReasons(used []int) {
	if c.failed == nil {
		return
	}
	for _, t := range c.failed.reasons {
		used[t.reason] = 1
	}
}

// renumber gives those that are 1 their number among them, and -1 to the others. It returns how many there are.
func renumber(used []int) (n int) {
	for i, u := range used {
		if used[i] = -1; u == 1 {
			used[i] = n
			n++
		}
	}
	return n
}

// inFlight writes what is in flight in the Recorder and in each process.
func (w *writer) inFlight(whole bool) {
	var before []int64
	f := w.f
	f.flying = slices.DeleteFunc(f.flying, func(x place) bool {
		if x.intended >= int64(f.from) {
			return false
		}
		if before == nil {
			before = make([]int64, len(f.phases))
		}
		before[f.indexOf(x.intended)]++
		return true
	})
	w.flights(f.flying, before)
	if !whole {
		return
	}
	for _, n := range f.numbers() {
		w.flights(f.processes[n].flying, f.processes[n].before)
	}
}

// flights writes requests in flight, which it sorts.
func (w *writer) flights(list []place, before []int64) {
	slices.SortFunc(list, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.op, b.op), cmp.Compare(a.intended, b.intended))
	})
	ops := 0
	for i := range list {
		if i == 0 || list[i].op != list[i-1].op {
			ops++
		}
	}
	w.size(ops)
	op := -1
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(x place) bool { return x.op != list[0].op })
		if n < 0 {
			n = len(list)
		}
		w.index(&op, w.ops[list[0].op])
		w.size(n)
		last := list[0].intended
		w.signed(last)
		for _, x := range list[1:n] {
			w.numbers(uint64(x.intended - last))
			last = x.intended
		}
		list = list[n:]
	}
	w.size(len(before))
	for _, n := range before {
		w.numbers(uint64(n))
	}
}

// levels writes the levels noted since the last time, or all.
func (w *writer) levels(whole bool) {
	l := &w.r.levels
	l.mu.Lock()
	defer l.mu.Unlock()
	if whole {
		w.rows(0, l.rows)
		w.rows(0, l.others)
		return
	}
	w.rows(l.taken, l.rows[l.taken:])
	l.taken = len(l.rows)
}

// rows writes the levels from a second on.
func (w *writer) rows(first int, rows []level) {
	w.size(first)
	w.size(len(rows))
	last := level{}
	for _, v := range rows {
		w.level(level{v.planned - last.planned, v.users - last.users, v.on - last.on})
		last = v
	}
}

func (w *writer) level(v level) {
	for _, n := range []int32{v.planned, v.users, v.on} {
		w.signed(int64(n))
	}
}

// odds writes exceptions and notes, and forgets them unless whole. If the figures have been zeroed since they were held, there are none:
// those that are there are of afterwards.
func (w *writer) odds(whole bool) {
	r := w.r
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []report.Exception
	var notes map[string]int64
	if r.resets == w.f.resets {
		list, notes = r.exceptions.take(!whole), r.notes.take(!whole)
	}
	w.size(len(list))
	for _, e := range list {
		w.text(e.Kind)
		w.text(e.Message)
		w.text(e.Stack)
		w.numbers(uint64(e.Occurrences))
		w.float(e.FirstS)
		w.float(e.LastS)
	}
	w.size(len(notes))
	for _, what := range slices.Sorted(maps.Keys(notes)) {
		w.text(what)
		w.numbers(uint64(notes[what]))
	}
}

// phases writes the phases in which something came.
func (w *writer) phases(whole bool) {
	gained := w.f.counts
	if !whole {
		gained = w.f.gained()
	}
	var some []int
	for i, p := range w.f.phases {
		if gained[i] != (counts{}) || p.filled() > 0 {
			some = append(some, i)
		}
	}
	w.size(len(some))
	last := -1
	for _, i := range some {
		w.index(&last, i)
		for c, n := range gained[i][:beforeReset] {
			w.numbers(uint64(n))
			w.gained[c] += n
		}
		w.phase(w.f.phases[i])
	}
}

// gained returns what the counters have gained since the last time.
func (f *store) gained() []counts {
	if f.toldOf != f.resets {
		clear(f.told)
		f.toldOf = f.resets
	}
	out := make([]counts, len(f.counts))
	for i := range out {
		out[i] = *f.counts[i].since(&f.told[i])
	}
	copy(f.told, f.counts)
	return out
}

// filled returns how many cells are not empty.
func (p *phaseStore) filled() (n int) {
	for _, c := range p.cells {
		if c != nil && !c.empty() {
			n++
		}
	}
	return n
}

func (w *writer) phase(p *phaseStore) {
	w.numbers(uint64(p.shift))
	if w.flag(p.late.Count() > 0); p.late.Count() > 0 {
		w.sketch(&p.late)
	}
	w.size(p.filled())
	last := -1
	for op, c := range p.cells {
		if c != nil && !c.empty() {
			w.index(&last, w.ops[op])
			w.cell(c)
		}
	}
	w.rowList(&p.all)
	w.done.rows(&p.all)
}

func (w *writer) cell(c *cell) {
	parts := 0
	if c.ok.Count() > 0 {
		parts |= partOK
	}
	if c.failed != nil && c.failed.response.Count() > 0 {
		parts |= partFailed
	}
	if c.cut.Count() > 0 {
		parts |= partCut
	}
	if c.timings.Requests() > 0 {
		parts |= partTimed
	}
	w.numbers(uint64(c.woken), uint64(max(0, c.bytes)), uint64(parts))
	if parts&partOK > 0 {
		w.totals(&c.ok)
		w.sketch(&c.service)
	}
	w.rowList(&c.series)
	if parts&partFailed > 0 {
		w.failed(c.failed)
	}
	if parts&partCut > 0 {
		w.sketch(c.cut)
	}
	if parts&partTimed > 0 {
		w.timings(c.timings)
	}
}

func (w *writer) failed(f *failed) {
	w.sketch(&f.response)
	w.sketch(&f.service)
	w.size(len(f.reasons))
	for _, t := range f.reasons {
		w.size(w.why[t.reason])
		w.numbers(uint64(t.n))
		w.signed(t.first)
		w.numbers(uint64(t.last - t.first))
	}
}

// rowList writes the rows of an operation, or of all.
func (w *writer) rowList(s *rowList) {
	w.size(len(s.rows))
	last := -1
	for i := range s.rows {
		r := &s.rows[i]
		w.index(&last, int(r.slot))
		w.flag(r.straddled != nil)
		w.outcomes(&r.inTime)
		if r.straddled != nil {
			w.outcomes(r.straddled)
		}
	}
}

func (w *writer) outcomes(n *outcomes) {
	w.numbers(uint64(n.failures))
	w.to = n.successes.AppendCompact(w.to, &w.f.scratch)
}

// recent writes the last seconds.
func (w *writer) recent() {
	var some []int
	for op, o := range w.f.recent {
		if w.ops[op] >= 0 && o.filled() > 0 {
			some = append(some, op)
		}
	}
	w.size(len(some))
	last := -1
	for _, op := range some {
		w.index(&last, w.ops[op])
		o := w.f.recent[op]
		w.size(o.filled())
		for i := range o.slots {
			if s := &o.slots[i]; s.requests > 0 {
				w.numbers(uint64(s.second), uint64(s.requests), uint64(s.failures))
			}
		}
	}
}
