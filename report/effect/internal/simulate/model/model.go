package model

import (
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/dist/stream"
)

// Phase is one phase of a simulated run.
type Phase struct {
	Name    string
	Seconds int     // in all
	Settle  int     // of them left out at the start
	Scale   float64 // of service times; 1 is the baseline
}

// Request is one simulated request. Times are in seconds.
type Request struct {
	At     float64 // intended start
	Took   float64
	Failed bool

	Operation string // "": the server has but one
}

// Server is a server with its load. Run simulates seconds 0..end and calls emit with every request in
// the order of At. scale is the factor on service times by second.
type Server interface {
	Run(r *rand.Rand, end int, scale func(second int) float64, emit func(Request))
}

// Rand returns the generator of one replication.
func Rand(seed, replication uint64) *rand.Rand {
	// A multiplication spreads neighbouring numbers over the state; PCG shares its low bits otherwise.
	return rand.New(rand.NewPCG(stream.Mix(seed), stream.Mix(seed^replication*0x9e3779b97f4a7c15)))
}

// duration converts seconds.
func duration(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
