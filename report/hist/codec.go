package hist

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
	w := stepWriter{to: to}
	for b := range s.Buckets() {
		w.add(b)
	}
	return w.to, nil
}

// MarshalBinary is AppendBinary to nothing.
func (s *Sketch) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// UnmarshalBinary replaces s by the sketch that data is the binary form of. It returns an
// error, and leaves s as it was, if data is not such a form.
func (s *Sketch) UnmarshalBinary(data []byte) error {
	var to Sketch
	if len(data) > 0 {
		d := Lists{data: data}
		if err := to.decode(&d); err != nil {
			return fmt.Errorf("hist: sketch: %w", err)
		}
	}
	*s = to
	return nil
}

// decode reads a sketch that is not empty.
func (s *Sketch) decode(d *Lists) error {
	for _, v := range []*uint64{&s.clamped, &s.sumHi, &s.sumLo, &s.min, &s.max} {
		*v = d.uvarint()
	}
	var e Extent
	for b := range d.Next {
		s.addBucket(b)
		e.Add(Extent{b.Count, b.Index, b.Index})
		if s.count < b.Count {
			return errors.New("count overflows")
		}
	}
	switch {
	case d.err != nil:
		return d.err
	case len(d.data) > 0:
		return errors.New("bytes after its end")
	}
	return s.Totals().Check(e)
}

// Check returns an error unless t may be the totals of what a list holds.
func (t Totals) Check(e Extent) error {
	inBucket := func(v uint64, bucket int) bool {
		return bucketOf(min(v, 1<<topBits-1)) == bucket && v < 1<<63
	}
	switch {
	case e.Count == 0:
		return errors.New("no bucket")
	case t.Min > t.Max || !inBucket(t.Min, e.First) || !inBucket(t.Max, e.Last):
		return errors.New("minimum or maximum outside the buckets")
	case t.Clamped > e.Count:
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
		return fmt.Errorf("hist: sketch: %w", err)
	}
	return s.UnmarshalBinary(data)
}
