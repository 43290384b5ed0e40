package record

import "sync"

// maxChunks bounds the chunks that wait, in addition to the one that each shard fills: about 524,000 samples,
// 25 MB. So many may come while a reader holds the figures before a recorder waits for it.
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
}

// put takes a full chunk, unless it is nil, and returns an empty one; nil if none is left.
func (q *queue) put(full *chunk) *chunk {
	q.mu.Lock()
	defer q.mu.Unlock()
	if full != nil {
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
