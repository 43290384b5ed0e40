package record

import (
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/report"
)

// Config sets up a Recorder. The zero value of each field has a meaning.
type Config struct {
	Phases []report.PhaseInfo // in time order; none: one phase without name and end
	Shards int                // < 1: one per core (GOMAXPROCS)

	MaxOps        int // distinct operations kept apart; < 1: 1000
	MaxReasons    int // distinct failure reasons kept apart; < 1: 200
	MaxExceptions int // distinct exceptions kept apart; < 1: 100
	// IntervalBytes bounds the memory of the per-second rows; past it the rows of the
	// largest phase are merged pairwise. < 1: 48 MiB.
	IntervalBytes int
	// Declared are transactions and figures that have a row even if nothing is recorded
	// in them.
	Declared []report.Declared
}

// withDefaults fills in what zero values stand for.
func (c Config) withDefaults() Config {
	orElse := func(v *int, otherwise int) {
		if *v < 1 {
			*v = otherwise
		}
	}
	orElse(&c.Shards, runtime.GOMAXPROCS(0))
	orElse(&c.MaxOps, 1000)
	orElse(&c.MaxReasons, 200)
	c.MaxOps = min(c.MaxOps, math.MaxUint16)
	c.MaxReasons = min(c.MaxReasons, math.MaxUint16-otherReason)
	orElse(&c.MaxExceptions, 100)
	orElse(&c.IntervalBytes, 48<<20)
	c.Phases = append([]report.PhaseInfo(nil), c.Phases...)
	if len(c.Phases) == 0 {
		c.Phases = []report.PhaseInfo{{}}
	}
	return c
}

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
	ledgers    ledgers

	over atomic.Int64 // what begins from here on does so after the end of the run, nanoseconds

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
	r := newRecorder(c.withDefaults(), report.SortRequest)
	r.declare(c.Declared)
	return r
}

// newRecorder returns a Recorder for rows of one sort.
func newRecorder(c Config, sort report.Sort) *Recorder {
	r := &Recorder{
		phases:     c.Phases,
		ops:        newRegistry(c.MaxOps, report.Op{Name: sort.Other()}),
		reasons:    newRegistry(c.MaxReasons, "", report.CutOff, report.OtherReasons),
		queue:      &queue{ring: make([]*chunk, maxChunks+c.Shards), spare: maxChunks + c.Shards},
		store:      newStore(c.Phases, c.IntervalBytes, sort),
		exceptions: exceptions{limit: c.MaxExceptions},
		ended:      -1,
	}
	r.over.Store(math.MaxInt64)
	if last := r.phases[len(r.phases)-1].End; last > 0 {
		r.over.Store(int64(last))
	}
	for i := range c.Shards {
		r.shards = append(r.shards, &Shard{
			r: r, number: i, chunk: r.queue.put(nil),
			ops: make(map[report.Op]uint16), reasons: make(map[string]uint16),
			counts: make([]counts, len(c.Phases)),
		})
	}
	return r
}

// Declared returns that of the Config. It must not be changed.
func (r *Recorder) Declared() []report.Declared { return r.ledgers.declared }

// Shard returns shard i modulo the number of shards.
func (r *Recorder) Shard(i int) *Shard { return r.shards[uint(i)%uint(len(r.shards))] }

// End notes that the run ends at offset at, before its plan does: phases end there at the
// latest, and what is done later straddles. Call it when it is known.
func (r *Recorder) End(at time.Duration) {
	r.ledgers.mu.Lock()
	defer r.ledgers.mu.Unlock()
	r.mu.Lock()
	r.ended = at
	r.mu.Unlock()
	r.over.Store(min(r.over.Load(), int64(at)+1)) // what begins just then may be recorded already
	r.read(func(f *store) { f.end(int64(at)) })
	r.ledgers.each(func(_ report.Sort, l *Recorder) { l.End(at) })
}

// Reset zeroes all figures at offset now. The users' levels and the names of operations stay, and
// rates count from now. What was due before, tasks and requests, does not count when it is done
// later, so that the counters still balance.
func (r *Recorder) Reset(now time.Duration) {
	r.ledgers.mu.Lock()
	defer r.ledgers.mu.Unlock()
	r.zero(func(last zeroed) zeroed { return zeroed{now, now, last.resets + 1} })
	r.ledgers.each(func(_ report.Sort, l *Recorder) { l.Reset(now) })
}

// zero zeroes all figures as next says, from the offset up to which all has been counted at the earliest.
func (r *Recorder) zero(next func(last zeroed) zeroed) {
	for _, s := range r.shards {
		s.mu.Lock() // all at once: nothing is counted in between
		defer s.mu.Unlock()
	}
	r.mu.Lock() // the store follows when it is next used: a reader at work blocks no reset
	defer r.mu.Unlock()
	z := next(r.zeroed)
	for _, s := range r.shards {
		z.from = max(z.from, s.next)
	}
	for _, s := range r.shards {
		if s.from = z.from; s.chunk != nil && s.chunk.n > 0 {
			s.chunk = r.queue.put(s.chunk) // a Tap has it all; here it does not count
		}
		clear(s.counts)
	}
	r.queue.recycle(r.queue.take(nil, math.MaxInt))
	r.exceptions.clear()
	r.notes.clear()
	r.zeroed = z
}

// countedFrom returns the offset from which figures count.
func (r *Recorder) countedFrom() time.Duration { return r.zeroedLast().at }

// zeroedLast returns how the figures were zeroed last.
func (r *Recorder) zeroedLast() zeroed {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.zeroed
}

// phaseIndex returns the number of the phase that an offset lies in.
func (r *Recorder) phaseIndex(at time.Duration) int {
	return sort.Search(len(r.phases)-1, func(i int) bool { return at < r.phases[i+1].Start })
}

// PhaseAt returns the phase that the offset lies in: the first one before its start, the
// last one after its end.
func (r *Recorder) PhaseAt(at time.Duration) report.PhaseInfo { return r.phases[r.phaseIndex(at)] }

// Over reports whether what begins at an offset does so after the end of the run: its plan's, or that of [Recorder.End]
// once it is known.
func (r *Recorder) Over(at time.Duration) bool { return int64(at) >= r.over.Load() }

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
	r.hold(func(f *store) {
		f.place()
		do(f)
	})
}

// hold is read without putting what is in flight where it belongs.
func (r *Recorder) hold(do func(*store)) {
	f := r.store
	f.mu.Lock()
	defer f.mu.Unlock()
	chunks, z := r.halt(f)
	f.reset(z)
	for some := range slices.Chunk(chunks, batchChunks) {
		f.fold(some)
		r.queue.recycle(some)
	}
	for i := range f.counts {
		f.counts[i].add(&f.merged[i])
	}
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
		f.reset(r.zeroedLast())
		f.fold(f.batch.chunks)
		r.queue.recycle(f.batch.chunks)
	}
}
