package loadgen

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/outline"
)

func TestControllerLifeCycle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewController(manual(&diary{}))
		defer c.Close()
		assert.Equal(t, report.Ready, c.State())
		assert.Nil(t, c.Snapshot())
		assert.Nil(t, c.Summary())

		require.NoError(t, c.Start(StartRequest{Users: 10, SpawnRate: 1}))
		after(5 * time.Second)
		assert.Equal(t, report.Spawning, c.State())
		after(5 * time.Second)
		assert.Equal(t, report.Running, c.State())
		assert.EqualValues(t, 10, c.run.users.Load())

		require.NoError(t, c.Start(StartRequest{Users: 4, SpawnRate: 2}), "only the level changes")
		after(time.Second)
		assert.Equal(t, report.Spawning, c.State())
		after(3 * time.Second)
		assert.Equal(t, report.Running, c.State())
		assert.EqualValues(t, 4, c.run.users.Load())
		require.Len(t, c.Summary().Notes, 1)
		assert.Contains(t, c.Summary().Notes[0], "changed by hand: to 4")

		requests := c.Summary().Total.Requests
		assert.NotZero(t, requests)
		c.Stop()
		assert.Equal(t, report.Stopped, c.State())
		assert.Zero(t, c.Snapshot().Users)
		sum, err := c.Wait(t.Context())
		require.NoError(t, err)
		assert.GreaterOrEqual(t, sum.Total.Requests, requests)

		require.NoError(t, c.Start(StartRequest{Users: 1, RunTime: time.Minute}), "and again")
		assert.Zero(t, c.Summary().Total.Requests, "a new start begins with empty statistics")
		sum, err = c.Wait(t.Context())
		require.NoError(t, err)
		assert.InDelta(t, 60, sum.EndS, 1e-9)
		assert.Equal(t, report.Stopped, c.State())

		require.NoError(t, c.Start(StartRequest{Users: 1, RunTime: time.Minute}))
		after(30 * time.Second)
		require.NoError(t, c.Start(StartRequest{Users: 2, RunTime: 3 * time.Minute}), "the new limit replaces the old one and counts from now, as Locust's does")
		sum, err = c.Wait(t.Context())
		require.NoError(t, err)
		assert.InDelta(t, 210, sum.EndS, 1e-9)
		info := c.Info()
		assert.Equal(t, 3, info.Number)
		assert.Equal(t, 210*time.Second, info.Ended)
		assert.Equal(t, 210*time.Second, info.Limit)
		assert.Equal(t, []Change{{At: 30 * time.Second, Users: 2}}, info.Changes)
		run := c.Run()
		assert.Equal(t, []outline.Change{{At: 30 * time.Second, Text: "2 users by hand"}}, run.Changes)
		assert.Equal(t, 210*time.Second, run.Phases[0].End, "a page shows what is left of the run time")
		assert.Equal(t, info.Start, run.Start)
		assert.Len(t, run.Tasks, len(info.Shares))
		assert.Len(t, c.Timeline(0, 1000), 210)
		assert.Equal(t, sum.Total.Requests, c.Phase(0).Requests)
		assert.Zero(t, c.Phase(1))
		c.Close()
		require.ErrorIs(t, c.Start(StartRequest{Users: 1}), ErrClosed)
	})
}

// Commands that come while the first hook is at work do not wait for it, nor
// keep others waiting; the last one counts.
func TestControllerTakesCommandsDuringTheFirstHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		c := NewController(func(o StartRequest) (Runner, error) {
			r, err := manual(&diary{})(o)
			r.Schedule[0].Enter = phase.HookFunc(func(context.Context) error { <-open; return nil })
			return r, err
		})
		defer c.Close()
		for users := range 5 {
			require.NoError(t, c.Start(StartRequest{Users: 1 + users}))
		}
		assert.Equal(t, report.Spawning, c.State())
		close(open)
		after(time.Second)
		assert.EqualValues(t, 5, c.Snapshot().Users)
	})
}

// A command finds joins in the queues that are due in a moment; those users
// leave before they were there.
func TestControllerCallsUsersBackBeforeTheyJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewController(manual(&diary{}))
		defer c.Close()
		require.NoError(t, c.Start(StartRequest{Users: 5, SpawnRate: 1000}))
		synctest.Wait()
		require.NoError(t, c.Start(StartRequest{Users: 0}))
		require.NoError(t, c.Start(StartRequest{Users: 3}))
		after(time.Second)
		assert.EqualValues(t, 3, c.Snapshot().Users)
		assert.EqualValues(t, 3, c.run.on.Load())
	})
}

func TestControllerScalesWithinAPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewController(manual(&diary{}))
		defer c.Close()
		require.NoError(t, c.Start(StartRequest{Planned: true}))
		after(100 * time.Second)
		require.NoError(t, c.Start(StartRequest{Users: 30}))
		after(time.Second)
		assert.EqualValues(t, 30, c.run.users.Load())
		after(300 * time.Second)
		assert.EqualValues(t, 50, c.run.users.Load(), "the next phase takes over")
		row := c.Summary().Timeline[150]
		assert.Equal(t, 30, row.Users)
		assert.Equal(t, 10, row.Planned)
	})
}

func TestControllerReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewController(manual(&diary{}))
		defer c.Close()
		c.Reset()
		require.NoError(t, c.Start(StartRequest{Users: 10}))
		after(500 * time.Millisecond)
		assert.Equal(t, 10, c.Snapshot().Planned, "before the first second is over")
		after(100 * time.Second)
		before := c.Summary().Total.Requests
		c.Reset()
		assert.Zero(t, c.Summary().Total.Requests)
		after(10 * time.Second)
		assert.NotZero(t, c.Summary().Total.Requests)
		assert.Less(t, c.Summary().Total.Requests, before)
		assert.EqualValues(t, 10, c.Snapshot().Users)
	})
}

func TestControllerTellsOfEveryEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ends []Ending
		c := NewController(manual(&diary{}))
		c.Ended = func(e Ending) {
			assert.Equal(t, report.Cleanup, c.State(), "nothing new can start yet")
			assert.Same(t, e.Summary, c.Summary())
			assert.ErrorIs(t, c.Start(StartRequest{Users: 1}), ErrEnding)
			ends = append(ends, e)
		}
		defer c.Close()
		require.NoError(t, c.Start(StartRequest{Users: 5, RunTime: time.Minute}))
		after(2 * time.Minute)
		require.Len(t, ends, 1)
		assert.True(t, ends[0].Timely)
		require.NoError(t, c.Start(StartRequest{Users: 5}))
		after(time.Minute)
		c.Stop()
		require.Len(t, ends, 2, "before Stop returns")
		assert.False(t, ends[1].Timely)
		assert.NoError(t, ends[1].Err)
		require.NoError(t, c.Start(StartRequest{Planned: true}))
		_, err := c.Wait(t.Context())
		require.NoError(t, err)
		require.Len(t, ends, 3)
		assert.True(t, ends[2].Timely)
		assert.True(t, c.Info().Planned)
	})
}

func TestControllerRefusesWhatItCannotChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewController(manual(&diary{}))
		defer c.Close()
		require.NoError(t, c.Start(StartRequest{Users: 2, SpawnRate: 1}))
		assert.Equal(t, report.Spawning, c.State(), "from the first moment")
		after(time.Second)
		require.ErrorContains(t, c.Start(StartRequest{Planned: true}), "before starting the schedule")
		require.ErrorContains(t, c.Start(StartRequest{Users: 2, Host: "http://other"}), "before changing the target")
		require.NoError(t, c.Start(StartRequest{}), "no users is a level")
		after(time.Second)
		assert.Zero(t, c.Snapshot().Users)
		assert.Equal(t, report.Running, c.State())
		c.Stop()
		require.NoError(t, c.Start(StartRequest{Planned: true}))
		require.NoError(t, c.Start(StartRequest{Planned: true}), "of two starts one starts the schedule")
		assert.Equal(t, 2, c.Info().Number)
	})
}

func TestControllerUnderConcurrentCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewController(manual(&diary{took: func(int) time.Duration { return 10 * time.Millisecond }}))
		var callers sync.WaitGroup
		for i := range 20 {
			callers.Go(func() {
				for j := range 20 {
					switch (i + j) % 5 {
					case 0:
						c.Stop()
					case 1:
						c.Reset()
					case 2:
						_, _ = c.Snapshot(), c.Summary()
					default:
						_ = c.Start(StartRequest{Users: 1 + (i*j)%17, SpawnRate: float64(j)})
					}
					_ = c.State()
					time.Sleep(time.Duration(i*37+j) * time.Millisecond)
				}
			})
		}
		callers.Wait()
		c.Close()
		assert.Equal(t, report.Stopped, c.State())
	})
}

func TestControllerRefusesBadOrders(t *testing.T) {
	c := NewController(manual(&diary{}))
	for _, o := range []StartRequest{{}, {SpawnRate: 1}, {Users: -1}, {Users: 1, SpawnRate: -1}, {Users: 1, RunTime: -1}} {
		require.Error(t, c.Start(o), "%+v", o)
	}
	assert.Equal(t, report.Ready, c.State())
	refused := errors.New("no such host")
	c = NewController(func(StartRequest) (Runner, error) { return Runner{}, refused })
	require.ErrorIs(t, c.Start(StartRequest{Users: 1}), refused)
	require.Error(t, NewController(func(StartRequest) (Runner, error) { return Runner{}, nil }).Start(StartRequest{Users: 1}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sum, err := c.Wait(ctx)
	assert.NoError(t, err)
	assert.Nil(t, sum)
}
