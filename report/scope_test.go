package report

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFirstRequestCountsFromTheTask(t *testing.T) {
	r := NewRecorder(Config{})
	ctx, scope := WithScope(t.Context(), Task{Shard: r.Shard(0), Intended: time.Second, Woken: 1010 * time.Millisecond, Begun: 1015 * time.Millisecond, User: 7, Name: "list", Iteration: 3})
	require.Same(t, scope, FromContext(ctx))
	require.Same(t, scope, FromContext(context.WithValue(ctx, exceptionKey{}, 1)))
	assert.Equal(t, 7, scope.Task().User)

	scope.Record(get, 1020*time.Millisecond, 1100*time.Millisecond, "", 5)
	assert.False(t, scope.Failed())
	scope.Record(get, 1200*time.Millisecond, 1250*time.Millisecond, CutOff, 0)
	assert.False(t, scope.Failed(), "a request cut off is no failure")
	scope.Record(get, 1200*time.Millisecond, 1250*time.Millisecond, "http 500", 5)
	assert.True(t, scope.Failed())

	p := r.Phase(0, 2*time.Second)
	o := p.Aggregated()
	assert.Equal(t, Millis(95), o.ResponseMS.Max, "without the 5 ms that the script itself took")
	assert.Equal(t, Millis(95), o.ResponseMS.Min, "a failure is no fast answer")
	assert.Equal(t, 50*time.Millisecond, o.Failed.Max())
	assert.EqualValues(t, 10, o.Bytes)
	assert.EqualValues(t, 1, p.LateSketch.Count())
	assert.Equal(t, Millis(10), p.LateMS.Max)
}

func TestNilScopeDoesNothing(t *testing.T) {
	s := FromContext(t.Context())
	require.Nil(t, s)
	s.Record(get, 0, 0, "x", 0)
	s.End(nil, false)
	assert.False(t, s.Failed())
	assert.Zero(t, s.Now())
	assert.Zero(t, s.Task())
	assert.Empty(t, s.Phase().Name)
	failed := errors.New("failed")
	assert.Equal(t, failed, Measure(t.Context(), get, func(context.Context) error { return failed }))

	_, nowhere := WithScope(t.Context(), Task{})
	nowhere.Record(get, 0, 0, "x", 0)
	assert.True(t, nowhere.Failed(), "even when it is recorded nowhere")
}

func TestScopeKeepsCancellation(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	ctx, _ := WithScope(parent, Task{})
	child, stop := context.WithTimeout(ctx, time.Hour)
	defer stop()
	cancel()
	<-child.Done()
	assert.ErrorIs(t, child.Err(), context.Canceled)
}

func TestWithScopeAllocatesOnce(t *testing.T) {
	ctx, task := t.Context(), Task{Shard: NewRecorder(Config{}).Shard(0)}
	var keep context.Context
	assert.Equal(t, 1.0, testing.AllocsPerRun(100, func() { keep, _ = WithScope(ctx, task) }))
	assert.NotNil(t, keep)
}

func TestMeasure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, epoch := NewRecorder(Config{Phases: twoPhases}), time.Now()
		run, cancel := context.WithCancel(t.Context())
		ctx, scope := WithScope(run, Task{Shard: r.Shard(0), Epoch: epoch})
		sleep := func(d time.Duration, err error) error {
			return Measure(ctx, Op{Name: "sleep"}, func(context.Context) error { time.Sleep(d); return err })
		}
		require.NoError(t, sleep(20*time.Millisecond, nil))
		require.Error(t, sleep(time.Second, fmt.Errorf("read: %w", context.DeadlineExceeded)))
		require.Error(t, sleep(time.Second, errors.New("queue full")))
		cancel()
		require.Error(t, sleep(time.Second, context.Canceled))

		assert.Equal(t, "baseline", scope.Phase().Name)
		assert.Equal(t, 3020*time.Millisecond, scope.Now())
		s := r.Summary(Meta{End: 4 * time.Second})
		assert.EqualValues(t, 3, s.Total.Requests)
		assert.EqualValues(t, 1, s.Total.Counters.CutOff)
		require.Len(t, s.Failures, 2)
		assert.Equal(t, "queue full", s.Failures[0].Reason)
		assert.Equal(t, "timeout", s.Failures[1].Reason)
		assert.Equal(t, Millis(20), s.Total.Operations[0].ResponseMS.Min)
	})
}

// A part of the script that panics or ends its goroutine in the middle of a request loses nothing.
func TestMeasureCountsWhatDoesNotReturn(t *testing.T) {
	r := NewRecorder(Config{})
	ctx, _ := WithScope(t.Context(), Task{Shard: r.Shard(0), Epoch: time.Now()})
	assert.PanicsWithValue(t, "boom", func() {
		_ = Measure(ctx, Op{Name: "op"}, func(context.Context) error { panic("boom") })
	})
	var exited sync.WaitGroup
	exited.Go(func() { _ = Measure(ctx, Op{Name: "op"}, func(context.Context) error { runtime.Goexit(); return nil }) })
	exited.Wait()
	sum := r.Summary(Meta{End: time.Second})
	assert.EqualValues(t, 2, sum.Total.Failures)
	assert.Equal(t, "panic", sum.Failures[0].Reason)
}
