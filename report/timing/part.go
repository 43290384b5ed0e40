package timing

import (
	"encoding"
	"fmt"
	"math/bits"
	"time"
)

// Part is a part of a response time. The parts follow each other and leave nothing out.
type Part uint8

// The parts, in the order in which they come.
const (
	Late       Part = iota // from the intended start until it is asked for: lag, and earlier requests of its user
	Blocked                // until there is a connection for it, or one may be made
	Connecting             // name look-up, dialling, and the way through a proxy
	TLS                    // handshake
	Waiting                // sending it, and from there to the first byte of the answer
	Receiving              // from there to the last byte
	Parts                  // how many there are
)

var _ encoding.TextMarshaler = Late

var names = [Parts]string{"late", "blocked", "connecting", "TLS", "waiting", "receiving"}

// Of returns the part with a name; false if there is none.
func Of(name string) (Part, bool) {
	for p, known := range names {
		if known == name {
			return Part(p), true
		}
	}
	return 0, false
}

// String is the name of the part, "waiting".
func (p Part) String() string {
	if p >= Parts {
		return fmt.Sprintf("part %d", uint8(p))
	}
	return names[p]
}

// MarshalText writes String.
func (p Part) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Times is how long each part of a request took, not negative. The zero value says that nothing was measured.
type Times [Parts]time.Duration

// Sum returns all parts together.
func (t *Times) Sum() (sum time.Duration) {
	for _, d := range t {
		sum += d
	}
	return sum
}

// Packed is Times to 0.8 %, in 12 bytes. The zero value is that of nothing measured.
type Packed [Parts]uint16

// Pack rounds t.
func (t *Times) Pack() (out Packed) {
	for p, d := range t {
		if d > 0 {
			out[p] = pack(uint64(d))
		}
	}
	return out
}

// packedBits is how many bits below its first a packed time keeps: 64 steps an octave.
const packedBits = 6

// pack returns v nanoseconds as a number of octaves and of a step of the last one.
func pack(v uint64) uint16 {
	octave := max(0, bits.Len64(v)-packedBits-1)
	return uint16(octave<<packedBits + int(v>>octave))
}

// unpack returns the middle of what a packed time may be.
func unpack(code uint16) time.Duration {
	octave := max(0, int(code)>>packedBits-1)
	v := uint64(int(code)-octave<<packedBits) << octave
	return time.Duration(v + 1<<octave>>1)
}
