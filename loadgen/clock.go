package loadgen

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/phase"
)

// Line maps this machine's monotonic clock to offsets of a run: at Since the offset is
// At, and each second of this clock from there on adds 1+Slew seconds to it.
type Line struct {
	Since time.Time // with its monotonic reading
	At    time.Duration
	Slew  float64 // in size at most 500e-6
}

// offset is that of an instant.
func (l *Line) offset(t time.Time) time.Duration {
	d := t.Sub(l.Since)
	return l.At + d + time.Duration(float64(d)*l.Slew)
}

// steered is a clock of offsets that follows another machine's. It never goes back: where a
// new line is behind, it stands still until that has caught up.
type steered struct {
	mu   sync.Mutex // of corrections
	line atomic.Pointer[floored]
}

// floored is a line, and the offset that it begins with.
type floored struct {
	Line
	floor time.Duration
}

func newSteered(l Line) *steered {
	c := new(steered)
	c.line.Store(&floored{l, math.MinInt64})
	return c
}

// now is the offset.
func (c *steered) now() time.Duration {
	l := c.line.Load()
	return max(l.floor, l.offset(time.Now()))
}

// correct changes the line.
func (c *steered) correct(l Line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.line.Store(&floored{l, c.now()})
}

// local is how long a time of the run takes by this machine's clock. The nil clock is this machine's.
func (c *steered) local(d time.Duration) time.Duration {
	if c == nil {
		return d
	}
	return time.Duration(math.Ceil(float64(d) / (1 + c.line.Load().Slew)))
}

// turning wakes those who wait for what may change: the run's clock or its end.
type turning struct {
	mu sync.Mutex
	ch chan struct{}
}

// next is closed at the next turn.
func (t *turning) next() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ch == nil {
		t.ch = make(chan struct{})
	}
	return t.ch
}

// turn wakes all.
func (t *turning) turn() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ch != nil {
		close(t.ch)
		t.ch = nil
	}
}

// now is the offset since the start of the run, for goroutines that the run
// started.
func (r *run) now() time.Duration {
	if r.paced != nil {
		return r.paced.now()
	}
	return time.Since(r.began)
}

// may reports whether anything may start at offset now.
func (r *run) may(now time.Duration) bool {
	return r.paced == nil || now <= time.Duration(r.until.Load())
}

// epoch is the instant from which offsets count for what begins now.
func (r *run) epoch() time.Time {
	if r.paced != nil {
		return time.Now().Add(-r.paced.now())
	}
	return r.began
}

// clock is now for other goroutines: 0 before the start of the run, and the
// offset of its end afterwards.
func (r *run) clock() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.began.IsZero():
		return 0
	case r.stopped > 0:
		return r.stopped
	}
	return max(0, r.now())
}

// sleepUntil waits for offset t and reports whether it came before done. A
// nil done never comes.
func (r *run) sleepUntil(t time.Duration, done <-chan struct{}) bool {
	return r.sleepTo(func() time.Duration { return t }, done)
}

// awaitEnd waits for the end of the run, which may be moved, and reports whether it came before done.
func (r *run) awaitEnd(done <-chan struct{}) bool { return r.sleepTo(r.end, done) }

func (r *run) sleepTo(t func() time.Duration, done <-chan struct{}) bool {
	for {
		turn := r.turned.next() // before the clock and the offset are read
		var timer <-chan time.Time
		if t := t(); t != phase.Forever {
			timer = time.After(r.paced.local(t - r.now()))
		}
		select {
		case <-timer:
			if r.now() >= t() {
				return true
			}
		case <-turn:
		case <-done:
			return false
		}
	}
}
