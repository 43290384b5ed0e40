package hist

import (
	"iter"
	"math"
	"math/bits"
	"time"
)

// The buckets of a Sketch. A duration of v nanoseconds lies in bucket
//
//	shift*512 + v>>(shift+1)   with shift = max(0, bits.Len(v)-11)
//
// so each power of two from 1.024 µs on has 512 buckets, none wider than 1/512 of
// its lower end (0.2 %), and below that buckets are 2 ns wide. 512 and not 256, because
// interpolating by rank may be wrong by a whole bucket where many times are equal.
const (
	subBits = 9
	topBits = 42 // durations of 2^42 ns (73 min) and more share the last bucket
)

// NumBuckets is the number of buckets; their indexes are 0 to NumBuckets-1.
const NumBuckets = (topBits - subBits) << subBits

// Sketch is a histogram of durations with a relative error of at most 0.2 % (or 2 ns),
// from 0 to 73 minutes; minimum, maximum and mean are exact. Durations outside are counted
// in the first or last bucket and by Clamped. Memory grows with the range in use: 144 bytes for
// each eighth of an octave, a few kilobytes in all. Merging adds counts, so it is exact and its order does not matter.
//
// The zero value is empty and ready. Methods that only read work on a nil Sketch, which is
// empty. It is not safe for concurrent use.
type Sketch struct {
	pages        []*page // pages[i] has the counts of page first+i
	first        int
	count        uint64
	clamped      uint64
	sumHi, sumLo uint64 // nanoseconds; 128 bits, so that no run can overflow it
	min, max     uint64 // nanoseconds; valid if count > 0
}

// Index returns the index of the bucket of d; the first or the last one for a duration outside the
// range of a Sketch.
func Index(d time.Duration) int {
	_, i, _ := clamp(d)
	return i
}

// openEnd is the start of the last bucket, which has no end.
var openEnd = Bucket{Index: NumBuckets - 1}.Low()

// Bucket is one bucket of a Sketch with its count.
type Bucket struct {
	Index int
	Count uint64
}

// Low returns the lower end of the bucket, which belongs to it.
func (b Bucket) Low() time.Duration { low, _ := bounds(b.Index); return time.Duration(low) }

// High returns the upper end of the bucket, which belongs to the next one.
func (b Bucket) High() time.Duration {
	low, width := bounds(b.Index)
	return time.Duration(low + width)
}

// CountAbove returns how many of the bucket's durations are longer than d, with interpolation where d
// lies in it.
func (b Bucket) CountAbove(d time.Duration) float64 {
	low, width := bounds(b.Index)
	if d < time.Duration(low) {
		return float64(b.Count)
	}
	return float64(b.Count) * (1 - min(1, float64(uint64(d)-low)/float64(width)))
}

// bucketOf returns the bucket of v nanoseconds, v < 2^topBits.
func bucketOf(v uint64) int {
	shift := bits.Len64(v >> (subBits + 2))
	return shift<<subBits + int(v>>(shift+1))
}

// bounds returns the lower end and the width of bucket i in nanoseconds.
func bounds(i int) (low, width uint64) {
	shift := max(0, i>>subBits-1)
	return uint64(i-shift<<subBits) << (shift + 1), 2 << shift
}

// clamp returns d in nanoseconds as the sketch can hold it, its bucket, and whether d lay outside.
func clamp(d time.Duration) (v uint64, bucket int, outside bool) {
	switch {
	case d < 0:
		return 0, 0, true
	case d >= 1<<topBits:
		return uint64(d), NumBuckets - 1, true
	}
	return uint64(d), bucketOf(uint64(d)), false
}

// Add counts one duration.
func (s *Sketch) Add(d time.Duration) {
	v, bucket, outside := clamp(d)
	if outside {
		s.clamped++
	}
	s.put(v, bucket)
}

// put counts v, which lies in bucket.
func (s *Sketch) put(v uint64, bucket int) {
	if s.count == 0 || v < s.min {
		s.min = v
	}
	s.max = max(s.max, v)
	s.count++
	var over uint64
	s.sumLo, over = bits.Add64(s.sumLo, v, 0)
	s.sumHi += over
	p, i := s.page(bucket), bucket&(pageSize-1)
	p.sum++
	p.low[i]++
	if p.low[i] == 0 {
		p.carry(i, 1)
	}
}

// Totals is what a Sketch knows of its durations apart from their buckets and their number.
type Totals struct {
	Clamped      uint64 // how many lay outside the range that buckets cover
	SumHi, SumLo uint64 // of all, nanoseconds: two halves of one number
	Min, Max     uint64 // nanoseconds
}

// Totals returns the totals of s; they mean nothing when it is empty.
func (s *Sketch) Totals() Totals { return Totals{s.clamped, s.sumHi, s.sumLo, s.min, s.max} }

// AddTotals adds the totals of durations whose buckets AddCompact or addBucket adds afterwards, before anything else is
// done with s.
func (s *Sketch) AddTotals(t Totals) {
	if s.count == 0 || t.Min < s.min {
		s.min = t.Min
	}
	s.max = max(s.max, t.Max)
	s.clamped += t.Clamped
	var over uint64
	s.sumLo, over = bits.Add64(s.sumLo, t.SumLo, 0)
	s.sumHi += t.SumHi + over
}

// addBucket counts the durations of a bucket, without their totals.
func (s *Sketch) addBucket(b Bucket) {
	s.page(b.Index).add(b.Index&(pageSize-1), b.Count)
	s.count += b.Count
}

// page returns the page of a bucket and makes it if need be.
func (s *Sketch) page(bucket int) *page {
	i := uint(bucket>>pageBits - s.first)
	if i < uint(len(s.pages)) && s.pages[i] != nil {
		return s.pages[i]
	}
	return s.grow(bucket >> pageBits)
}

// grow makes page n.
func (s *Sketch) grow(n int) *page {
	switch {
	case len(s.pages) == 0:
		s.first, s.pages = n, make([]*page, 1, 8)
	case n < s.first:
		s.pages = append(make([]*page, s.first-n), s.pages...)
		s.first = n
	}
	for n >= s.first+len(s.pages) {
		s.pages = append(s.pages, nil)
	}
	p := new(page)
	s.pages[n-s.first] = p
	return p
}

// Merge adds all of o, which may be nil, to s and leaves o as it is.
func (s *Sketch) Merge(o *Sketch) {
	if o.Count() == 0 {
		return
	}
	s.AddTotals(o.Totals())
	s.count += o.count
	for i, from := range o.pages {
		if from != nil {
			s.page((o.first + i) << pageBits).merge(from)
		}
	}
}

// Reset empties s and keeps its memory.
func (s *Sketch) Reset() {
	for _, p := range s.pages {
		if p != nil {
			*p = page{}
		}
	}
	*s = Sketch{pages: s.pages, first: s.first}
}

// Buckets yields the buckets that are not empty, in order.
func (s *Sketch) Buckets() iter.Seq[Bucket] {
	return func(yield func(Bucket) bool) {
		if s.Count() == 0 {
			return
		}
		for i, p := range s.pages {
			if p != nil && !p.yield((s.first+i)<<pageBits, yield) {
				return
			}
		}
	}
}

// Count returns how many durations were counted.
func (s *Sketch) Count() uint64 {
	if s == nil {
		return 0
	}
	return s.count
}

// Clamped returns how many of them lay outside the range that buckets cover.
func (s *Sketch) Clamped() uint64 {
	if s == nil {
		return 0
	}
	return s.clamped
}

// Min returns the exact minimum; 0 when empty.
func (s *Sketch) Min() time.Duration {
	if s.Count() == 0 {
		return 0
	}
	return time.Duration(s.min)
}

// Max returns the exact maximum; 0 when empty.
func (s *Sketch) Max() time.Duration {
	if s.Count() == 0 {
		return 0
	}
	return time.Duration(s.max)
}

// Mean returns the exact mean, to the nanosecond; 0 when empty.
func (s *Sketch) Mean() time.Duration {
	if s.Count() == 0 {
		return 0
	}
	sum := float64(s.sumHi)*(1<<64) + float64(s.sumLo)
	return time.Duration(math.Round(sum / float64(s.count)))
}

// Quantile returns the p-quantile, interpolated by rank inside its bucket; 0 when empty.
// p is clamped to 0..1: 0 gives the minimum, 1 the maximum.
func (s *Sketch) Quantile(p float64) time.Duration {
	return s.QuantileOf(s.Count(), p)
}

// QuantileOf returns the p-quantile of n durations of which those in s are the shortest: Beyond
// where the rank is not in s, 0 when n is 0.
func (s *Sketch) QuantileOf(n uint64, p float64) time.Duration {
	out := [1]time.Duration{}
	s.QuantilesOf(n, []float64{p}, out[:])
	return out[0]
}

// QuantilesOf is QuantileOf for the quantiles ps, in ascending order, which it writes to out.
func (s *Sketch) QuantilesOf(n uint64, ps []float64, out []time.Duration) {
	r := newRanker(n, ps, out)
	if s.Count() > 0 {
		s.rank(&r)
	}
	for i, d := range out[:r.k] {
		if out[i] = min(max(d, s.Min()), s.Max()); d >= openEnd {
			out[i] = s.Max()
		}
	}
	for ; r.k < len(ps); r.k++ {
		out[r.k] = s.past(n)
	}
}

// rank gives the buckets to r, and those of a page in one where no quantile lies in it.
func (s *Sketch) rank(r *ranker) {
	for i, p := range s.pages {
		if p == nil || r.skip(p.sum) {
			continue
		}
		for j := range p.low {
			if n := p.count(j); n > 0 {
				r.add((s.first+i)<<pageBits+j, n)
			}
		}
	}
}

// past is the quantile of a rank that lies behind every duration of s.
func (s *Sketch) past(n uint64) time.Duration {
	switch {
	case n == 0:
		return 0
	case n <= s.Count(): // p > 1
		return s.Max()
	}
	return Beyond
}

// CountAbove returns how many durations are longer than d, with interpolation inside d's bucket:
// the inverse of Quantile.
func (s *Sketch) CountAbove(d time.Duration) float64 {
	if s.Count() == 0 || d >= s.Max() {
		return 0
	}
	if d < s.Min() {
		return float64(s.count)
	}
	above := 0.0
	for b := range s.Buckets() {
		above += b.CountAbove(d)
	}
	return above
}

// Above returns the durations that are surely longer than d, to the width of a bucket.
func (s *Sketch) Above(d time.Duration) *Sketch {
	out := new(Sketch)
	for b := range s.Buckets() {
		low, _ := bounds(b.Index)
		if time.Duration(low) <= d {
			continue
		}
		if out.count == 0 {
			out.min, out.max = low, s.max
		}
		out.addBucket(b)
	}
	return out
}

// Mean returns the exact mean of all durations of some sketches, to the nanosecond; 0 when all are
// empty.
func Mean(of ...*Sketch) time.Duration {
	var all Sketch
	for _, s := range of {
		if s.Count() > 0 {
			all.AddTotals(s.Totals())
			all.count += s.count
		}
	}
	return all.Mean()
}

// Sum returns the sum of all durations in seconds, exact except for the precision of a float64, so it never falls
// while durations are added.
func (s *Sketch) Sum() float64 {
	if s == nil {
		return 0
	}
	return (float64(s.sumHi)*(1<<64) + float64(s.sumLo)) / 1e9
}
