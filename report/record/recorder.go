package record

import (
	"math"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
)

// Recorder takes the samples of one run. All methods are safe for concurrent use.
//
//	Shard.Record ──> chunk ──full──> queue ──> figures <── Snapshot, Phase, Summary
//	(own lock)                                 (one owner at a time)
//
// A goroutine that has filled a chunk folds it in if the figures are free; otherwise it queues the
// chunk for the current owner. It waits for a reader only when the queue is full.
type Recorder struct {
	phases     []report.PhaseInfo
	shards     []*Shard
	ops        *registry[report.Op]
	reasons    *registry[string]
	queue      *queue
	store      *store
	levels     levels
	exceptions exceptions
	notes      notes

	mu    sync.Mutex
	ended time.Duration // where the run was ended before its plan; < 0: it was not
	zeroed
}

// zeroed says what of the past does not count.
type zeroed struct {
	at     time.Duration // where the figures were zeroed; 0: never
	from   time.Duration // what was due before
	resets int           // how often the figures were zeroed
}

// New returns a Recorder for one run.
func New(c Config) *Recorder {
	c = c.withDefaults()
	r := &Recorder{
		phases:     c.Phases,
		ops:        newRegistry(c.MaxOps, report.Op{Name: report.OtherOperations}),
		reasons:    newRegistry(c.MaxReasons, "", report.CutOff, report.OtherReasons),
		queue:      &queue{ring: make([]*chunk, maxChunks+c.Shards), spare: maxChunks + c.Shards},
		store:      newStore(c.Phases, c.IntervalBytes),
		exceptions: exceptions{limit: c.MaxExceptions},
		ended:      -1,
	}
	for range c.Shards {
		r.shards = append(r.shards, &Shard{
			r: r, chunk: r.queue.put(nil),
			ops: make(map[report.Op]uint16), reasons: make(map[string]uint16),
			counts: make([]counts, len(c.Phases)),
		})
	}
	return r
}

// Shard returns shard i modulo the number of shards.
func (r *Recorder) Shard(i int) *Shard { return r.shards[uint(i)%uint(len(r.shards))] }

// End notes that the run ends at offset at, before its plan does: phases end there at the
// latest, and what is done later straddles. Call it when it is known.
func (r *Recorder) End(at time.Duration) {
	r.mu.Lock()
	r.ended = at
	r.mu.Unlock()
	r.read(func(f *store) { f.end(int64(at)) })
}

// Reset zeroes all figures at offset now. The users' levels and the names of operations stay, and
// rates count from now. What was due before, tasks and requests, does not count when it is done
// later, so that the counters still balance.
func (r *Recorder) Reset(now time.Duration) {
	from := now
	for _, s := range r.shards {
		s.mu.Lock() // all at once: nothing is counted in between
		defer s.mu.Unlock()
		from = max(from, s.next)
	}
	for _, s := range r.shards {
		if s.from = from; s.chunk != nil {
			s.chunk.n = 0
		}
		clear(s.counts)
	}
	r.queue.recycle(r.queue.take(nil, math.MaxInt))
	r.exceptions.clear()
	r.notes.clear()
	r.mu.Lock() // the store follows when it is next used: a reader at work blocks no reset
	defer r.mu.Unlock()
	r.zeroed = zeroed{now, from, r.resets + 1}
}

// countedFrom returns the offset from which figures count.
func (r *Recorder) countedFrom() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

// phaseIndex returns the number of the phase that an offset lies in.
func (r *Recorder) phaseIndex(at time.Duration) int {
	return sort.Search(len(r.phases)-1, func(i int) bool { return at < r.phases[i+1].Start })
}

// PhaseAt returns the phase that the offset lies in: the first one before its start, the
// last one after its end.
func (r *Recorder) PhaseAt(at time.Duration) report.PhaseInfo { return r.phases[r.phaseIndex(at)] }

// makeRoom gives a shard an empty chunk when there was none.
func (r *Recorder) makeRoom(s *Shard) {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	r.drain()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chunk == nil {
		s.chunk = r.queue.put(nil)
	}
}

// foldAt is how many chunks wait before a recorder folds them: enough to find several samples of an
// operation together, few enough to take a fraction of a millisecond.
const foldAt = 8

// fold folds in what waits, if it is enough and the figures are free.
func (r *Recorder) fold() {
	if r.queue.waiting() >= foldAt && r.store.mu.TryLock() {
		r.drain()
		r.store.mu.Unlock()
	}
}

// read calls do with figures that hold every sample recorded before, and what was counted and in flight
// at that very instant.
func (r *Recorder) read(do func(*store)) {
	f := r.store
	f.mu.Lock()
	defer f.mu.Unlock()
	chunks, z := r.halt(f)
	f.reset(z)
	for some := range slices.Chunk(chunks, batchChunks) {
		f.fold(some)
		r.queue.recycle(some)
	}
	f.place()
	do(f)
}

// halt stops all shards for as long as it takes to copy what they hold, so that it is of one instant:
// the counters and what is in flight go to f, the samples that have not been folded in are returned.
// The locks are taken in the order of figures, shards, queue.
func (r *Recorder) halt(f *store) (chunks []*chunk, z zeroed) {
	f.flying = slices.Grow(f.flying[:0], r.places()) // beforehand: no shard waits for the memory
	for _, s := range r.shards {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	clear(f.counts)
	for _, s := range r.shards {
		for i := range s.counts {
			f.counts[i].add(&s.counts[i])
		}
		f.flying = s.flights.appendTo(f.flying)
		if s.chunk != nil && s.chunk.n > 0 {
			s.chunk = r.queue.put(s.chunk)
		}
	}
	f.halted = r.queue.take(f.halted[:0], math.MaxInt)
	r.mu.Lock()
	defer r.mu.Unlock()
	return f.halted, r.zeroed
}

// places returns how many requests were ever in flight at once, by shard, in all.
func (r *Recorder) places() (n int) {
	for _, s := range r.shards {
		s.mu.Lock()
		n += len(s.flights.places)
		s.mu.Unlock()
	}
	return n
}

// drain zeroes the figures if they were reset, and folds in the chunks that wait now. Those that
// come meanwhile stay, so that no goroutine keeps folding for others. The caller holds the figures.
func (r *Recorder) drain() {
	f := r.store
	for left := r.queue.waiting(); left >= 0; left -= batchChunks {
		f.batch.chunks = r.queue.take(f.batch.chunks[:0], batchChunks)
		r.mu.Lock()
		z := r.zeroed
		r.mu.Unlock()
		f.reset(z)
		f.fold(f.batch.chunks)
		r.queue.recycle(f.batch.chunks)
	}
}
