package hist

import (
	"encoding/binary"
	"errors"
	"slices"
)

// A compact list holds buckets in order, most of them in a byte or two: its length in bytes, then for each bucket a byte with
// the step from the last index (from -1 for the first one) in the upper half and the count in the lower one. 0 for the step means that
// a varint of the step less 16 follows, 15 for the count that a varint of the count less 15 does.
//
// The loops that read such lists spell out the short case: a call for each bucket would take longer than all the rest.

// Extent says what a list of buckets holds. The zero Extent holds nothing.
type Extent struct {
	Count       uint64 // durations
	First, Last int    // buckets, if Count > 0
}

// Add adds what another list holds.
func (e *Extent) Add(o Extent) {
	switch {
	case o.Count == 0:
	case e.Count == 0:
		*e = o
	default:
		*e = Extent{e.Count + o.Count, min(e.First, o.First), max(e.Last, o.Last)}
	}
}

// CutCompact returns the compact list that data begins with, and what it holds. It refuses what AppendCompact cannot have
// written.
func CutCompact(data []byte) (list []byte, e Extent, err error) {
	size, n := binary.Uvarint(data)
	if n <= 0 || size > uint64(len(data)-n) {
		return nil, Extent{}, errTruncated
	}
	list, in := data[:n+int(size)], data[n:n+int(size)]
	bucket := -1
	for i := 0; i < len(in); {
		if steps, n, ok := eight(in[i:]); ok {
			if e.Count == 0 {
				e.First = bucket + int(in[i]>>4)
			}
			bucket, e.Count, i = bucket+steps, e.Count+n, i+8
			continue
		}
		b := in[i]
		step, n := int(b>>4), uint64(b&0xf)
		if i++; step == 0 || n == 0xf {
			step, n, i = long(in, i, step, n)
		}
		bucket += step
		if n-1 >= maxOfBucket || bucket >= NumBuckets {
			return nil, Extent{}, errBucket
		}
		if e.Count += n; e.Count == n {
			e.First = bucket
		}
	}
	if e.Last = bucket; bucket >= NumBuckets {
		return nil, Extent{}, errBucket
	}
	return list, e, nil
}

var errBucket = errors.New("bucket out of order or range")

// eight returns what the next eight buckets come to, all at once; false unless there are as many and each is a byte long.
func eight(in []byte) (steps int, n uint64, ok bool) {
	if len(in) < 8 {
		return 0, 0, false
	}
	const ones = 0x0101010101010101 // times it, the highest byte is the sum of all
	w := binary.LittleEndian.Uint64(in)
	high, low := w>>4&(0xf*ones), w&(0xf*ones)
	if (high+0x7f*ones)&(low+0x7f*ones)&^(low+0x71*ones)&(0x80*ones) != 0x80*ones { // a step of 0, a count of 0 or of 15
		return 0, 0, false
	}
	return int(high * ones >> 56), low * ones >> 56, true
}

// maxOfBucket keeps the sum of all counts of a list below 2^63.
const maxOfBucket = 1 << 48

// cut returns the buckets of the first of some compact lists, without their length, and the other lists.
func cut(lists []byte) (first, others []byte) {
	size, n := binary.Uvarint(lists)
	lists = lists[n:]
	return lists[:size], lists[size:]
}

// long reads the rest of a bucket of which a number does not fit half a byte, from i on, and returns where the next one
// begins. Of what is malformed the numbers are out of range.
func long(in []byte, i, step int, n uint64) (int, uint64, int) {
	if step == 0 {
		more, size := number(in[i:])
		step, i = 16+int(min(more, NumBuckets)), i+size
	}
	if n == 15 {
		more, size := number(in[i:])
		n, i = 15+more, i+size
	}
	return step, n, i
}

// number reads a number and returns its size. One that is malformed takes all that is left and is too large for anything.
func number(in []byte) (v uint64, size int) {
	v, n := binary.Uvarint(in)
	if n <= 0 {
		return maxOfBucket, len(in)
	}
	return min(v, maxOfBucket), n
}

// compactWriter appends the buckets of a compact list.
type compactWriter struct {
	to   []byte
	from int // where the list begins
	last int
}

// writeCompact returns a writer of one list.
func writeCompact(to []byte) compactWriter { return compactWriter{to: to, from: len(to), last: -1} }

// add appends the next bucket.
func (w *compactWriter) add(bucket int, n uint64) {
	step := uint64(bucket - w.last)
	w.last = bucket
	if step < 16 && n < 15 {
		w.to = append(w.to, byte(step<<4|n))
		return
	}
	first := byte(min(n, 15))
	if step < 16 {
		first |= byte(step << 4)
	}
	w.to = append(w.to, first)
	if step >= 16 {
		w.to = binary.AppendUvarint(w.to, step-16)
	}
	if n >= 15 {
		w.to = binary.AppendUvarint(w.to, n-15)
	}
}

// end returns all, with the length before the list.
func (w *compactWriter) end() []byte {
	var head [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(head[:], uint64(len(w.to)-w.from))
	return slices.Insert(w.to, w.from, head[:n]...)
}

// AppendCompact appends the buckets of s as a compact list.
func (s *Sketch) AppendCompact(to []byte) []byte {
	w := writeCompact(to)
	for i, p := range s.pages {
		if p == nil {
			continue
		}
		for j := range p.low {
			if n := p.count(j); n > 0 {
				w.add((s.first+i)<<pageBits+j, n)
			}
		}
	}
	return w.end()
}

// AddCompact counts the durations of the compact list that data begins with, without their totals, and returns what CutCompact
// does, which must have taken it.
func (s *Sketch) AddCompact(data []byte) (list []byte, e Extent) {
	in, others := cut(data)
	var p *page
	bucket, at := -1, -1
	for i := 0; i < len(in); {
		b := in[i]
		step, n := int(b>>4), uint64(b&0xf)
		if i++; step == 0 || n == 0xf {
			step, n, i = long(in, i, step, n)
		}
		if bucket += step; bucket>>pageBits != at {
			p, at = s.page(bucket), bucket>>pageBits
		}
		p.add(bucket&(pageSize-1), n)
		if e.Count += n; e.Count == n {
			e.First = bucket
		}
	}
	s.count += e.Count
	e.Last = bucket
	return data[:len(data)-len(others)], e
}

// AddSince adds to c by how much the buckets of s exceed those of a compact list, which s has written before.
func (s *Sketch) AddSince(list []byte, c *Dense) {
	in, _ := cut(list)
	last, had := -1, uint64(0)
	for i, p := range s.pages {
		if p == nil {
			continue
		}
		for j := range p.low {
			n, bucket := p.count(j), (s.first+i)<<pageBits+j
			if n == 0 {
				continue
			}
			for at := 0; last < bucket && len(in) > 0; in = in[at:] {
				step := int(in[0] >> 4)
				if had, at = uint64(in[0]&0xf), 1; step == 0 || had == 0xf {
					step, had, at = long(in, 1, step, had)
				}
				last += step
			}
			if last == bucket {
				n -= had
			}
			if n > 0 {
				c.Add(bucket, uint32(n))
			}
		}
	}
}

// addCompact adds compact lists.
func (c *Dense) addCompact(lists []byte) {
	for len(lists) > 0 {
		var in []byte
		in, lists = cut(lists)
		for i, bucket := 0, -1; i < len(in); {
			b := in[i]
			step, n := int(b>>4), uint64(b&0xf)
			if i++; step == 0 || n == 0xf {
				step, n, i = long(in, i, step, n)
			}
			bucket += step
			c.Add(bucket, uint32(n))
		}
	}
}
