package staircase_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/staircase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
)

// short is a search of 15 holds of 3 s.
func short() staircase.Search {
	s := staircase.Search{
		Runner: newCounter(2).runner(),
		Claim:  capacity.Claim{Metric: effect.P95, Below: 250},
		Range:  capacity.Search{From: 5, To: 200, Time: 45 * time.Second, Hold: 3 * time.Second},
	}
	s.Runner.Name = "counter"
	return s
}

// A program that follows a search sees the run of each hold, which load is being tried, and what the holds came to until then, and in the end
// what Search.Run would have found.
func TestALiveSearchIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		claims, err := claim.ParseAll("capacity > 1/s")
		require.NoError(t, err)
		s := short()
		sums, helds, loads := 0, 0, []float64{}
		s.Summed = func(time.Duration, *report.Summary) { sums++ }
		s.Held = func([]capacity.Hold) { helds++ }
		s.Holding = func(step capacity.Step) { loads = append(loads, step.Load) }
		live, err := staircase.NewLive(s, claims)
		require.NoError(t, err)
		live.Describe("shop", "shop v1", "http://shop")
		before := live.Progress()
		assert.Equal(t, account.Progress{Search: before.Search}, before)
		assert.Equal(t, account.Unfinished, before.Search.Ended)
		assert.Nil(t, before.Search.Result)
		assert.Equal(t, report.Ready, live.Runs.State())
		var result *capacity.Result
		var search sync.WaitGroup
		search.Go(func() { result, err = live.Make(t.Context()) })
		time.Sleep(4 * time.Second)
		p := live.Progress()
		assert.Equal(t, 4*time.Second, p.At)
		assert.False(t, p.Over)
		require.Len(t, p.Search.Holds, 1)
		assert.Equal(t, 5., p.Search.Holds[0].Load)
		assert.Equal(t, account.Unfinished, p.Search.Ended)
		assert.Equal(t, p.Load, live.Runs.Run().Phases[0].Arrivals.Rate, "the run is that of the load")
		assert.Equal(t, 2, live.Runs.Run().Number)
		assert.Positive(t, live.Runs.Snapshot().Total.Requests)
		search.Wait()
		require.NoError(t, err)
		assert.Len(t, p.Search.Holds, 1, "what was shown is not changed")
		end := live.Progress()
		assert.True(t, end.Over)
		assert.Zero(t, end.Load)
		assert.Same(t, result, end.Search.Result)
		assert.Empty(t, end.Search.Ended)
		assert.Equal(t, "shop", end.Search.Name)
		assert.Len(t, end.Search.Claims, 1)
		n := len(end.Search.Holds)
		assert.Equal(t, []int{n, n, n}, []int{sums, helds, len(loads)}, "callbacks of the search are called too")
		alone, err := short().Run(t.Context())
		require.NoError(t, err)
		assert.Equal(t, alone.Sentence(), result.Sentence())
	})
}

// Stop ends the hold in progress and the search, and what it came to until then stands.
func TestALiveSearchIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live, err := staircase.NewLive(short(), nil)
		require.NoError(t, err)
		live.Stop() // does nothing yet
		var search sync.WaitGroup
		search.Go(func() { _, err = live.Make(t.Context()) })
		time.Sleep(7 * time.Second)
		live.Stop()
		p := live.Progress()
		assert.True(t, p.Over)
		assert.Equal(t, "stopped by command", p.Search.Ended)
		assert.Len(t, p.Search.Holds, 2)
		assert.Equal(t, capacity.TooShort, p.Search.Result.Outcome)
		assert.Equal(t, report.Stopped, live.Runs.State())
		search.Wait()
		assert.ErrorIs(t, err, staircase.ErrStopped)
		live.Stop()
	})
}

// A context that ends, and a run that cannot begin, end it too.
func TestALiveSearchThatCannotGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live, err := staircase.NewLive(short(), nil)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		_, err = live.Make(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, "context deadline exceeded", live.Progress().Search.Ended)

		ended, cancel := context.WithCancel(t.Context())
		s := short()
		s.Held = func([]capacity.Hold) { cancel() }
		live, err = staircase.NewLive(s, nil)
		require.NoError(t, err)
		_, err = live.Make(ended)
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 1, live.Runs.Run().Number, "no run begins after that")

		s = short()
		s.Runner.NewUser = nil
		live, err = staircase.NewLive(s, nil)
		require.NoError(t, err)
		_, err = live.Make(t.Context())
		assert.ErrorContains(t, err, "NewUser is nil")
		assert.True(t, live.Progress().Over)
	})
}

func TestALiveSearchThatMakesNoSense(t *testing.T) {
	s := short()
	s.Range.Time = time.Second
	_, err := staircase.NewLive(s, nil)
	assert.ErrorContains(t, err, "want at least")
	s = short()
	s.Runner.Fleet = struct{ loadgen.Fleet }{}
	_, err = staircase.NewLive(s, nil)
	assert.ErrorContains(t, err, "Runner.Fleet is set")
	claims, err := claim.ParseAll("p95 < 250ms")
	require.NoError(t, err)
	_, err = staircase.NewLive(short(), claims)
	assert.ErrorContains(t, err, "capacity > 150/s")
}
