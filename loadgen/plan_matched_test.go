package loadgen

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/scenario"
)

// In matched arms every user does the same at the same time after the start of
// the phase, and draws the same; in unmatched ones no one does.
func TestMatchedArmsReplayTheScripts(t *testing.T) {
	for name, pace := range map[string]scenario.Pacer{"on-off": bursty, "think": scenario.Between(time.Second, 3*time.Second), "start to start": scenario.StartToStart{Gap: bursty.Think}} {
		if testing.Short() && name != "on-off" {
			continue
		}
		matched := deedsOf(t, pace, phase.Matched(phase.Pairs(2, 1, quarter, quarter))).all
		for u := 1; u <= 8; u++ {
			require.NotEmpty(t, matched["baseline-1"][u], name)
			assert.Equal(t, matched["baseline-1"][u], matched["intervention-1"][u], "%s, user %d", name, u)
			assert.Equal(t, matched["baseline-2"][u], matched["intervention-2"][u], "%s, user %d", name, u)
			assert.NotEqual(t, matched["baseline-1"][u], matched["baseline-2"][u], "each pair has its own scripts")
		}
		apart := deedsOf(t, pace, phase.Pairs(1, 1, quarter, quarter)).all
		assert.NotEqual(t, apart["baseline-1"][1], apart["intervention-1"][1], name)
	}
}

// A slow target does not unmatch what the users plan: the tasks that were done
// are the same, as far as the slower arm came.
func TestMatchedArmsUnderASlowTarget(t *testing.T) {
	var slow atomic.Bool
	d := &diary{took: func(int) time.Duration {
		if slow.Load() {
			return 1500 * time.Millisecond
		}
		return 0
	}}
	stress := quarter
	stress.Enter = phase.HookFunc(func(context.Context) error { slow.Store(true); return nil })
	inBubble(t, Runner{NewUser: visitors(d), Pace: bursty, Schedule: phase.Matched(phase.AB(quarter, stress)), Seed: 5})
	for u := 1; u <= 8; u++ {
		var a, b []string
		for _, e := range d.of(u) {
			if e.intended < quarter.For {
				a = append(a, e.task)
			} else {
				b = append(b, e.task)
			}
		}
		n := min(len(a), len(b))
		require.Greater(t, n, 10, "user %d", u)
		assert.Equal(t, a[:n], b[:n], "user %d", u)
	}
}

func TestMatchedArrivals(t *testing.T) {
	for _, isSession := range unlessShort([]bool{false, true}, []bool{true}) {
		open := phase.Phase{For: 2 * time.Minute, Arrivals: &phase.Arrivals{Rate: 2, Spacing: phase.Poisson, Session: isSession}}
		in := func(s phase.Schedule) (map[time.Duration]string, map[time.Duration]string) {
			all := deedsOf(t, bursty, s).all
			return tasksAt(all["baseline"]), tasksAt(all["intervention"])
		}
		a, b := in(phase.Matched(phase.AB(open, open)))
		require.NotEmpty(t, a)
		for at, task := range a {
			assert.Equal(t, task, b[at], "sessions %v, %v after the start", isSession, at)
		}
		a, b = in(phase.AB(open, open))
		assert.NotEqual(t, a, b)
	}
}

// tasksAt returns what was done when, by any user, in the first 60 s.
func tasksAt(users map[int][]deed) map[time.Duration]string {
	out := map[time.Duration]string{}
	for _, list := range users {
		for _, d := range list {
			if d.after < time.Minute {
				out[d.after] = d.task
			}
		}
	}
	return out
}

// The plan knows of the replay: its digest does, and its turns are those that
// users do.
func TestPlanOfMatchedArms(t *testing.T) {
	r := demoRunner(&diary{})
	r.Schedule = phase.AB(quarter, quarter)
	apart, err := r.Plan()
	require.NoError(t, err)
	r.Schedule = phase.Matched(r.Schedule)
	matched, err := r.Plan()
	require.NoError(t, err)
	assert.NotEqual(t, apart.Digest(), matched.Digest())
	assert.Equal(t, matched.User(3, 0, 50), matched.User(3, 1, 50))
	assert.NotEqual(t, apart.User(3, 0, 50), matched.User(3, 0, 50))
}

// Users who leave come back in the next matched arm. Where they then leave at other times no effect is given of the two.
func TestUsersWhoLeaveDisturbMatchedArms(t *testing.T) {
	arm := phase.Phase{For: 3 * time.Minute, Users: 50}
	user := func(goes func(all, own int) bool, what error) *effect.Effect {
		var mu sync.Mutex
		all, own := 0, map[int]int{}
		leaves := func(user int, _ string) error {
			mu.Lock()
			defer mu.Unlock()
			all++
			own[user]++
			if user <= 20 && goes(all, own[user]) {
				return what
			}
			return nil
		}
		sum := inBubble(t, Runner{NewUser: walkers(&diary{}, leaves, looking()), Pace: scenario.Between(time.Second, 3*time.Second), Schedule: phase.Matched(phase.AB(arm, arm)), Seed: 5})
		r, err := effect.Analyze(sum, effect.Options{Op: report.Op{Name: "look"}, Primary: effect.Throughput})
		require.NoError(t, err)
		return r.Primary()
	}
	late := func(all, _ int) bool { return all > 2000 }
	assert.Equal(t, effect.NoneSeen, user(late, nil).Verdict)
	e := user(late, scenario.Leave)
	assert.Equal(t, effect.Disturbed, e.Verdict)
	assert.Contains(t, e.Reason, "users left for good, and with them 39.9 % of the load of the intervention against ")
	assert.Equal(t, effect.NoneSeen, user(func(_, own int) bool { return own%20 == 0 }, scenario.Leave).Verdict, "they do alike in both")
}
