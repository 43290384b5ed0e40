package loadgen

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// witness observes a run and counts its calls.
type witness struct {
	mu       sync.Mutex
	run      measure.Run
	tasks    []measure.Task
	requests int
	response time.Duration // of all requests together
	errs     int
	cut      int
	at       []time.Duration
	phases   []string // as they begin, with the offset
	sum      *report.Summary
}

func (w *witness) BeginRun(r measure.Run) measure.RunObserver { w.run = r; return w }

func (w *witness) BeginTask(ctx context.Context, t measure.Task) (context.Context, measure.TaskSpan) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tasks = append(w.tasks, t)
	return ctx, w
}

func (w *witness) BeginRequest(_ report.Op, intended, _ time.Duration) measure.RequestSpan {
	return &glimpse{w, intended}
}

func (w *witness) End(_ time.Duration, err error, cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.errs++
	}
	if cut {
		w.cut++
	}
}

func (w *witness) BeginPhase(i int, p report.PhaseInfo) {
	w.phases = append(w.phases, fmt.Sprint(i, " ", p.Name, " ", time.Since(w.run.Start)))
}

func (w *witness) Watch(s *report.Snapshot)   { w.at = append(w.at, s.At) }
func (w *witness) EndRun(sum *report.Summary) { w.sum = sum }

type glimpse struct {
	w        *witness
	intended time.Duration
}

func (g *glimpse) Propagate(string, func(key, value string)) {}

func (g *glimpse) End(o measure.Outcome) {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	g.w.requests++
	g.w.response += o.Done - g.intended
}

func TestObserverIsToldOfEverything(t *testing.T) {
	w := new(witness)
	r := Runner{
		Name: "observed", Seed: 3, Pace: bursty, Observer: w,
		NewUser: visitors(&diary{took: func(int) time.Duration { return 20 * time.Millisecond }}),
		Schedule: phase.Schedule{
			{Name: "a", For: 30 * time.Second, Users: 10},
			{Name: "b", For: 30 * time.Second, Users: 20},
		},
	}
	sum := inBubble(t, r)
	assert.Equal(t, "observed", w.run.Name)
	assert.Equal(t, uint64(3), w.run.Seed)
	assert.Equal(t, sum.PlanDigest, w.run.PlanDigest)
	assert.Equal(t, sum.Start, w.run.Start.UTC())
	require.Len(t, w.run.Phases, 2)
	assert.Equal(t, "b", w.run.Phases[1].Name)

	c := sum.Total.Counters
	assert.EqualValues(t, c.Started, len(w.tasks))
	assert.EqualValues(t, c.Unfinished, w.cut)
	assert.EqualValues(t, sum.Total.Requests+c.CutOff, w.requests)
	total := sum.Total.Aggregated()
	assert.InEpsilon(t, total.ResponseMS.Mean.Duration()*time.Duration(total.Requests), w.response, 1e-3, "the same response times")
	assert.Len(t, w.at, 61, "each second and the end")
	assert.Same(t, sum, w.sum)
}

// TestPhasesAreAnnouncedAtTheirStart: whatever hooks and observers take, and wherever the run is cut.
func TestPhasesAreAnnouncedAtTheirStart(t *testing.T) {
	short := phase.Schedule{{Name: "a", For: time.Second, Users: 1}, {Name: "b", For: 1, Users: 1}, {Name: "c", For: time.Second, Users: 2}, {Name: "d", Users: 1}}
	slow := phase.HookFunc(func(context.Context) error { time.Sleep(20 * time.Second); return nil })
	for _, tc := range []struct {
		name  string
		spoil func(r *Runner)
		cut   time.Duration
		want  []string
	}{
		{"on time", func(*Runner) {}, 5 * time.Second, []string{"0 a 0s", "1 b 1s", "2 c 1.000000001s", "3 d 2.000000001s"}},
		{"cut", func(*Runner) {}, 1500 * time.Millisecond, []string{"0 a 0s", "1 b 1s", "2 c 1.000000001s"}},
		{"hooks are slow", func(r *Runner) { r.Schedule[0].Exit, r.Schedule[1].Enter = slow, slow }, 2 * time.Second, []string{"0 a 0s", "1 b 1s", "2 c 1.000000001s"}},
		{"a slow watch", func(r *Runner) { r.Watch = func(*report.Snapshot) { time.Sleep(600 * time.Millisecond) } }, 2 * time.Second,
			[]string{"0 a 0s", "1 b 1.595s", "2 c 1.595s"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := new(witness)
			r := Runner{Schedule: slices.Clone(short), NewUser: visitors(&diary{}), Pace: bursty, Observer: w}
			tc.spoil(&r)
			var called []string
			r.BeginPhase = func(i int, p report.PhaseInfo) {
				called = append(called, fmt.Sprint(i, " ", p.Name, " ", time.Since(w.run.Start)))
			}
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tc.cut)
				defer cancel()
				_, err := r.Run(ctx)
				require.NoError(t, err, "a schedule without end")
			})
			assert.Equal(t, tc.want, w.phases)
			assert.Equal(t, tc.want, called)
		})
	}
}
