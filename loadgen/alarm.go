package loadgen

import "time"

// An alarm wakes the one goroutine that waits on it. Its time may be moved
// from any goroutine; ringing early or twice is allowed, so the waiter checks
// the clock itself.
type alarm interface {
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

// timerAlarm rings by package time: on platforms without a precise sleeper,
// and wherever time is virtual.
type timerAlarm struct{ *time.Timer }

func newTimerAlarm() alarm { return timerAlarm{time.NewTimer(time.Hour)} }

func (a timerAlarm) Set(d time.Duration) { a.Reset(d) }
func (a timerAlarm) Ring()               {} // package time needs no help
func (a timerAlarm) Wait()               { <-a.C }
func (a timerAlarm) Close()              { a.Stop() }
