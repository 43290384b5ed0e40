package phase

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/scenario"
)

func TestTimelineOfAnIntervention(t *testing.T) {
	assert.Equal(t, `PHASE        FROM TO  LOAD               REACHED SETTLED TASKS/S IDC  NOISE
baseline     0s   5m  0 → 10 users, 2/s  4.5s    34.5s   2.59    7.33 ±9.7 %
intervention 5m   15m 10 → 50 users, 2/s 5m19.5s 6m19.5s 13      7.33 ±3.1 %

pace (all phases): ON gamma(mean 30s, CV 1), OFF gamma(mean 30s, CV 1), think
  gamma(mean 2s, CV 0.3)

tasks (all phases): list_todos 40 %, create_todo 30 %, update_todo 15 %,
  complete_todo 10 %, delete_todo 5 %

The columns right of SETTLED are a forecast for tasks that take no time, at the
level reached. IDC says how bursty the load is: variance over mean of the number
of tasks in a long window, 1 for random arrivals (Poisson). NOISE is how far
chance moves the number of tasks in the phase (standard deviation). A task's
time is the script's own and the target's; response times hold the target's
alone.
`, timeline(t, exampleSchedule, todo()))
}

func TestTimelineOfEveryKindOfPhase(t *testing.T) {
	d := todo()
	d.Response = 120 * time.Millisecond
	s := append(Schedule{}, exampleSchedule...)
	s[1].Weights = Weights{"create_todo": 30, "update_todo": 15, "complete_todo": 10, "list_todos": 0}
	s = append(s,
		Phase{Name: "open", For: time.Hour, SpawnRate: 1, Arrivals: &Arrivals{Rate: 10, RateTo: 500, Spacing: Gamma, Burstiness: 2, MaxInFlight: 99}},
		Phase{Name: "flood", For: 90 * time.Second, Users: 4, Pace: scenario.NoWait{}, Arm: "B"},
		Phase{Name: "cut", For: 10 * time.Second, Users: 400, SpawnRate: 1.5, Pace: scenario.NoWait{}},
		Phase{Name: "heavy", Users: 19, SpawnRate: 3, Pace: scenario.Think{Time: dist.Pareto{Mean: time.Second, Alpha: 1.5}}},
	)
	assert.Equal(t, `PHASE        FROM     TO       LOAD                                        REACHED   SETTLED  TASKS/S NOISE
baseline     0s       5m       0 → 10 users, 2/s                           4.5s      34.5s    2.51    ±9.6 %
intervention 5m       15m      10 → 50 users, 2/s                          5m19.5s   6m19.5s  12.6    ±3 %
open         15m      1h15m    10 → 500/s, gamma, CV 2, at most 99 at once moving    never    255     ±0.21 %
flood (B)    1h15m    1h16m30s 0 → 4 users at once                         1h15m     1h15m15s 33.3    –
cut          1h16m30s 1h16m40s 4 → 400 users, 1.5/s                        cut at 19 1h16m40s 158     –
heavy        1h16m40s no end   19 users                                    1h16m40s  1h16m55s 17      –

pace (baseline, intervention): ON gamma(mean 30s, CV 1), OFF gamma(mean 30s, CV
  1), think gamma(mean 2s, CV 0.3)
pace (flood, cut): no wait
pace (heavy): think pareto(mean 1s, alpha 1.5)

tasks (baseline, open, flood, cut, heavy): list_todos 40 %, create_todo 30 %,
  update_todo 15 %, complete_todo 10 %, delete_todo 5 %
tasks (intervention): create_todo 54.5 %, update_todo 27.3 %, complete_todo
  18.2 %

do not run (intervention): list_todos, delete_todo

note (flood, cut): as fast as the target answers
note (heavy): heavy tails: no phase is long enough for the load to settle,
  intervals are optimistic; use many pairs

The columns right of SETTLED are a forecast for tasks that take 120ms, at the
level reached. NOISE is how far chance moves the number of tasks in the phase
(standard deviation). A task's time is the script's own and the target's;
response times hold the target's alone.
`, timeline(t, s, d))
}

func TestArrivalsDescribeThemselves(t *testing.T) {
	assert.Equal(t, "10/s, even", Arrivals{Rate: 10}.String())
	assert.Equal(t, "100.2/s, even", Arrivals{Rate: 100.2}.String(), "not that of 100.4/s")
	assert.Equal(t, "0.167/s, even", Arrivals{Rate: 1. / 6}.String())
	assert.Equal(t, "0.5 → 1,000/s, poisson, sessions", Arrivals{Rate: .5, RateTo: 1000, Spacing: Poisson, Session: true}.String())
}

func TestNumbersInTheTimeline(t *testing.T) {
	for want, cv := range map[string]float64{"±7.3 %": .0731, "∞": math.Inf(1), "–": math.NaN()} {
		assert.Equal(t, want, noise(cv))
	}
}

func TestForecast(t *testing.T) {
	f, err := exampleSchedule.Forecast(1, todo())
	require.NoError(t, err)
	one := todo().Pace.Load(0)
	assert.InDelta(t, 50*one.Rate, f.Rate, 1e-12)
	assert.InDelta(t, one.IDC, f.IDC, 0)
	assert.InDelta(t, .5, f.OnShare, 1e-12)
	assert.InDelta(t, math.Sqrt(one.IDC/(50*one.Rate*600)), f.CountCV, 1e-12)
	assert.Equal(t, scenario.Share{Name: "update_todo", Share: .15}, f.Mix[2])

	open := Schedule{{Name: "open", For: 100 * time.Second, Arrivals: &Arrivals{Rate: 10, RateTo: 30, Spacing: Poisson}}}
	f, err = open.Forecast(0, Defaults{Tasks: todo().Tasks})
	require.NoError(t, err)
	assert.InDelta(t, 20, f.Rate, 0)
	assert.InDelta(t, 1, f.IDC, 0)
	assert.InDelta(t, 1/math.Sqrt(2000), f.CountCV, 1e-12)
	assert.True(t, math.IsNaN(f.OnShare))

	f, err = Schedule{{Name: "idle", For: time.Second}}.Forecast(0, todo())
	require.NoError(t, err)
	assert.Zero(t, f.Rate)
	assert.True(t, math.IsNaN(f.CountCV))

	flood := Schedule{{Name: "flood", For: time.Second, Users: 3, Pace: scenario.NoWait{}}}
	kinds := kindsOf(1, 1)
	course, err := flood.Follow(kinds)
	require.NoError(t, err)
	d := Defaults{Course: course}
	for _, k := range kinds {
		d.Kinds = append(d.Kinds, KindTasks{Kind: k, Tasks: todo().Tasks})
	}
	for _, d := range []Defaults{todo(), d} {
		f, err = flood.Forecast(0, d)
		require.NoError(t, err)
		assert.True(t, math.IsInf(f.Rate, 1))
		assert.Zero(t, f.Highest, "there are no stages")
	}
}

func TestForecastRefuses(t *testing.T) {
	s := Schedule{{Name: "a", Users: 1, Weights: Weights{"lists": 1}}}
	var out strings.Builder
	assert.EqualError(t, s.Timeline(&out, todo()), `phase "a": weights: unknown task "lists": `+
		"want one of list_todos, create_todo, update_todo, complete_todo, delete_todo")
	assert.Empty(t, out.String())
	_, err := Schedule{{Name: "a", Users: 1}}.Forecast(0, Defaults{Tasks: todo().Tasks})
	assert.EqualError(t, err, `phase "a": no pacer given`)
}

type brokenPipe struct{}

var errBroken = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestTimelineReturnsWriteErrors(t *testing.T) {
	assert.ErrorIs(t, exampleSchedule.Timeline(brokenPipe{}, todo()), errBroken)
}

func TestClock(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 0, "10s": 10 * time.Second, "5m": 5 * time.Minute, "1h": time.Hour, "1h5m": 65 * time.Minute, "1h0m5s": time.Hour + 5*time.Second,
		"20m": 20 * time.Minute, "4.5s": 4500 * time.Millisecond, "333ms": 333_333_333, "no end": Forever,
	} {
		assert.Equal(t, want, clock(d))
	}
}

// todo is what a runner of the to-do scenario gives to its phases.
func todo() Defaults {
	half := dist.Gamma{Mean: 30 * time.Second, CV: 1}
	return Defaults{
		Pace: scenario.OnOff{On: half, Off: half, Think: dist.Gamma{Mean: 2 * time.Second, CV: .3}},
		Tasks: []scenario.Task{
			{Name: "list_todos", Weight: 40}, {Name: "create_todo", Weight: 30}, {Name: "update_todo", Weight: 15},
			{Name: "complete_todo", Weight: 10}, {Name: "delete_todo", Weight: 5},
		},
	}
}

// timeline is the text that a valid schedule writes.
func timeline(t *testing.T, s Schedule, d Defaults) string {
	t.Helper()
	require.NoError(t, s.Validate())
	var out strings.Builder
	require.NoError(t, s.Timeline(&out, d))
	return out.String()
}
