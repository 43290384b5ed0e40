package loadgen

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// A guest runs the task that arrived. One that ends its goroutine after the end
// of the run has no turn left that could be missed.
func TestAGuestThatEndsItsGoroutineMissesNothing(t *testing.T) {
	r := Runner{
		NewUser: func(scenario.Env) (scenario.User, error) {
			return tasklist{{Name: "exit", Weight: 1, Do: func(context.Context) error {
				time.Sleep(100 * time.Millisecond)
				runtime.Goexit()
				return nil
			}}}, nil
		},
		Pace:     scenario.StartToStart{Gap: dist.Constant{Value: 10 * time.Millisecond}},
		Schedule: phase.Schedule{{Name: "p", For: 150 * time.Millisecond, Arrivals: &phase.Arrivals{Rate: 10}}},
	}
	c := inBubble(t, r).Total.Counters
	assert.EqualValues(t, 2, c.Planned)
	assert.EqualValues(t, 2, c.Finished)
	assert.Zero(t, c.Missed)
}

// parting is a user whose stop hook ends its goroutine, or hangs.
type parting struct {
	visitor
	hang bool
}

// Stop implements scenario.Stopper.
func (p *parting) Stop(ctx context.Context) error {
	if !p.hang {
		runtime.Goexit()
	}
	return measure.Do(ctx, report.Op{Name: "logout"}, func(ctx context.Context) error { return pause(ctx, time.Hour) })
}

// Stop hooks that end their goroutine are counted, of users who leave and of
// those who stay to the end.
func TestStopHooksThatEndTheirGoroutineAreCounted(t *testing.T) {
	sum := inBubble(t, Runner{
		NewUser: func(env scenario.Env) (scenario.User, error) {
			return &parting{visitor{env, &diary{}, todoMix}, false}, nil
		},
		Pace:     scenario.Between(time.Second, 2*time.Second),
		Schedule: phase.Schedule{{Name: "many", For: 10 * time.Second, Users: 5}, {Name: "few", For: 10 * time.Second, Users: 2}},
	})
	require.Len(t, sum.Exceptions, 1)
	assert.EqualValues(t, 5, sum.Exceptions[0].Occurrences)
}

// What the limit of stop hooks cuts off is not a failure of the target.
func TestStopHooksThatAreCutOffAreNoFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sum, err := Runner{
			NewUser: func(env scenario.Env) (scenario.User, error) {
				return &parting{visitor{env, &diary{}, todoMix}, true}, nil
			},
			Pace:     scenario.Between(time.Second, 2*time.Second),
			Schedule: phase.Schedule{{Name: "p", For: 10 * time.Second, Users: 3}},
		}.Run(t.Context())
		require.NoError(t, err)
		assert.Zero(t, sum.Total.Failures)
		assert.EqualValues(t, 3, sum.Total.Counters.CutOff)
	})
}

// An observer sees the end of every task and hook, also of those that end their
// goroutine, once.
func TestObserversSeeTheEndOfPartsThatEndTheirGoroutine(t *testing.T) {
	seen := &ends{}
	sum := inBubble(t, Runner{
		Observer: seen,
		NewUser: func(scenario.Env) (scenario.User, error) {
			n := 0
			return quitter{tasklist{{Name: "task", Weight: 1, Do: func(ctx context.Context) error {
				if n++; n%2 == 0 {
					runtime.Goexit()
				}
				return answered(ctx, "ask", time.Millisecond)
			}}}}, nil
		},
		Schedule: phase.Schedule{{Name: "p", For: 30 * time.Second, Users: 3, Pace: scenario.Between(time.Second, 2*time.Second)}},
	})
	require.Greater(t, sum.Total.Counters.Started, int64(30))
	assert.Equal(t, sum.Total.Counters.Started+3, seen.begun.Load(), "tasks and start hooks")
	assert.Equal(t, seen.begun.Load(), seen.ended.Load())
	assert.InDelta(t, float64(sum.Total.Counters.Started)/2+3, float64(seen.exited.Load()), 3)
}

// ends is an observer that counts tasks.
type ends struct {
	measure.RunObserver
	begun, ended, exited atomic.Int64
}

func (e *ends) BeginRun(measure.Run) measure.RunObserver { return e }
func (e *ends) BeginPhase(int, report.PhaseInfo)         {}
func (e *ends) Watch(*report.Snapshot)                   {}
func (e *ends) EndRun(*report.Summary)                   {}

func (e *ends) BeginTask(ctx context.Context, _ measure.Task) (context.Context, measure.TaskSpan) {
	e.begun.Add(1)
	return ctx, endOfTask{e}
}

type endOfTask struct{ *ends }

func (endOfTask) BeginRequest(report.Op, time.Duration, time.Duration) measure.RequestSpan {
	return nil
}

func (e endOfTask) End(_ time.Duration, err error, _ bool) {
	e.ended.Add(1)
	if err != nil {
		e.exited.Add(1)
	}
}
