package report

import "sync"

// chunkSize is how many samples a shard collects before they are folded in. A chunk is 24 KB, so it
// is still in the cache of a core when it is folded.
const chunkSize = 512

// record is a Sample in compact form.
type record struct {
	intended, woken, sent, done int64 // nanoseconds
	bytes                       int64
	op                          uint32
	reason                      uint16 // 0: success
	later                       bool
}

// chunk is a batch of records.
type chunk struct {
	n       int
	records [chunkSize]record
}

// Shard is where one part of the generator records. Any goroutine may use any shard; those
// of one shard share a lock, so give each engine loop its own.
type Shard struct {
	r       *Recorder
	mu      sync.Mutex
	chunk   *chunk
	ops     map[Op]uint32     // copy of what the registry has told
	reasons map[string]uint32 // likewise
	counts  [][counters]int64 // by phase
	_       [64]byte          // keeps the next shard's lock off this cache line
}

// Record takes one sample. x may be reused afterwards.
func (s *Shard) Record(x *Sample) {
	s.mu.Lock()
	op, ok := s.ops[x.Op]
	if !ok {
		op = s.newOp(x.Op)
	}
	reason := uint32(0)
	if x.Err != "" {
		reason = s.reason(x.Err)
	}
	c := s.chunk
	c.records[c.n] = record{
		intended: int64(x.Intended), woken: int64(x.Woken), sent: int64(x.Sent), done: int64(x.Done),
		bytes: x.Bytes, op: op, reason: uint16(reason), later: x.Later,
	}
	c.n++
	full := c.n == chunkSize
	if full {
		s.chunk = s.r.swap(c)
	}
	s.mu.Unlock()
	if full {
		s.r.fold()
	}
}

// newOp asks the registry for the number of an operation that this shard has not seen.
func (s *Shard) newOp(op Op) uint32 {
	op = Op{clean(op.Method, maxName), clean(op.Name, maxName)}
	id, known := s.r.ops.id(op)
	if known {
		s.ops[op] = id
	}
	return id
}

// reason returns the number of a failure reason.
func (s *Shard) reason(text string) uint32 {
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

// take returns the samples that have not been handed over and gives the shard an empty chunk.
func (s *Shard) take() {
	s.mu.Lock()
	if s.chunk.n > 0 {
		s.chunk = s.r.swap(s.chunk)
	}
	s.mu.Unlock()
}
