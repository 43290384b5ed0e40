package measure

import (
	"context"
	"runtime/pprof"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLeftoversAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, l := WithLeftovers(t.Context())
		assert.Same(t, l, LeftoversOf(ctx))
		l.Wait() // for nothing
		start := time.Now()
		for _, d := range []time.Duration{time.Hour, 2 * time.Hour} {
			l.Begin()
			go func() {
				defer l.End()
				time.Sleep(d)
			}()
		}
		l.Wait()
		assert.Equal(t, 2*time.Hour, time.Since(start))
		l.Begin()
		l.Wait() // for something that never ends
		assert.Equal(t, 26*time.Hour, time.Since(start))
	})
}

func TestLeftoversThatHangAreLeft(t *testing.T) {
	if testing.Short() {
		t.Skip("a second passes")
	}
	var l Leftovers
	l.Begin()
	start := time.Now()
	l.Wait()
	assert.Less(t, time.Since(start), time.Minute)
}

// TestMarkedGoroutinesAreWaitedFor that a handler has started, also through others,
// and no longer than they take: the clock of a bubble stands when there is none.
func TestMarkedGoroutinesAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, other := new(Leftovers), new(Leftovers)
		done := make(chan time.Duration, 1)
		start := time.Now()
		go func() {
			ctx := Mark(t.Context(), []*Leftovers{one, nil})
			pprof.Do(ctx, pprof.Labels("of", "the handler"), func(context.Context) {
				go func() {
					go func() {
						time.Sleep(time.Minute)
						done <- time.Since(start)
					}()
				}()
			})
		}()
		go Mark(t.Context(), []*Leftovers{other})
		synctest.Wait()
		other.Wait()
		assert.Zero(t, time.Since(start), "no wait")
		one.Wait()
		assert.Equal(t, time.Minute, <-done)
		assert.Less(t, time.Since(start), 3*time.Minute)
	})
	ctx := t.Context()
	assert.Equal(t, ctx, Mark(ctx, []*Leftovers{new(Leftovers)}), "outside a bubble")
}

func TestNoLeftovers(t *testing.T) {
	l := LeftoversOf(t.Context())
	assert.Nil(t, l)
	l.Begin()
	l.End()
	l.Wait()
}
