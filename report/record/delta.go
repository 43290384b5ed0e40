package record

import (
	"fmt"

	"github.com/gensim/load-generator/report"
)

// Delta holds figures of a Recorder for another Recorder of the same phases to add to its own: what came
// between two calls of Take, or all there is. It is kept as the bytes that are sent, so it costs no more
// than these. The zero Delta holds nothing. A Delta does not change.
type Delta struct {
	data []byte
	sum  Sum
}

// Sum is what the figures of a Delta come to, in all phases.
type Sum struct {
	Counters           report.Counters // without what is in flight, waits or runs
	Requests, Failures int64           // completed requests, and the failures among them
}

// Add adds all counts of o.
func (s *Sum) Add(o Sum) {
	s.Counters.Add(o.Counters)
	s.Requests += o.Requests
	s.Failures += o.Failures
}

// Sum is what the figures come to. What a Recorder with more resets leaves out when it merges the Delta is
// among them.
func (d *Delta) Sum() Sum { return d.sum }

// come is what of the figures goes into their Sum.
type come struct {
	gained counts // in all phases
	done   done
}

func (n *come) sum() Sum {
	c := n.gained.tasks()
	c.Sent, c.Straddlers = n.gained[sentRequests], int64(n.done.straddlers)
	return Sum{c, int64(n.done.requests), int64(n.done.failures)}
}

// done counts requests that came to their end.
type done struct{ requests, failures, straddlers uint64 }

// add adds the requests of o.
func (n *done) add(d *reader, o done) {
	n.requests += o.requests
	n.failures += o.failures
	n.straddlers += o.straddlers
	if n.requests > maxCount {
		d.fail("number out of range")
	}
}

// rows adds the requests of rows.
func (n *done) rows(s *rowList) {
	for i := range s.rows {
		r := &s.rows[i]
		n.requests += uint64(r.inTime.requests)
		n.failures += uint64(r.inTime.failures)
		if late := r.straddled; late != nil {
			n.requests += uint64(late.requests)
			n.failures += uint64(late.failures)
			n.straddlers += uint64(late.requests)
		}
	}
}

// Take returns what came since the last Take, all as of one instant, with what is in flight at that instant, and
// forgets it. The names of operations and reasons stay known, and recording continues as before. What the Recorder itself
// shows afterwards, to a Follower too, is of no use, as is a Level of a second that has been taken: another Recorder
// shows it all. Nothing may be merged into a Recorder that is taken from.
func (r *Recorder) Take() (d *Delta) {
	r.ledgers.mu.Lock()
	defer r.ledgers.mu.Unlock()
	of := r.ledgers.deltas((*Recorder).Take)
	r.hold(func(f *store) {
		d = r.write(f, of, false)
		f.clear()
	})
	return d
}

// All returns a copy of all that the Recorder holds, merged figures too, as of one instant. Merged into a
// new Recorder of the same Config it makes one that shows the same and to which the same processes can continue to add. It needs
// the figures for as long as a Summary does.
func (r *Recorder) All() (d *Delta) {
	r.ledgers.mu.Lock()
	defer r.ledgers.mu.Unlock()
	of := r.ledgers.deltas((*Recorder).All)
	r.hold(func(f *store) { d = r.write(f, of, true) })
	return d
}

// Rest returns what All returns except for what follows from the samples of requests: counters of tasks, levels, what is in
// flight, exceptions, notes, parts of response times, and all of transactions, tags and figures. A new Recorder of the same Config into which it is
// merged, and which then gets the samples by Shard.Replay, in any order, has the same Summary.
func (r *Recorder) Rest() (d *Delta) {
	r.ledgers.mu.Lock()
	defer r.ledgers.mu.Unlock()
	of := r.ledgers.deltas((*Recorder).All)
	r.hold(func(f *store) { d = r.write(f.withoutSamples(), of, true) })
	return d
}

// withoutSamples is what Rest writes of the store.
func (f *store) withoutSamples() *store {
	out := &store{sort: f.sort, zeroed: f.zeroed, counts: f.counts, flying: f.flying, processes: f.processes}
	for _, p := range f.phases {
		rest := &phaseStore{start: p.start, end: p.end, next: p.next, first: p.first, shift: p.shift}
		for _, c := range p.cells {
			rest.cells = append(rest.cells, c.withoutSamples())
		}
		out.phases = append(out.phases, rest)
	}
	return out
}

// withoutSamples is what Rest writes of the cell; nil: nothing.
func (c *cell) withoutSamples() *cell {
	if c == nil || c.timings.Requests() == 0 {
		return nil
	}
	return &cell{timings: c.timings}
}

// deltas returns what the ledgers hold. The caller holds their lock, so that they have been zeroed as often as the
// Recorder that they are parts of.
func (s *ledgers) deltas(of func(*Recorder) *Delta) (list []ledgerDelta) {
	s.each(func(sort report.Sort, l *Recorder) { list = append(list, ledgerDelta{sort, of(l).data}) })
	return list
}

// ledgerDelta is the Delta of a ledger.
type ledgerDelta struct {
	sort report.Sort
	data []byte
}

// Bytes returns the Delta in the form that ParseDelta reads. They must not be changed.
func (d *Delta) Bytes() []byte { return d.data }

// ParseDelta reads a Delta. It keeps data, which must not change. It refuses, in one line, what a Recorder cannot have
// written; it takes a small multiple of the memory of data, whatever that is.
func ParseDelta(data []byte) (*Delta, error) {
	if len(data) == 0 {
		return new(Delta), nil
	}
	in := reader{data: data, seconds: maxSeconds}
	in.header()
	in.checkLedgers()
	in.figures(nil)
	if in.err != nil {
		return nil, fmt.Errorf("record: delta: %w", in.err)
	}
	return &Delta{data, in.sum()}, nil
}

// deltaVersion is the first byte of a Delta. It changes with every change of the form, also when a Counter is added.
const deltaVersion = 6

// A Delta, all numbers as varints, a list of indexes as steps from the one before:
//
//	version, resets, phases, whole
//	ledgers:     sort, length, Delta without ledgers
//	whole only:  zeroed at, from, run ended at, processes: number, resets, seconds noted, last level
//	operations:  kind, method, name
//	reasons:     text
//	in flight:   by operation the offsets they count from, then by phase those that do not count
//	             of the Recorder, then of each process
//	levels:      first second, rows as differences; of the Recorder, then of the processes together
//	exceptions:  kind, message, stack, occurrences, first, last
//	notes:       text, times
//	recent:      by operation and second: requests, failures
//	phases:      counters, shift, lag sketch, cells, rows of all operations
//
// Lists of times, also those of sketches, are compact lists of package hist.
// A cell is woken, bytes, which parts follow, and these: the totals of the successes and their service times, the rows,
// failures with their reasons, requests cut off, parts of the response times: requests, then for each part its sketch. The buckets of the successes are those of the rows.
//
// Parts of a cell.
const (
	partOK = 1 << iota
	partFailed
	partCut
	partTimed
	partsEnd
)
