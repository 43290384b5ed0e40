package link_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus/link"
)

// ends are the coordinator's connection and a worker's over a Link, in a bubble.
type ends struct {
	wire     *link.Link
	mine, w1 *bus.Conn
	rows     []string // that came, with the second when
	down, up []time.Duration
	began    time.Time
}

func connect(t *testing.T, wire *link.Link) *ends {
	t.Helper()
	srv, err := bus.Serve(bus.Config{Prefix: "lg1"})
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	e := &ends{wire: wire, began: time.Now()}
	e.mine, err = bus.Dial(t.Context(), srv.Target(), bus.Options{})
	require.NoError(t, err)
	t.Cleanup(e.mine.Close)
	_, err = e.mine.Subscribe("lg1.w.>", func(m bus.Message) {
		e.rows = append(e.rows, fmt.Sprintf("%s at %v", m.Data, time.Since(e.began).Round(time.Millisecond)))
	})
	require.NoError(t, err)
	require.NoError(t, e.mine.Flush(t.Context()))
	e.w1, err = bus.Dial(t.Context(), srv.WorkerTarget(), bus.Options{ID: "w1", Wrap: wire.Wrap,
		Down: func(error) { e.down = append(e.down, time.Since(e.began)) },
		Up:   func() { e.up = append(e.up, time.Since(e.began)) },
	})
	require.NoError(t, err)
	t.Cleanup(e.w1.Close)
	time.Sleep(time.Until(e.began.Add(time.Second)))
	return e
}

// send publishes a row, and waits for a while.
func (e *ends) send(t *testing.T, row string, then time.Duration) error {
	t.Helper()
	err := e.w1.Publish("lg1.w.w1.row", []byte(row))
	time.Sleep(then)
	synctest.Wait()
	return err
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := connect(t, link.New(30*time.Millisecond, 10*time.Millisecond))
		rtt, err := e.w1.RTT(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 40*time.Millisecond, rtt)
		e.wire.Delay(100*time.Millisecond, 0)
		rtt, err = e.w1.RTT(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 100*time.Millisecond, rtt)
		require.NoError(t, e.send(t, "a", 860*time.Millisecond))
		assert.Equal(t, []string{"a at 1.24s"}, e.rows)
		assert.Empty(t, e.down)
	})
}

func TestHoldOneDirection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := connect(t, link.New(0, 0))
		e.wire.Hold(true, false)
		require.NoError(t, e.send(t, "a", 2*time.Second))
		assert.Empty(t, e.rows)
		e.wire.Mend()
		synctest.Wait()
		assert.Equal(t, []string{"a at 3s"}, e.rows, "late, not lost")
		assert.Empty(t, e.down)
	})
}

// Pings notice within 15 s that nothing comes, in either direction; a new connection is made when the Link is mended.
func TestHoldForLongEndsTheConnection(t *testing.T) {
	for name, held := range map[string][2]bool{"up": {true, false}, "down": {false, true}, "both": {true, true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := connect(t, link.New(time.Millisecond, time.Millisecond))
				e.wire.Hold(held[0], held[1])
				time.Sleep(time.Minute)
				synctest.Wait()
				require.NotEmpty(t, e.down)
				assert.LessOrEqual(t, e.down[0], 17*time.Second)
				assert.Empty(t, e.up)
				assert.False(t, e.w1.Connected())
				assert.ErrorIs(t, e.send(t, "lost", 0), bus.ErrDisconnected)
				e.wire.Mend()
				time.Sleep(10 * time.Second)
				synctest.Wait()
				require.True(t, e.w1.Connected())
				require.NoError(t, e.send(t, "b", time.Second))
				assert.Len(t, e.rows, 1)
			})
		})
	}
}

func TestCutAndMend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := connect(t, link.New(time.Millisecond, time.Millisecond))
		e.wire.Cut()
		synctest.Wait()
		assert.Equal(t, []time.Duration{time.Second}, e.down)
		away := time.Hour
		if testing.Short() {
			away = time.Minute
		}
		time.Sleep(away)
		e.wire.Mend()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Len(t, e.up, 1)
		require.NoError(t, e.send(t, "a", time.Second))
		assert.Len(t, e.rows, 1)
	})
}
