package loadgen

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
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
// time is counted, with its stack; its user rests for a second and goes on.
func TestBrokenPacersAreCountedAndTheUserGoesOn(t *testing.T) {
	var begun atomic.Bool
	begin := func(context.Context) error { begun.Store(true); return nil }
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
				Schedule: phase.Schedule{{Name: "good", For: 5 * time.Second, Users: 5, Enter: begin}, {Name: "broken", For: 10 * time.Minute, Users: 5, Pace: tc.pace}},
			}
			if tc.arrivals != nil {
				r.Schedule[1].Users, r.Schedule[1].Arrivals = 0, tc.arrivals
			}
			begun.Store(false)
			sum := inBubble(t, r)
			assert.Greater(t, sum.Phases[1].RPS, 1.0, "the users go on")
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

// What panics while the plan is made is said before the run.
func TestPanicBeforeTheRunIsAnError(t *testing.T) {
	var log strings.Builder
	r := seedExample(&diary{})
	r.Logger = slog.New(slog.NewTextHandler(&log, nil))
	r.NewUser = func(scenario.Env) (scenario.User, error) { panic("no script") }
	sum, err := r.Run(t.Context())
	require.EqualError(t, err, "loadgen: the script panics before the run: no script")
	assert.Nil(t, sum)
	assert.Contains(t, log.String(), "panics_test.go", "the stack")
}

// badObserver is a report.Observer that panics when it looks on.
type badObserver struct{}

func (o badObserver) BeginRun(report.Run) report.RunObserver { return o }

func (badObserver) BeginTask(ctx context.Context, _ report.Task) (context.Context, report.TaskSpan) {
	return ctx, nil
}
func (badObserver) Watch(*report.Snapshot) { panic("bad observer") }
func (badObserver) EndRun(*report.Summary) {}

// Who looks on may panic: the run goes on.
func TestPanicsOfWhoLooksOnAreCounted(t *testing.T) {
	r := seedExample(&diary{})
	r.Watch = func(*report.Snapshot) { panic("bad watch") }
	r.Observer = badObserver{}
	r.Guard = func(*report.Snapshot, *report.PhaseSummary) error { panic("bad guard") }
	sum := inBubble(t, r)
	assert.InDelta(t, 900, sum.EndS, 1e-9)
	counts := map[string]int64{}
	for _, e := range sum.Exceptions {
		counts[e.Message] = e.Occurrences
		assert.Equal(t, "panic", e.Kind)
	}
	assert.Equal(t, map[string]int64{"Watch: bad watch": 900, "Guard: bad guard": 900, "Observer: bad observer": 900}, counts)
}
