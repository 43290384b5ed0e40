package loadgen

import (
	"context"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

func open(a phase.Arrivals, length time.Duration, d *diary) Runner {
	return Runner{NewUser: visitors(d), Pace: bursty, Seed: 3, Schedule: phase.Schedule{{Name: "open", For: length, Arrivals: &a}}}
}

func TestArrivalsComeWhateverTheTargetDoes(t *testing.T) {
	for _, took := range []time.Duration{0, 50 * time.Millisecond, 20 * time.Second} {
		d := &diary{took: func(int) time.Duration { return took }}
		r := open(phase.Arrivals{Rate: 20}, time.Minute, d)
		r.StopTimeout = time.Minute
		sum := inBubble(t, r)
		require.Len(t, d.entries, 1200)
		seen := map[time.Duration]bool{}
		for _, e := range d.entries {
			require.Zero(t, e.intended%(50*time.Millisecond))
			require.Equal(t, e.intended, e.begin)
			seen[e.intended] = true
		}
		assert.Len(t, seen, 1200)
		assert.EqualValues(t, 1200, sum.Total.Counters.Planned)
		assert.EqualValues(t, 1200, sum.Total.Requests)
		checkMix(t, sum.Phases[0], map[string]float64{"list": 40, "create": 30, "update": 15, "complete": 10, "delete": 5})
	}
}

func TestArrivalsBeyondTheCapAreDroppedAndCounted(t *testing.T) {
	d := &diary{took: func(int) time.Duration { return 990 * time.Millisecond }}
	r := open(phase.Arrivals{Rate: 20, MaxInFlight: 5}, time.Minute, d)
	r.StopTimeout = time.Minute
	c := inBubble(t, r).Total.Counters
	assert.EqualValues(t, 1200, c.Planned)
	assert.EqualValues(t, 300, c.Started)
	assert.EqualValues(t, 900, c.Dropped)
	assert.Equal(t, c.Started, c.Finished)
}

func TestArrivalRampAndSpacing(t *testing.T) {
	for _, spacing := range []phase.Spacing{phase.Even, phase.Poisson, phase.Gamma} {
		a := phase.Arrivals{Rate: 10, RateTo: 90, Spacing: spacing}
		if spacing == phase.Gamma {
			a.Burstiness = 2
		}
		d := &diary{}
		inBubble(t, open(a, 2*time.Minute, d))
		assert.InDelta(t, 6000, len(d.entries), 5*math.Sqrt(6000)*max(1, a.Burstiness), spacing.String())
		var late int
		for _, e := range d.entries {
			if e.intended > time.Minute {
				late++
			}
		}
		assert.InDelta(t, 4200, late, 5*math.Sqrt(4200)*max(1, a.Burstiness), "the second half of a ramp from 10 to 90 has 0.7 of it")
	}
}

// The plan of arrivals is the same on one core or two and with a slow target.
func TestArrivalPlanIsReproducible(t *testing.T) {
	type planned struct {
		at   time.Duration
		task string
	}
	run := func(cores int, took time.Duration) map[planned]int {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		d := &diary{took: func(int) time.Duration { return took }}
		r := open(phase.Arrivals{Rate: 50, Spacing: phase.Poisson}, 30*time.Second, d)
		r.StopTimeout = time.Minute
		inBubble(t, r)
		plan := map[planned]int{}
		for _, e := range d.entries {
			plan[planned{e.intended, e.task}]++
		}
		return plan
	}
	want := run(1, 0)
	assert.Equal(t, want, run(2, 0))
	assert.Equal(t, want, run(2, 3*time.Second))
}

func TestSessionsStayForOneOnPeriod(t *testing.T) {
	d := &diary{}
	r := open(phase.Arrivals{Rate: 2, Session: true}, 10*time.Minute, d)
	var mu sync.Mutex
	stops := map[int]bool{}
	inner := r.NewUser
	r.NewUser = func(env scenario.Env) (scenario.User, error) {
		u, err := inner(env)
		return hooked{u.(*visitor), func(context.Context) error { return nil }, func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			stops[env.User] = true
			return nil
		}}, err
	}
	sum := inBubble(t, r)
	users := map[int]int{}
	for _, e := range d.entries {
		users[e.user]++
	}
	assert.Len(t, users, 1200)
	assert.Len(t, stops, 1200)
	// 15 tasks an ON period, and the one at its start: (1 + CV²)/2.
	assert.InEpsilon(t, 15.5*1200, len(d.entries), 0.12)
	// Little's law: 2 sessions a second that last 30 s each.
	var sessions float64
	for _, row := range sum.Timeline[300:] {
		sessions += float64(row.Users)
		require.Equal(t, row.Users, row.On, "a session is ON all the time")
	}
	assert.InEpsilon(t, 60, sessions/300, 0.15)
}

func TestSessionsNeedAPacerThatHasThem(t *testing.T) {
	r := open(phase.Arrivals{Rate: 1, Session: true}, time.Minute, &diary{})
	r.Pace = scenario.Think{Time: dist.Constant{Value: time.Second}}
	_, err := r.Run(t.Context())
	require.ErrorContains(t, err, "OnOff")
}
