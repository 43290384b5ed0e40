package loadgen

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// near is a Fleet whose workers are Members of this process: no bus is between.
type near struct {
	runner Runner // of the workers
	of     int
	broken error // why no run can start
}

func (f *near) Ready() error { return f.broken }

func (f *near) Muster(ctx context.Context, m Muster) (FleetRun, error) {
	if f.broken != nil {
		return nil, f.broken
	}
	run := &nearRun{Muster: m, over: make(chan struct{})}
	for i := range f.of {
		r := f.runner
		r.request = m.Request
		member, err := r.Member(Share{Index: i, Of: f.of})
		if err != nil {
			return nil, err
		}
		run.members = append(run.members, member)
	}
	return run, nil
}

type nearRun struct {
	Muster
	members []*Member
	began   time.Time
	down    sync.WaitGroup
	over    chan struct{}
	taken   sync.Mutex
}

func (r *nearRun) Resumes() *Progress { return nil }

func (r *nearRun) Keep(Progress) {}
func (r *nearRun) Kept()         {}

func (r *nearRun) Start(ctx context.Context, data []byte) (time.Time, error) {
	r.began = time.Now().Add(2 * time.Second)
	for _, m := range r.members {
		m.SetData(data)
		r.down.Go(func() { _ = m.Run(context.WithoutCancel(ctx), Line{Since: r.began}) })
	}
	go func() {
		for {
			select {
			case <-time.After(time.Second):
				r.take()
			case <-r.over:
				return
			}
		}
	}()
	return r.began, nil
}

func (r *nearRun) take() {
	r.taken.Lock()
	defer r.taken.Unlock()
	for i, m := range r.members {
		if err := r.Recorder.Merge(i, m.Take()); err != nil {
			panic(err)
		}
	}
}

func (r *nearRun) soon() time.Duration { return time.Since(r.began) + 250*time.Millisecond }

func (r *nearRun) Scale(users int, rate float64) time.Duration {
	at := r.soon()
	for _, m := range r.members {
		m.Scale(at, users, rate)
	}
	return at
}

func (r *nearRun) Reset() time.Duration {
	at := r.soon()
	r.Recorder.Reset(at)
	for _, m := range r.members {
		go m.Reset(at)
	}
	return at
}

func (r *nearRun) State() (s FleetState) {
	for _, m := range r.members {
		own := m.State()
		s.Users, s.On, s.Spawning = s.Users+own.Users, s.On+own.On, s.Spawning || own.Spawning
		s.Workers = append(s.Workers, report.Worker{Users: own.Users})
	}
	return s
}

func (r *nearRun) Stop(end time.Duration) time.Duration {
	if end < r.Plan.phases[len(r.Plan.phases)-1].end {
		end += 250 * time.Millisecond
	}
	for _, m := range r.members {
		m.Stop(end)
	}
	return end
}

func (r *nearRun) Wait() {
	r.down.Wait()
	close(r.over)
	r.take()
}

func (r *nearRun) Describe(s *report.Summary) { s.Workers = r.State().Workers }

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
