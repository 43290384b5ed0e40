package httpclient

import (
	"errors"
	"sync/atomic"
)

var errNoMemory = errors.New("generator: body memory")

// freeBody is how many bytes of a body count for nothing: most bodies are
// smaller, and then nothing is counted.
const freeBody = 64 << 10

// memory is what the bodies of all requests in flight may take. Without it a
// thousand users would let a target fill a thousand times MaxBody.
type memory struct{ left atomic.Int64 }

// swap counts a buffer of some bytes in place of another one, unless there is no
// room for it.
func (m *memory) swap(old, fresh int) bool {
	more := beyondFree(fresh) - beyondFree(old)
	if more == 0 || m.left.Add(-more) >= 0 || more < 0 {
		return true
	}
	m.left.Add(more)
	return false
}

func beyondFree(bytes int) int64 { return int64(max(0, bytes-freeBody)) }
