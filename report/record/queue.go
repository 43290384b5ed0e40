package record

import (
	"slices"
	"sync"
	"time"
)

// maxChunks bounds the chunks that wait, in addition to the one that each shard fills: about 524,000 samples,
// 33 MB. So many may come while a reader holds the figures before a recorder waits for it.
const maxChunks = 1024

// batchChunks is how many chunks are folded in one go, and how many empty ones are kept: what a
// long reading took beyond them is free again afterwards.
const batchChunks = 64

// queue takes full chunks in their order and gives empty ones.
type queue struct {
	mu    sync.Mutex
	ring  []*chunk // full ones: n from head on
	head  int
	n     int
	free  []*chunk
	spare int // chunks that may still be made
	tap   *Tap
}

// put takes a full chunk, unless it is nil, and returns an empty one; nil if none is left.
func (q *queue) put(full *chunk) *chunk {
	q.mu.Lock()
	defer q.mu.Unlock()
	if full != nil {
		q.tap.add(full)
		q.ring[(q.head+q.n)%len(q.ring)] = full
		q.n++
	}
	if n := len(q.free); n > 0 {
		c := q.free[n-1] // the last one used, which the cache still knows
		q.free = q.free[:n-1]
		return c
	}
	if q.spare == 0 {
		return nil
	}
	q.spare--
	return new(chunk)
}

// waiting returns how many full chunks wait.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.n
}

// take appends the full chunks that wait, the oldest first, but no more than most.
func (q *queue) take(to []*chunk, most int) []*chunk {
	q.mu.Lock()
	defer q.mu.Unlock()
	for ; q.n > 0 && len(to) < most; q.n-- {
		to = append(to, q.ring[q.head])
		q.ring[q.head] = nil
		q.head = (q.head + 1) % len(q.ring)
	}
	return to
}

// recycle takes back chunks that have been folded in.
func (q *queue) recycle(chunks []*chunk) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range chunks {
		if c.n = 0; len(q.free) < batchChunks {
			q.free = append(q.free, c)
		} else {
			q.spare++
		}
	}
}

// Tap is a copy of the samples that a Recorder takes in, for one reader; those of each shard come in the order in which
// they were recorded. A bounded number waits for the reader, and what comes while it is that far behind is counted and
// dropped, so that recording never waits. All methods are safe for concurrent use.
type Tap struct {
	r      *Recorder
	mu     sync.Mutex
	came   sync.Cond
	full   []*chunk // oldest first; the last one may have room
	free   []*chunk
	most   int // chunks that may wait
	lost   int64
	closed bool
}

// Tap returns a copy of all samples from now on, of which up to wait wait for a reader (at least 512; 64 bytes each). It replaces an
// earlier Tap, which gets no more. Samples reach it when a shard has 512 of them, and whenever figures are read.
// What transactions, tags and figures record is not among them, nor are the figures of other processes.
func (r *Recorder) Tap(wait int) *Tap {
	t := &Tap{r: r, most: max(1, wait/chunkSize)}
	t.came.L = &t.mu
	r.queue.mu.Lock()
	defer r.queue.mu.Unlock()
	r.queue.tap = t
	return t
}

// add copies the samples of a chunk, if there is a Tap.
func (t *Tap) add(c *chunk) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	for rest := c.records[:c.n]; len(rest) > 0; {
		to := t.room()
		if to == nil {
			t.lost += int64(len(rest))
			return
		}
		n := copy(to.records[to.n:], rest)
		to.n, rest = to.n+n, rest[n:]
	}
	t.came.Signal()
}

// room returns a chunk that waits and has room; nil if there may be none.
func (t *Tap) room() *chunk {
	if n := len(t.full); n > 0 && t.full[n-1].n < chunkSize {
		return t.full[n-1]
	}
	if len(t.full) == t.most {
		return nil
	}
	c := new(chunk)
	if n := len(t.free); n > 0 {
		c, t.free = t.free[n-1], t.free[:n-1]
	}
	t.full = append(t.full, c)
	return c
}

// Next waits for samples and appends the oldest, up to 512 of them. It appends none when the Tap is closed and all were
// given.
func (t *Tap) Next(to []Sample) []Sample {
	t.mu.Lock()
	for len(t.full) == 0 && !t.closed {
		t.came.Wait()
	}
	if len(t.full) == 0 {
		t.mu.Unlock()
		return to
	}
	c := t.full[0]
	t.full = slices.Delete(t.full, 0, 1)
	t.mu.Unlock()
	ops, reasons := t.r.ops.all(), t.r.reasons.all()
	for i := range c.records[:c.n] {
		x := &c.records[i]
		to = append(to, Sample{
			Op: ops[x.op], Err: reasons[x.reason], Bytes: x.bytes, Later: x.later,
			Intended: time.Duration(x.intended), Woken: time.Duration(x.woken), Sent: time.Duration(x.sent), Done: time.Duration(x.done),
		})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.n = 0; len(t.free) < batchChunks {
		t.free = append(t.free, c)
	}
	return to
}

// Lost returns how many samples were dropped because the reader was too far behind.
func (t *Tap) Lost() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lost
}

// Close lets no more samples come; Next gives those that wait.
func (t *Tap) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	t.came.Broadcast()
}
