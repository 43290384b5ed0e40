package hist

import (
	"encoding/binary"
	"errors"
)

// Lists reads lists of buckets that stand one after another, as AppendList and Packed write them:
// each is its length, then for each bucket the step from the last index and the count, as unsigned varints.
// The first error ends the reading.
type Lists struct {
	data []byte
	err  error
}

// ReadLists returns a reader of data.
func ReadLists(data []byte) Lists { return Lists{data: data} }

// AppendList appends a list of buckets, which are in order, to what ReadLists reads.
func AppendList(to []byte, list []Bucket) []byte {
	w := stepWriter{to: binary.AppendUvarint(to, uint64(len(list)))}
	for _, b := range list {
		w.add(b)
	}
	return w.to
}

// stepWriter appends the buckets of a list.
type stepWriter struct {
	to   []byte
	last int
}

// add appends the next bucket.
func (w *stepWriter) add(b Bucket) {
	w.to = binary.AppendUvarint(w.to, uint64(b.Index-w.last))
	w.to = binary.AppendUvarint(w.to, b.Count)
	w.last = b.Index
}

// Next yields the buckets of the next list; ranging over it to the end leaves l at the list after that.
func (l *Lists) Next(yield func(Bucket) bool) {
	left, bucket := l.uvarint(), uint64(0)
	data := l.data
	for first := true; left > 0; left, first = left-1, false {
		var step, n uint64
		if len(data) >= 2 && data[0]|data[1] < 0x80 { // as most are
			step, n = uint64(data[0]), uint64(data[1])
			data = data[2:]
		} else {
			l.data = data
			step, n = l.uvarint(), l.uvarint()
			data = l.data
		}
		bucket += step
		switch {
		case l.err != nil:
			return
		case step >= NumBuckets || bucket >= NumBuckets || n == 0 || step == 0 && !first:
			l.fail(errors.New("bucket out of order or range"))
			return
		case !yield(Bucket{int(bucket), n}):
			left = 1
		}
	}
	l.data = data
}

// Err returns the first error.
func (l *Lists) Err() error { return l.err }

// Rest returns how many bytes are left to read; 0 after an error.
func (l *Lists) Rest() int { return len(l.data) }

// uvarint reads one number; 0 after an error.
func (l *Lists) uvarint() uint64 {
	v, n := binary.Uvarint(l.data)
	if n <= 0 {
		l.fail(errTruncated)
		return 0
	}
	l.data = l.data[n:]
	return v
}

// fail keeps the first error and ends the reading.
func (l *Lists) fail(err error) {
	if l.err == nil {
		l.err, l.data = err, nil
	}
}
