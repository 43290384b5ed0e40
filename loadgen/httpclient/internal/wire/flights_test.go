package wire

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// counted is a request that counts how often it was aborted.
type counted struct {
	flight
	aborts atomic.Int32
}

func (c *counted) abort() { c.aborts.Add(1) }

func launch(d *flights, ctx context.Context, in time.Duration) *counted {
	c := new(counted)
	c.flight.request = c
	if in > 0 {
		c.deadline = time.Now().Add(in)
	}
	d.add(ctx, &c.flight)
	return c
}

func TestFlightsExpireInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d flights
		first, second, third := launch(&d, context.Background(), time.Second), launch(&d, context.Background(), time.Second), launch(&d, context.Background(), 2*time.Second)
		assert.False(t, d.done(&second.flight), "in time")
		assert.False(t, d.done(&second.flight), "again")
		time.Sleep(time.Second)
		synctest.Wait()
		assert.True(t, d.done(&first.flight))
		assert.EqualValues(t, 1, first.aborts.Load())
		time.Sleep(time.Second - 1)
		synctest.Wait()
		assert.Zero(t, third.aborts.Load(), "not yet")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		assert.True(t, d.done(&third.flight))
		assert.Zero(t, second.aborts.Load())
		assert.Nil(t, d.timed.after(&d.timed.root))
		assert.False(t, d.armed, "the timer rests with the list")

		late := launch(&d, context.Background(), time.Second)
		time.Sleep(time.Second)
		synctest.Wait()
		assert.True(t, d.done(&late.flight), "and is armed again")
	})
}

// TestFlightsEndWithTheirContexts, each with its own.
func TestFlightsEndWithTheirContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d flights
		one, endOne := context.WithCancel(t.Context())
		two, endTwo := context.WithCancel(t.Context())
		defer endTwo()
		type key struct{}
		inside := context.WithValue(one, key{}, 1) // another context, the same end
		a, b, c, e := launch(&d, one, 0), launch(&d, inside, time.Hour), launch(&d, two, 0), launch(&d, context.Background(), 0)
		done := launch(&d, one, 0)
		assert.False(t, d.done(&done.flight))
		assert.Len(t, d.watched, 2)
		endOne()
		synctest.Wait()
		for i, x := range []*counted{a, b, c, e, done} {
			assert.EqualValues(t, []int{1, 1, 0, 0, 0}[i], x.aborts.Load())
		}
		assert.True(t, d.done(&a.flight))
		assert.True(t, d.done(&b.flight))
		assert.False(t, d.done(&c.flight))
		assert.False(t, d.done(&e.flight))
		assert.Len(t, d.watched, 1)

		again := launch(&d, one, 0) // it has ended already
		synctest.Wait()
		assert.True(t, d.done(&again.flight))
		d.stop()
		assert.Empty(t, d.watched)
		launch(&d, one, time.Nanosecond)
		time.Sleep(time.Second)
		synctest.Wait()
		assert.NotNil(t, d.timed.after(&d.timed.root), "nothing is aborted after the end")
	})
}

// TestFlightList takes requests out in every order, and puts them in in every order.
func TestFlightList(t *testing.T) {
	now := time.Now()
	orders := [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	for _, in := range orders {
		for _, out := range orders {
			var l flightList
			var all [3]*flight
			for _, i := range in {
				all[i] = &flight{deadline: now.Add(time.Duration(i))}
				l.insert(all[i])
			}
			require.Same(t, all[0], l.root.next)
			require.Same(t, all[1], all[0].next)
			require.Same(t, all[1], all[2].prev)
			require.Same(t, all[2], l.root.prev)
			for left, i := range out {
				all[i].remove()
				all[i].remove()
				n := 0
				for f := l.after(&l.root); f != nil; f = l.after(f) {
					n++
				}
				require.Equal(t, 2-left, n)
			}
			require.Same(t, &l.root, l.root.next)
			require.Same(t, &l.root, l.root.prev)
		}
	}
}

func BenchmarkFlights(b *testing.B) {
	var d flights
	f := flight{deadline: time.Now().Add(time.Hour)}
	b.ReportAllocs()
	for b.Loop() {
		d.add(b.Context(), &f)
		d.done(&f)
	}
	d.stop()
}
