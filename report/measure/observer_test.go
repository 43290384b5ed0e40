package measure

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func observed(d *diary) (context.Context, *Scope, *record.Recorder) {
	r := record.New(record.Config{Shards: 1})
	ctx, s := WithScope(context.Background(), Task{
		Shard: r.Shard(0), Epoch: time.Now(), Intended: time.Second, Woken: 1100 * time.Millisecond, Begun: 1200 * time.Millisecond,
		User: 7, Name: "list", Observer: d,
	})
	return ctx, s, r
}

func TestObserverSeesWhatIsRecorded(t *testing.T) {
	var d diary
	ctx, s, r := observed(&d)
	assert.Equal(t, "list", ctx.Value(contextMark{}), "the observer's context")
	assert.Same(t, s, FromContext(ctx))
	assert.Equal(t, 7, d.tasks[0].User)

	op := report.Op{Method: "GET", Name: "/x/{id}"}
	header := map[string]string{}
	first, second := s.Begin(op, 1200*time.Millisecond), s.Begin(op, 1300*time.Millisecond)
	require.True(t, first.Traced())
	first.Propagate("http://x/1", func(k, v string) { header[k] = v })
	second.End(Outcome{Done: 1400 * time.Millisecond, Reason: "http 503", Status: 503, Err: errors.New("why")})
	first.End(Outcome{Done: 1500 * time.Millisecond, Bytes: 3})
	s.End(nil, true)

	assert.Equal(t, map[string]string{"Trace": "yes"}, header)
	assert.Equal(t, &entry{op, time.Second, 1200 * time.Millisecond, "http://x/1", Outcome{Done: 1500 * time.Millisecond, Bytes: 3}}, d.requests[0],
		"the first one that is sent counts from the intended start, even if another is done before")
	assert.Equal(t, 1300*time.Millisecond, d.requests[1].intended)
	assert.Equal(t, 503, d.requests[1].outcome.Status)
	assert.Equal(t, []error{nil}, d.ended)
	assert.True(t, d.cut)

	phase := r.Phase(0, 2*time.Second)
	total := phase.Aggregated()
	assert.Equal(t, int64(2), total.Requests)
	assert.Equal(t, 100*time.Millisecond, total.Failed.Min())
	assert.Equal(t, report.Millis(500), total.ResponseMS.Max, "the same times as the observer's")
	assert.True(t, s.Failed())
}

func TestDoIsObserved(t *testing.T) {
	var d diary
	ctx, s, _ := observed(&d)
	why := errors.New("broken")
	assert.Equal(t, why, Do(ctx, report.Op{Name: "query"}, func(context.Context) error { return why }))
	s.End(why, false)
	require.Len(t, d.requests, 1)
	assert.Equal(t, "query", d.requests[0].op.Name)
	assert.Equal(t, "broken", d.requests[0].outcome.Reason)
	assert.Equal(t, why, d.requests[0].outcome.Err)
	assert.GreaterOrEqual(t, d.requests[0].outcome.Done, d.requests[0].sent)
	assert.Equal(t, []error{why}, d.ended)
}

func TestTasksThatAreNotLookedAt(t *testing.T) {
	d := diary{skip: true}
	_, s, r := observed(&d)
	q := s.Begin(report.Op{Method: "GET", Name: "/"}, 1200*time.Millisecond)
	assert.False(t, q.Traced())
	q.Propagate("http://x/", func(string, string) { t.Error("no header is set") })
	q.End(Outcome{Done: 1500 * time.Millisecond})
	s.End(nil, false)
	assert.Empty(t, d.requests)
	phase := r.Phase(0, 2*time.Second)
	assert.Equal(t, report.Millis(500), phase.Aggregated().ResponseMS.Max)

	var none *Scope
	q = none.Begin(report.Op{}, 0)
	q.Propagate("", nil)
	q.End(Outcome{})
	none.End(nil, false)
}

func TestNoObserverAllocatesNothing(t *testing.T) {
	r := record.New(record.Config{Shards: 1})
	ctx := context.Background()
	task := Task{Shard: r.Shard(0), Epoch: time.Now(), Name: "list"}
	assert.Equal(t, 1.0, testing.AllocsPerRun(100, func() { WithScope(ctx, task) }))
	_, s := WithScope(ctx, task)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		q := s.Begin(report.Op{Method: "GET", Name: "/"}, time.Millisecond)
		q.End(Outcome{Done: 2 * time.Millisecond})
		s.End(nil, false)
	}))
}

// An observer that returns no context leaves the task its own.
func TestObserverWithoutContext(t *testing.T) {
	ctx, _ := WithScope(t.Context(), Task{Observer: forgetful{}})
	assert.NoError(t, ctx.Err())
	assert.NotNil(t, FromContext(ctx))
}

// forgetful returns no context.
type forgetful struct{ RunObserver }

func (forgetful) BeginTask(context.Context, Task) (context.Context, TaskSpan) { return nil, nil }
