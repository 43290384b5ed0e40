package httpclient

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDeadlinesExpireInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d deadlines
		add := func(in time.Duration) *pending {
			p := &pending{deadline: time.Now().Add(in), transport: &http.Transport{}, request: &http.Request{}}
			require.True(t, d.add(p))
			return p
		}
		first, second, third := add(time.Second), add(time.Second), add(2*time.Second)
		require.False(t, d.add(&pending{deadline: time.Now()}), "out of order")
		assert.False(t, d.done(second), "in time")
		assert.False(t, d.done(second), "again")
		time.Sleep(time.Second)
		synctest.Wait()
		assert.True(t, d.done(first))
		time.Sleep(time.Second - 1)
		synctest.Wait()
		d.mu.Lock()
		assert.Same(t, third, d.head, "not yet")
		d.mu.Unlock()
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		assert.True(t, d.done(third))
		assert.Nil(t, d.head)
		assert.Nil(t, d.tail)
		assert.False(t, d.armed, "the timer rests with the list")

		late := add(time.Second)
		time.Sleep(time.Second)
		synctest.Wait()
		assert.True(t, d.done(late), "and is armed again")
	})
}

// TestDeadlinesUnlink takes requests out in every order.
func TestDeadlinesUnlink(t *testing.T) {
	for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		d := deadlines{timer: time.AfterFunc(time.Hour, func() {}), armed: true}
		var all [3]*pending
		for i := range all {
			all[i] = &pending{deadline: time.Now().Add(time.Hour)}
			require.True(t, d.add(all[i]))
		}
		for left, i := range order {
			require.False(t, d.done(all[i]))
			n := 0
			for p := d.head; p != nil; p = p.next {
				n++
			}
			require.Equal(t, 2-left, n)
		}
		require.Nil(t, d.tail)
		d.timer.Stop()
	}
}

func BenchmarkDeadlines(b *testing.B) {
	var d deadlines
	at := time.Now().Add(time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		p := &pending{deadline: at}
		d.add(p)
		d.done(p)
	}
	d.timer.Stop()
}
