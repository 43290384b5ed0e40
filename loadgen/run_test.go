package loadgen

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"strings"
	"sync"
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

func TestTheDemoRunKeepsToItsTimeline(t *testing.T) {
	d := &diary{took: func(int) time.Duration { return 20 * time.Millisecond }}
	r := demoRunner(d)
	sum := inBubble(t, r)

	require.Len(t, sum.Timeline, 900)
	var on, users float64
	for _, row := range sum.Timeline {
		at := time.Duration(row.S+1)*time.Second - watchLead
		require.Equal(t, r.Schedule.UsersAt(at), row.Users, "users in second %d", row.S)
		require.Equal(t, row.Planned, row.Users)
		if row.S%30 == 29 {
			t.Logf("t=%ds: %d users, %d ON", row.S+1, row.Users, row.On)
		}
		if row.S > 400 {
			on, users = on+float64(row.On), users+float64(row.Users)
		}
	}
	assert.Equal(t, 10, sum.Timeline[299].Users)
	assert.Equal(t, 50, sum.Timeline[899].Users)
	assert.InDelta(t, 0.5, on/users, 0.06, "ON share")

	checkMix(t, sum.Phases[0], map[string]float64{"list": 40, "create": 30, "update": 15, "complete": 10, "delete": 5})
	checkMix(t, sum.Phases[1], map[string]float64{"list": 20, "create": 30, "update": 15, "complete": 10, "delete": 25})
	assert.EqualValues(t, len(d.entries), sum.Total.Requests+sum.Total.Counters.CutOff)
	assert.Zero(t, sum.Total.Failures)
	want := float64(sum.Phases[1].Predicted.Rate)
	assert.InEpsilon(t, want, sum.Phases[1].RPS, 0.1, "predicted rate")
}

// What the plan predicts stands in the Summary: a heavy tail as without limit,
// what only the target knows as 0.
func TestSummaryKeepsThePrediction(t *testing.T) {
	heavy := scenario.Think{Time: dist.Pareto{Mean: 2 * time.Second, Alpha: 1.5}}
	for _, c := range []struct {
		pace      scenario.Pacer
		rate, idc float64
	}{
		{scenario.StartToStart{Gap: dist.Constant{Value: 2 * time.Second}}, 1, 0},
		{scenario.StartToStart{Gap: dist.Exponential{Mean: 2 * time.Second}}, 1, 1},
		{heavy, 1, math.Inf(1)},
		{scenario.NoWait{}, 0, 0},
	} {
		r := demoRunner(&diary{})
		r.Pace, r.Schedule = c.pace, phase.Schedule{{Name: "only", For: time.Second, Users: 2}}
		plan, err := r.Plan()
		require.NoError(t, err)
		predicted := plan.info(0).Predicted
		assert.Equal(t, c.rate, predicted.Rate, "%v", c.pace)
		assert.Equal(t, c.idc, predicted.IDC, "%v", c.pace)
	}
}

func TestSameSeedSameRun(t *testing.T) {
	run := func() (*report.Summary, *diary) {
		d := &diary{took: func(n int) time.Duration { return time.Duration(n%7) * time.Millisecond }}
		return inBubble(t, demoRunner(d)), d
	}
	first, d1 := run()
	second, d2 := run()
	assert.Equal(t, first.PlanDigest, second.PlanDigest)
	for u := 1; u <= 50; u++ {
		require.Equal(t, tasksOf(d1.of(u)), tasksOf(d2.of(u)), "user %d", u)
	}
	r := demoRunner(&diary{})
	r.Seed++
	other, err := r.Plan()
	require.NoError(t, err)
	assert.NotEqual(t, first.PlanDigest, other.Digest())
}

// The same seed gives every user the same plan on one core or two, and with a
// target that answers at once or slowly: the gaps and the choices agree as far
// as the slower run came.
func TestPlanDoesNotDependOnTargetOrCores(t *testing.T) {
	plan, err := demoRunner(&diary{}).Plan()
	require.NoError(t, err)
	for _, cores := range []int{1, 2} {
		for _, took := range unlessShort([]time.Duration{0, 1500 * time.Millisecond}, []time.Duration{1500 * time.Millisecond}) {
			t.Run(fmt.Sprintf("cores=%d/took=%v", cores, took), func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				d := &diary{took: func(int) time.Duration { return took }}
				r := demoRunner(d)
				r.Schedule = r.Schedule[:1]
				inBubble(t, r)
				for u := 1; u <= 10; u++ {
					checkPlan(t, plan.User(u, 0, 500), d.of(u), took, seconds(float64(u-1)/2))
				}
			})
		}
	}
}

func TestRampIsExactUpAndDown(t *testing.T) {
	d := &diary{}
	var mu sync.Mutex
	joined, left := map[int]time.Duration{}, map[int]time.Duration{}
	begin := time.Time{}
	hooks := func(env scenario.Env) (scenario.User, error) {
		note := func(m map[int]time.Duration) func(context.Context) error {
			return func(ctx context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				m[env.User] = time.Since(begin)
				return nil
			}
		}
		return hooked{&visitor{env, d, todoMix}, note(joined), note(left)}, nil
	}
	r := Runner{NewUser: hooks, Pace: scenario.Between(time.Second, 3*time.Second), Schedule: phase.Schedule{
		{Name: "up", For: 10 * time.Second, Users: 20, SpawnRate: 4},
		{Name: "down", For: 10 * time.Second, Users: 5, SpawnRate: 2.5},
	}}
	synctest.Test(t, func(t *testing.T) {
		begin = time.Now()
		_, err := r.Run(t.Context())
		require.NoError(t, err)
	})
	require.Len(t, joined, 20)
	for u, at := range joined {
		assert.Equal(t, seconds(float64(u-1)/4), at, "user %d joins", u)
	}
	require.Len(t, left, 20, "everybody's stop hook runs")
	gone := map[time.Duration]int{}
	for _, at := range left {
		gone[at]++
	}
	for k := range 15 {
		assert.Equal(t, 1, gone[10*time.Second+seconds(float64(k)/2.5)], "leaver %d", k)
	}
	assert.Equal(t, 5, gone[20*time.Second])
}

func TestEndOfRun(t *testing.T) {
	slow := func(int) time.Duration { return 3 * time.Second }
	for _, tc := range []struct {
		name           string
		stopTimeout    time.Duration
		requests, cuts int64
		ends           time.Duration
	}{
		{"cut off at once", 0, 3, 1, 10 * time.Second},
		{"finish within the timeout", 5 * time.Second, 4, 0, 12 * time.Second},
		{"cut off by the timeout", time.Second, 3, 1, 11 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				sum, err := Runner{
					NewUser: visitors(&diary{took: slow}), StopTimeout: tc.stopTimeout,
					Schedule: phase.Schedule{{Name: "p", For: 10 * time.Second, Users: 1}},
				}.Run(t.Context())
				require.NoError(t, err)
				assert.Equal(t, tc.requests, sum.Total.Requests)
				assert.Equal(t, tc.cuts, sum.Total.Counters.CutOff)
				assert.Equal(t, tc.cuts, sum.Total.Counters.Unfinished)
				assert.EqualValues(t, 4, sum.Total.Counters.Started)
				assert.Zero(t, sum.Total.Failures)
				assert.Equal(t, tc.ends, time.Since(begin))
			})
		})
	}
}

func TestCancelledRunTellsWhatItMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("operator had enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(150*time.Second, func() { cancel(cause) })
		sum, err := demoRunner(&diary{}).Run(ctx)
		require.ErrorIs(t, err, ErrStopped)
		require.ErrorIs(t, err, cause)
		assert.InDelta(t, 150, sum.EndS, 0.001)
		assert.Equal(t, []string{"intervention"}, sum.NotReached)
		assert.NotZero(t, sum.Total.Requests)
	})
}

func TestRunWithoutEndIsEndedByItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		sum, err := Runner{NewUser: visitors(&diary{}), Pace: bursty, Schedule: phase.Schedule{{Name: "p", Users: 4}}}.Run(ctx)
		require.NoError(t, err)
		assert.InDelta(t, 60, sum.EndS, 0.001)
	})
}

// A start-to-start user whose target stalls catches up, with the response
// time counted from the intended starts; what is overdue by more than a minute
// is missed.
func TestStartToStart(t *testing.T) {
	for _, tc := range []struct {
		stall  time.Duration
		missed int64
	}{{5 * time.Second, 0}, {90 * time.Second, 29}} {
		t.Run(tc.stall.String(), func(t *testing.T) {
			d := &diary{took: func(n int) time.Duration {
				if n == 9 {
					return tc.stall
				}
				return 10 * time.Millisecond
			}}
			r := Runner{
				NewUser: visitors(d), Pace: scenario.StartToStart{Gap: dist.Constant{Value: time.Second}},
				Schedule: phase.Schedule{{Name: "empty", For: 100 * time.Second}, {Name: "p", For: 300 * time.Second, Users: 1}},
			}
			plan, err := r.Plan()
			require.NoError(t, err)
			sum := inBubble(t, r)
			c := sum.Total.Counters
			assert.EqualValues(t, 300, c.Planned)
			assert.InDelta(t, tc.missed, c.Missed, 1)
			assert.Equal(t, c.Planned, c.Started+c.Missed)
			first := d.entries[0].intended
			for _, e := range d.entries {
				assert.Zero(t, (e.intended-first)%time.Second, "intended starts keep to the grid")
				turn := plan.User(1, 1, 300)[(e.intended-first)/time.Second]
				assert.Equal(t, todoMix[turn.Task].Name, e.task, "a missed start keeps its choice")
			}
			op := sum.Total.Operations[len(sum.Total.Operations)-1]
			assert.Greater(t, float64(op.ResponseMS.P99), 1900.0)
			assert.InDelta(t, 10, float64(op.ServiceMS.P50), 0.1)
		})
	}
}

// A user who leaves finishes the running task and acts no more.
func TestWhoLeavesActsNoMore(t *testing.T) {
	for _, stopTimeout := range []time.Duration{0, 10 * time.Second} {
		d := &diary{took: func(int) time.Duration { return 900 * time.Millisecond }}
		inBubble(t, Runner{
			NewUser: visitors(d), Pace: scenario.Between(50*time.Millisecond, 150*time.Millisecond), StopTimeout: stopTimeout,
			Schedule: phase.Schedule{
				{Name: "many", For: 20 * time.Second, Users: 20},
				{Name: "few", For: 40 * time.Second, Users: 2, SpawnRate: 2},
			},
		})
		acting := map[int]bool{}
		for _, e := range d.entries {
			if e.begin > 40*time.Second {
				acting[e.user] = true
			}
		}
		assert.Len(t, acting, 2, "stop timeout %v", stopTimeout)
	}
}

func TestPaceChangesAtTheBorder(t *testing.T) {
	d := &diary{}
	steady := func(gap time.Duration) scenario.Pacer { return scenario.Think{Time: dist.Gamma{Mean: gap, CV: 0.5}} }
	sum := inBubble(t, Runner{
		NewUser: visitors(d), Pace: steady(time.Minute),
		Schedule: phase.Schedule{
			{Name: "slow", For: 5 * time.Minute, Users: 200},
			{Name: "fast", For: time.Minute, Users: 200, Pace: steady(time.Second)},
			{Name: "slow again", For: 5 * time.Minute, Users: 200},
		},
	})
	for i, want := range []float64{200. / 60, 200, 200. / 60} {
		assert.InEpsilon(t, want, sum.Phases[i].RPS, 0.1, sum.Phases[i].Name)
	}
	// The new pace holds from the first second on: no lockstep, no pause.
	for s := 300; s < 305; s++ {
		assert.InEpsilon(t, 200, sum.Timeline[s].Requests, 0.25, "second %d", s)
	}
	assert.Less(t, sum.Timeline[361].Requests, int64(30))
}

func TestUsersKeepTheirStateAcrossPhases(t *testing.T) {
	d := &diary{}
	r := demoRunner(d)
	r.Schedule[1].Users = 10
	inBubble(t, r)
	plan, err := demoRunner(d).Plan()
	require.NoError(t, err)
	for u := 1; u <= 10; u++ {
		at := seconds(float64(u-1) / 2)
		turns := plan.User(u, 0, 800)
		for i, e := range d.of(u) {
			at += turns[i].Gap
			require.Equal(t, at, e.intended, "user %d, turn %d", u, i)
		}
	}
}

func TestHooksAndTransitions(t *testing.T) {
	var calls []string
	var begin time.Time
	hook := func(name string, err error) phase.Hook {
		return phase.HookFunc(func(context.Context) error {
			calls = append(calls, fmt.Sprintf("%s %v", name, time.Since(begin)))
			return err
		})
	}
	var log strings.Builder
	r := Runner{
		NewUser: visitors(&diary{}), Pace: scenario.Between(time.Second, 3*time.Second), Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Schedule: phase.Schedule{
			{Name: "a", For: 30 * time.Second, Users: 2, SpawnRate: 1, Enter: hook("enter a", nil), Exit: hook("exit a", errors.New("switch stuck"))},
			{Name: "b", For: 30 * time.Second, Users: 4, SpawnRate: 1, Enter: hook("enter b", nil), Exit: hook("exit b", nil), Weights: phase.Weights{"update": 15, "create": 30}},
		},
	}
	var sum *report.Summary
	synctest.Test(t, func(t *testing.T) {
		begin = time.Now()
		var err error
		sum, err = r.Run(t.Context())
		require.NoError(t, err)
	})
	assert.Equal(t, []string{"enter a 0s", "exit a 30s", "enter b 30s", "exit b 1m0s"}, calls)
	require.Len(t, sum.Exceptions, 1)
	assert.Equal(t, "exit hook of phase a: switch stuck", sum.Exceptions[0].Message)
	for _, want := range []string{
		"phase transition", "from.phase=a", "to.phase=b", "from.users=2", "to.users=4", "from.weights.list=0.4", "to.weights.list=0 ",
		`msg="tasks left out of the mix do not run" tasks="list, complete, delete" phases=b`,
		"figures.list.requests=", "figures.list.p95_ms=", "figures.Aggregated.requests=", "phase hook failed",
	} {
		assert.Contains(t, log.String(), want)
	}
}

func TestBadRunnersAreRefused(t *testing.T) {
	good := func() Runner { return demoRunner(&diary{}) }
	for name, tc := range map[string]struct {
		spoil func(*Runner)
		want  string
	}{
		"no factory":   {func(r *Runner) { r.NewUser = nil }, "NewUser"},
		"no phases":    {func(r *Runner) { r.Schedule = nil }, "Schedule"},
		"stop timeout": {func(r *Runner) { r.StopTimeout = -1 }, "StopTimeout"},
		"pace":         {func(r *Runner) { r.Pace = scenario.Between(3, 1) }, "Pace"},
		"unknown task": {func(r *Runner) { r.Schedule[1].Weights = phase.Weights{"lost": 1} }, "list"},
		"no users":     {func(r *Runner) { r.Schedule[0].Users, r.Schedule[1].Users = 0, 0 }, "user"},
		"factory errors": {func(r *Runner) {
			r.NewUser = func(scenario.Env) (scenario.User, error) { return nil, errors.New("no key") }
		}, "no key"},
		"no tasks": {func(r *Runner) { r.NewUser = func(scenario.Env) (scenario.User, error) { return tasklist{}, nil } }, "task"},
	} {
		t.Run(name, func(t *testing.T) {
			r := good()
			tc.spoil(&r)
			sum, err := r.Run(t.Context())
			require.ErrorContains(t, err, tc.want)
			assert.Nil(t, sum)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestWatchSeesEverySecond(t *testing.T) {
	var seen []*report.Snapshot
	r := demoRunner(&diary{})
	r.Watch = func(s *report.Snapshot) { seen = append(seen, s) }
	inBubble(t, r)
	require.Len(t, seen, 901)
	for i, s := range seen[:900] {
		if s.At != time.Duration(i+1)*time.Second-watchLead || s.Users != s.Planned || s.Users != s.On+s.Off() {
			require.Failf(t, "wrong state", "%d: %v after the start, %d users, %d planned, %d ON, %d OFF", i, s.At, s.Users, s.Planned, s.On, s.Off())
		}
	}
	assert.Equal(t, "intervention", seen[400].Phase.Name)
}

// seconds is n seconds.
func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// checkPlan holds the entries of a user against its planned turns, from an offset on,
// where each visit takes a while.
func checkPlan(t *testing.T, turns []Turn, entries []entry, took, at time.Duration) {
	t.Helper()
	require.NotEmpty(t, entries)
	for i, e := range entries {
		at += turns[i].Gap
		require.Equal(t, at, e.intended, "user %d, turn %d", e.user, i)
		require.Equal(t, at, e.begin, "woken late in virtual time")
		require.Equal(t, todoMix[turns[i].Task].Name, e.task, "user %d, turn %d", e.user, i)
		at += took
	}
}
