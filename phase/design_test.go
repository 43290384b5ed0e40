package phase

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/scenario"
)

func shape(s Schedule) (names, arms string) {
	var n []string
	for _, p := range s {
		n, arms = append(n, p.Name), arms+p.Arm
	}
	return strings.Join(n, " "), arms
}

func TestDesigns(t *testing.T) {
	a, b := Phase{For: time.Minute, Users: 3}, Phase{Name: "stress", For: time.Minute, Users: 5}
	for _, c := range []struct {
		s           Schedule
		names, arms string
	}{
		{AB(a, b), "baseline stress", "AB"},
		{ABA(a, b), "baseline stress baseline-2", "ABA"},
		{AA(3, a), "baseline-1 baseline-2 baseline-3", "AAA"},
	} {
		names, arms := shape(c.s)
		assert.Equal(t, c.names, names)
		assert.Equal(t, c.arms, arms)
		require.NoError(t, c.s.Validate())
	}
	assert.Equal(t, 5, ABA(a, b)[1].Users)
	assert.Equal(t, 3, ABA(a, b)[2].Users)
	assert.Empty(t, Pairs(0, 1, a, b))
}

// The order inside the pairs is a fair coin's, and the seed's.
func TestPairsAreInRandomOrder(t *testing.T) {
	a, b := Phase{For: time.Minute, Users: 1}, Phase{For: time.Minute, Users: 1}
	s := Pairs(10, 1, a, b)
	require.NoError(t, s.Validate())
	_, arms := shape(s)
	_, again := shape(Pairs(10, 1, a, b))
	_, other := shape(Pairs(10, 2, a, b))
	assert.Equal(t, arms, again)
	assert.NotEqual(t, arms, other)
	aFirst := 0
	for seed := range uint64(1000) {
		_, arms := shape(Pairs(4, seed, a, b))
		require.Len(t, arms, 8)
		for i := 0; i < 8; i += 2 {
			require.NotEqual(t, arms[i], arms[i+1])
			if arms[i] == 'A' {
				aFirst++
			}
		}
	}
	assert.InDelta(t, 2000, aFirst, 160, "five standard deviations") // sd 31.6
}

// The plan as text names arms and replays.
func TestTimelineNamesArmsAndReplays(t *testing.T) {
	a := Phase{For: time.Minute, Users: 1}
	var b strings.Builder
	d := Defaults{Pace: scenario.Between(1, 3), Tasks: []scenario.Task{{Name: "x", Weight: 1}}}
	require.NoError(t, Matched(AB(a, a)).Timeline(&b, d))
	assert.Contains(t, b.String(), "replay (all phases): the same user scripts, number 1\n")
	assert.Contains(t, b.String(), "\nbaseline (A) ")
	assert.Contains(t, b.String(), "\nintervention (B) ")
}

func TestMatchedNumbersItsReplays(t *testing.T) {
	a, b := Phase{For: time.Minute, Users: 1}, Phase{For: time.Minute, Users: 1}
	replays := func(s Schedule) (out []uint64) {
		for _, p := range Matched(s) {
			out = append(out, p.Replay)
		}
		return out
	}
	assert.Equal(t, []uint64{1, 1}, replays(AB(a, b)))
	assert.Equal(t, []uint64{1, 1, 1}, replays(ABA(a, b)))
	assert.Equal(t, []uint64{1, 1}, replays(AA(2, a)))
	assert.Equal(t, []uint64{0, 1, 1}, replays(append(Schedule{{Name: "warm-up", For: 1, Users: 1}}, AB(a, b)...)))
	pairs := Matched(Pairs(3, 7, a, b))
	for i, p := range pairs {
		assert.EqualValues(t, i/2+1, p.Replay, p.Name)
	}
	assert.Zero(t, AB(a, b)[0].Replay, "the schedule given is left as it is")
}

// Each load runs without the intervention and with it; every second round runs backwards.
func TestFactorial(t *testing.T) {
	hook := HookFunc(func(context.Context) error { return nil })
	a := Phase{Name: "old", For: time.Minute, Users: 50, SpawnRate: 5, Settle: time.Second}
	b := Phase{For: 2 * time.Minute, Arrivals: nil, Users: 10, SpawnRate: 1, Enter: hook}
	s := Factorial(2, a, b)
	require.NoError(t, s.Validate())
	names, arms := shape(s)
	assert.Equal(t, "low-old-1 low-on-1 high-on-1 high-old-1 high-old-2 high-on-2 low-on-2 low-old-2", names)
	assert.Equal(t, "ABBAABBA", arms)
	for i, want := range []Phase{{Users: 10, SpawnRate: 1, Load: "low"}, {Users: 10, SpawnRate: 1, Load: "low"}, {Users: 50, SpawnRate: 5, Load: "high"}, {Users: 50, SpawnRate: 5, Load: "high"}} {
		assert.Equal(t, want, Phase{Users: s[i].Users, SpawnRate: s[i].SpawnRate, Load: s[i].Load})
		assert.Equal(t, s[i].Arm == "B", s[i].Enter != nil)
		assert.Equal(t, map[string]time.Duration{"A": time.Minute, "B": 2 * time.Minute}[s[i].Arm], s[i].For)
	}
	for i, p := range Matched(s) {
		assert.Equal(t, []uint64{1, 1, 2, 2, 4, 4, 3, 3}[i], p.Replay)
	}

	open := Factorial(1, Phase{For: time.Minute, Arrivals: &Arrivals{Rate: 20}}, Phase{For: time.Minute, Arrivals: &Arrivals{Rate: 100}, Enter: hook})
	require.NoError(t, open.Validate())
	names, _ = shape(open)
	assert.Equal(t, "low-off low-on high-on high-off", names)
	assert.Equal(t, []float64{20, 20, 100, 100}, []float64{open[0].Arrivals.Rate, open[1].Arrivals.Rate, open[2].Arrivals.Rate, open[3].Arrivals.Rate})
	assert.Empty(t, Factorial(0, a, b))
}

func TestFactorialsThatAreRefused(t *testing.T) {
	good := func() Schedule {
		return Factorial(1, Phase{For: time.Minute, Users: 10}, Phase{For: time.Minute, Users: 50})
	}
	for want, spoil := range map[string]func(s Schedule) Schedule{
		"no phase has Load high and Arm A: want both loads in both arms": func(s Schedule) Schedule { return s[:3] },
		`phase "low-on": Load is "mid": want "low" or "high", or "" for none`: func(s Schedule) Schedule {
			s[1].Load = "mid"
			return s
		},
		`phase "low-on": Arm is "": want "A" or "B" in a phase with a Load`: func(s Schedule) Schedule {
			s[1].Arm = ""
			return s
		},
		`phase "low-off" has 10 users and phase "low-on" 11 users: want the same in all phases whose Load is low`: func(s Schedule) Schedule {
			s[1].Users = 11
			return s
		},
		"the low load is 50 users and the high one 50 users: want less of the same in the low one": func(Schedule) Schedule {
			return Factorial(1, Phase{For: time.Minute, Users: 50}, Phase{For: time.Minute, Users: 50})
		},
		"the low load is 10 users and the high one 20 arrivals/s: want less of the same in the low one": func(Schedule) Schedule {
			return Factorial(1, Phase{For: time.Minute, Users: 10}, Phase{For: time.Minute, Arrivals: &Arrivals{Rate: 20}})
		},
		`phase "low-off": Load is low: want users or arrivals in a phase with one`: func(Schedule) Schedule {
			return Factorial(1, Phase{For: time.Minute}, Phase{For: time.Minute, Users: 50})
		},
	} {
		assert.EqualError(t, spoil(good()).Validate(), want)
	}
	assert.NoError(t, good().Validate())
}
