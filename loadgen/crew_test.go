package loadgen

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// A crew that is not given the processor before the run ends has brought
// no one in: what they would have started is planned and missed all the same.
func TestWhatAStarvedCrewLeavesOutIsMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := newRun(Runner{
			NewUser: func(scenario.Env) (scenario.User, error) { return tasklist{errand("t", 1)}, nil },
			Pace:    scenario.StartToStart{Gap: dist.Constant{Value: 100 * time.Millisecond}},
			Schedule: phase.Schedule{
				{Name: "arrivals", For: time.Second, Arrivals: &phase.Arrivals{Rate: 10, Spacing: phase.Even}},
				{Name: "more", For: time.Second, Arrivals: &phase.Arrivals{Rate: 20, Spacing: phase.Even}},
				{Name: "stages", Arrivals: &phase.Arrivals{Stages: phase.Stages{{For: time.Second, To: 30}}}},
				{Name: "users", For: time.Second, Stages: phase.Stages{{To: 3}}},
			},
		})
		require.NoError(t, err)
		r.began = time.Now()
		time.Sleep(3500 * time.Millisecond)
		r.stopped = r.now()
		close(r.ended)
		for _, s := range r.shards {
			s.close(r.stopped)
		}
		r.crew.walk()
		sum := r.summary(r.stopped)
		for i, want := range []int64{10, 20, 15, 3 * 5} {
			c := sum.Phases[i].Counters
			assert.Equal(t, want, c.Planned, sum.Phases[i].Name)
			assert.Equal(t, c.Planned, c.Missed, sum.Phases[i].Name)
		}
	})
}

// The number of users is the plan's at every instant, a nanosecond before and at each step; the state is
// spawning while a stage moves the level.
func TestLevelFollowsStages(t *testing.T) {
	const s = time.Second
	schedule := phase.Schedule{
		{Name: "usual", For: 10 * s, Users: 4},
		{Name: "wave", Stages: phase.Stages{{For: 7 * s, To: 11}, {For: 5 * s, To: 11}, {To: 20}, {For: 3 * s, To: 20}, {For: 9 * s, To: 2.5}}},
		{Name: "sine", Stages: phase.Sine(6, 5.5, 9*s, 20*s)},
		{Name: "after", For: 10 * s, Users: 9, SpawnRate: 3},
	}
	synctest.Test(t, func(t *testing.T) {
		c := NewController(func(StartRequest) (Runner, error) {
			return Runner{NewUser: visitors(&diary{}), Pace: bursty, Schedule: schedule}, nil
		})
		defer c.Close()
		require.NoError(t, c.Start(StartRequest{Planned: true}))
		synctest.Wait()
		from := 0
		for i := range schedule {
			steps := schedule.Steps(i, from)
			for at, delta := steps.Next(); at < schedule.Start(i)+schedule[i].Length(); at, delta = steps.Next() {
				for _, at := range []time.Duration{at - 1, at} {
					if at < 0 || at > 0 && at <= c.run.now() {
						continue
					}
					time.Sleep(at - c.run.now())
					synctest.Wait()
					require.EqualValues(t, schedule.UsersAt(at), c.run.users.Load(), "at %v", at)
					require.Equal(t, schedule.UsersAt(at), c.Snapshot().Planned)
					require.Equal(t, schedule.Spawning(at), c.State() == report.Spawning, "at %v", at)
				}
				from += delta
			}
		}
		after(time.Minute)
		sum := c.Summary()
		assert.Len(t, sum.Phases, 4)
		wave := sum.Phases[1]
		assert.Equal(t, []any{4, 20, 5, 34.}, []any{wave.From, wave.Users, len(wave.Stages), wave.RampEndS}, "one phase in the report, which moves to its end")
		for _, row := range sum.Timeline[1:54] {
			require.Equal(t, schedule.UsersAt(time.Duration(row.S+1)*s-1), row.Planned)
			require.Equal(t, row.Planned, row.Users)
		}
	})
}

// A level that is set by hand holds to the end of a phase of stages; the next phase takes over from it.
func TestHandBeatsStages(t *testing.T) {
	const s = time.Second
	synctest.Test(t, func(t *testing.T) {
		c := NewController(func(StartRequest) (Runner, error) {
			return Runner{NewUser: visitors(&diary{}), Pace: bursty, Schedule: phase.Schedule{
				{Name: "wave", Stages: phase.Stages{{For: 10 * s, To: 30}, {For: 50 * s, To: 1}}},
				{Name: "next", Stages: phase.Stages{{For: 10 * s, To: 20}, {For: 10 * s, To: 20}}},
			}}, nil
		})
		defer c.Close()
		assert.EqualError(t, c.Start(StartRequest{Stages: "1m"}), `stage 1, "1m": want SPAN:LEVEL, such as 2m:10`)
		require.NoError(t, c.Start(StartRequest{Planned: true}))
		after(20 * s)
		assert.EqualError(t, c.Start(StartRequest{Stages: "1m:10"}), "a run is in progress; stop it before starting stages")
		require.NoError(t, c.Start(StartRequest{Users: 8, SpawnRate: 100}))
		after(s)
		assert.Equal(t, report.Running, c.State())
		after(38 * s)
		assert.EqualValues(t, 8, c.run.users.Load())
		after(7 * s)
		assert.EqualValues(t, 15, c.run.users.Load(), "from 8, where the level stood, to 20")
		after(5 * s)
		assert.EqualValues(t, 20, c.run.users.Load())
	})
}
