package loadgen

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// sessionsOf returns the number and the first script draw of each session that
// got in, by the instant of its arrival.
func sessionsOf(t *testing.T, a phase.Arrivals, took time.Duration) map[time.Duration][2]uint64 {
	d := &diary{took: func(int) time.Duration { return took }}
	r := open(a, 2*time.Minute, d)
	r.Schedule = append(r.Schedule, phase.Phase{Name: "more", For: time.Minute, Arrivals: &a})
	draws := map[int]uint64{}
	inner := r.NewUser
	r.NewUser = func(env scenario.Env) (scenario.User, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		draws[env.User] = env.Rand.Uint64()
		return inner(env)
	}
	inBubble(t, r)
	seen, sessions := map[int]bool{}, map[time.Duration][2]uint64{}
	for _, e := range d.entries {
		if !seen[e.user] { // its first task is due at its arrival
			seen[e.user] = true
			sessions[e.intended] = [2]uint64{uint64(e.user), draws[e.user]}
		}
	}
	return sessions
}

// Who a session is, its number and its streams, hangs on its arrival alone:
// not on a target that stalls, and not on how many got in before it.
func TestASessionsNumberIsThatOfItsArrival(t *testing.T) {
	for _, spacing := range unlessShort([]phase.Spacing{phase.Even, phase.Poisson}, []phase.Spacing{phase.Poisson}) {
		a := phase.Arrivals{Rate: 3, Spacing: spacing, Session: true}
		all := sessionsOf(t, a, 0)
		capped := a
		capped.MaxInFlight = 4
		for name, some := range map[string]map[time.Duration][2]uint64{
			"stalled": sessionsOf(t, a, 20*time.Second), "capped": sessionsOf(t, capped, 0), "both": sessionsOf(t, capped, 20*time.Second),
		} {
			assert.NotEmpty(t, some, name)
			for at, session := range some {
				require.Equal(t, all[at], session, "%s, arrival at %v", name, at)
			}
		}
	}
}

// A crew that comes so late that it gives a million arrivals up gives those
// after them the instants and numbers that they would have had.
func TestLateSessionsKeepTheirNumbers(t *testing.T) {
	const late = 11 * time.Second
	floods := []phase.Arrivals{
		{Rate: 1e5, Spacing: phase.Poisson, Session: true}, {Rate: 1e5, Session: true}, {Rate: 1e5, RateTo: 2e5, Spacing: phase.Gamma, Burstiness: 2, Session: true},
	}
	for _, a := range floods[:unlessShort(len(floods), 1)] {
		synctest.Test(t, func(t *testing.T) {
			few := phase.Arrivals{Rate: 10, Session: true}
			x, err := newRun(Runner{NewUser: visitors(&diary{}), Pace: bursty, Schedule: phase.Schedule{
				{Name: "many", For: late + 10*time.Millisecond, Arrivals: &a}, {Name: "few", For: time.Second, Arrivals: &few},
			}})
			require.NoError(t, err)
			x.abort = func(error) {}
			x.began = time.Now()
			time.Sleep(late)
			x.crew.walk()
			want := map[time.Duration][]int{} // several may come in one nanosecond
			number := 0
			for i := range x.plan.phases {
				for d := x.plan.dealer(i); d.at != phase.Forever; d.next() {
					number++
					if d.at > late-time.Millisecond {
						want[d.at] = append(want[d.at], number)
					}
				}
			}
			pushed := 0
			for _, s := range x.shards {
				for _, e := range s.queue {
					if e.kind == evArrive {
						require.Contains(t, want[e.at], e.user.number, "the arrival at %v", e.at)
						pushed++
					}
				}
			}
			assert.Positive(t, pushed)
			assert.Less(t, pushed, 10000, "most have been given up")
			assert.EqualValues(t, number, x.crew.crowd.Born())
			assert.EqualValues(t, number-pushed, x.summary(late).Total.Counters.Missed)
		})
	}
}

// The numbers of the plan pass over those of guests, and end the run where they
// end, on a machine of 32 bits.
func TestSessionsBeyondABillion(t *testing.T) {
	x, err := newRun(open(phase.Arrivals{Rate: 1, Session: true}, time.Minute, &diary{}))
	require.NoError(t, err)
	var aborted error
	x.abort = func(err error) { aborted = err }
	x.crew.crowd.Miss([]uint64{firstGuest - 2})
	place, ok := x.crew.planned(x.crew.crowd.Arrive(0))
	assert.True(t, ok)
	assert.Equal(t, uint64(firstGuest-1), place.User)
	place, ok = x.crew.planned(x.crew.crowd.Arrive(0))
	if wide := uint64(^uint(0)) > 1<<32; wide {
		assert.True(t, ok)
		assert.Equal(t, uint64(firstGuest+guestNumbers), place.User)
		assert.NoError(t, aborted)
	} else {
		assert.False(t, ok)
		assert.ErrorIs(t, aborted, ErrAborted)
	}
}
