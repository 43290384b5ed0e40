package loadgen

import (
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

func alarms() map[string]func() alarm {
	return map[string]func() alarm{"precise": newAlarm, "timer": newTimerAlarm}
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
		a := newAlarm()
		defer a.Close()
		begin := time.Now()
		a.Set(time.Hour)
		a.Wait()
		assert.Equal(t, time.Hour, time.Since(begin))
	})
}

// BenchmarkAlarmLag reports how late an alarm wakes a process, 1,000 times a
// second: an idle one, and one whose goroutines leave no processor idle.
func BenchmarkAlarmLag(b *testing.B) {
	for name, newOne := range alarms() {
		b.Run("process=idle/alarm="+name, func(b *testing.B) { reportLag(b, newOne()) })
		b.Run("process=busy/alarm="+name, func(b *testing.B) {
			var stop atomic.Bool
			var busy sync.WaitGroup
			for range 2 * runtime.GOMAXPROCS(0) {
				busy.Go(func() {
					for !stop.Load() {
						runtime.Gosched()
					}
				})
			}
			reportLag(b, newOne())
			stop.Store(true)
			busy.Wait()
		})
	}
}

func reportLag(b *testing.B, a alarm) {
	defer a.Close()
	var lags []time.Duration
	next := time.Now()
	for b.Loop() {
		next = next.Add(time.Millisecond)
		a.Set(time.Until(next))
		a.Wait()
		lags = append(lags, time.Since(next))
	}
	slices.Sort(lags)
	b.ReportMetric(float64(lags[len(lags)/2])/1e3, "p50-µs")
	b.ReportMetric(float64(lags[len(lags)*99/100])/1e3, "p99-µs")
}
