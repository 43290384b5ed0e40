package report

// packAt is how many single buckets a hist collects before it folds them into its sorted list.
const packAt = 8192

// packLateAt is packAt for a frozen hist with a short list. There may be many of these, so they stay
// small; a longer list collects more, in proportion, lest folding cost more than it saves.
const packLateAt = 128

// hist is a small histogram for one second of one operation: a packed list of (bucket, count)
// and the buckets that came since. It costs two bytes a sample while fresh and about two a bucket
// once packed.
type hist struct {
	packed []byte // as scratch.pairs writes it; nil: none
	fresh  []uint16
}

// add counts one duration in bucket.
func (h *hist) add(bucket int, c *scratch) {
	if len(h.fresh) == packAt {
		h.pack(c)
	}
	h.fresh = append(h.fresh, uint16(bucket))
}

// addLate is add for a frozen hist.
func (h *hist) addLate(bucket int, c *scratch) {
	h.fresh = append(h.fresh, uint16(bucket))
	if n := len(h.fresh); n >= packLateAt && n >= len(h.packed)/2 {
		h.freeze(c)
	}
}

// addTo adds all counts to c.
func (h *hist) addTo(c *scratch) {
	d := decoder{data: h.packed}
	if len(h.packed) > 0 {
		for bucket, n := range d.pairs {
			c.add(bucket, uint32(n))
		}
	}
	for _, bucket := range h.fresh {
		c.add(int(bucket), 1)
	}
}

// pack folds the fresh buckets into the packed list. c is empty before and after.
func (h *hist) pack(c *scratch) {
	if len(h.fresh) == 0 {
		return
	}
	h.addTo(c)
	h.packed, h.fresh = append(h.packed[:0], c.pairs()...), h.fresh[:0]
}

// freeze packs h, trims it to size and returns the slice that it no longer needs.
func (h *hist) freeze(c *scratch) (spare []uint16) {
	h.pack(c)
	spare, h.fresh = h.fresh, nil
	if slack := cap(h.packed) - len(h.packed); slack > len(h.packed)/4 {
		h.packed = append([]byte(nil), h.packed...)
	}
	return spare
}

// clear empties h and keeps its memory.
func (h *hist) clear() { h.packed, h.fresh = h.packed[:0], h.fresh[:0] }

// bytes returns what the lists take.
func (h *hist) bytes() int { return cap(h.packed) + 2*cap(h.fresh) }
