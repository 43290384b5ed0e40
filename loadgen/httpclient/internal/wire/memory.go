package wire

import "sync/atomic"

// freeBody is how many bytes of a body count for nothing: most bodies are
// smaller, and then nothing is counted.
const freeBody = 64 << 10

// Memory is what the bodies of all requests in flight may take. Without it a
// thousand users would let a target fill a thousand times MaxBody.
type Memory struct{ bytes atomic.Int64 }

// Limit sets how many bytes bodies may take together.
func (m *Memory) Limit(bytes int64) { m.bytes.Store(bytes) }

// Left is how many bytes the bodies in flight leave.
func (m *Memory) Left() int64 { return m.bytes.Load() }

// swap counts a buffer of some bytes in place of another one, unless there is no
// room for it.
func (m *Memory) swap(old, fresh int) bool {
	more := beyondFree(fresh) - beyondFree(old)
	if more == 0 || m.bytes.Add(-more) >= 0 || more < 0 {
		return true
	}
	m.bytes.Add(more)
	return false
}

func beyondFree(bytes int) int64 { return int64(max(0, bytes-freeBody)) }
