package measure

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

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, epoch := record.New(record.Config{Phases: []report.PhaseInfo{{Name: "baseline", End: 10 * time.Second}}}), time.Now()
		run, cancel := context.WithCancel(t.Context())
		ctx, scope := WithScope(run, Task{Shard: r.Shard(0), Epoch: epoch})
		sleep := func(d time.Duration, err error) error {
			return Do(ctx, report.Op{Name: "sleep"}, func(context.Context) error { time.Sleep(d); return err })
		}
		require.NoError(t, sleep(20*time.Millisecond, nil))
		require.Error(t, sleep(time.Second, fmt.Errorf("read: %w", context.DeadlineExceeded)))
		require.Error(t, sleep(time.Second, errors.New("queue full")))
		time.AfterFunc(500*time.Millisecond, cancel)
		require.Error(t, sleep(time.Second, context.Canceled))

		assert.Equal(t, "baseline", scope.Phase().Name)
		assert.Equal(t, 3020*time.Millisecond, scope.Now())
		s := r.Summary(record.Meta{End: 4 * time.Second})
		assert.EqualValues(t, 3, s.Total.Requests)
		assert.EqualValues(t, 1, s.Total.Counters.CutOff)
		require.Len(t, s.Failures, 2)
		assert.Equal(t, "queue full", s.Failures[0].Reason)
		assert.Equal(t, "timeout", s.Failures[1].Reason)
		assert.Equal(t, report.Millis(20), s.Total.Operations[0].ResponseMS.Min)
	})
}

// A part of the script that panics or ends its goroutine in the middle of a request loses nothing.
func TestDoCountsWhatDoesNotReturn(t *testing.T) {
	r := record.New(record.Config{})
	ctx, _ := WithScope(t.Context(), Task{Shard: r.Shard(0), Epoch: time.Now()})
	assert.PanicsWithValue(t, "boom", func() {
		_ = Do(ctx, report.Op{Name: "op"}, func(context.Context) error { panic("boom") })
	})
	var exited sync.WaitGroup
	exited.Go(func() {
		_ = Do(ctx, report.Op{Name: "op"}, func(context.Context) error { runtime.Goexit(); return nil })
	})
	exited.Wait()
	sum := r.Summary(record.Meta{End: time.Second})
	assert.EqualValues(t, 2, sum.Total.Failures)
	assert.Equal(t, "panic", sum.Failures[0].Reason)
}

// What a script asks for after it was cut off never reaches the target: it does not count as a request that took no time.
func TestNothingBeginsUnderAContextThatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, epoch := record.New(record.Config{}), time.Now()
		run, cancel := context.WithCancel(t.Context())
		ctx, _ := WithScope(run, Task{Shard: r.Shard(0), Epoch: epoch})
		hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		time.AfterFunc(time.Second, cancel)
		for range 10 {
			require.ErrorIs(t, Do(ctx, get, hang), context.Canceled)
		}
		require.NoError(t, Do(ctx, get, func(context.Context) error { time.Sleep(time.Second); return nil }), "it went to work all the same")
		require.EqualError(t, Do(ctx, get, func(context.Context) error { return errors.New("full") }), "full")
		s := r.Summary(record.Meta{End: 3 * time.Second})
		assert.EqualValues(t, 1, s.Total.Counters.CutOff)
		assert.Equal(t, time.Second, s.Total.Operations[0].Cut.Max().Round(10*time.Millisecond))
		assert.EqualValues(t, []int64{2, 1, 3}, []int64{s.Total.Requests, s.Total.Failures, s.Total.Counters.Sent})
		assert.Empty(t, s.Notes)
	})
}

// A user who clicks away, or takes the faster of two answers, ends a request in the middle of the run.
func TestAScriptThatCancelsIsNoCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, epoch := record.New(record.Config{}), time.Now()
		run, end := context.WithCancel(t.Context())
		ctx, scope := WithScope(run, Task{Shard: r.Shard(0), Epoch: epoch})
		hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		own, cancel := context.WithCancel(ctx)
		time.AfterFunc(time.Second, cancel)
		require.ErrorIs(t, Do(own, get, hang), context.Canceled)
		require.ErrorIs(t, Do(own, get, hang), context.Canceled, "under a context that has ended already")
		assert.True(t, scope.Failed())
		time.AfterFunc(time.Second, end)
		require.ErrorIs(t, Do(ctx, get, hang), context.Canceled)
		assert.Equal(t, report.CutOff, CancelReason(own), "by now the run has ended too")
		s := r.Summary(record.Meta{End: 3 * time.Second})
		assert.EqualValues(t, []int64{1, 1, 2}, []int64{s.Total.Counters.CutOff, s.Total.Failures, s.Total.Counters.Sent})
		require.Len(t, s.Failures, 1)
		assert.Equal(t, Cancelled, s.Failures[0].Reason)
		require.Len(t, s.Notes, 1)
		assert.Contains(t, s.Notes[0], "requests asked for under a context that the script had ended before: not sent")
	})
}
