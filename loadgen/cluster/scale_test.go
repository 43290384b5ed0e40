package cluster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// A thousand workers join, begin at once, make all of the plan and end. Their memory is that of all of them and the
// coordinator; a script that has transactions, tags and figures too takes each worker another MiB.
func TestAThousandWorkers(t *testing.T) {
	lengthy(t)
	const workers, users = many, 2 * many
	before := inUse()
	bubble(t, func(t *testing.T) {
		c, err := Listen(t.Context(), Config{Program: "test", inProcess: true})
		require.NoError(t, err)
		run := func() loadgen.Runner {
			r := script(nil)
			r.NewUser = func(scenario.Env) (scenario.User, error) { return new(counted), nil }
			r.Schedule = phase.Schedule{{Name: "all", For: 5 * time.Second, Users: users, SpawnRate: 1e6}}
			r.Pace = scenario.Around(time.Second, 1)
			return r
		}
		began := time.Now()
		ended := manyWorkers(t, c, workers, run, nil)
		joined := time.Since(began)
		var most float64
		r := run()
		r.Fleet = c
		r.Watch = func(s *report.Snapshot) {
			if most == 0 && s.At > 2*time.Second {
				most = inUse()
			}
		}
		sum, err := r.Run(t.Context())
		require.NoError(t, err)
		require.NoError(t, c.Close())
		ended()
		assert.Len(t, sum.Workers, workers)
		assert.Empty(t, sum.Notes)
		assert.Greater(t, sum.Total.Requests, int64(users*3))
		assert.Equal(t, sum.Total.Counters.Planned, sum.Total.Counters.Started)
		for _, w := range sum.Workers {
			require.Positive(t, w.Requests, w.ID)
			require.Equal(t, report.WorkerStopped, w.State, w.ID)
		}
		assert.Less(t, joined, 10*time.Second)
		assert.Positive(t, most)
		assert.Less(t, most-before, 1024., "MiB")
		t.Logf("joined after %v, %.0f MiB", joined, most-before)
	})
}

func TestNothingPilesUpInMinutes(t *testing.T) {
	lengthy(t)
	endure(t, 10*time.Minute)
}
