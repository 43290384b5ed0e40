package loadgen

import (
	"context"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

func TestArrivalsComeWhateverTheTargetDoes(t *testing.T) {
	for _, took := range unlessShort([]time.Duration{0, 50 * time.Millisecond, 20 * time.Second}, []time.Duration{20 * time.Second}) {
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
	for _, spacing := range unlessShort([]phase.Spacing{phase.Even, phase.Poisson, phase.Gamma}, []phase.Spacing{phase.Gamma}) {
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

// deals are the arrivals of the first phase of a run of several kinds, up to an offset.
func deals(t *testing.T, p phase.Phase, to time.Duration) (at map[int][]time.Duration, plan *Plan) {
	t.Helper()
	r := shopRunner(&lobby{})
	r.Schedule = phase.Schedule{p}
	plan, err := r.Plan()
	require.NoError(t, err)
	at = map[int][]time.Duration{}
	for d := plan.dealer(0); d.at < to; {
		when := d.at
		x := d.next()
		require.GreaterOrEqual(t, d.at, when, "in the order of time")
		at[x.kind] = append(at[x.kind], when)
	}
	return at, plan
}

// variation is the coefficient of variation of the gaps.
func variation(at []time.Duration) float64 {
	var sum, squares float64
	for i := range at[1:] {
		gap := (at[i+1] - at[i]).Seconds()
		sum, squares = sum+gap, squares+gap*gap
	}
	n := float64(len(at) - 1)
	return math.Sqrt(squares/n-sum/n*sum/n) / (sum / n)
}

// By itself each kind has the whole spacing at its share of the rate; in turn each is more even.
func TestKindsArriveApart(t *testing.T) {
	p := phase.Phase{Name: "p", For: 3 * time.Hour, Arrivals: &phase.Arrivals{Rate: 2, RateTo: 2.0001, Spacing: phase.Poisson}}
	inTurn, before := deals(t, p, p.For)
	assert.InDelta(t, 4*len(inTurn[1]), len(inTurn[0]), 4)
	assert.InDelta(t, .45, variation(inTurn[1]), .03)
	a := *p.Arrivals
	a.Apart = true
	p.Arrivals = &a
	apart, after := deals(t, p, p.For)
	for kind, share := range []float64{.8, .2} {
		want := share * 2 * p.For.Seconds()
		assert.InDelta(t, want, len(apart[kind]), 4.5*math.Sqrt(want), "kind %d is Poisson", kind)
		assert.InDelta(t, 1, variation(apart[kind]), .08, "kind %d", kind)
	}
	assert.Empty(t, apart[2], "admins do not arrive")
	assert.NotEqual(t, before.Digest(), after.Digest())
	var text strings.Builder
	require.NoError(t, after.WriteText(&text))
	assert.Contains(t, text.String(), "each kind apart")
	assert.NotContains(t, text.String(), "the kinds take turns")
}

// What is passed over is what would have been drawn, of each kind, and so is what follows.
func TestApartArrivalsAreSkipped(t *testing.T) {
	for _, iterations := range []int{0, 700} {
		for _, spacing := range []phase.Spacing{phase.Even, phase.Poisson} {
			p := phase.Phase{Name: "p", For: 10 * time.Minute, Iterations: iterations, Arrivals: &phase.Arrivals{Rate: 2, RateTo: 9, Spacing: spacing, Apart: true}}
			_, plan := deals(t, p, 0)
			for _, to := range []time.Duration{time.Second, 100 * time.Second, 5 * time.Minute, 9 * time.Minute} {
				drawn, skipped := plan.dealer(0), plan.dealer(0)
				drawn.next()
				for drawn.at < to {
					drawn.next()
				}
				own, kinds := skipped.skip(to, Share{})
				assert.Equal(t, drawn.n, own)
				assert.Equal(t, drawn.arrived, kinds)
				require.Equal(t, drawn.at, skipped.at, "%v, %v", spacing, to)
				for range 20 {
					if drawn.at != phase.Forever {
						require.Equal(t, drawn.next(), skipped.next())
					}
					require.Equal(t, drawn.at, skipped.at)
				}
			}
		}
	}
}
