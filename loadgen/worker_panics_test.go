package loadgen

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
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

// broken is a distribution of the script's own that fails now and then, once
// the run has begun.
type broken struct {
	dist.Distribution
	begun  *atomic.Bool
	sample func(good time.Duration) time.Duration
}

// Sample implements dist.Distribution.
func (b broken) Sample(src rand.Source) time.Duration {
	good := b.Distribution.Sample(src)
	if src.Uint64()%10 == 0 && b.begun.Load() {
		return b.sample(good)
	}
	return good
}

var second = dist.Gamma{Mean: time.Second, CV: 0.5}

// A distribution or a pacer of the script's own that panics or goes back in
// time is counted, with its stack; its user rests for a second and continues.
func TestBrokenPacersAreCountedAndTheUserGoesOn(t *testing.T) {
	var begun atomic.Bool
	begin := phase.HookFunc(func(context.Context) error { begun.Store(true); return nil })
	panics := broken{second, &begun, func(time.Duration) time.Duration { panic("no entropy left") }}
	negative := broken{second, &begun, func(good time.Duration) time.Duration { return -good }}
	for name, tc := range map[string]struct {
		pace     scenario.Pacer
		arrivals *phase.Arrivals
		want     string
	}{
		"think":          {scenario.Think{Time: panics}, nil, "panic pace: no entropy left"},
		"start to start": {scenario.StartToStart{Gap: panics}, nil, "panic pace: no entropy left"},
		"negative":       {scenario.StartToStart{Gap: negative}, nil, "error pace: a wait below zero"},
		"on and off":     {scenario.OnOff{On: panics, Off: panics, Think: panics}, nil, "panic pace: no entropy left"},
		"sessions":       {scenario.OnOff{On: panics, Off: second, Think: panics}, &phase.Arrivals{Rate: 5, Session: true}, "panic pace: no entropy left"},
	} {
		t.Run(name, func(t *testing.T) {
			r := Runner{
				NewUser: visitors(&diary{}), Pace: scenario.Between(time.Second, 2*time.Second),
				Schedule: phase.Schedule{{Name: "good", For: 5 * time.Second, Users: 5, Enter: begin}, {Name: "broken", For: unlessShort(10*time.Minute, 2*time.Minute), Users: 5, Pace: tc.pace}},
			}
			if tc.arrivals != nil {
				r.Schedule[1].Users, r.Schedule[1].Arrivals = 0, tc.arrivals
			}
			begun.Store(false)
			sum := inBubble(t, r)
			assert.Greater(t, sum.Phases[1].RPS, 1.0, "the users continue")
			require.NotEmpty(t, sum.Exceptions)
			for _, e := range sum.Exceptions {
				assert.True(t, strings.HasPrefix(e.Kind+" "+e.Message, tc.want), "%s %s", e.Kind, e.Message)
				if e.Kind == "panic" {
					assert.Contains(t, e.Stack, "panics_test.go")
				}
			}
			c := sum.Total.Counters
			assert.Equal(t, c.Planned, c.Started+c.Missed)
		})
	}
}

// What panics while the plan is made is reported before the run.
func TestPanicBeforeTheRunIsAnError(t *testing.T) {
	var log strings.Builder
	r := demoRunner(&diary{})
	r.Logger = slog.New(slog.NewTextHandler(&log, nil))
	r.NewUser = func(scenario.Env) (scenario.User, error) { panic("no script") }
	sum, err := r.Run(t.Context())
	require.EqualError(t, err, "loadgen: the script panics before the run: no script")
	assert.Nil(t, sum)
	assert.Contains(t, log.String(), "panics_test.go", "the stack")
}

// saboteur is everybody who looks on at a run. One of its methods fails.
type saboteur struct {
	where string
	how   string // see strange
}

func (s saboteur) at(where string) {
	if s.where == where {
		_ = strange(s.how)
	}
}

// Observer.
func (s saboteur) BeginRun(measure.Run) measure.RunObserver { s.at("BeginRun"); return s }
func (s saboteur) Watch(*report.Snapshot)                   { s.at("Observer.Watch") }
func (s saboteur) BeginPhase(int, report.PhaseInfo)         { s.at("Observer.BeginPhase") }
func (s saboteur) EndRun(*report.Summary)                   { s.at("EndRun") }
func (s saboteur) BeginTask(ctx context.Context, _ measure.Task) (context.Context, measure.TaskSpan) {
	s.at("BeginTask")
	return ctx, sabotaged{s}
}

// slog.Handler.
func (s saboteur) Enabled(context.Context, slog.Level) bool  { s.at("Logger.Enabled"); return true }
func (s saboteur) Handle(context.Context, slog.Record) error { s.at("Logger.Handle"); return nil }
func (s saboteur) WithAttrs([]slog.Attr) slog.Handler        { return s }
func (s saboteur) WithGroup(string) slog.Handler             { return s }

// sabotaged is the span of a task, or of a request.
type sabotaged struct{ saboteur }

func (s sabotaged) BeginRequest(report.Op, time.Duration, time.Duration) measure.RequestSpan {
	s.at("BeginRequest")
	return sabotagedRequest(s)
}
func (s sabotaged) End(time.Duration, error, bool) { s.at("TaskSpan.End") }

type sabotagedRequest struct{ saboteur }

func (s sabotagedRequest) Propagate(string, func(key, value string)) { s.at("Propagate") }
func (s sabotagedRequest) End(measure.Outcome)                       { s.at("RequestSpan.End") }

// An observer may panic, or end its goroutine: it is counted, and the run, its
// tasks and their requests are the same.
func TestFaultsOfWhoLooksOnAreCounted(t *testing.T) {
	seconds := unlessShort[int64](30, 6)
	tasks := 5 * seconds // of one user
	const lines = 1      // of the log, in addition to the one when all is counted
	for where, want := range map[string]int64{
		"Watch": seconds + 1, "Guard": seconds, "Observer.Watch": seconds + 1, "BeginRun": 1, "EndRun": 1,
		"BeginPhase": 1, "Observer.BeginPhase": 1,
		"Logger.Enabled": lines, "Logger.Handle": lines,
		"BeginTask": tasks, "BeginRequest": tasks, "Propagate": tasks, "RequestSpan.End": tasks, "TaskSpan.End": tasks,
	} {
		for _, how := range []string{"panic", "exit"} {
			if how == "exit" && (want > seconds+1 || strings.HasPrefix(where, "Logger")) {
				continue // on the goroutine of a task, which can end its own goroutine without an observer
			}
			t.Run(where+" "+how, func(t *testing.T) {
				s := saboteur{where, how}
				r := Runner{
					NewUser: func(scenario.Env) (scenario.User, error) {
						return tasklist{{Name: "visit", Weight: 1, Do: func(ctx context.Context) error {
							task := measure.FromContext(ctx)
							q := task.Begin(report.Op{Name: "op"}, task.Now())
							q.Propagate("http://target", func(_, _ string) {})
							err := pause(ctx, time.Millisecond)
							q.End(measure.Outcome{Done: task.Now()})
							return err
						}}}, nil
					},
					Pace:       scenario.StartToStart{Gap: dist.Constant{Value: 200 * time.Millisecond}},
					Schedule:   phase.Schedule{{Name: "p", For: time.Duration(seconds) * time.Second, Users: 1}},
					Watch:      func(*report.Snapshot) { s.at("Watch") },
					BeginPhase: func(int, report.PhaseInfo) { s.at("BeginPhase") },
					Guard:      func(*report.Snapshot, *report.PhaseSummary) error { s.at("Guard"); return nil },
					Observer:   s, Logger: slog.New(s),
				}
				sum := inBubble(t, r)
				require.Len(t, sum.Exceptions, 1)
				e := sum.Exceptions[0]
				assert.Equal(t, want, e.Occurrences)
				name, _, _ := strings.Cut(where, ".")
				if where != "Watch" && where != "BeginPhase" && where != "Guard" && name != "Logger" {
					name = "Observer"
				}
				assert.Contains(t, e.Message, name+": ")
				if how == "panic" {
					assert.Equal(t, "panic", e.Kind)
					assert.Contains(t, e.Message, "worse luck")
					assert.Contains(t, e.Stack, "panics_test.go")
				}
				assert.EqualValues(t, tasks, sum.Total.Counters.Finished)
				assert.EqualValues(t, tasks, sum.Total.Requests)
				assert.Zero(t, sum.Total.Failures)
			})
		}
	}
}

// unreadable is an error that panics when it is read; so does what it wraps.
// A nil pointer to an error type, returned as an error, is the usual one.
type unreadable struct{ text string }

func (u *unreadable) Error() string { return u.text }
func (u *unreadable) Unwrap() error { return errors.New(u.text) }

// An error that cannot be read is counted like any other, wherever the script
// returns it.
func TestUnreadableErrors(t *testing.T) {
	var broken *unreadable
	for where, want := range map[string]string{
		"task": "error visit: ", "start hook": "error Start: ", "stop hook": "error Stop: ", "user": "error NewUser: ",
		"enter hook": "hook enter hook of phase p: ", "exit hook": "hook exit hook of phase p: ", "guard": "",
	} {
		t.Run(where, func(t *testing.T) {
			at := func(here string) error {
				if here == where {
					return broken
				}
				return nil
			}
			r := Runner{
				NewUser: func(env scenario.Env) (scenario.User, error) {
					if env.User > 1 && where == "user" {
						return nil, broken
					}
					return spoiled{at}, nil
				},
				Pace: scenario.Between(time.Second, 2*time.Second),
				Schedule: phase.Schedule{{
					Name: "p", For: time.Minute, Users: 2,
					Enter: phase.HookFunc(func(context.Context) error { return at("enter hook") }),
					Exit:  phase.HookFunc(func(context.Context) error { return at("exit hook") }),
				}},
				Guard: func(*report.Snapshot, *report.PhaseSummary) error { return at("guard") },
			}
			synctest.Test(t, func(t *testing.T) {
				sum, err := r.Run(t.Context())
				require.NotNil(t, sum)
				assert.Positive(t, sum.Total.Counters.Started)
				if where == "guard" {
					assert.ErrorIs(t, err, ErrAborted)
					assert.NotErrorIs(t, err, ErrClosed, "it can be looked through")
					assert.Len(t, sum.Notes, 1)
					return
				}
				require.NoError(t, err)
				require.Len(t, sum.Exceptions, 1)
				assert.True(t, strings.HasPrefix(sum.Exceptions[0].Kind+" "+sum.Exceptions[0].Message, want), "%+v", sum.Exceptions[0])
			})
		})
	}
}

// spoiled is a user whose parts return what at says.
type spoiled struct{ at func(where string) error }

func (s spoiled) Start(context.Context) error { return s.at("start hook") }
func (s spoiled) Stop(context.Context) error  { return s.at("stop hook") }
func (s spoiled) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "visit", Weight: 1, Do: func(context.Context) error { return s.at("task") }}}
}

// What a page has called when a run is over may fail: the run is over all the
// same.
func TestFaultOfEndedKeepsNobodyWaiting(t *testing.T) {
	for _, how := range []string{"panic", "exit"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewController(manual(&diary{}))
				c.Ended = func(Ending) { _ = strange(how) }
				for range 2 {
					require.NoError(t, c.Start(StartRequest{Users: 1}))
					after(time.Minute)
					c.Stop()
					assert.Equal(t, report.Stopped, c.State())
				}
			})
		})
	}
}
