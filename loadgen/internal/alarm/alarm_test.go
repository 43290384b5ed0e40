package alarm

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func alarms() map[string]func() Alarm {
	return map[string]func() Alarm{"precise": New, "timer": newTimer}
}

func TestAlarmRings(t *testing.T) {
	for name, newOne := range alarms() {
		t.Run(name, func(t *testing.T) {
			a := newOne()
			defer a.Close()
			begin := time.Now()
			a.Set(20 * time.Millisecond)
			a.Wait()
			require.GreaterOrEqual(t, time.Since(begin), 20*time.Millisecond)
			a.Set(-time.Second)
			a.Wait()
		})
	}
}

func TestAlarmCanBeMovedForwardFromElsewhere(t *testing.T) {
	for name, newOne := range alarms() {
		t.Run(name, func(t *testing.T) {
			a := newOne()
			defer a.Close()
			a.Set(time.Hour)
			rang := make(chan struct{})
			go func() { a.Wait(); close(rang) }()
			a.Set(time.Millisecond)
			<-rang
		})
	}
}

func TestAlarmFollowsVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New()
		defer a.Close()
		begin := time.Now()
		a.Set(time.Hour)
		a.Wait()
		assert.Equal(t, time.Hour, time.Since(begin))
	})
}

func TestAlarmRingsOnceWhenItIsRung(t *testing.T) {
	a := New()
	defer a.Close()
	a.Set(time.Hour)
	a.Ring()
	a.Wait()
	begin := time.Now()
	a.Set(20 * time.Millisecond)
	a.Wait()
	require.GreaterOrEqual(t, time.Since(begin), 20*time.Millisecond)
}

// BenchmarkAlarmLag reports how late an alarm wakes a process, 1,000 times a
// second: an idle one, and one whose goroutines leave no processor idle and
// look between two tasks, as workers do, whether the alarm is late.
func BenchmarkAlarmLag(b *testing.B) {
	for name, newOne := range alarms() {
		b.Run("process=idle/alarm="+name, func(b *testing.B) { reportLag(b, newOne(), new(atomic.Int64)) })
		b.Run("process=busy/alarm="+name, func(b *testing.B) {
			a, next := newOne(), new(atomic.Int64)
			began := time.Now()
			var stop atomic.Bool
			var busy sync.WaitGroup
			for range 2 * runtime.GOMAXPROCS(0) {
				busy.Go(func() {
					for !stop.Load() {
						due := next.Load()
						if time.Since(began)-100*time.Microsecond > time.Duration(due) && next.CompareAndSwap(due, math.MaxInt64) {
							a.Ring()
						}
						runtime.Gosched()
					}
				})
			}
			reportLag(b, a, next)
			stop.Store(true)
			busy.Wait()
		})
	}
}

// reportLag reports in next when the alarm is to ring.
func reportLag(b *testing.B, a Alarm, next *atomic.Int64) {
	defer a.Close()
	var lags []time.Duration
	began := time.Now()
	due := time.Duration(0)
	for b.Loop() {
		due += time.Millisecond
		next.Store(int64(due))
		a.Set(due - time.Since(began))
		a.Wait()
		for time.Since(began) < due { // rung for the one before
			a.Wait()
		}
		lags = append(lags, time.Since(began)-due)
	}
	slices.Sort(lags)
	b.ReportMetric(float64(lags[len(lags)/2])/1e3, "p50-µs")
	b.ReportMetric(float64(lags[len(lags)*99/100])/1e3, "p99-µs")
}
