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

// journal observes runs by a diary, and panics where it is to.
type journal struct {
	*diary
	panics    bool
	none      bool // it wants no run
	phases    int
	seconds   int
	summaries int
	seen      any // what the context of a task said
}

func (j *journal) fault() {
	if j.panics {
		panic("out of paper")
	}
}

func (j *journal) BeginRun(Run) RunObserver {
	if j.none {
		return nil
	}
	return j
}
func (j *journal) BeginPhase(int, report.PhaseInfo) { j.phases++; j.fault() }
func (j *journal) Watch(*report.Snapshot)           { j.seconds++; j.fault() }
func (j *journal) EndRun(*report.Summary)           { j.summaries++; j.fault() }
func (j *journal) BeginTask(ctx context.Context, t Task) (context.Context, TaskSpan) {
	j.seen = ctx.Value(contextMark{})
	j.fault()
	ctx, span := j.diary.BeginTask(ctx, t)
	if j.diary.skip {
		return nil, span
	}
	return ctx, &page{j}
}

// page is one task in a journal.
type page struct{ *journal }

func (p *page) BeginRequest(op report.Op, intended, sent time.Duration) RequestSpan {
	return p.diary.BeginRequest(op, intended, sent)
}

// begun is a run of several observers, with a task.
func begun(all ...Observer) (RunObserver, context.Context, *Scope, *record.Recorder) {
	r := record.New(record.Config{Shards: 1})
	run := Observers(all...).BeginRun(Run{Start: time.Now(), Recorder: r})
	ctx, s := WithScope(context.Background(), Task{Shard: r.Shard(0), Epoch: time.Now(), Name: "list", Observer: run})
	return run, ctx, s, r
}

// TestObserversAllSeeTheRun: each by itself, in order, with the context of the one before.
func TestObserversAllSeeTheRun(t *testing.T) {
	one, none, two := &journal{diary: &diary{}}, &journal{none: true}, &journal{diary: &diary{}}
	run, ctx, s, r := begun(one, nil, none, two)
	run.BeginPhase(0, report.PhaseInfo{})
	run.Watch(nil)
	header := map[string]string{}
	q := s.Begin(report.Op{Name: "x"}, 0)
	require.True(t, q.Traced())
	q.Propagate("http://a", func(key, value string) { header[key] = value })
	q.End(Outcome{Done: time.Second, Status: 200})
	s.End(errors.New("late"), true)
	run.EndRun(nil)

	assert.Nil(t, one.seen)
	assert.Equal(t, "list", two.seen, "the first one's context")
	assert.Equal(t, "list", ctx.Value(contextMark{}))
	assert.Equal(t, map[string]string{"Trace": "yes"}, header)
	for _, j := range []*journal{one, two} {
		assert.Equal(t, []int{1, 1, 1, 1}, []int{j.phases, j.seconds, j.summaries, len(j.tasks)})
		require.Len(t, j.requests, 1)
		assert.Equal(t, "http://a", j.requests[0].url)
		assert.Equal(t, 200, j.requests[0].outcome.Status)
		assert.EqualError(t, j.ended[0], "late")
		assert.True(t, j.cut)
	}
	assert.Empty(t, r.Snapshot(time.Second).Exceptions)

	found, ok := ObserverOf[*journal](s.Task())
	require.True(t, ok)
	assert.Same(t, one, found)
	_, ok = ObserverOf[*diary](s.Task())
	assert.False(t, ok)
	found, ok = ObserverOf[*journal](Task{Observer: two})
	assert.True(t, ok && found == two)
}

// TestAFaultOfOneObserver is an exception of the run; the others do not notice.
func TestAFaultOfOneObserver(t *testing.T) {
	bad, good := &journal{diary: &diary{}, panics: true}, &journal{diary: &diary{}}
	run, _, s, r := begun(broken{}, bad, good, bad)
	run.BeginPhase(0, report.PhaseInfo{})
	run.Watch(nil)
	q := s.Begin(report.Op{Name: "x"}, 0)
	q.End(Outcome{})
	s.End(nil, false)
	assert.PanicsWithValue(t, "out of paper", func() { run.EndRun(nil) }, "the engine has made the Summary already")

	assert.Equal(t, []int{1, 1, 1, 1, 1}, []int{good.phases, good.seconds, good.summaries, len(good.tasks), len(good.requests)})
	assert.Equal(t, 2, bad.summaries)
	exceptions := map[string]int64{}
	for _, e := range r.Snapshot(time.Second).Exceptions {
		exceptions[e.Message] += e.Occurrences
	}
	assert.Equal(t, map[string]int64{"Observer: no run": 1, "Observer: out of paper": 7}, exceptions)
}

type broken struct{}

func (broken) BeginRun(Run) RunObserver { panic("no run") }

// TestObserversThatLookAway cost a task and its requests nothing.
func TestObserversThatLookAway(t *testing.T) {
	assert.Nil(t, Observers())
	assert.Nil(t, Observers(nil, nil))
	one := &journal{diary: &diary{skip: true}}
	assert.Same(t, one, Observers(nil, one))
	assert.Same(t, one, Observers(one, &journal{none: true}).BeginRun(Run{}))
	assert.Nil(t, Observers(&journal{none: true}, &journal{none: true}).BeginRun(Run{}))

	blind := Observers(away{}, away{}).BeginRun(Run{})
	ctx, task := context.Background(), Task{Name: "list"}
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if own, span := blind.BeginTask(ctx, task); span != nil || own != ctx {
			t.Error("a span that no observer made")
		}
	}))
	_, span := Observers(away{}, one, away{}).BeginRun(Run{}).BeginTask(ctx, task)
	assert.Nil(t, span)
	one.skip = false
	_, span = Observers(away{}, one).BeginRun(Run{}).BeginTask(ctx, task)
	assert.IsType(t, &page{}, span, "one span needs no other around it")
}

// away looks at no task.
type away struct{}

func (a away) BeginRun(Run) RunObserver       { return a }
func (away) BeginPhase(int, report.PhaseInfo) {}
func (away) Watch(*report.Snapshot)           {}
func (away) EndRun(*report.Summary)           {}
func (away) BeginTask(ctx context.Context, _ Task) (context.Context, TaskSpan) {
	return ctx, nil
}

// tracing traces each operation, or none; a span knows its ids.
type tracing struct {
	RunObserver
	ids []string // of the operations that begin, one after another; "": not kept
}

func (x *tracing) BeginRun(Run) RunObserver { return x }
func (x *tracing) BeginTask(ctx context.Context, _ Task) (context.Context, TaskSpan) {
	if x.ids == nil {
		return ctx, nil
	}
	return ctx, x
}
func (x *tracing) BeginRequest(report.Op, time.Duration, time.Duration) RequestSpan {
	id := x.ids[0]
	x.ids = x.ids[1:]
	return traced{id: id}
}
func (x *tracing) End(time.Duration, error, bool) {}

type traced struct {
	RequestSpan
	id string
}

func (s traced) End(Outcome) {}
func (s traced) Trace() (trace, span string) {
	if s.id == "bad" {
		panic("no ids")
	}
	return s.id, s.id + "-span"
}

// reader reads what others trace.
type reader struct {
	RunObserver
	read []Traced
}

func (x *reader) BeginRun(Run) RunObserver { return x }
func (x *reader) BeginTask(ctx context.Context, _ Task) (context.Context, TaskSpan) {
	return ctx, nil
}
func (x *reader) ReadTrace(t Traced) { x.read = append(x.read, t) }

// TestTracesAreRead by who wants to, before or after the tracer: once an operation, of those that are kept and not cut off.
func TestTracesAreRead(t *testing.T) {
	for _, first := range []bool{true, false} {
		r, tracer := new(reader), &tracing{ids: []string{"a", "b", "", "c", "bad"}}
		all := []Observer{tracer, r}
		if first {
			all = []Observer{r, &journal{diary: &diary{}}, tracer}
		}
		_, _, s, rec := begun(all...)
		do := func(o Outcome) {
			q := s.Begin(report.Op{Method: "GET", Name: "/x"}, time.Second)
			require.True(t, q.Traced())
			o.Done = 2 * time.Second
			q.End(o)
		}
		do(Outcome{})
		do(Outcome{Reason: "http 503", Name: "/y"})
		do(Outcome{})
		do(Outcome{Reason: report.CutOff})
		do(Outcome{})
		require.Len(t, r.read, 2)
		assert.Equal(t, Traced{Op: report.Op{Method: "GET", Name: "/x"}, Intended: time.Second, Done: 2 * time.Second, Trace: "a", Span: "a-span"}, r.read[0].since(time.Second))
		assert.Equal(t, Traced{Op: report.Op{Method: "GET", Name: "/y"}, Intended: time.Second, Done: 2 * time.Second, Failed: true, Trace: "b", Span: "b-span"}, r.read[1])
		require.Len(t, rec.Snapshot(time.Second).Exceptions, 1)
		assert.Equal(t, "Observer: no ids", rec.Snapshot(time.Second).Exceptions[0].Message)
	}
}

// since has another start: the first operation of a task counts from the task's.
func (x Traced) since(at time.Duration) Traced {
	x.Intended = at
	return x
}

// TestReadersCostNothingWithoutTraces: a task that is not traced has no span.
func TestReadersCostNothingWithoutTraces(t *testing.T) {
	_, _, s, _ := begun(new(reader), new(tracing))
	q := s.Begin(report.Op{Name: "x"}, 0)
	assert.False(t, q.Traced())
	q.End(Outcome{})
	s.End(nil, false)
}
