package loadgen

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

func TestTroubleIsCountedAndTheUserGoesOn(t *testing.T) {
	tasks := func(env scenario.Env) (scenario.User, error) {
		switch env.User {
		case 2:
			return nil, errors.New("no licence left")
		case 3:
			panic("factory on fire")
		}
		one := func(name string, do func(context.Context) error) scenario.Task {
			return scenario.Task{Name: name, Weight: 1, Do: do}
		}
		return tasklist{
			one("fine", func(ctx context.Context) error {
				return measure.Do(ctx, report.Op{Name: "fine"}, func(context.Context) error { return nil })
			}),
			one("panics", func(context.Context) error { panic("index out of cheese") }),
			one("fails", func(context.Context) error { return errors.New("no todo in the answer") }),
			one("fails a request", func(ctx context.Context) error {
				return measure.Do(ctx, report.Op{Name: "bad"}, func(context.Context) error { return errors.New("http 500") })
			}),
			one("exits", func(context.Context) error { runtime.Goexit(); return nil }),
		}, nil
	}
	sum := inBubble(t, Runner{
		NewUser: tasks, Pace: scenario.Think{Time: dist.Constant{Value: 100 * time.Millisecond}},
		Schedule: phase.Schedule{{Name: "p", For: time.Minute, Users: 3}},
	})
	c := sum.Total.Counters
	assert.InDelta(t, 599, c.Planned, 1, "one user acts ten times a second, whatever happens")
	assert.Equal(t, c.Planned, c.Started)
	kinds := map[string]int64{}
	for _, e := range sum.Exceptions {
		kinds[e.Kind+" "+e.Message] = e.Occurrences
		if e.Kind == "panic" && strings.HasPrefix(e.Message, "panics") {
			assert.Contains(t, e.Stack, "trouble_test.go")
		}
	}
	assert.EqualValues(t, 1, kinds["error NewUser: no licence left"])
	assert.EqualValues(t, 1, kinds["panic NewUser: factory on fire"])
	assert.NotZero(t, kinds["panic panics: index out of cheese"])
	assert.NotZero(t, kinds["error fails: no todo in the answer"])
	assert.NotZero(t, kinds["error the script ended its goroutine (runtime.Goexit, for example by T.FailNow)"])
	assert.Len(t, sum.Exceptions, 5, "a failed request is not an exception")
	assert.NotZero(t, sum.Total.Failures)
	assert.Equal(t, 1, sum.Timeline[30].Users, "users that could not be made do not count")
}

// A worker that continues after a task ended its goroutine serves the next user
// with that one's own tasks.
func TestWhoExitsLeavesNothingBehind(t *testing.T) {
	users := map[int]int{}
	sum := inBubble(t, Runner{
		NewUser: func(env scenario.Env) (scenario.User, error) {
			return tasklist{{Name: "exits", Weight: 1, Do: func(ctx context.Context) error {
				if measure.FromContext(ctx).Task().User == env.User {
					users[env.User]++
				}
				runtime.Goexit()
				return nil
			}}}, nil
		},
		Pace:     scenario.Think{Time: dist.Constant{Value: time.Second}},
		Schedule: phase.Schedule{{Name: "p", For: time.Minute, Users: 3, SpawnRate: 3}},
	})
	c := sum.Total.Counters
	assert.EqualValues(t, c.Started, users[1]+users[2]+users[3], "tasks of other users")
	assert.Equal(t, c.Planned, c.Finished)
}

// moody is a user whose tasks change after a while.
type moody struct {
	calls int
	then  func() []scenario.Task
}

func (m *moody) Tasks() []scenario.Task {
	if m.calls++; m.calls > 10 {
		return m.then()
	}
	return tasklist{{Name: "fine", Weight: 1, Do: func(context.Context) error { return nil }}}
}

// A panic of Tasks is an exception like one of a task. That tasks change ends
// the run: see TestTasksThatChangeEndTheRun.
func TestTasksThatPanicAreTrouble(t *testing.T) {
	sum := inBubble(t, Runner{
		NewUser: func(scenario.Env) (scenario.User, error) {
			return &moody{then: func() []scenario.Task { panic("out of ideas") }}, nil
		},
		Pace: scenario.Think{Time: dist.Constant{Value: time.Second}}, Schedule: phase.Schedule{{Name: "p", For: time.Minute, Users: 1}},
	})
	require.Len(t, sum.Exceptions, 1)
	assert.Equal(t, "fine: out of ideas", sum.Exceptions[0].Message)
	c := sum.Total.Counters
	assert.Equal(t, c.Planned, c.Started)
	assert.Equal(t, c.Planned, c.Finished)
	assert.Equal(t, c.Planned-9, sum.Exceptions[0].Occurrences, "ten calls are good, one of them when the user joins")
}
