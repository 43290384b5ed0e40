package loadgen

import (
	"context"
	"math"
	"sync/atomic"
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

var errands = tasklist{errand("a", 3), errand("b", 1)}

// otherErrands are all ways in which tasks may differ from errands.
var otherErrands = map[string]tasklist{
	`0 tasks instead of 2`:                       nil,
	`1 task instead of 2`:                        errands[:1],
	`3 tasks instead of 2`:                       append(errands[:2:2], errand("c", 0)),
	`task 1 is "b" instead of "a"`:               {errands[1], errands[0]},
	`task 2 is "c" instead of "b"`:               {errands[0], errand("c", 1)},
	`task 2 is "" instead of "b"`:                {errands[0], errand("", 1)},
	`task 2 is "a" instead of "b"`:               {errands[0], errands[0]},
	`task "a" has weight 1 instead of 3`:         {errand("a", 1), errands[1]},
	`task "b" has weight 0 instead of 1`:         {errands[0], errand("b", 0)},
	`task "b" has weight -1 instead of 1`:        {errands[0], errand("b", -1)},
	`task "b" has weight NaN instead of 1`:       {errands[0], errand("b", math.NaN())},
	`task "b" has weight +Inf instead of 1`:      {errands[0], errand("b", math.Inf(1))},
	`task "a" has weight 3.0000000000000004 ins`: {errand("a", math.Nextafter(3, 4)), errands[1]},
	`task "b" has no Do`:                         {errands[0], {Name: "b", Weight: 1}},
}

// errandsUntil gives errands to the users before one, and others from it on.
func errandsUntil(first int, other tasklist) func(scenario.Env) (scenario.User, error) {
	return func(env scenario.Env) (scenario.User, error) {
		if env.User >= first {
			return other, nil
		}
		return errands, nil
	}
}

// shifting is a user whose tasks change after some calls.
type shifting struct {
	calls   int
	other   tasklist
	stopped *atomic.Int64
}

func (s *shifting) Tasks() []scenario.Task {
	if s.calls--; s.calls < 0 {
		return s.other
	}
	return errands
}

func (s *shifting) Stop(context.Context) error { s.stopped.Add(1); return nil }

func TestPlanRefusesUsersWhoDiffer(t *testing.T) {
	level := phase.Phase{Name: "p", For: time.Minute, Users: 2, Weights: phase.Weights{"a": 1}}
	open := phase.Phase{Name: "p", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 1}}
	wave := phase.Phase{Name: "p", Stages: phase.Stages{{For: time.Minute, To: 2}}}
	for what, other := range otherErrands {
		for _, ph := range []phase.Phase{level, open, wave} {
			_, err := Runner{NewUser: errandsUntil(2, other), Schedule: phase.Schedule{ph}}.Plan()
			require.ErrorIs(t, err, ErrTasks, what)
			assert.ErrorContains(t, err, "the tasks of user 2 are not those that the first user had before the run: "+what)
			assert.NotContains(t, err.Error(), "\n")
		}
		_, err := Runner{
			NewUser:  func(scenario.Env) (scenario.User, error) { return &shifting{calls: 1, other: other}, nil },
			Schedule: phase.Schedule{level},
		}.Plan()
		require.ErrorIs(t, err, ErrTasks, what)
		assert.ErrorContains(t, err, "the tasks of user 1 are", what)
	}
	_, err := Runner{NewUser: errandsUntil(1, tasklist{{Name: "b", Weight: 1}}), Schedule: phase.Schedule{level}}.Plan()
	assert.EqualError(t, err, `loadgen: task 1, "b", has no Do; give the function that performs it`)
	_, err = Runner{NewUser: errandsUntil(1, tasklist{errand("a", math.NaN())}), Schedule: phase.Schedule{level}}.Plan()
	assert.EqualError(t, err, `loadgen: task 1, "a", has weight NaN; give a finite number of at least 0`)
	level.Users = 1
	_, err = Runner{NewUser: errandsUntil(2, nil), Schedule: phase.Schedule{level}}.Plan()
	assert.NoError(t, err, "there is no second user")
}

// runToRefusal runs a plan that a user's tasks end, and returns when.
func runToRefusal(t *testing.T, r Runner) (sum *report.Summary, at time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		begin := time.Now()
		sum, err = r.Run(t.Context())
		at = time.Since(begin)
		require.ErrorIs(t, err, ErrTasks)
		require.ErrorIs(t, err, ErrAborted)
		require.ErrorIs(t, err, ErrStopped)
		require.NotNil(t, sum)
		require.Len(t, sum.Notes, 1)
		assert.Contains(t, sum.Notes[0], "run aborted: the tasks of user ")
		assert.Empty(t, sum.Exceptions)
		checkBalance(t, sum)
	})
	return sum, at
}

func checkBalance(t *testing.T, sum *report.Summary) {
	t.Helper()
	c := sum.Total.Counters
	assert.Equal(t, c.Planned, c.Started+c.Missed+c.Dropped)
	assert.Equal(t, c.Started, c.Finished+c.Unfinished)
}

// A user who differs and who could not be seen before the run ends it when it
// joins, before it sends anything, however late in the run that is.
func TestUserWhoDiffersEndsTheRun(t *testing.T) {
	pace := scenario.Think{Time: dist.Constant{Value: 10 * time.Second}}
	for what, other := range otherErrands {
		sum, at := runToRefusal(t, Runner{
			NewUser: errandsUntil(4, other), Pace: pace,
			Schedule: phase.Schedule{{Name: "p", For: time.Hour, Users: 9, SpawnRate: .01}},
		})
		assert.Equal(t, 5*time.Minute, at, what) // the fourth user joins
		assert.InDelta(t, 30+20+10, sum.Total.Counters.Finished, 3, what)
	}
	sum, at := runToRefusal(t, Runner{ // without end; a nil error would be its regular end
		NewUser: errandsUntil(3, nil), Pace: pace, Schedule: phase.Schedule{{Name: "p", Users: 9, SpawnRate: 1}},
	})
	assert.Equal(t, 2*time.Second, at)
	assert.Zero(t, sum.Total.Failures)
}

// So do those who arrive.
func TestArrivalWhoDiffersEndsTheRun(t *testing.T) {
	_, at := runToRefusal(t, Runner{
		NewUser: errandsUntil(3, errands[:1]), Pace: bursty,
		Schedule: phase.Schedule{{Name: "p", For: time.Hour, Arrivals: &phase.Arrivals{Rate: 1, Session: true}}},
	})
	assert.Equal(t, 2*time.Second, at)
	sum, at := runToRefusal(t, Runner{
		NewUser:  errandsUntil(firstGuest+1, errands[:1]), // the guests
		Schedule: phase.Schedule{{Name: "p", For: time.Hour, Arrivals: &phase.Arrivals{Rate: 1}}},
	})
	assert.Zero(t, at)
	assert.EqualValues(t, 1, sum.Total.Counters.Missed, "the first arrival")
}

// A user whose tasks change ends the run at the next look at them. It has
// started, so it stops.
func TestTasksThatChangeEndTheRun(t *testing.T) {
	for what, other := range otherErrands {
		var stopped atomic.Int64
		sum, at := runToRefusal(t, Runner{
			NewUser: func(scenario.Env) (scenario.User, error) {
				return &shifting{calls: 5, other: other, stopped: &stopped}, nil
			},
			Pace:     scenario.Think{Time: dist.Constant{Value: time.Second}},
			Schedule: phase.Schedule{{Name: "p", For: time.Hour, Users: 1}},
		})
		assert.InDelta(t, 4.5, at.Seconds(), .5, what)
		assert.EqualValues(t, 1, sum.Total.Counters.Missed, what)
		assert.EqualValues(t, 4, sum.Total.Counters.Finished, what)
		assert.EqualValues(t, 1, stopped.Load(), what)
	}
}

// Users of several Go types with the same tasks are fine.
func TestUsersOfTwoTypesWithTheSameTasks(t *testing.T) {
	var stopped atomic.Int64
	sum := inBubble(t, Runner{
		NewUser: func(env scenario.Env) (scenario.User, error) {
			if env.User%2 == 0 {
				return &shifting{calls: math.MaxInt, stopped: &stopped}, nil
			}
			return errands, nil
		},
		Pace:     scenario.Think{Time: dist.Constant{Value: time.Second}},
		Schedule: phase.Schedule{{Name: "p", For: time.Minute, Users: 4}},
	})
	assert.Empty(t, sum.Exceptions)
	assert.EqualValues(t, 2, stopped.Load())
}

// A user who is refused in the run's last instant makes its end no success.
func TestRefusalAtTheEndIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, err := newRun(Runner{NewUser: errandsUntil(9, nil), Schedule: phase.Schedule{{Name: "p", For: time.Second, Users: 1}},
			Pace: scenario.Think{Time: dist.Constant{Value: time.Second}}})
		require.NoError(t, err)
		x.refused = ErrTasks
		sum, err := x.do(t.Context())
		require.ErrorIs(t, err, ErrTasks)
		assert.NotErrorIs(t, err, ErrStopped)
		assert.Len(t, sum.Notes, 1)
	})
}
