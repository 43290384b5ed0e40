package hist

// packAt is how many single buckets a Packed collects before it folds them into its sorted list.
const packAt = 8192

// packLateAt is packAt for a frozen Packed with a short list. There may be many of these, so they stay
// small; a longer list collects more, in proportion, lest folding cost more than it saves.
const packLateAt = 128

// Packed is a small histogram for one second of one operation: a packed list of (bucket, count)
// and the buckets that came since. It costs two bytes a sample while fresh and about two a bucket
// once packed.
type Packed struct {
	list  []byte // as Lists reads it; nil: none
	fresh []uint16
}

// NewPacked returns an empty Packed that uses spare, which Freeze of another returned; nil: none.
func NewPacked(spare []uint16) Packed { return Packed{fresh: spare} }

// Add counts one duration in bucket.
func (h *Packed) Add(bucket int, c *Dense) {
	if len(h.fresh) == packAt {
		h.pack(c)
	}
	h.fresh = append(h.fresh, uint16(bucket))
}

// AddLate is Add for a frozen Packed.
func (h *Packed) AddLate(bucket int, c *Dense) {
	h.fresh = append(h.fresh, uint16(bucket))
	if n := len(h.fresh); n >= packLateAt && n >= len(h.list)/2 {
		h.Freeze(c)
	}
}

// AddTo adds all counts to c.
func (h *Packed) AddTo(c *Dense) {
	if len(h.list) > 0 {
		l := Lists{data: h.list}
		for b := range l.Next {
			c.Add(b.Index, uint32(b.Count))
		}
	}
	for _, bucket := range h.fresh {
		c.Add(int(bucket), 1)
	}
}

// pack folds the fresh buckets into the packed list. c is empty before and after.
func (h *Packed) pack(c *Dense) {
	if len(h.fresh) == 0 {
		return
	}
	h.AddTo(c)
	h.list, h.fresh = append(h.list[:0], c.takeList()...), h.fresh[:0]
}

// Freeze packs h, trims it to size and returns the slice that it no longer needs.
func (h *Packed) Freeze(c *Dense) (spare []uint16) {
	h.pack(c)
	spare, h.fresh = h.fresh, nil
	if slack := cap(h.list) - len(h.list); slack > len(h.list)/4 {
		h.list = append([]byte(nil), h.list...)
	}
	return spare
}

// Clear empties h and keeps its memory.
func (h *Packed) Clear() { h.list, h.fresh = h.list[:0], h.fresh[:0] }

// Bytes returns what the lists take.
func (h *Packed) Bytes() int { return cap(h.list) + 2*cap(h.fresh) }

// Merge adds the counts of o to h and leaves h frozen.
func (h *Packed) Merge(o *Packed, c *Dense) {
	h.AddTo(c)
	o.AddTo(c)
	h.list, h.fresh = nil, nil
	if c.used > 0 {
		h.list = append([]byte(nil), c.takeList()...)
	}
}

// AppendTo appends the list of h, as Lists reads it, and leaves h as it is.
func (h *Packed) AppendTo(to []byte, c *Dense) []byte {
	if len(h.fresh) == 0 && len(h.list) > 0 {
		return append(to, h.list...)
	}
	h.AddTo(c)
	return append(to, c.takeList()...)
}
