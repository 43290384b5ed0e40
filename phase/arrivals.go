package phase

import (
	"math/rand/v2"
	"time"
)

// Spacing is how the gaps between arrivals vary.
type Spacing uint8

// The spacings.
const (
	Even    Spacing = iota // like a metronome: arrival k falls at k/rate
	Poisson                // exponential gaps, memoryless
	Gamma                  // gamma gaps with a chosen burstiness
)

// Arrivals is an open load: work arrives at a rate, whatever the target does.
type Arrivals struct {
	// Rate is in arrivals per second at the start of the phase.
	Rate float64
	// RateTo is the rate at the end of the phase, reached linearly; 0 keeps
	// Rate.
	RateTo float64
	// Spacing is how the gaps vary; the zero value spaces evenly.
	Spacing Spacing
	// Burstiness is the coefficient of variation of gamma gaps: below 1 more
	// regular than Poisson, above 1 in bursts. 0 for the other spacings.
	Burstiness float64
	// MaxInFlight caps what runs at once; what arrives beyond it is dropped
	// and counted. 0 means no cap.
	MaxInFlight int
	// Session makes each arrival a user that stays for one ON period instead
	// of a single task.
	Session bool
}

// Stream yields the arrivals of one phase in order. Not safe for concurrent
// use.
type Stream struct{}

// Stream starts the arrivals of a phase that lasts length; 0 means without
// end.
func (a Arrivals) Stream(length time.Duration, src rand.Source) *Stream { return &Stream{} }

// Next is the next arrival, as an offset from the start of the phase; false
// when the phase is over.
func (s *Stream) Next() (time.Duration, bool) { return 0, false }

// Expected is the expected number of arrivals in [from, to) of a phase that
// lasts length; 0 means without end.
func (a Arrivals) Expected(from, to, length time.Duration) float64 { return 0 }

func (a Arrivals) ramped() bool { return a.RateTo > 0 && a.RateTo != a.Rate }
