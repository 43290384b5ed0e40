// Package alarm wakes goroutines precisely: within tens of microseconds on Linux, by package time elsewhere and
// where time is virtual.
package alarm

import "time"

// Alarm wakes the one goroutine that waits on it. Its time may be moved
// from any goroutine; ringing early or twice is allowed, so the waiter checks
// the clock itself.
type Alarm interface {
	// Set rings the alarm after d from now; d <= 0 rings at once. It
	// replaces an earlier time that has not rung yet.
	Set(d time.Duration)
	// Ring rings it now, from a goroutine of a process that is never idle.
	Ring()
	// Wait blocks until the alarm rings.
	Wait()
	// Close frees the alarm; no goroutine may wait on it afterwards.
	Close()
}

// timer rings by package time: on platforms without a precise sleeper,
// and wherever time is virtual.
type timer struct{ *time.Timer }

func newTimer() Alarm { return timer{time.NewTimer(time.Hour)} }

func (a timer) Set(d time.Duration) { a.Reset(d) }
func (a timer) Ring()               {} // package time needs no help
func (a timer) Wait()               { <-a.C }
func (a timer) Close()              { a.Stop() }
