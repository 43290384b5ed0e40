package loadgen

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// always is a distribution that says it has a mean of a second, and always
// draws the same.
type always time.Duration

func (a always) Sample(rand.Source) time.Duration { return time.Duration(a) }
func (always) Moments() (time.Duration, float64)  { return time.Second, 0 }
func (always) Validate() error                    { return nil }
func (always) String() string                     { return "always" }

// restless is a pacer that never acts, and asks to be asked again after a
// while.
type restless struct {
	scenario.NoWait
	wait time.Duration
}

func (r restless) Begin(*scenario.Rhythm) scenario.Turn { return scenario.Turn{Wait: r.wait} }
func (r restless) Next(*scenario.Rhythm) scenario.Turn  { return scenario.Turn{Wait: r.wait} }

// A pacer under which no time passes, or so little that no one could keep up
// with it, or more than there is, neither keeps a run from its end nor the
// other users from their tasks. What it planned is counted, and reported.
func TestPacersWithoutTimeEnd(t *testing.T) {
	const never = math.MaxInt64
	overdue, idle := "pace: more than 65536 starts of a user were overdue at once", "pace: a thousand turns without a task"
	on := dist.Gamma{Mean: time.Minute, CV: 1}
	for name, tc := range map[string]struct {
		pace scenario.Pacer
		want string // among the exceptions; "": none
		busy bool   // the users act
	}{
		"start to start, 0":     {scenario.StartToStart{Gap: always(0)}, overdue, true},
		"start to start, 1ns":   {scenario.StartToStart{Gap: always(1)}, overdue, true},
		"start to start, never": {scenario.StartToStart{Gap: always(never)}, "", false},
		"think, 0":              {scenario.Think{Time: always(0)}, "", true},
		"think, never":          {scenario.Think{Time: always(never)}, "", false},
		"on and off, 0":         {scenario.OnOff{On: always(0), Off: always(0), Think: always(0)}, "", true},
		"on, think 0":           {scenario.OnOff{On: on, Off: on, Think: always(0)}, "", true},
		"on, think 1ns":         {scenario.OnOff{On: on, Off: on, Think: always(1)}, "", true},
		"on, think below 0":     {scenario.OnOff{On: on, Off: on, Think: always(-1)}, "pace: a wait below zero", false},
		"on and off, never":     {scenario.OnOff{On: always(never), Off: always(never), Think: always(never)}, "", false},
		"never acts, 0":         {restless{}, idle, false},
		"never acts, 1ns":       {restless{wait: 1}, idle, false},
		"never acts, never":     {restless{wait: never}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := &diary{took: func(int) time.Duration { return 50 * time.Millisecond }}
			sum := inBubble(t, Runner{NewUser: visitors(d), Pace: tc.pace, Schedule: phase.Schedule{{Name: "p", For: unlessShort(3*time.Minute, 30*time.Second), Users: 3}}})
			var said []string
			for _, e := range sum.Exceptions {
				said = append(said, e.Message[:min(len(e.Message), len(tc.want))])
			}
			if tc.want == "" {
				assert.Empty(t, sum.Exceptions)
			} else {
				assert.Equal(t, []string{tc.want}, said)
			}
			c := sum.Total.Counters
			assert.Equal(t, c.Planned, c.Started+c.Missed)
			if tc.busy {
				assert.Greater(t, c.Started, int64(1000))
			}
		})
	}
}

// wavering is a pacer that counts the gap from start to start, and then from
// the end of the task.
type wavering struct {
	scenario.NoWait
	turns *int
}

func (w wavering) Begin(r *scenario.Rhythm) scenario.Turn { return w.Next(r) }
func (w wavering) Next(*scenario.Rhythm) scenario.Turn {
	*w.turns++
	return scenario.Turn{Wait: time.Second, Act: true, FromStart: *w.turns%2 == 1}
}

// A start is given up or run, not both.
func TestNoStartIsPlannedTwice(t *testing.T) {
	turns := 0
	d := &diary{took: func(int) time.Duration { return 3 * time.Minute }}
	sum := inBubble(t, Runner{
		NewUser: visitors(d), Pace: wavering{turns: &turns}, StopTimeout: time.Hour,
		Schedule: phase.Schedule{{Name: "p", For: unlessShort(60*time.Minute, 10*time.Minute), Users: 1, Enter: phase.HookFunc(func(context.Context) error { turns = 0; return nil })}},
	})
	c := sum.Total.Counters
	assert.Positive(t, c.Missed)
	assert.LessOrEqual(t, c.Planned, int64(turns))
	assert.Equal(t, c.Planned, c.Started+c.Missed)
}

// More arrivals than anybody could let in are given up, counted and said: at
// the end of the run, and where a phase of fewer comes after them.
func TestArrivalsWithoutNumberEnd(t *testing.T) {
	length := unlessShort(200*time.Millisecond, 10*time.Millisecond)
	for name, session := range map[string]bool{"tasks": false, "sessions": true} {
		if testing.Short() && !session {
			continue
		}
		t.Run(name, func(t *testing.T) {
			load := func(rate float64) *phase.Arrivals {
				return &phase.Arrivals{Rate: rate, MaxInFlight: 10, Session: session}
			}
			r := Runner{
				NewUser: func(scenario.Env) (scenario.User, error) {
					return tasklist{{Name: "visit", Weight: 1, Do: func(context.Context) error { return nil }}}, nil
				},
				Pace: bursty,
				Schedule: phase.Schedule{
					{Name: "flood", For: length, Arrivals: load(1e9)},
					{Name: "calm", For: length, Arrivals: load(100)},
					{Name: "flood again", Arrivals: &phase.Arrivals{MaxInFlight: 10, Session: session, Stages: phase.Stages{{To: 1e9}, {For: length, To: 1e9}}}},
				},
			}
			sum, err := r.Run(t.Context())
			require.NoError(t, err)
			require.Len(t, sum.Phases, 3)
			for i, want := range []float64{1e9 * length.Seconds(), 100 * length.Seconds(), 1e9 * length.Seconds()} {
				c := sum.Phases[i].Counters
				off := 1e-6 * want
				if session { // the first start of one that comes at the end of a phase may be in the next
					off += 5
				}
				assert.InDelta(t, want, c.Planned, off, sum.Phases[i].Name)
				assert.Equal(t, c.Planned, c.Started+c.Missed+c.Dropped)
			}
			require.Len(t, sum.Exceptions, 1)
			assert.Contains(t, sum.Exceptions[0].Message, "arrivals were overdue at once")
		})
	}
}

// The plan of a pacer that never acts can be made all the same.
func TestPlanOfAPacerThatNeverActs(t *testing.T) {
	p, err := Runner{NewUser: visitors(&diary{}), Pace: restless{}, Schedule: phase.Schedule{{Name: "p", For: time.Second, Users: 1}}}.Plan()
	require.NoError(t, err)
	assert.Empty(t, p.User(1, 0, 5))
}
