package record

import (
	"sync"
	"time"
	"unsafe"

	"github.com/gensim/load-generator/report"
)

// chunkSize is how many samples a shard collects before it hands them over: 24 KB.
const chunkSize = 512

// recentBits sets the size of a shard's table of recent operations: 256.
const recentBits = 8

// entry is a Sample in compact form.
type entry struct {
	intended, woken, sent, done int64 // nanoseconds
	bytes                       int64
	op                          uint16
	reason                      uint16
	bucket                      uint16 // of the response time; set by the fold
	later                       bool
}

// chunk is a batch of records.
type chunk struct {
	n       int
	records [chunkSize]entry
}

// Shard is where one part of the generator records. Any goroutine may use any shard; those
// of one shard share a lock, so give each engine loop its own.
type Shard struct {
	r       *Recorder
	mu      sync.Mutex
	chunk   *chunk               // nil: there is no empty one
	ops     map[report.Op]uint16 // copy of the registry's
	reasons map[string]uint16    // copy of the registry's
	recent  [1 << recentBits]known
	flights flights
	counts  []counts      // by phase
	phase   int           // of the last count
	from    time.Duration // what was due before is not counted
	next    time.Duration // just after all that has been counted
	_       [64]byte      // keeps the next shard's lock off this cache line
}

// Recorder returns the Recorder that the shard belongs to.
func (s *Shard) Recorder() *Recorder { return s.r }

// Record takes one sample. x may be reused afterwards.
func (s *Shard) Record(x *Sample) {
	s.lock()
	s.counted(sentRequests, x.Intended, 1)
	s.appendEntry(s.op(x.Op), x)
}

// lock takes the lock when there is room for a sample. While all chunks wait, because a reader is at
// it, the caller waits too, without the lock, and then folds them: no sample is ever dropped.
func (s *Shard) lock() {
	for s.mu.Lock(); s.chunk == nil; s.mu.Lock() {
		s.mu.Unlock()
		s.r.makeRoom(s)
	}
}

// appendEntry appends a sample of an operation and releases the lock, which the caller took with lock.
func (s *Shard) appendEntry(op uint16, x *Sample) {
	reason := uint16(noReason)
	if x.Err != "" {
		reason = s.reason(x.Err)
	}
	c := s.chunk
	c.records[c.n] = entry{
		intended: int64(x.Intended), woken: int64(x.Woken), sent: int64(x.Sent), done: int64(x.Done),
		bytes: x.Bytes, op: op, reason: reason, later: x.Later,
	}
	c.n++
	full := c.n == chunkSize
	if full {
		s.chunk = s.r.queue.put(c)
	}
	s.mu.Unlock()
	if full {
		s.r.fold()
	}
}

// known is an operation with its number.
type known struct {
	op report.Op
	id uint16
}

// op returns the number of an operation. Names are templates and mostly the very same strings, so a
// small table by the address of the name saves most of the hashing; the address only picks the
// entry, equality decides.
func (s *Shard) op(op report.Op) uint16 {
	at := uint64(uintptr(unsafe.Pointer(unsafe.StringData(op.Name)))) * 0x9e3779b97f4a7c15 >> (64 - recentBits)
	k := &s.recent[at]
	if k.op != op {
		id, ok := s.ops[op]
		if !ok {
			return s.newOp(op)
		}
		*k = known{op, id}
	}
	return k.id
}

// newOp asks the registry for the number of an operation that this shard has not seen.
func (s *Shard) newOp(op report.Op) uint16 {
	op = report.Op{Method: clean(op.Method, maxName), Name: clean(op.Name, maxName)}
	id, known := s.r.ops.id(op)
	if known {
		s.ops[op] = id
	}
	return id
}

// reason returns the number of a failure reason.
func (s *Shard) reason(text string) uint16 {
	if id, ok := s.reasons[text]; ok {
		return id
	}
	text = clean(text, maxName)
	id, known := s.r.reasons.id(text)
	if known {
		s.reasons[text] = id
	}
	return id
}
