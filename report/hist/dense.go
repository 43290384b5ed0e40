package hist

import (
	"math/bits"
	"time"
)

// Dense is a dense histogram that remembers which buckets it touched, so that emptying it costs
// no more than filling it.
type Dense struct {
	counts  [NumBuckets]uint32
	touched [NumBuckets / 64]uint64           // bit b of word w: bucket 64w+b
	words   [(NumBuckets/64 + 63) / 64]uint64 // bit b of word w: word 64w+b of touched
	used    int
	list    []byte // working memory of takeCompact
}

// Add counts n durations in a bucket. A row holds fewer than 2^32.
func (c *Dense) Add(bucket int, n uint32) {
	if c.counts[bucket] == 0 && n > 0 {
		c.touched[bucket>>6] |= 1 << (bucket & 63)
		c.words[bucket>>12] |= 1 << (bucket >> 6 & 63)
		c.used++
	}
	c.counts[bucket] += n
}

// drain yields the buckets in order and leaves c empty. The caller takes all of them.
func (c *Dense) drain(yield func(Bucket) bool) {
	for i := range c.words {
		for words := c.words[i]; words != 0; words &= words - 1 {
			w := i<<6 + bits.TrailingZeros64(words)
			for word := c.touched[w]; word != 0; word &= word - 1 {
				bucket := w<<6 + bits.TrailingZeros64(word)
				yield(Bucket{bucket, uint64(c.counts[bucket])})
				c.counts[bucket] = 0
			}
			c.touched[w] = 0
		}
		c.words[i] = 0
	}
	c.used = 0
}

// takeCompact returns the buckets that c holds as a compact list, and leaves c empty. The list is
// valid until the next call.
func (c *Dense) takeCompact() []byte {
	w := writeCompact(c.list[:0])
	for b := range c.drain {
		w.add(b.Index, b.Count)
	}
	c.list = w.end()
	return c.list
}

// Take writes to out the quantiles ps, in ascending order, of n durations of which those in c are the shortest,
// Beyond where the rank is not in c, and leaves c empty. It returns the shortest duration in c, the mean and the
// longest, to half a bucket; Beyond where c is empty.
func (c *Dense) Take(n uint64, ps []float64, out []time.Duration) (shortest, mean, longest time.Duration) {
	for i := range out {
		out[i] = Beyond
	}
	shortest, mean, longest = Beyond, Beyond, Beyond
	r := newRanker(n, ps, out)
	sum, count := 0.0, 0.0
	for b := range c.drain {
		r.add(b.Index, b.Count)
		longest = inside(b.Index, .5)
		shortest = min(shortest, longest)
		sum, count = sum+float64(longest)*float64(b.Count), count+float64(b.Count)
	}
	if count > 0 {
		mean = time.Duration(sum / count)
	}
	return shortest, mean, longest
}
