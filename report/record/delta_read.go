package record

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// header reads what a Delta begins with.
func (d *reader) header() {
	if version := d.number(math.MaxUint64); d.err == nil && version != deltaVersion {
		d.err, d.data = fmt.Errorf("version %d, and this program knows %d", version, deltaVersion), nil
	}
	d.zeroed.resets = int(d.number(math.MaxInt32))
	d.phases = int(d.number(math.MaxInt32))
	d.ended = -1
	d.whole = d.flag()
	d.readLedgers()
	if !d.whole {
		return
	}
	d.zeroed.at, d.zeroed.from, d.ended = time.Duration(d.signed()), time.Duration(d.signed()), time.Duration(d.signed())
	for n := d.size(); n > 0 && d.err == nil; n-- {
		m := member{number: int(d.within()), resets: int(d.number(math.MaxInt32))}
		m.seconds, m.last = int(d.number(maxLevels)), d.level()
		if k := len(d.processes); k > 0 && d.processes[k-1].number >= m.number {
			d.fail("processes out of order")
		}
		d.processes = append(d.processes, m)
	}
}

// readLedgers reads the Deltas of ledgers, in the order of their sorts.
func (d *reader) readLedgers() {
	n, last := d.size(), report.SortRequest
	if n > 0 && d.ledger {
		d.fail("ledger in a ledger")
	}
	for ; n > 0 && d.err == nil; n-- {
		sort, size := report.Sort(d.number(uint64(report.SortValue))), d.size()
		if sort <= last {
			d.fail("ledgers out of order")
		}
		if d.err == nil {
			d.ledgers, d.data, last = append(d.ledgers, ledgerDelta{sort, d.data[:size:size]}), d.data[size:], sort
		}
	}
}

// checkLedgers refuses ledgers that do not go with the rest.
func (d *reader) checkLedgers() {
	for _, l := range d.ledgers {
		in := reader{data: l.data, seconds: d.seconds, ledger: true}
		in.header()
		if in.err == nil && (in.phases != d.phases || in.zeroed.resets != d.zeroed.resets || in.whole != d.whole || !within(in.processes, d.processes)) {
			in.fail("of another Recorder")
		}
		if in.figures(nil); in.err != nil {
			d.fail(fmt.Sprintf("ledger of sort %s: %v", l.sort, in.err))
			return
		}
	}
}

// within says whether all processes are among others.
func within(some, all []member) bool {
	return !slices.ContainsFunc(some, func(m member) bool {
		return !slices.ContainsFunc(all, func(o member) bool { return o.number == m.number })
	})
}

func (d *reader) level() level { return level{d.within(), d.within(), d.within()} }

// figures reads all that follows the header.
func (d *reader) figures(t *target) {
	d.names(t)
	d.inFlight(t)
	d.levels(t)
	if t != nil && d.zeroed.resets < t.f.resets {
		return // the rest no longer counts
	}
	d.odds(t)
	d.recent(t)
	last := -1
	for n := d.size(); n > 0 && d.err == nil; n-- {
		if d.index(&last, d.phases); d.err == nil {
			d.phase(t, last)
		}
	}
	if len(d.data) > 0 {
		d.fail("bytes after its end")
	}
}

// names reads the names that the figures refer to.
func (d *reader) names(t *target) {
	n := d.size()
	if n > math.MaxUint16 {
		d.fail("too many operations")
	}
	for ; d.ops < n && d.err == nil; d.ops++ {
		t.addOp(report.Op{Kind: d.text(maxName), Method: d.text(maxName), Name: d.text(maxName)})
	}
	if n = d.size(); n > math.MaxUint16 {
		d.fail("too many reasons")
	}
	for ; d.reasons < n && d.err == nil; d.reasons++ {
		reason := d.text(maxName)
		if reason == "" || reason == report.CutOff {
			d.fail("not the reason of a failure")
		}
		t.addReason(reason)
	}
}

// inFlight reads what is in flight.
func (d *reader) inFlight(t *target) {
	own := process{resets: d.zeroed.resets}
	d.flights(&own)
	if t != nil {
		t.inFlight(t.from, own)
	}
	for _, m := range d.processes {
		p := process{resets: m.resets}
		d.flights(&p)
		if t != nil {
			t.inFlight(m.number, p)
		}
	}
}

// flights reads the requests in flight in a process, with the operations' numbers of the Delta.
func (d *reader) flights(p *process) {
	op := -1
	for k := d.size(); k > 0 && d.err == nil; k-- {
		d.index(&op, d.ops)
		n := d.size()
		if n == 0 {
			d.fail("operation without requests in flight")
			return
		}
		at := d.signed()
		p.flying = append(p.flying, place{intended: at, op: uint16(op)})
		for ; n > 1 && d.err == nil; n-- {
			next := int64(uint64(at) + d.number(math.MaxUint64))
			if next < at {
				d.fail("offset out of range")
			}
			at = next
			p.flying = append(p.flying, place{intended: at, op: uint16(op)})
		}
	}
	n := d.size()
	if n != 0 && n != d.phases {
		d.fail("other number of phases")
	}
	for ; n > 0 && d.err == nil; n-- {
		p.before = append(p.before, int64(d.number(maxCount)))
	}
}

// levels reads the levels noted.
func (d *reader) levels(t *target) {
	first, own := d.rows()
	if t != nil {
		t.r.levels.merge(t.from, first, own)
	}
	if !d.whole {
		return
	}
	first, others := d.rows()
	if first != 0 {
		d.fail("levels that do not begin with the run")
	}
	if t != nil {
		t.r.levels.mergeAll(others, d.processes)
	}
}

// rows reads levels.
func (d *reader) rows() (first int, rows []level) {
	most := min(maxLevels, d.seconds)
	first = int(d.number(uint64(most)))
	last, n := level{}, d.size()
	if first+n > most {
		d.fail("levels of seconds out of range")
	}
	for ; n > 0 && d.err == nil; n-- {
		v := d.level()
		last = level{last.planned + v.planned, last.users + v.users, last.on + v.on}
		rows = append(rows, last)
	}
	return first, rows
}

// odds reads exceptions and notes.
func (d *reader) odds(t *target) {
	var list []report.Exception
	var notes []noteCount
	for n := d.size(); n > 0 && d.err == nil; n-- {
		e := report.Exception{Kind: d.text(maxName), Message: d.text(maxMessage), Stack: d.text(maxStack)}
		e.Occurrences, e.FirstS, e.LastS = int64(d.number(maxCount)), d.float(), d.float()
		if e.Occurrences == 0 || !(e.FirstS <= e.LastS) || math.IsInf(e.FirstS, 0) || math.IsInf(e.LastS, 0) {
			d.fail("exception that was not seen")
		}
		list = append(list, e)
	}
	for n := d.size(); n > 0 && d.err == nil; n-- {
		notes = append(notes, noteCount{d.text(maxName), int64(d.number(maxCount))})
	}
	if t != nil {
		t.odds(list, notes)
	}
}

// phase reads the figures of a phase.
func (d *reader) phase(t *target, i int) {
	var gained counts
	for c := range gained[:beforeReset] {
		gained[c] = int64(d.number(maxCount))
	}
	d.gained.add(&gained)
	shift := uint8(d.number(maxShift))
	p, by := t.phase(i, &gained, shift)
	if d.flag() {
		var late *hist.Sketch
		if p != nil {
			late = &p.late
		}
		d.sketch(late)
	}
	op, cells := -1, done{}
	for n := d.size(); n > 0 && d.err == nil; n-- {
		if d.index(&op, d.ops); d.err == nil {
			cells.add(d, d.cell(t, p, op, shift, by))
		}
	}
	var all *rowList
	if p != nil {
		all = &p.all
	}
	if d.rowList(t, all, nil, shift, by).done != cells {
		d.fail("rows of all operations that are not their sum")
	}
	d.done.add(d, cells)
	t.settled(p)
}

// tallied is what some rows came to.
type tallied struct {
	done
	successes hist.Extent
}

// cell reads the figures of one operation in one phase.
func (d *reader) cell(t *target, p *phaseStore, op int, shift, by uint8) done {
	woken, bytes, has := d.number(maxCount), d.number(math.MaxInt64), d.number(partsEnd-1)
	if has == 0 {
		d.fail("operation without requests")
		return done{}
	}
	c, to := t.cell(p, op, has)
	var ok hist.Totals
	var served, cut uint64
	if has&partOK > 0 {
		if ok = d.totals(); to.ok != nil {
			to.ok.AddTotals(ok)
		}
		served = d.sketch(to.service)
	}
	sum := d.rowList(t, to.series, to.ok, shift, by)
	if sum.successes.Count != served {
		d.fail("service times that are not those of the rows")
	} else if has&partOK > 0 {
		d.check(ok, sum.successes)
	}
	if has&partFailed > 0 {
		d.failed(t, to, sum.failures)
	} else if sum.failures > 0 {
		d.fail("failures without reasons")
	}
	if has&partCut > 0 {
		cut = d.sketch(to.cut)
	}
	if has&partTimed > 0 {
		d.timings(c)
	}
	if woken > sum.requests+cut {
		d.fail("more wake-ups than requests")
	}
	if c != nil {
		c.woken += int64(woken)
		c.bytes += int64(bytes)
		c.straddlers += int64(sum.straddlers)
		if d.whole {
			c.lately = nil // nothing of it is recent
			c.lately.note(t.second+1, c)
		}
	}
	return sum.done
}

// failed reads the failures of an operation, which are n.
func (d *reader) failed(t *target, to parts, n uint64) {
	if response, service := d.sketch(to.response), d.sketch(to.failedService); response != n || service != n {
		d.fail("times of failures that are not those of the rows")
	}
	for k := d.size(); k > 0 && d.err == nil; k-- {
		reason, times, first := d.number(math.MaxUint16), d.number(n), d.signed()
		last := int64(uint64(first) + d.number(math.MaxUint64))
		if reason >= uint64(d.reasons) || times == 0 || last < first {
			d.fail("reason out of range")
			return
		}
		n -= times
		if to.failed != nil {
			to.failed.merge(reasonTally{t.reasons[reason], int64(times), first, last})
		}
	}
	if n > 0 {
		d.fail("failures without reasons")
	}
}

// rowList reads the rows of an operation, or of all, whose slots are 2^shift seconds long and 2^by times as long where
// they go. The times of the successes go to ok too.
func (d *reader) rowList(t *target, to *rowList, ok *hist.Sketch, shift, by uint8) tallied {
	sum, slot := tallied{}, -1
	for n := d.size(); n > 0 && d.err == nil; n-- {
		d.index(&slot, d.seconds>>shift)
		both := d.flag()
		inTime, straddled := d.outcomes(&sum, ok), doneRow{}
		if both {
			straddled = d.outcomes(&sum, ok)
		}
		if inTime.requests == 0 && !both || both && straddled.requests == 0 {
			d.fail("row without requests")
		}
		sum.straddlers += uint64(straddled.requests)
		if to != nil && d.err == nil {
			to.merge(int32(slot>>by), inTime, straddled, &t.f.scratch)
		}
	}
	return sum
}

// outcomes reads what some requests of a row came to, and adds it to sum.
func (d *reader) outcomes(sum *tallied, ok *hist.Sketch) doneRow {
	failures := d.number(math.MaxUint32)
	list, e := d.list(ok)
	if failures+e.Count > math.MaxUint32 {
		d.fail("number out of range")
	}
	sum.add(d, done{requests: failures + e.Count, failures: failures})
	sum.successes.Add(e)
	return doneRow{uint32(failures + e.Count), uint32(failures), list}
}

// recent reads the last seconds.
func (d *reader) recent(t *target) {
	op := -1
	for n := d.size(); n > 0 && d.err == nil; n-- {
		d.index(&op, d.ops)
		slot := -1
		for k := d.number(recentSlots); k > 0 && d.err == nil; k-- {
			second, requests := int32(d.number(math.MaxInt32)), uint32(d.number(math.MaxUint32))
			failures := uint32(d.number(uint64(requests)))
			at := int(second & (recentSlots - 1))
			if at <= slot || requests == 0 {
				d.fail("recent second out of order")
				return
			}
			slot = at
			t.recent(op, second, requests, failures)
		}
	}
}
