package bus

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/internal/porttest"
)

func TestAnHourInABubble(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, Config{Token: "secret"})
		began := time.Now()
		mine := dial(t, s.Target(), Options{})
		var joins, rows int
		for subject, n := range map[string]*int{prefix + ".join": &joins, prefix + ".w.*.row": &rows} {
			_, err := mine.Subscribe(subject, func(m Message) {
				*n++
				if m.Subject == prefix+".join" {
					assert.NoError(t, m.Respond([]byte("welcome "+string(m.Data))))
				}
			})
			require.NoError(t, err)
		}
		require.NoError(t, mine.Flush(t.Context()))

		worker := dial(t, s.WorkerTarget(), Options{ID: "w1"})
		var commands int
		_, err := worker.Subscribe(prefix+".all.>", func(Message) { commands++ })
		require.NoError(t, err)
		require.NoError(t, worker.Flush(t.Context()))
		for i := range 3600 {
			answer, err := worker.Request(t.Context(), prefix+".join", fmt.Appendf(nil, "%d", i))
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("welcome %d", i), string(answer))
			require.NoError(t, worker.Publish(prefix+".w.w1.row", make([]byte, 1000)))
			require.NoError(t, mine.Publish(prefix+".all.cmd", []byte("go")))
			time.Sleep(time.Second)
			synctest.Wait()
			require.Equal(t, [3]int{i + 1, i + 1, i + 1}, [3]int{joins, rows, commands})
		}
		assert.Equal(t, time.Hour, time.Since(began).Round(time.Second))
		rtt, err := worker.RTT(t.Context())
		assert.NoError(t, err)
		assert.Zero(t, rtt)
	})
}

func TestNothingIsKeptWhileDisconnected(t *testing.T) {
	down, up := make(chan error, 1), make(chan struct{}, 1)
	first := serve(t, Config{Listen: porttest.Reserved(t)})
	c := dial(t, join(t, first.Join("")), Options{ID: "w1", Down: func(err error) { down <- err }, Up: func() { up <- struct{}{} }})
	require.True(t, c.Connected())
	first.Close()
	assert.ErrorContains(t, <-down, "the connection to the bus is lost")
	assert.False(t, c.Connected())
	assert.ErrorIs(t, c.Publish(prefix+".w.w1.row", []byte("lost")), ErrDisconnected)
	_, err := c.Request(t.Context(), prefix+".join", nil)
	assert.ErrorIs(t, err, ErrDisconnected)
	assert.ErrorIs(t, c.Flush(t.Context()), ErrDisconnected)

	second := serve(t, Config{Listen: first.Addr()})
	mine := dial(t, second.Target(), Options{})
	rows := make(chan string, 10)
	_, err = mine.Subscribe(prefix+".>", func(m Message) { rows <- string(m.Data) })
	require.NoError(t, err)
	require.NoError(t, mine.Flush(t.Context()))
	<-up
	require.NoError(t, c.Publish(prefix+".w.w1.row", []byte("kept")))
	assert.Equal(t, "kept", <-rows)
}

func TestRequestsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, Config{})
		mine, worker := dial(t, s.Target(), Options{}), dial(t, s.WorkerTarget(), Options{ID: "w1"})
		_, err := worker.Request(t.Context(), prefix+".join", nil)
		assert.ErrorIs(t, err, ErrNoAnswer)
		unsubscribe, err := mine.Subscribe(prefix+".join", func(Message) {})
		require.NoError(t, err)
		require.NoError(t, mine.Flush(t.Context()))
		began := time.Now()
		_, err = worker.Request(t.Context(), prefix+".join", nil)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 10*time.Second, time.Since(began))
		unsubscribe()
		require.NoError(t, mine.Flush(t.Context()))
		_, err = worker.Request(t.Context(), prefix+".join", nil)
		assert.ErrorIs(t, err, ErrNoAnswer)
		assert.ErrorIs(t, worker.Publish(prefix+".join", make([]byte, Payload+1)), ErrTooLarge)
	})
}

// The coordinator of a bubble is started again too.
func TestAnotherServerNearby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Serve(Config{Prefix: prefix, Token: "k3wl"})
		require.NoError(t, err)
		var now atomic.Pointer[Server]
		now.Store(s)
		var downs, ups int
		w := dial(t, Nearby(now.Load), Options{ID: "w1", Down: func(error) { downs++ }, Up: func() { ups++ }})
		var commands []string
		_, err = w.Subscribe(prefix+".all.>", func(m Message) { commands = append(commands, string(m.Data)) })
		require.NoError(t, err)
		s.Close()
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, [2]int{1, 0}, [2]int{downs, ups})
		_, err = w.Subscribe(prefix+".to.w1.>", func(m Message) { commands = append(commands, string(m.Data)) })
		require.NoError(t, err)
		unsubscribe, err := w.Subscribe(prefix+".all.>", func(Message) { t.Error("it has ended") })
		require.NoError(t, err)
		unsubscribe()
		now.Store(serve(t, Config{Token: "k3wl"}))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, [2]int{1, 1}, [2]int{downs, ups})
		require.NoError(t, w.Flush(t.Context()))
		mine := dial(t, now.Load().Target(), Options{})
		require.NoError(t, mine.Publish(prefix+".all.cmd", []byte("go")))
		time.Sleep(time.Second)
		synctest.Wait()
		require.NoError(t, mine.Publish(prefix+".to.w1.cmd", []byte("stop")))
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"go", "stop"}, commands, "subscriptions outlive the connection")
	})
}
