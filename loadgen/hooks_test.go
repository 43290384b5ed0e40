package loadgen

import (
	"context"
	"errors"
	"runtime"
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
