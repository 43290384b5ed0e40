// Package stream holds keyed random streams: one for each seed, purpose and user,
// so that what a user does depends on the seed and on nothing else.
//
// Streams are the same in every run and on every platform. Those of different
// keys are independent, so one more draw for one purpose, or one more user,
// shifts nothing else.
package stream

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Version is the version of the random streams. It changes when a key no longer
// gives the same numbers, or the numbers no longer give the same samples (package
// dist): figures of different versions are of different workloads.
const Version = 1

// Purpose says what a stream is drawn for. One purpose never takes numbers from
// another, so one more draw in a script does not shift when users act.
type Purpose uint8

// Purposes. Their numbers are part of the stream format: add at the end only.
const (
	Start     Purpose = 1 + iota // state of a user at the instant it joins
	OnOff                        // lengths of ON and OFF periods
	Think                        // gaps inside an ON period
	Choice                       // which task is next
	Script                       // whatever a script draws
	Arrival                      // gaps between open arrivals
	Bootstrap                    // resampling in an analysis
	Order                        // order of the arms of an experiment, of users who leave
	Backend                      // latency and errors of a fake target
	Pause                        // think time inside a task
)

// Key names one random stream. Keys that differ in any field give streams that
// are independent for all practical purposes. Every value is a valid key.
type Key struct {
	Seed      uint64  // of the whole run
	Purpose   Purpose // what it is drawn for
	User      uint64  // number of the user, or 0 for streams of no user
	Replicate uint64  // 0, or the number of the repetition that is to differ
}

// Source returns the stream at its start: a PCG of 16 bytes, to be kept by
// value and used through its address. It is not safe for concurrent use.
//
// The state is the first 16 bytes of SHA-256 over five big-endian 64-bit words:
// Version, Seed, Purpose, User, Replicate. Hashing costs about 0.1 µs and
// allocates nothing. It is needed: PCG streams whose seeds differ in a few high
// bits only are visibly dependent.
func (k Key) Source() rand.PCG {
	var words [40]byte
	binary.BigEndian.PutUint64(words[0:], Version)
	binary.BigEndian.PutUint64(words[8:], k.Seed)
	binary.BigEndian.PutUint64(words[16:], uint64(k.Purpose))
	binary.BigEndian.PutUint64(words[24:], k.User)
	binary.BigEndian.PutUint64(words[32:], k.Replicate)
	sum := sha256.Sum256(words[:])
	return *rand.NewPCG(binary.BigEndian.Uint64(sum[0:]), binary.BigEndian.Uint64(sum[8:]))
}

// Rand returns the stream of Source as a *rand.Rand, for scripts that want its
// methods. It allocates; it is not safe for concurrent use.
func (k Key) Rand() *rand.Rand {
	src := k.Source()
	return rand.New(&src)
}
