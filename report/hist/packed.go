package hist

import "encoding/binary"

// packAt is how many single buckets a Packed collects before it folds them into its sorted list.
const packAt = 8192

// packLateAt is packAt for a frozen Packed with a short list. There may be many of these, so they stay
// small; a longer list collects more, in proportion, lest folding cost more than it saves.
const packLateAt = 128

// Packed is a small histogram for one second of one operation: a compact list of its buckets
// and the buckets that came since. It costs two bytes a sample while fresh and one or two a bucket
// once packed.
type Packed struct {
	list  []byte // the packed list, and the compact lists that were added since; nil: none
	added int    // bytes of list that these take
	fresh []uint16
}

// packListsAt is how many bytes of added lists a Packed collects before it folds them, and packListsTimes how many times the packed
// list at least; a frozen one, of which there may be many, collects as much as that. Many processes add to the same second, and
// folding costs as much as all that is there.
const (
	packListsAt    = 512
	packListsTimes = 8
)

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
		c.addCompact(h.list)
	}
	for _, bucket := range h.fresh {
		c.Add(int(bucket), 1)
	}
}

// pack folds the fresh buckets and the added lists into the packed list. c is empty before and after.
func (h *Packed) pack(c *Dense) {
	if len(h.fresh) == 0 && h.added == 0 {
		return
	}
	h.AddTo(c)
	h.list, h.added, h.fresh = append(h.list[:0], c.takeCompact()...), 0, h.fresh[:0]
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

// AddCompact adds a compact list.
func (h *Packed) AddCompact(list []byte, c *Dense) {
	h.append(list)
	if h.added >= max(packListsAt, packListsTimes*(len(h.list)-h.added)) {
		h.pack(c)
	}
}

// AddCompactLate is AddCompact for a frozen Packed.
func (h *Packed) AddCompactLate(list []byte, c *Dense) {
	h.append(list)
	if h.added >= len(h.list)-h.added {
		h.Freeze(c)
	}
}

func (h *Packed) append(list []byte) {
	if len(h.list) > 0 {
		h.added += len(list)
	}
	h.list = append(h.list, list...)
}

// Release empties h and returns the slice that a new one can use.
func (h *Packed) Release() (spare []uint16) {
	spare = h.fresh[:0]
	*h = Packed{}
	return spare
}

// Clear empties h and keeps its memory.
func (h *Packed) Clear() { h.list, h.added, h.fresh = h.list[:0], 0, h.fresh[:0] }

// Bytes returns what the lists take.
func (h *Packed) Bytes() int { return cap(h.list) + 2*cap(h.fresh) }

// Merge adds the counts of o to h and leaves h frozen.
func (h *Packed) Merge(o *Packed, c *Dense) {
	h.AddTo(c)
	o.AddTo(c)
	h.list, h.added, h.fresh = nil, 0, nil
	if c.used > 0 {
		h.list = append([]byte(nil), c.takeCompact()...)
	}
}

// AppendCompact appends the buckets of h as a compact list, and leaves h as it is.
func (h *Packed) AppendCompact(to []byte, c *Dense) []byte {
	if len(h.fresh) == 0 && h.added == 0 && len(h.list) > 0 {
		return append(to, h.list...)
	}
	h.AddTo(c)
	return append(to, c.takeCompact()...)
}

// AppendList appends the buckets of h as a list that Lists reads, and leaves h as it is.
func (h *Packed) AppendList(to []byte, c *Dense) []byte {
	h.AddTo(c)
	w := stepWriter{to: binary.AppendUvarint(to, uint64(c.used))}
	for b := range c.drain {
		w.add(b)
	}
	return w.to
}
