package report

import (
	"slices"
	"unsafe"
)

// Rows that have not been touched for this many further rows are frozen, once soon and again when
// slow answers have come in too.
const (
	freezeSoon  = 4
	freezeAgain = 64
)

// row holds what one operation did in one slot of time, by intended start.
type row struct {
	slot      int32
	requests  uint32 // straddlers apart
	failures  uint32 // of requests
	successes hist
	straddled *straddled // nil: none
}

// straddled holds the requests of a row that were done after the end of their phase.
type straddled struct {
	requests, failures uint32
	successes          hist
}

// rowBytes is what a row costs beside its lists.
const rowBytes = int(unsafe.Sizeof(row{}))

// series holds the rows of one operation in one phase, in order of their slots.
type series struct {
	rows  []row
	spare []uint16
	bytes int // an estimate of the memory of the frozen rows
}

// add counts one request in the row of a slot.
func (s *series) add(slot int32, bucket int, failed, straddles bool, c *scratch) {
	r := s.row(slot, c)
	requests, failures, h := &r.requests, &r.failures, &r.successes
	if straddles {
		if r.straddled == nil {
			r.straddled = new(straddled)
		}
		requests, failures, h = &r.straddled.requests, &r.straddled.failures, &r.straddled.successes
	}
	*requests++
	if failed {
		*failures++
		return
	}
	h.add(bucket, c)
}

// row returns the row of a slot and makes it if need be.
func (s *series) row(slot int32, c *scratch) *row {
	if n := len(s.rows); n > 0 && s.rows[n-1].slot == slot {
		return &s.rows[n-1]
	}
	return s.otherRow(slot, c)
}

// otherRow is row for any but the last slot.
func (s *series) otherRow(slot int32, c *scratch) *row {
	n := len(s.rows)
	if n == 0 || s.rows[n-1].slot < slot {
		s.freeze(n-freezeSoon, c)
		s.freeze(n-freezeAgain, c)
		s.rows = append(s.rows, row{slot: slot, successes: hist{fresh: s.spare}})
		s.spare = nil
		s.bytes += rowBytes
		return &s.rows[n]
	}
	i, found := s.find(slot)
	if !found {
		s.rows = slices.Insert(s.rows, i, row{slot: slot})
		s.bytes += rowBytes
	}
	return &s.rows[i]
}

// find returns the index of the row of a slot, or where it belongs.
func (s *series) find(slot int32) (int, bool) {
	return slices.BinarySearchFunc(s.rows, slot, func(r row, slot int32) int { return int(r.slot) - int(slot) })
}

// freeze packs row i, if there is one.
func (s *series) freeze(i int, c *scratch) {
	if i < 0 {
		return
	}
	h := &s.rows[i].successes
	s.bytes -= len(h.packed)
	spare := h.freeze(c)
	s.bytes += len(h.packed)
	if cap(spare) > cap(s.spare) {
		s.spare = spare[:0]
	}
}

// widen merges rows pairwise: slots 2k and 2k+1 become slot k.
func (s *series) widen(c *scratch) {
	merged := s.rows[:0]
	for _, r := range s.rows {
		r.slot >>= 1
		if n := len(merged); n > 0 && merged[n-1].slot == r.slot {
			merged[n-1].merge(&r, c)
		} else {
			merged = append(merged, r)
		}
	}
	clear(s.rows[len(merged):])
	s.rows = slices.Clip(slices.Clone(merged))
	s.bytes = 0
	for i := range s.rows {
		s.bytes += rowBytes + len(s.rows[i].successes.packed)
	}
}

// merge adds the requests of o to r.
func (r *row) merge(o *row, c *scratch) {
	r.requests += o.requests
	r.failures += o.failures
	r.successes.merge(&o.successes, c)
	switch {
	case o.straddled == nil:
	case r.straddled == nil:
		r.straddled = o.straddled
	default:
		r.straddled.requests += o.straddled.requests
		r.straddled.failures += o.straddled.failures
		r.straddled.successes.merge(&o.straddled.successes, c)
	}
}

// merge adds the counts of o to h and leaves h frozen.
func (h *hist) merge(o *hist, c *scratch) {
	h.addTo(c)
	o.addTo(c)
	h.packed, h.fresh = nil, nil
	if c.used > 0 {
		h.packed = c.appendPairs(nil)
	}
}
