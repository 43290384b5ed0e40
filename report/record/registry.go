package record

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// maxName is the longest name of an operation or reason that is kept, in bytes; the rest is cut off.
const maxName = 256

// registry gives each distinct name a small number. Past its limit every new name gets
// the number of one named stand-in. Shards keep copies, so it is asked only for names new to them.
type registry[K comparable] struct {
	mu    sync.Mutex
	ids   map[K]uint16
	names []K
	other uint16 // number of the stand-in
	limit int
}

// newRegistry returns a registry that numbers first from 0 and then up to limit further names;
// the last of first is the stand-in.
func newRegistry[K comparable](limit int, first ...K) *registry[K] {
	r := &registry[K]{ids: make(map[K]uint16), limit: limit + len(first), other: uint16(len(first) - 1)}
	for _, name := range first {
		r.ids[name] = uint16(len(r.names))
		r.names = append(r.names, name)
	}
	return r
}

// id returns the number of a name; known is false for the stand-in of a name past the limit, which
// must not be remembered. The name must be clean.
func (r *registry[K]) id(name K) (id uint16, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id, known = r.ids[name]; known {
		return id, true
	}
	if len(r.names) >= r.limit {
		return r.other, false
	}
	id = uint16(len(r.names))
	r.ids[name] = id
	r.names = append(r.names, name)
	return id, true
}

// all returns the names by number. The result is not to be changed.
func (r *registry[K]) all() []K {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.names[:len(r.names):len(r.names)]
}

// clean returns a copy of s as valid UTF-8, at most limit bytes long and marked where it was cut.
func clean(s string, limit int) string {
	if len(s) > limit {
		for limit -= len("…"); limit > 0 && !utf8.RuneStart(s[limit]); limit-- {
		}
		s = s[:limit] + "…"
	}
	return strings.Clone(strings.ToValidUTF8(s, "�"))
}
