package record

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// openRows is how many of the last rows of a series stay open; the others are frozen, that is packed
// and trimmed to size.
const openRows = 4

// row holds what one operation did in one slot of time, by intended start.
type row struct {
	slot      int32
	frozen    bool
	inTime    outcomes
	straddled *outcomes // of requests done after the end of their phase; nil: none
}

// outcomes counts requests by how they ended.
type outcomes struct {
	requests  uint32
	failures  uint32 // of requests
	successes hist.Packed
}

// rowBytes is what a row costs without its lists.
const rowBytes = int(unsafe.Sizeof(row{}))

// rowList holds the rows of one operation in one phase, in order of their slots.
type rowList struct {
	rows  []row
	spare []uint16
	bytes int // an estimate of the memory of the frozen rows
}

// add counts one request in the row of a slot.
func (s *rowList) add(slot int32, bucket int, failed, straddles bool, c *hist.Dense) {
	i := len(s.rows) - 1
	if i < 0 || s.rows[i].slot != slot {
		i = s.row(slot, c)
	}
	r := &s.rows[i]
	to := &r.inTime
	if straddles {
		if r.straddled == nil {
			r.straddled = new(outcomes)
		}
		to = r.straddled
	}
	to.requests++
	switch {
	case failed:
		to.failures++
	case r.frozen:
		s.bytes -= to.successes.Bytes()
		to.successes.AddLate(bucket, c)
		s.bytes += to.successes.Bytes()
	default:
		to.successes.Add(bucket, c)
	}
}

// doneRow is what some requests of one second came to, as a Delta has it.
type doneRow struct {
	requests, failures uint32
	list               []byte // response times of the successes, compact
}

// merge adds a row of another Recorder. straddled is empty where no request of it was done after the end of the phase.
func (s *rowList) merge(slot int32, inTime, straddled doneRow, c *hist.Dense) {
	r := &s.rows[s.row(slot, c)]
	s.mergeInto(r, &r.inTime, inTime, c)
	if straddled.requests > 0 {
		if r.straddled == nil {
			r.straddled = new(outcomes)
		}
		s.mergeInto(r, r.straddled, straddled, c)
	}
}

// mergeInto adds requests to one part of row r.
func (s *rowList) mergeInto(r *row, to *outcomes, n doneRow, c *hist.Dense) {
	to.requests += n.requests
	to.failures += n.failures
	switch {
	case n.requests == n.failures:
	case r.frozen:
		s.bytes -= to.successes.Bytes()
		to.successes.AddCompactLate(n.list, c)
		s.bytes += to.successes.Bytes()
	default:
		to.successes.AddCompact(n.list, c)
	}
}

// clear forgets all rows and keeps the longest list that a new one can use.
func (s *rowList) clear() {
	for i := range s.rows {
		if spare := s.rows[i].inTime.successes.Release(); cap(spare) > cap(s.spare) {
			s.spare = spare
		}
	}
	clear(s.rows)
	s.rows, s.bytes = s.rows[:0], 0
}

// row returns the index of the row of a slot and makes it if need be.
func (s *rowList) row(slot int32, c *hist.Dense) int {
	n := len(s.rows)
	if n == 0 || s.rows[n-1].slot < slot {
		s.freeze(n-openRows, c)
		s.rows = append(s.rows, row{slot: slot, inTime: outcomes{successes: hist.NewPacked(s.spare)}})
		s.spare = nil
		s.bytes += rowBytes
		return n
	}
	if i := n - 1 - int(s.rows[n-1].slot-slot); i >= 0 && s.rows[i].slot == slot {
		return i // no slot between is without a row
	}
	i, found := s.find(slot)
	if !found {
		s.freeze(n-openRows, c)
		s.rows = slices.Insert(s.rows, i, row{slot: slot, frozen: i <= n-openRows})
		s.bytes += rowBytes
	}
	return i
}

// find returns the index of the row of a slot, or where it belongs.
func (s *rowList) find(slot int32) (int, bool) {
	return slices.BinarySearchFunc(s.rows, slot, func(r row, slot int32) int { return int(r.slot) - int(slot) })
}

// freeze packs row i, if there is one and it is open, and keeps for the next row the list that it no longer needs.
func (s *rowList) freeze(i int, c *hist.Dense) {
	if i < 0 || s.rows[i].frozen {
		return
	}
	r := &s.rows[i]
	r.frozen = true
	s.spare = r.inTime.successes.Freeze(c)[:0]
	s.bytes += r.inTime.successes.Bytes()
}

// widen merges rows pairwise: slots 2k and 2k+1 become slot k.
func (s *rowList) widen(c *hist.Dense) {
	merged := s.rows[:0]
	for _, r := range s.rows {
		r.slot >>= 1
		if n := len(merged); n > 0 && merged[n-1].slot == r.slot {
			merged[n-1].merge(&r, c)
		} else {
			merged = append(merged, r)
		}
	}
	s.rows = slices.Clip(slices.Clone(merged))
	s.bytes = rowBytes * len(s.rows)
	for i := range s.rows {
		s.rows[i].frozen = false
		s.freeze(i-openRows, c)
	}
}

// merge adds the requests of o to r.
func (r *row) merge(o *row, c *hist.Dense) {
	r.inTime.merge(&o.inTime, c)
	switch {
	case o.straddled == nil:
	case r.straddled == nil:
		r.straddled = o.straddled
	default:
		r.straddled.merge(o.straddled, c)
	}
}

func (n *outcomes) merge(o *outcomes, c *hist.Dense) {
	n.requests += o.requests
	n.failures += o.failures
	n.successes.Merge(&o.successes, c)
}

// export copies the rows of s into a Series whose slot 0 begins at second start.
func (s *rowList) export(to report.Series, c *hist.Dense) report.Series {
	straddled := slices.ContainsFunc(s.rows, func(r row) bool { return r.straddled != nil })
	for i := range s.rows {
		r := &s.rows[i]
		to.S = append(to.S, to.StartS+int(r.slot)*to.WidthS)
		r.inTime.export(&to.Requests, &to.Failures, &to.Successes, c)
		if straddled {
			cmp.Or(r.straddled, new(outcomes)).export(&to.Straddlers, &to.StraddlerFailures, &to.Straddled, c)
		}
	}
	return to
}

func (n *outcomes) export(requests, failures *[]int64, successes *[]byte, c *hist.Dense) {
	*requests = append(*requests, int64(n.requests))
	*failures = append(*failures, int64(n.failures))
	*successes = n.successes.AppendList(*successes, c)
}
