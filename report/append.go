package report

import (
	"encoding/binary"
	"time"
)

// BucketIndex returns the index of the bucket that d lies in; the first or the last one for a duration
// outside the range of a [Sketch].
func BucketIndex(d time.Duration) int {
	_, i, _ := clamp(d)
	return i
}

// Append adds an interval behind the last one: the inverse of Intervals. v.Second is StartS plus a
// multiple of WidthS and later than the last one; the buckets of v are in order and add up
// to its requests that did not fail. Slots grows with it. An interval without requests
// needs no row, only its slot.
func (s *Series) Append(v Interval) {
	slot := (v.Second - s.StartS) / max(1, s.WidthS)
	s.Slots = max(s.Slots, slot+1)
	if v.Requests == 0 && v.Straddlers == 0 {
		return
	}
	r := row{
		slot: int32(slot), requests: uint32(v.Requests), failures: uint32(v.Failures),
		successes: hist{packed: packed(v.Successes)},
	}
	var c *scratch // packed lists need none; the empty ones of straddlers are packed with it
	if v.Straddlers > 0 {
		r.straddled = &straddled{uint32(v.Straddlers), uint32(v.StraddlerFailures), hist{packed: packed(v.Straddled)}}
	}
	if v.Straddlers > 0 || s.Straddlers != nil {
		c = new(scratch)
	}
	s.add(&r, c)
}

// packed returns the list of (bucket, count) that scratch.pairs writes.
func packed(list []Bucket) []byte {
	out := binary.AppendUvarint(nil, uint64(len(list)))
	last := 0
	for _, b := range list {
		out = binary.AppendUvarint(out, uint64(b.Index-last))
		out = binary.AppendUvarint(out, b.Count)
		last = b.Index
	}
	return out
}
