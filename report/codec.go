package report

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

var errTruncated = errors.New("truncated")

// AppendBinary appends the sparse binary form of the sketch: unsigned varints of
// clamped, the two halves of the sum, min, max (nanoseconds) and the number of buckets, then for
// each bucket the step from the last index and the count. An empty sketch has no bytes.
func (s *Sketch) AppendBinary(to []byte) ([]byte, error) {
	if s.Count() == 0 {
		return to, nil
	}
	used := 0
	for range s.Buckets() {
		used++
	}
	for _, v := range []uint64{s.clamped, s.sumHi, s.sumLo, s.min, s.max, uint64(used)} {
		to = binary.AppendUvarint(to, v)
	}
	last := 0
	for b := range s.Buckets() {
		to = binary.AppendUvarint(to, uint64(b.Index-last))
		to = binary.AppendUvarint(to, b.Count)
		last = b.Index
	}
	return to, nil
}

// MarshalBinary is AppendBinary to nothing.
func (s *Sketch) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// UnmarshalBinary replaces s by the sketch that data is the binary form of. It returns an
// error, and leaves s as it was, if data is no such form.
func (s *Sketch) UnmarshalBinary(data []byte) error {
	var to Sketch
	if len(data) > 0 {
		d := decoder{data: data}
		if err := to.decode(&d); err != nil {
			return fmt.Errorf("report: sketch: %w", err)
		}
	}
	*s = to
	return nil
}

// decode reads a sketch that is not empty.
func (s *Sketch) decode(d *decoder) error {
	for _, v := range []*uint64{&s.clamped, &s.sumHi, &s.sumLo, &s.min, &s.max} {
		*v = d.uvarint()
	}
	first, last := numBuckets, 0
	for bucket, n := range d.pairs {
		s.page(bucket).add(bucket&(pageSize-1), n)
		s.count += n
		first, last = min(first, bucket), bucket
		if s.count < n {
			return errors.New("count overflows")
		}
	}
	switch {
	case d.err != nil:
		return d.err
	case len(d.data) > 0:
		return errors.New("bytes after its end")
	}
	return s.check(first, last)
}

// check holds what a decoded sketch says beside its buckets against them.
func (s *Sketch) check(first, last int) error {
	inBucket := func(v uint64, bucket int) bool {
		return bucketOf(min(v, 1<<topBits-1)) == bucket && v < 1<<63
	}
	switch {
	case s.count == 0:
		return errors.New("no bucket")
	case s.min > s.max || !inBucket(s.min, first) || !inBucket(s.max, last):
		return errors.New("minimum or maximum outside the buckets")
	case s.clamped > s.count:
		return errors.New("more clamped than counted")
	}
	return nil
}

// MarshalText is the binary form in base64.
func (s *Sketch) MarshalText() ([]byte, error) {
	data, err := s.MarshalBinary()
	return base64.StdEncoding.AppendEncode(nil, data), err
}

// UnmarshalText reads what MarshalText wrote.
func (s *Sketch) UnmarshalText(text []byte) error {
	data, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("report: sketch: %w", err)
	}
	return s.UnmarshalBinary(data)
}

// decoder reads varints and remembers the first thing that was wrong.
type decoder struct {
	data []byte
	err  error
}

// uvarint reads one number; 0 after an error.
func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.data)
	if n <= 0 {
		d.fail(errTruncated)
		return 0
	}
	d.data = d.data[n:]
	return v
}

// fail keeps the first error and ends the reading.
func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err, d.data = err, nil
	}
}

// pairs yields a list of (bucket, count): its length, then steps and counts. The first error
// ends it.
func (d *decoder) pairs(yield func(int, uint64) bool) {
	bucket := uint64(0)
	for left, first := d.uvarint(), true; left > 0 && d.err == nil; left, first = left-1, false {
		step, n := d.uvarint(), d.uvarint()
		bucket += step
		switch {
		case d.err != nil:
			return
		case step >= numBuckets || bucket >= numBuckets || n == 0 || step == 0 && !first:
			d.fail(errors.New("bucket out of order or range"))
			return
		case !yield(int(bucket), n):
			return
		}
	}
}
