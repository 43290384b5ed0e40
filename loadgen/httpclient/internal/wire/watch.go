package wire

import (
	"time"

	"github.com/gensim/load-generator/report/timing"
)

// Watch divides the time of a request into its parts. At each instant one of them lasts, so together they are all of it.
type Watch struct {
	epoch time.Time // offsets count from it
	part  timing.Part
	since time.Duration
	times timing.Times
}

// StartWatch begins with a part at an offset.
func StartWatch(epoch time.Time, p timing.Part, at time.Duration) Watch {
	return Watch{epoch: epoch, part: p, since: at}
}

// Is says that the part that lasts is another one than it seemed to be.
func (w *Watch) Is(p timing.Part) { w.part = p }

// To ends the part that lasts, now, and begins another one.
func (w *Watch) To(p timing.Part) { w.ToAt(p, time.Since(w.epoch)) }

// ToAt is To at an offset.
func (w *Watch) ToAt(p timing.Part, at time.Duration) {
	if at > w.since {
		w.times[w.part] += at - w.since
		w.since = at
	}
	w.part = p
}

// StopAt ends the part that lasts at an offset, and returns all.
func (w *Watch) StopAt(at time.Duration) timing.Times {
	w.ToAt(w.part, at)
	return w.times
}
