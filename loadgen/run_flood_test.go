package loadgen

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// What a script says at length in its errors and panics stays short in the
// report.
func TestFloodOfErrorTexts(t *testing.T) {
	lengthy(t)
	long, calls := strings.Repeat("x", 1<<20), 0
	r := Runner{
		NewUser: func(scenario.Env) (scenario.User, error) {
			return tasklist{{Name: "talk", Weight: 1, Do: func(ctx context.Context) error {
				calls++
				switch calls % 3 {
				case 0:
					panic(fmt.Sprint(calls, long))
				case 1:
					return errors.New(fmt.Sprint(calls, long))
				}
				return measure.Do(ctx, report.Op{Name: "op"}, func(context.Context) error { return errors.New(fmt.Sprint(calls, long)) })
			}}}, nil
		},
		Pace:     scenario.Between(time.Second, 2*time.Second),
		Schedule: phase.Schedule{{Name: "p", For: 10 * time.Minute, Users: 1}},
	}
	before := heap()
	sum := inBubble(t, r)
	assert.Greater(t, calls, 300)
	assert.Less(t, heap()-before, 20.0, "MB")
	assert.Len(t, sum.Exceptions, 101)
	var told int64
	for _, e := range sum.Exceptions {
		told += e.Occurrences
	}
	assert.EqualValues(t, calls, told+sum.Total.Failures)
}

// Users who come and go all the time leave nothing behind, however long their
// next turn is away.
func TestFloodOfUsersWhoLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hour := dist.Constant{Value: time.Hour}
		c := NewController(func(o StartRequest) (Runner, error) {
			r, err := manual(&diary{})(o)
			r.Pace, r.StopTimeout = scenario.Think{Time: hour}, time.Minute
			return r, err
		})
		defer c.Close()
		require.NoError(t, c.Start(StartRequest{Users: 1}))
		rounds := unlessShort(2000, 200)
		for i := range rounds {
			time.Sleep(time.Millisecond)
			require.NoError(t, c.Start(StartRequest{Users: 100 - i%2*99}))
		}
		after(10 * time.Millisecond)
		assert.Greater(t, c.run.crew.crowd.Born(), uint64(25*rounds))
		assert.EqualValues(t, 1, c.Snapshot().Users)
		for _, s := range c.run.shards {
			assert.LessOrEqual(t, len(s.queue), 2*tidyThreshold)
		}
	})
}

// Ten thousand commands a second: the last one counts, the report stays short
// and every task is accounted for.
func TestFloodOfCommands(t *testing.T) {
	lengthy(t)
	synctest.Test(t, func(t *testing.T) {
		c := NewController(manual(&diary{}))
		defer c.Close()
		require.NoError(t, c.Start(StartRequest{Users: 10}))
		const flood = 10_000
		before := heap()
		for i := range 3 * flood {
			time.Sleep(time.Second / flood)
			require.NoError(t, c.Start(StartRequest{Users: 5 + i%10, SpawnRate: float64(i % 3 * 1000)}))
		}
		require.NoError(t, c.Start(StartRequest{Users: 7}))
		after(time.Second)
		assert.EqualValues(t, 7, c.Snapshot().Users)
		assert.Less(t, heap()-before, 20.0, "MB")
		changes := c.Info().Changes
		require.Len(t, changes, maxChanges)
		assert.Equal(t, 3*flood+1, maxChanges+changes[maxChanges-1].More)
		assert.Equal(t, 7, changes[maxChanges-1].Users)
		after(time.Minute)
		c.Stop()
		sum := c.Summary()
		require.Len(t, sum.Notes, maxChanges)
		assert.Contains(t, sum.Notes[maxChanges-1], "to 7, 3s after the start; 29,901 more changes before that one are not listed")
		k := sum.Total.Counters
		assert.Equal(t, k.Planned, k.Started)
		assert.Equal(t, k.Started, k.Finished+k.Unfinished)
		assert.Positive(t, k.Started)
	})
}

// lengthy skips with -short a test that takes a tenth of a second or more.
func lengthy(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long")
	}
}
