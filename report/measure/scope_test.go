package measure

import (
	"context"
	"errors"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func TestFirstRequestCountsFromTheTask(t *testing.T) {
	r := record.New(record.Config{})
	ctx, scope := WithScope(t.Context(), Task{Shard: r.Shard(0), Intended: time.Second, Woken: 1010 * time.Millisecond, Begun: 1015 * time.Millisecond, User: 7, Name: "list", Iteration: 3})
	require.Same(t, scope, FromContext(ctx))
	require.Same(t, scope, FromContext(context.WithValue(ctx, contextMark{}, 1)))
	assert.Equal(t, 7, scope.Task().User)

	scope.Record(get, 1020*time.Millisecond, 1100*time.Millisecond, "", 5)
	assert.False(t, scope.Failed())
	scope.Record(get, 1200*time.Millisecond, 1250*time.Millisecond, report.CutOff, 0)
	assert.False(t, scope.Failed(), "a request cut off is not a failure")
	scope.Record(get, 1200*time.Millisecond, 1250*time.Millisecond, "http 500", 5)
	assert.True(t, scope.Failed())

	p := r.Phase(0, 2*time.Second)
	o := p.Aggregated()
	assert.Equal(t, report.Millis(95), o.ResponseMS.Max, "without the 5 ms that the script itself took")
	assert.Equal(t, report.Millis(95), o.ResponseMS.Min, "a failure is not a fast answer")
	assert.Equal(t, 50*time.Millisecond, o.Failed.Max())
	assert.EqualValues(t, 10, o.Bytes)
	assert.EqualValues(t, 1, p.LagSketch.Count())
	assert.Equal(t, report.Millis(10), p.LagMS.Max)
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
	assert.Equal(t, failed, Do(t.Context(), get, func(context.Context) error { return failed }))

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
	ctx, task := t.Context(), Task{Shard: record.New(record.Config{}).Shard(0)}
	var keep context.Context
	assert.Equal(t, 1.0, testing.AllocsPerRun(100, func() { keep, _ = WithScope(ctx, task) }))
	assert.LessOrEqual(t, unsafe.Sizeof(taskCtx{}), uintptr(256), "the allocator's next class has 288 bytes")
	assert.NotNil(t, keep)
}
