package loadgen

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// script is a run of two phases whose hooks note that they ran.
type script struct {
	calls []string
	Runner
}

func newScript(enter, exit phase.Hook) *script {
	s := &script{}
	note := func(name string, h phase.Hook) phase.Hook {
		return phase.HookFunc(func(ctx context.Context) error {
			s.calls = append(s.calls, name)
			if h == nil {
				return nil
			}
			return h.Call(ctx)
		})
	}
	s.Runner = Runner{
		NewUser: visitors(&diary{}), Pace: scenario.Between(time.Second, 3*time.Second),
		Schedule: phase.Schedule{
			{Name: "a", For: 30 * time.Second, Users: 2, Enter: note("enter a", nil), Exit: note("exit a", nil)},
			{Name: "b", For: 30 * time.Second, Users: 2, Enter: note("enter b", enter), Exit: note("exit b", exit)},
		},
	}
	return s
}

func (s *script) do(t *testing.T) (sum *report.Summary, took time.Duration, err error) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		sum, err = s.Run(t.Context())
		took = time.Since(begin)
	})
	return sum, took, err
}

var errStuck = errors.New("switch stuck")

var stuck = phase.HookFunc(func(context.Context) error { return errStuck })

func TestFailedHookCanAbort(t *testing.T) {
	s := newScript(stuck, nil)
	s.Schedule[1].AbortOnHook = true
	sum, took, err := s.do(t)
	require.ErrorIs(t, err, ErrAborted)
	require.ErrorIs(t, err, ErrStopped)
	require.ErrorIs(t, err, errStuck)
	assert.Equal(t, 30*time.Second, took)
	assert.Equal(t, []string{"enter a", "exit a", "enter b", "exit b"}, s.calls, "what was entered is left")
	require.NotEmpty(t, sum.Notes)
	assert.Equal(t, "run aborted: enter hook of phase b: switch stuck, 30s after the start", sum.Notes[0])
	assert.Equal(t, "enter hook of phase b: switch stuck", sum.Exceptions[0].Message)
}

func TestFailedFirstHookCanAbortBeforeAnythingRuns(t *testing.T) {
	s := newScript(nil, nil)
	s.Schedule = s.Schedule[1:]
	s.Schedule[0].Enter, s.Schedule[0].AbortOnHook = stuck, true
	sum, took, err := s.do(t)
	assert.Nil(t, sum)
	require.EqualError(t, err, "run aborted: enter hook of phase b: switch stuck")
	assert.Zero(t, took)
	assert.Equal(t, []string{"exit b"}, s.calls)
}

func TestHookHasATimeLimit(t *testing.T) {
	s := newScript(phase.HookFunc(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }), nil)
	s.Schedule[1].HookTimeout = 5 * time.Second
	sum, took, err := s.do(t)
	require.NoError(t, err, "the run continues")
	assert.Equal(t, time.Minute, took)
	assert.Equal(t, "enter hook of phase b: no end within 5s: context deadline exceeded", sum.Exceptions[0].Message)
	assert.Equal(t, 30*time.Second, phase.Phase{}.HookLimit())
}

func TestPanicOfAHookIsCaught(t *testing.T) {
	s := newScript(phase.HookFunc(func(context.Context) error { panic("boom") }), nil)
	sum, _, err := s.do(t)
	require.NoError(t, err)
	require.Len(t, sum.Exceptions, 1)
	assert.Equal(t, "panic", sum.Exceptions[0].Kind)
	assert.Contains(t, sum.Exceptions[0].Stack, "hooks_test.go")
}

// A hook that ends its goroutine, as T.FailNow does, ends neither the run nor
// the hooks after it.
func TestHookThatEndsItsGoroutineIsCounted(t *testing.T) {
	exit := phase.HookFunc(func(context.Context) error { runtime.Goexit(); return nil })
	s := newScript(exit, nil)
	s.Schedule[0].Enter = exit
	sum, took, err := s.do(t)
	require.NoError(t, err)
	assert.Equal(t, time.Minute, took)
	assert.Equal(t, []string{"exit a", "enter b", "exit b"}, s.calls)
	require.Len(t, sum.Exceptions, 2)
	assert.Contains(t, sum.Exceptions[1].Message, "enter hook of phase b: the script ended its goroutine")
}

// The Exit hook undoes what Enter has done, also when the run was cancelled.
func TestExitHookRunsAfterCancellation(t *testing.T) {
	var undone error = errors.New("not called")
	s := newScript(nil, phase.HookFunc(func(ctx context.Context) error { undone = ctx.Err(); return nil }))
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		_, err := s.Run(ctx)
		require.ErrorIs(t, err, ErrStopped)
		require.NotErrorIs(t, err, ErrAborted)
	})
	assert.NoError(t, undone)
}

// A hook that outlasts its phase delays the hooks after it and is left once.
func TestSlowHookIsLeftOnce(t *testing.T) {
	s := newScript(nil, nil)
	s.Schedule[0].Exit = phase.HookFunc(func(context.Context) error {
		s.calls = append(s.calls, "slow exit a")
		time.Sleep(40 * time.Second)
		return nil
	})
	s.Schedule[0].HookTimeout = time.Minute
	_, took, err := s.do(t)
	require.NoError(t, err)
	assert.Equal(t, 70*time.Second, took)
	assert.Equal(t, []string{"enter a", "slow exit a"}, s.calls, "phase b was over before it could be entered")
}

func TestGuardEndsTheRun(t *testing.T) {
	for _, endless := range []bool{false, true} {
		s := newScript(nil, nil)
		if endless {
			s.Schedule[1].For = 0
		}
		hopeless := errors.New("hopeless")
		s.Guard = func(now *report.Snapshot, p *report.PhaseSummary) error {
			assert.Equal(t, now.Phase.Name, p.Name)
			if p.Name == "b" && p.Requests > 10 {
				return hopeless
			}
			return nil
		}
		sum, took, err := s.do(t)
		require.ErrorIs(t, err, hopeless)
		require.ErrorIs(t, err, ErrAborted)
		assert.Less(t, took, time.Minute)
		assert.Equal(t, []string{"enter a", "exit a", "enter b", "exit b"}, s.calls)
		assert.Contains(t, sum.Notes[0], "run aborted: hopeless")
	}
}

// A hook that is still at work when the run ends does not give running tasks
// more time than StopTimeout.
func TestHookAtTheEndDelaysNoCutOff(t *testing.T) {
	for _, timeout := range []time.Duration{0, 2 * time.Second} {
		t.Run(timeout.String(), func(t *testing.T) {
			var cut []time.Duration
			r := Runner{
				NewUser: func(scenario.Env) (scenario.User, error) {
					return tasklist{{Name: "hang", Weight: 1, Do: func(ctx context.Context) error {
						<-ctx.Done()
						cut = append(cut, measure.FromContext(ctx).Now())
						return ctx.Err()
					}}}, nil
				},
				Schedule: phase.Schedule{
					{Name: "a", For: time.Second, Users: 1},
					{Name: "b", For: time.Second, Users: 1, Enter: phase.HookFunc(func(context.Context) error { time.Sleep(20 * time.Second); return nil })},
				},
				StopTimeout: timeout,
			}
			sum := inBubble(t, r)
			assert.Equal(t, []time.Duration{2*time.Second + timeout}, cut)
			assert.EqualValues(t, 1, sum.Total.Counters.Unfinished)
		})
	}
}

// An endless stop timeout cuts no leaving user off.
func TestLongestStopTimeout(t *testing.T) {
	d := &diary{took: func(int) time.Duration { return 3 * time.Second }}
	sum := inBubble(t, Runner{
		NewUser: visitors(d), StopTimeout: phase.Forever,
		Schedule: phase.Schedule{{Name: "a", For: time.Second, Users: 2}, {Name: "b", For: time.Minute, Users: 1}},
	})
	assert.Zero(t, sum.Total.Counters.Unfinished)
	assert.Zero(t, sum.Total.Counters.CutOff)
}

// keyed is a user that notes the key of the run's set-up.
type keyed struct {
	key  string
	seen *sync.Map
}

func (k keyed) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "use", Weight: 1, Do: func(ctx context.Context) error {
		k.seen.Store(k.key, true)
		return measure.Do(ctx, report.Op{Name: "use"}, func(context.Context) error { return nil })
	}}}
}

// withSetUp is a script whose set-up makes a key for its users, and whose tear-down notes that it has it.
func withSetUp(enter phase.Hook) (s *script, seen *sync.Map) {
	s, seen = newScript(nil, nil), new(sync.Map)
	s.Schedule = s.Schedule[1:]
	s.Schedule[0].Enter, s.Schedule[0].AbortOnHook = phase.HookFunc(func(ctx context.Context) error {
		s.calls = append(s.calls, "enter")
		if enter != nil {
			return enter.Call(ctx)
		}
		return nil
	}), true
	send := func(ctx context.Context, name string) error {
		return measure.Do(ctx, report.Op{Name: name}, func(context.Context) error {
			time.Sleep(1500 * time.Millisecond)
			s.calls = append(s.calls, name)
			return nil
		})
	}
	s.SetUp = func(ctx context.Context) (any, error) {
		return map[string]string{"key": "k7"}, send(ctx, "log in")
	}
	s.TearDown = func(ctx context.Context, data scenario.Data) error {
		var made map[string]string
		if err := data.Into(&made); err != nil {
			return err
		}
		return send(ctx, "log out "+made["key"])
	}
	s.NewUser = func(env scenario.Env) (scenario.User, error) {
		var made struct{ Key string }
		if err := env.Data.Into(&made); err != nil {
			return nil, err
		}
		return keyed{made.Key, seen}, nil
	}
	return s, seen
}

func keysOf(m *sync.Map) (keys []string) {
	m.Range(func(k, _ any) bool { keys = append(keys, k.(string)); return true })
	return keys
}

func TestSetUpAndTearDown(t *testing.T) {
	s, seen := withSetUp(nil)
	sum, took, err := s.do(t)
	require.NoError(t, err)
	assert.Equal(t, 33*time.Second, took, "3 s of it are before and after the load")
	assert.Equal(t, []string{"log in", "enter", "exit b", "log out k7"}, s.calls)
	assert.Equal(t, []string{"k7"}, keysOf(seen))
	require.NotNil(t, sum.SetUp)
	require.NotNil(t, sum.TearDown)
	assert.Equal(t, 1.5, sum.SetUp.TookS)
	assert.Equal(t, []string{"The set-up took 1.5s for 1 request.", "The tear-down took 1.5s for 1 request."}, sum.Chores())
	assert.Equal(t, "log in", sum.SetUp.Operations[0].Name)
	for _, op := range sum.Total.Operations {
		assert.Contains(t, []string{"use", report.Aggregated}, op.Name, "its requests are apart")
	}
	assert.Equal(t, sum.Total.Counters.Started, sum.Total.Requests)
}

// TestSetUpOfSeveralProcesses: it runs once, and all users have what it made.
func TestSetUpOfSeveralProcesses(t *testing.T) {
	s, seen := withSetUp(nil)
	s.Fleet = &near{runner: s.Runner, of: 3}
	sum, _, err := s.do(t)
	require.NoError(t, err)
	assert.Equal(t, []string{"log in", "enter", "exit b", "log out k7"}, s.calls)
	assert.Equal(t, []string{"k7"}, keysOf(seen))
	assert.NotZero(t, sum.Total.Requests)
	assert.Len(t, sum.Chores(), 2)
}

func TestSetUpThatFails(t *testing.T) {
	for want, setUp := range map[string]func(context.Context) (any, error){
		"run aborted: set-up: switch stuck": func(context.Context) (any, error) { return nil, errStuck },
		"run aborted: set-up: boom":         func(context.Context) (any, error) { panic("boom") },
		"run aborted: set-up: it returned 600 kB of JSON, want 500 kB at most": func(context.Context) (any, error) {
			return strings.Repeat("x", 600_000-2), nil
		},
		"run aborted: set-up: json: unsupported type: chan int": func(context.Context) (any, error) { return make(chan int), nil },
		"run aborted: set-up: " + errExited.Error():             func(context.Context) (any, error) { runtime.Goexit(); return nil, nil },
	} {
		s, _ := withSetUp(nil)
		s.SetUp = setUp
		sum, took, err := s.do(t)
		assert.Nil(t, sum)
		assert.EqualError(t, err, want)
		assert.ErrorIs(t, err, ErrAborted)
		assert.Zero(t, took)
		assert.Empty(t, s.calls, "neither a hook nor the tear-down is called")
	}
}

func TestTearDownOfARunThatDoesNotEndWell(t *testing.T) {
	s, _ := withSetUp(stuck)
	_, _, err := s.do(t)
	require.ErrorIs(t, err, ErrAborted)
	assert.Equal(t, []string{"log in", "enter", "exit b", "log out k7"}, s.calls, "the Enter hook failed")

	s, _ = withSetUp(nil)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		sum, err := s.Run(ctx)
		require.ErrorIs(t, err, ErrStopped)
		assert.Empty(t, sum.TearDown.Error, "its context has not ended")
	})
	assert.Equal(t, "log out k7", s.calls[len(s.calls)-1])

	s, _ = withSetUp(nil)
	s.TearDown = func(ctx context.Context, _ scenario.Data) error { <-ctx.Done(); return ctx.Err() }
	sum, took, err := s.do(t)
	require.NoError(t, err)
	assert.Equal(t, 91500*time.Millisecond, took)
	assert.Equal(t, "The tear-down took 1m for 0 requests; it failed: no end within 1m: context deadline exceeded.", sum.Chores()[1])
	assert.Equal(t, "tear-down: no end within 1m: context deadline exceeded", sum.Exceptions[0].Message)
}
