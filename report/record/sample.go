package record

import (
	"time"

	"github.com/gensim/load-generator/report"
)

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
	// Bytes is the size of the answer's body.
	Bytes int64
	// Later marks a request after the first one of its task. It had no separate
	// wake-up, so it adds nothing to the wake lag.
	Later bool
}
