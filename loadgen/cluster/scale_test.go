package cluster

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// manyWorkers starts n workers of a coordinator in this process, and returns what waits for their end.
func manyWorkers(t *testing.T, c *Coordinator, n int, run func() loadgen.Runner, edit func(i int, c *WorkerConfig)) (ended func()) {
	target, folder, errs := c.server.WorkerTarget(), t.TempDir(), make(chan error, n)
	for i := range n {
		cfg := WorkerConfig{
			ID: fmt.Sprintf("w%d", i), Index: i + 1, Program: "test", Journal: folder, target: &target,
			Configure: func(map[string]string, []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
				return func(loadgen.StartRequest) (loadgen.Runner, error) { return run(), nil }, nil
			},
		}
		if edit != nil {
			edit(i, &cfg)
		}
		go func() { errs <- Work(context.Background(), cfg) }()
	}
	require.NoError(t, c.Await(t.Context(), n, time.Minute))
	return func() {
		for range n {
			assert.NoError(t, <-errs)
		}
	}
}

// inUse is the memory in use, MiB.
func inUse() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc+m.StackInuse) / (1 << 20)
}

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

// endure makes a run of some workers in virtual time, and checks that nothing piles up once it is warm, which takes a
// tenth of it.
func endure(t *testing.T, length time.Duration) {
	const workers, users = 3, 6
	bubble(t, func(t *testing.T) {
		c, err := Listen(t.Context(), Config{Program: "test", inProcess: true})
		require.NoError(t, err)
		done := new(counted)
		run := func() loadgen.Runner {
			r := script(nil)
			r.NewUser = func(scenario.Env) (scenario.User, error) { return done, nil }
			r.Schedule = phase.Schedule{{Name: "all", For: length, Users: users, SpawnRate: 10}}
			r.Pace = scenario.Around(10*time.Second, 1)
			return r
		}
		ended := manyWorkers(t, c, workers, run, nil)
		var warm, last int
		var heap, now float64
		r := run()
		r.Fleet = c
		r.Watch = func(s *report.Snapshot) {
			at, tenth := s.At.Round(time.Second), length/10
			if at%tenth != 0 || at == 0 || at >= length {
				return
			}
			last, now = runtime.NumGoroutine(), inUse()
			if at == tenth {
				warm, heap = last, now
			}
			t.Logf("%v: %d goroutines, %.1f MiB, %d requests", at, last, now, s.Total.Requests)
		}
		sum, err := r.Run(t.Context())
		require.NoError(t, err)
		require.NoError(t, c.Close())
		ended()
		assert.Empty(t, sum.Notes)
		assert.Equal(t, done.tasks.Load(), sum.Total.Requests)
		assert.Equal(t, sum.Total.Counters.Planned, sum.Total.Counters.Started)
		assert.Positive(t, warm)
		assert.LessOrEqual(t, last, warm+8, "goroutines")
		const rows = 60 // MiB that the seconds may take here and at each worker; see record.Config.IntervalBytes
		assert.Less(t, now, heap+(workers+1)*rows, "MiB")
		for _, w := range sum.Workers {
			assert.Less(t, w.StartSkewMS, 1., w.ID)
			assert.Less(t, w.ClockBoundMS, 50., w.ID)
		}
	})
}

// counted is a user who counts what it does.
type counted struct{ tasks atomic.Int64 }

func (c *counted) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "a", Weight: 1, Do: func(ctx context.Context) error {
		c.tasks.Add(1)
		return measure.Do(ctx, report.Op{Name: "a"}, func(context.Context) error { return nil })
	}}}
}

func TestNothingPilesUpInMinutes(t *testing.T) {
	lengthy(t)
	endure(t, 10*time.Minute)
}
