package record

import (
	"sync"
	"time"
	"unsafe"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/timing"
)

// chunkSize is how many samples a shard collects before it hands them over: 32 KB.
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
	timings                     timing.Packed
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
	number  int
	mu      sync.Mutex
	chunk   *chunk               // nil: there is no empty one
	ops     map[report.Op]uint16 // copy of the registry's
	reasons map[string]uint16    // copy of the registry's
	recent  [1 << recentBits]known
	tags    map[taggedOp]uint16
	flights flights
	counts  []counts      // by phase
	phase   int           // of the last count
	from    time.Duration // what was due before is not counted
	next    time.Duration // just after all that has been counted
	_       [64]byte      // keeps the next shard's lock off this cache line
}

// Recorder returns the Recorder that the shard belongs to.
func (s *Shard) Recorder() *Recorder { return s.r }

// Sample is one measured operation. All times are offsets from the start of the run.
type Sample struct {
	Op report.Op

	Intended time.Duration // when the plan said it starts
	Woken    time.Duration // when the generator's code got control
	Sent     time.Duration // when it was handed to the wire
	Done     time.Duration // last byte, error or timeout

	// Err is a short stable reason, without addresses or ids; "" is success,
	// CutOff a request that the end of the run cut.
	Err string
	// Bytes is the size of the answer's body; of a transaction, the time of pauses that is
	// left out of Done, nanoseconds.
	Bytes int64
	// Later marks a request after the first one of its task. It had no separate
	// wake-up, so it adds nothing to the wake lag.
	Later bool
	// Timings are the parts that the response time consists of, to 0.8 %; the zero value: not measured. A Tap leaves
	// them out.
	Timings timing.Times
}

// Record takes one sample. x may be reused afterwards.
func (s *Shard) Record(x *Sample) {
	s.lock()
	s.counted(sentRequests, x.Intended, 1)
	s.appendEntry(s.op(&x.Op), x)
}

// Replay takes a sample that another Recorder has counted, whose Rest is merged into this one.
func (s *Shard) Replay(x *Sample) {
	s.lock()
	s.appendEntry(s.op(&x.Op), x)
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
		bytes: x.Bytes, op: op, reason: reason, timings: x.Timings.Pack(), later: x.Later,
	}
	s.filled(c)
}

// filled says that a record more is in the shard's chunk, and releases the lock.
func (s *Shard) filled(c *chunk) {
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
func (s *Shard) op(op *report.Op) uint16 {
	at := uint64(uintptr(unsafe.Pointer(unsafe.StringData(op.Name))))
	if op.Kind != "" { // kinds share their operations' names
		at ^= uint64(uintptr(unsafe.Pointer(unsafe.StringData(op.Kind)))) * 0x94d049bb133111eb
	}
	at = at * 0x9e3779b97f4a7c15 >> (64 - recentBits)
	k := &s.recent[at]
	if !sameOp(&k.op, op) {
		id, ok := s.ops[*op]
		if !ok {
			return s.newOp(*op)
		}
		*k = known{*op, id}
	}
	return k.id
}

// sameOp says whether a and b are equal, which they mostly are to the address.
func sameOp(a, b *report.Op) bool {
	return sameText(a.Name, b.Name) && sameText(a.Method, b.Method) && sameText(a.Kind, b.Kind) || *a == *b
}

// sameText says whether a and b are one text in memory.
func sameText(a, b string) bool {
	return len(a) == len(b) && unsafe.StringData(a) == unsafe.StringData(b)
}

// newOp asks the registry for the number of an operation that this shard has not seen.
func (s *Shard) newOp(op report.Op) uint16 {
	op = report.Op{Kind: clean(op.Kind, maxName), Method: clean(op.Method, maxName), Name: clean(op.Name, maxName)}
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
