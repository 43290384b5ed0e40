package loadgen

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// alike is a Summary without what only one kind of run has.
func alike(t *testing.T, sum *report.Summary) string {
	copied := *sum
	copied.Start, copied.Health, copied.Workers = time.Time{}, report.Health{}, nil
	text, err := json.MarshalIndent(&copied, "", " ")
	require.NoError(t, err)
	return string(text)
}

// A run that several processes make has the Summary of one that a single process makes,
// and its hooks are called once.
func TestFleetHasTheSummaryOfOneProcess(t *testing.T) {
	for _, n := range unlessShort(unlessRaced([]int{1, 2, 5}, []int{2, 5}), []int{2}) {
		hooks := 0
		count := phase.HookFunc(func(context.Context) error { hooks++; return nil })
		r := demoRunner(&diary{took: func(n int) time.Duration { return 30 * time.Millisecond }})
		r.Schedule[0].Enter, r.Schedule[1].Enter, r.Schedule[1].Exit = count, count, count
		whole := inBubble(t, r)
		assert.Equal(t, 3, hooks)
		f := r
		f.Fleet = &near{runner: r, of: n}
		sum := inBubble(t, f)
		assert.Equal(t, 6, hooks, "the workers have no hooks")
		assert.Equal(t, alike(t, whole), alike(t, sum), "%d processes", n)
		assert.Len(t, sum.Workers, n)
	}
}

// Commands of a Controller take effect at one offset of all workers.
func TestFleetByCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(diary)
		r := Runner{NewUser: visitors(d), Pace: scenario.Think{Time: bursty.Think}, Seed: 7}
		fleet := &near{of: 3, broken: errors.New("no worker has come")}
		c := NewController(func(o StartRequest) (Runner, error) {
			made := r
			made.Schedule = phase.Schedule{{Name: "manual", Users: o.Users, SpawnRate: o.SpawnRate}}
			fleet.runner = made
			made.Fleet = fleet
			return made, nil
		})
		assert.EqualError(t, c.Start(StartRequest{Users: 10, SpawnRate: 1}), "no worker has come")
		fleet.broken = nil
		require.NoError(t, c.Start(StartRequest{Users: 10, SpawnRate: 1}))
		assert.Equal(t, report.Spawning, c.State())
		time.Sleep(20 * time.Second)
		assert.Equal(t, report.Running, c.State())
		assert.Equal(t, 10, c.Snapshot().Users)
		assert.Len(t, c.Snapshot().Workers, 3)
		require.NoError(t, c.Start(StartRequest{Users: 31}))
		time.Sleep(time.Second)
		assert.Equal(t, 31, c.Snapshot().Users)
		assert.Equal(t, 18*time.Second+250*time.Millisecond, c.Info().Changes[0].At)
		c.Reset()
		time.Sleep(10 * time.Second)
		counted := 0
		c.Stop()
		sum := c.Summary()
		for _, e := range d.entries {
			if e.intended >= c.Info().Reset {
				counted++
			}
		}
		assert.EqualValues(t, counted, sum.Total.Requests)
		assert.Equal(t, sum.EndS, c.Info().Ended.Seconds())
		assert.Zero(t, c.Snapshot().Users)
		assert.Equal(t, sum.Total.Counters.Planned, sum.Total.Counters.Started+sum.Total.Counters.Missed)
	})
}

// A run whose workers do not come together has no Summary.
func TestFleetThatDoesNotMuster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := demoRunner(new(diary))
		r.Fleet = &near{broken: errors.New("worker 2 has another plan")}
		sum, err := r.Run(t.Context())
		assert.Nil(t, sum)
		assert.EqualError(t, err, "worker 2 has another plan")
	})
}
