package record

import (
	"fmt"
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// Merge adds the figures of another process, number from of several. What is in flight there replaces what
// was in flight there before. Deltas may come in any order of processes, each one's in its own order; that none is
// missing and none comes twice is up to the caller.
//
// What was measured before the figures of this Recorder were zeroed last does not count: all processes zero them at the same commands,
// this one first. A Delta of All may also come into a Recorder that has been zeroed less often, which then counts
// from where that one did; the part of it that had not been merged there counts as that of process from, or of a new one if that is one of its
// processes. An error means that the Delta does not fit; then nothing has changed.
func (r *Recorder) Merge(from int, d *Delta) error {
	if len(d.data) == 0 {
		return nil
	}
	r.ledgers.mu.Lock()
	defer r.ledgers.mu.Unlock()
	in, from, err := r.mergeLedger(from, d.data, false)
	if err != nil {
		return err
	}
	z := r.zeroedLast()
	r.ledgers.each(func(_ report.Sort, l *Recorder) {
		if l.zeroedLast().resets < z.resets { // a Delta of All has zeroed more often
			l.zero(func(zeroed) zeroed { return z })
		}
	})
	for _, l := range in.ledgers {
		if _, _, err := r.makeLedger(l.sort).mergeLedger(from, l.data, true); err != nil {
			return err
		}
	}
	return nil
}

// mergeLedger adds the figures of a Delta, and returns its header and the number of the process that they are counted as.
func (r *Recorder) mergeLedger(from int, data []byte, ledger bool) (reader, int, error) {
	f := r.store
	f.mu.Lock()
	defer f.mu.Unlock()
	in := reader{data: data, seconds: maxSeconds, ledger: ledger}
	in.header()
	if err := r.accept(f, &in); err != nil {
		return in, from, fmt.Errorf("record: delta: %w", err)
	}
	from = f.numberOf(from, in.processes)
	in.figures(&target{r: r, f: f, from: from})
	return in, from, in.err
}

// Lose ends what processes that are lost had begun, at offset at: their requests in flight are cut off. It is to be called when
// nothing more will be merged: tasks that seem to run are then unfinished, and starts that seem to wait are lost, since a process that
// is not lost has reported how its tasks ended.
func (r *Recorder) Lose(at time.Duration, from ...int) {
	r.ledgers.mu.Lock()
	defer r.ledgers.mu.Unlock()
	r.ledgers.each(func(_ report.Sort, l *Recorder) { l.Lose(at, from...) })
	for _, n := range from {
		r.Leave(n)
	}
	r.read(func(f *store) {
		for i := range f.counts {
			now := f.counts[i].state()
			f.merged[i][Unfinished] += now.Running
			f.merged[i][Lost] += now.Waiting
		}
		for _, n := range from {
			p := f.processes[n]
			if p == nil {
				continue
			}
			for _, x := range p.flying {
				if p.resets == f.resets {
					f.phaseOf(x.intended).cell(x.op).cutOff(max(0, at-time.Duration(x.intended)))
				}
			}
			p.flying, p.before = nil, nil
		}
	})
}

// accept readies the figures for a Delta, or says why it does not fit.
func (r *Recorder) accept(f *store, in *reader) error {
	if in.phases != len(r.phases) {
		return fmt.Errorf("of a run with %d phases, not %d", in.phases, len(r.phases))
	}
	for _, p := range in.processes {
		if f.processes[p.number] != nil {
			return fmt.Errorf("process %d has been merged before", p.number)
		}
	}
	z := r.zeroedLast()
	if in.zeroed.resets > z.resets {
		if !in.whole {
			return fmt.Errorf("zeroed %d times, and the figures that it is for %d times", in.zeroed.resets, z.resets)
		}
		r.zero(func(zeroed) zeroed { return in.zeroed })
		z = r.zeroedLast()
	}
	f.reset(z)
	if in.whole && in.ended >= 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.ended < 0 {
			r.ended = in.ended
			f.end(int64(in.ended))
		}
	}
	return nil
}

// numberOf returns from, or where that is one of the processes in a Delta a number that no process has.
func (f *store) numberOf(from int, within []member) int {
	taken := func(m member) bool { return m.number == from }
	for len(within) > 0 && (f.processes[from] != nil || slices.ContainsFunc(within, taken)) {
		from = min(from, 0) - 1
	}
	return from
}

// target is where the figures of a Delta go; nil: nowhere, they are only checked.
type target struct {
	r            *Recorder
	f            *store
	from         int
	ops, reasons []uint16 // numbers in the Recorder, by those in the Delta
	second       int32    // the last one in which something was done
}

// addOp gives an operation the number of the Recorder.
func (t *target) addOp(op report.Op) {
	if t != nil {
		id, _ := t.r.ops.id(op)
		t.ops = append(t.ops, id)
	}
}

// addReason gives a reason the number of the Recorder.
func (t *target) addReason(reason string) {
	if t != nil {
		id, _ := t.r.reasons.id(reason)
		t.reasons = append(t.reasons, id)
	}
}

// inFlight keeps what is in flight in a process.
func (t *target) inFlight(number int, p process) {
	if t.f.processes == nil {
		t.f.processes = make(map[int]*process)
	}
	for i := range p.flying {
		p.flying[i].op = t.ops[p.flying[i].op]
	}
	t.f.processes[number] = &p
}

// odds adds exceptions and notes, unless the figures have been zeroed just now.
func (t *target) odds(list []report.Exception, notes []noteCount) {
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	if t.r.resets != t.f.resets {
		return
	}
	t.r.exceptions.merge(list)
	for _, n := range notes {
		t.r.notes.add(n.what, n.times)
	}
}

// noteCount says how often something happened.
type noteCount struct {
	what  string
	times int64
}

// phase adds the counters of a phase, and returns where its figures go and how much longer a slot is there, as a shift.
func (t *target) phase(i int, gained *counts, shift uint8) (*phaseStore, uint8) {
	if t == nil {
		return nil, 0
	}
	p := t.f.phases[i]
	t.f.merged[i].add(gained)
	for p.shift < shift {
		p.widen(&t.f.scratch)
	}
	return p, p.shift - shift
}

// settled keeps the memory within the limits once a phase has been merged.
func (t *target) settled(p *phaseStore) {
	if p != nil {
		p.measure()
		t.f.trim()
	}
}

// parts are where the figures of one operation in one phase go; nil: nowhere.
type parts struct {
	ok, service, response, failedService, cut *hist.Sketch
	failed                                    *failed
	series                                    *rowList
}

// recent counts requests of an operation that were done in a second.
func (t *target) recent(op int, second int32, requests, failures uint32) {
	if t != nil {
		t.f.recentOp(t.ops[op]).count(second, requests, failures)
		t.second = max(t.second, second)
	}
}

// cell returns the cell of an operation and where its figures go.
func (t *target) cell(p *phaseStore, op int, has uint64) (*cell, parts) {
	if p == nil {
		return nil, parts{}
	}
	c := p.cell(t.ops[op])
	c.lately.note(t.second, c)
	out := parts{ok: &c.ok, service: &c.service, series: &c.series}
	if has&partFailed > 0 {
		if c.failed == nil {
			c.failed = new(failed)
		}
		out.failed, out.response, out.failedService = c.failed, &c.failed.response, &c.failed.service
	}
	if has&partCut > 0 {
		if c.cut == nil {
			c.cut = new(hist.Sketch)
		}
		out.cut = c.cut
	}
	return c, out
}
