package report

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// scratch is a dense histogram that remembers which buckets it touched, so that emptying it costs
// no more than filling it.
type scratch struct {
	counts  [numBuckets]uint32
	touched [numBuckets / 64]uint64           // bit b of word w: bucket 64w+b
	words   [(numBuckets/64 + 63) / 64]uint64 // bit b of word w: word 64w+b of touched
	used    int
	list    []byte // for pairs
}

// add counts n durations in a bucket. A row holds fewer than 2^32.
func (c *scratch) add(bucket int, n uint32) {
	if c.counts[bucket] == 0 && n > 0 {
		c.touched[bucket>>6] |= 1 << (bucket & 63)
		c.words[bucket>>12] |= 1 << (bucket >> 6 & 63)
		c.used++
	}
	c.counts[bucket] += n
}

// drain yields the buckets in order and leaves c empty. The caller takes all of them.
func (c *scratch) drain(yield func(int, uint64) bool) {
	for i := range c.words {
		for words := c.words[i]; words != 0; words &= words - 1 {
			w := i<<6 + bits.TrailingZeros64(words)
			for word := c.touched[w]; word != 0; word &= word - 1 {
				bucket := w<<6 + bits.TrailingZeros64(word)
				yield(bucket, uint64(c.counts[bucket]))
				c.counts[bucket] = 0
			}
			c.touched[w] = 0
		}
		c.words[i] = 0
	}
	c.used = 0
}

// pairs returns the list of (bucket, count) that c holds, as a decoder reads it, and leaves c empty. The
// list is valid until the next call.
func (c *scratch) pairs() []byte {
	to := binary.AppendUvarint(c.list[:0], uint64(c.used))
	last := 0
	for bucket, n := range c.drain {
		to = binary.AppendUvarint(to, uint64(bucket-last))
		to = binary.AppendUvarint(to, n)
		last = bucket
	}
	c.list = to
	return to
}

// figures returns the figures of n requests of which c holds the successes, and leaves c empty.
// Minimum, mean and maximum are those of the successes, to half a bucket.
func (c *scratch) figures(n uint64) Figures {
	if n == 0 {
		return noFigures
	}
	out, at := noFigures, [4]time.Duration{beyond, beyond, beyond, beyond}
	r := newRanker(n, headline, at[:])
	sum, count := 0.0, 0.0
	for bucket, k := range c.drain {
		r.add(bucket, k)
		middle := inside(bucket, .5)
		if count == 0 {
			out.Min = millis(middle)
		}
		out.Max = millis(middle)
		sum, count = sum+float64(middle)*float64(k), count+float64(k)
	}
	if count > 0 {
		out.Mean = millis(time.Duration(sum / count))
	}
	out.setPercentiles(at)
	return out
}
