package phase

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// curveAt is the oracle: the curve in parts of a user, by fractions.
func curveAt(s Stages, from int, t time.Duration) *big.Rat {
	at, level := time.Duration(0), int64(from)*user
	for _, x := range s {
		to := int64(math.Round(x.To * user))
		if t < at+x.For {
			height := big.NewRat(int64(t-at), int64(x.For))
			height.Mul(height, new(big.Rat).SetInt64(to-level))
			return height.Add(height, new(big.Rat).SetInt64(level))
		}
		at, level = at+x.For, to
	}
	return new(big.Rat).SetInt64(level)
}

// TestLevelIsTheRoundedCurve compares the level at random instants, and on both
// sides of each step, with the curve worked out in fractions.
func TestLevelIsTheRoundedCurve(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	draws := 3000
	if testing.Short() {
		draws = 80
	}
	for range draws {
		stages, from := randomStages(r), r.IntN(40)
		length := stages.Length() + time.Duration(r.IntN(2))*time.Minute
		s := Schedule{{Name: "before", For: time.Hour, Users: from}, {Name: "wave", For: length, Stages: stages}}
		check := func(at time.Duration) {
			level := s.UsersAt(time.Hour + at)
			height := curveAt(stages, from, at)
			off := new(big.Rat).Sub(height, new(big.Rat).SetInt64(int64(level)*user))
			require.LessOrEqual(t, off.Abs(off).Cmp(big.NewRat(half, 1)), 0, "%v from %d: %d users at %v, the curve is at %s", stages, from, level, at, height.FloatString(3))
		}
		for range 20 {
			check(time.Duration(r.Int64N(int64(length))))
		}
		level, last := from, time.Duration(0)
		steps := s.Steps(1, from)
		for at, delta := steps.Next(); at < time.Hour+length; at, delta = steps.Next() {
			require.GreaterOrEqual(t, at, last, "%v", stages)
			require.Contains(t, []int{-1, 1}, delta)
			if at > last && last >= time.Hour {
				require.Equal(t, level, s.UsersAt(last), "after all steps of an instant")
				require.Equal(t, level, s.UsersAt(at-1), "up to the next one")
			}
			level, last = level+delta, at
			check(at - time.Hour)
		}
		require.Equal(t, level, s.UsersAt(time.Hour+length-1))
	}
}

func TestStagesOfUsers(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, c := range []struct {
		name   string
		stages Stages
		from   int
		want   []levelStep
	}{
		{"halfway to each user", Stages{{3 * s, 3}}, 0, []levelStep{{500 * ms, 1, 1}, {1500 * ms, 2, 1}, {2500 * ms, 3, 1}}},
		{"down", Stages{{3 * s, 0}}, 3, []levelStep{{500 * ms, 2, -1}, {1500 * ms, 1, -1}, {2500 * ms, 0, -1}}},
		{"a spike", Stages{{0, 1}, {s, 1}, {0, 3}, {s, 3}, {0, 1}}, 0,
			[]levelStep{{0, 1, 1}, {s, 2, 1}, {s, 3, 1}, {2 * s, 2, -1}, {2 * s, 1, -1}}},
		{"rounded up to the nanosecond", Stages{{s, 3}}, 0, []levelStep{{166_666_667, 1, 1}, {500 * ms, 2, 1}, {833_333_334, 3, 1}}},
		{"half a user", Stages{{s, .5}, {s, .5}, {s, 0}}, 0, []levelStep{{s, 1, 1}, {2 * s, 0, -1}}},
		{"from half a user down", Stages{{s, 1.5}, {s, 2}}, 2, []levelStep{{s, 1, -1}, {s, 2, 1}}},
		{"nothing", Stages{{s, 2.4}, {s, 1.6}}, 2, nil},
	} {
		plan := Schedule{{Name: "wave", For: time.Minute, Stages: c.stages}}
		var got []levelStep
		level, steps := c.from, plan.Steps(0, c.from)
		for at, delta := steps.Next(); at < time.Minute; at, delta = steps.Next() {
			level += delta
			got = append(got, levelStep{at, level, delta})
		}
		assert.Equal(t, c.want, got, c.name)
	}
}

// TestStagesWithinASchedule: a curve begins where the phase before it has come to,
// may be cut, and what follows begins where it has come to.
func TestStagesWithinASchedule(t *testing.T) {
	const s = time.Second
	plan := Schedule{
		{Name: "cut ramp", For: 10 * s, Users: 100, SpawnRate: 1},
		{Name: "wave", For: 20 * s, Stages: Stages{{10 * s, 30}, {20 * s, 10}, {time.Hour, 1}}},
		{Name: "after", For: 10 * s, Users: 0, SpawnRate: 10},
		{Name: "tail", Stages: Stages{{10 * s, 4}, {10 * s, 4}}},
	}
	require.NoError(t, plan.Validate())
	for _, c := range []struct {
		at   time.Duration
		want int
	}{{10*s - 1, 10}, {10 * s, 10}, {15 * s, 20}, {20 * s, 30}, {30*s - 1, 20}, {30 * s, 19}, {31 * s, 9}, {45 * s, 2}, {59 * s, 4}, {60 * s, 0}} {
		assert.Equal(t, c.want, plan.UsersAt(c.at), "at %v", c.at)
	}
	assert.Equal(t, 60*s, plan.End())
	assert.Equal(t, 30, plan[1].Most())
	assert.Equal(t, []bool{false, true, false, false}, []bool{plan.Moves(0), plan.Moves(1), plan.Moves(2), plan.Moves(3)})
	assert.Equal(t, 30*s, plan.RampEnd(1), "it moves to its end")
	assert.Equal(t, 50*s, plan.RampEnd(3), "where the flat tail begins")
	assert.Equal(t, 55*s, plan.Settled(3))
	for at, want := range map[time.Duration]bool{-1: false, 0: true, 20 * s: true, 29 * s: true, 32 * s: false, 45 * s: true, 55 * s: false} {
		assert.Equal(t, want, plan.Spawning(at), "at %v", at)
	}
}

// TestTailOfStages: what is flat at the end has a steady state, from there on.
func TestTailOfStages(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		stages Stages
		length time.Duration
		want   time.Duration
	}{
		{Stages{{10 * s, 5}, {20 * s, 5}}, 30 * s, 10 * s},
		{Stages{{10 * s, 5}, {20 * s, 5}}, 10 * s, 10 * s},
		{Stages{{10 * s, 5}}, 30 * s, 10 * s},
		{Stages{{10 * s, 5}, {0, 7}, {5 * s, 7}, {5 * s, 7}}, 20 * s, 10 * s},
		{Stages{{0, 5}, {10 * s, 5}}, 10 * s, 0},
		{Stages{{10 * s, 5}, {10 * s, 5}, {0, 9}}, 20 * s, 10 * s},
		{Stages{{10 * s, 5}, {10 * s, 4}}, 20 * s, 20 * s},
		{Stages{{10 * s, 5}, {10 * s, 4}}, 7 * s, 7 * s},
	} {
		assert.Equal(t, c.want, c.stages.tail(0, c.length), "%v over %v", c.stages, c.length)
	}
}

// TestMeanOfStages compares it with a sum over a thousandth of a second.
func TestMeanOfStages(t *testing.T) {
	for _, length := range []time.Duration{time.Second, 7 * time.Second, 20 * time.Second, 40 * time.Second} {
		stages := Stages{{5 * time.Second, 10}, {0, 3}, {10 * time.Second, 7}, {5 * time.Second, 0}, {0, 2}}
		var sum float64
		const every = time.Millisecond
		for at := every / 2; at < length; at += every {
			h, _ := curveAt(stages, 4, at).Float64()
			sum += h / user
		}
		assert.InDelta(t, sum/float64(length/every), stages.mean(4, length), 1e-4, "over %v", length)
	}
}

// TestStagesAreFrozen hashes the instants at which users come and go, and when
// arrivals do, of stages of all sorts, of a sine and of a curve.
func TestStagesAreFrozen(t *testing.T) {
	const s = time.Second
	shapes := map[string]Stages{
		"stages": {{2*time.Minute + 1, 10}, {time.Minute, 50.3}, {0, 500}, {30 * s, 500}, {7 * s, 1. / 3}, {time.Hour / 7, 99.9}},
		"sine":   Sine(40.5, 33.3, 7*s, time.Minute),
		"curve":  Curve(time.Minute, 777*time.Millisecond, func(t time.Duration) float64 { return t.Seconds() * t.Seconds() / 40 }),
	}
	want := map[string]string{
		"stages": "2038d64df9f5ceab 6b38b91fb82cfcca",
		"sine":   "9ceba3bcabb7ea5d 6e24d7a1bdbbbc00",
		"curve":  "766ce83807635373 aaf534d4f1fd5195",
	}
	for name, stages := range shapes {
		users := sha256.New()
		plan := Schedule{{Name: "p", Stages: stages}}
		steps := plan.Steps(0, 0)
		for at, delta := steps.Next(); at != Forever; at, delta = steps.Next() {
			fmt.Fprintln(users, int64(at), delta)
		}
		arrivals := sha256.New()
		for _, spacing := range []Spacing{Even, Poisson} {
			for _, at := range arrivalTimes(Arrivals{Rate: 3, Stages: stages, Spacing: spacing}, stages.Length(), 0)[:500] {
				fmt.Fprintln(arrivals, int64(at))
			}
		}
		assert.Equal(t, want[name], fmt.Sprintf("%x %x", users.Sum(nil)[:8], arrivals.Sum(nil)[:8]), name)
	}
}

func TestSine(t *testing.T) {
	for _, c := range []struct {
		period, length time.Duration
		most           int
	}{{time.Minute, 90 * time.Second, 1538}, {time.Second, 50 * time.Minute, 100_000}, {7 * time.Second, 20 * time.Second, 3000}} {
		s := Sine(100, 90, c.period, c.length)
		require.NoError(t, s.valid(false))
		assert.Equal(t, c.length, s.Length())
		assert.LessOrEqual(t, len(s), c.most)
		at, worst := time.Duration(0), 0.
		for i, x := range s {
			at += x.For
			if i < len(s)-1 {
				worst = max(worst, math.Abs(x.To-100-90*math.Sin(2*math.Pi*at.Seconds()/c.period.Seconds())))
			}
		}
		assert.Less(t, worst, 1e-4*90, "%v of %v", c.period, c.length)
	}
	worst := 0.
	for k := range uint64(mostPieces) {
		worst = max(worst, math.Abs(sineOf(k)-math.Sin(2*math.Pi*float64(k)/mostPieces)))
	}
	assert.Less(t, worst, 1e-15)
	assert.Equal(t, []float64{0, 1, 0, -1}, []float64{sineOf(0), sineOf(256), sineOf(512), sineOf(768)})
	assert.ErrorContains(t, Sine(10, 11, time.Minute, time.Hour).valid(false), "goes to -")
	assert.ErrorContains(t, Sine(10, 1, time.Millisecond, time.Hour).valid(false), "there are 100001 stages: want at most 100000")
	assert.ErrorContains(t, Sine(10, 1, 0, time.Hour).valid(false), "there are no stages")
	assert.ErrorContains(t, Curve(time.Hour, time.Second, nil).valid(false), "there are no stages")
}

func TestCurve(t *testing.T) {
	const s = time.Second
	var asked []time.Duration
	got := Curve(5*s, 2*s, func(at time.Duration) float64 { asked = append(asked, at); return at.Seconds() })
	assert.Equal(t, Stages{{0, 0}, {2 * s, 2}, {2 * s, 4}, {s, 5}}, got)
	assert.Equal(t, []time.Duration{0, 2 * s, 4 * s, 5 * s}, asked, "each once, in order")
	assert.Len(t, Curve(5*s, 0, func(time.Duration) float64 { return 1 }), 1001)
	for _, c := range []struct {
		at7  float64
		want string
	}{
		{math.NaN(), "stage 8, which ends at 7s, goes to NaN: want 0 to 10000000 users"},
		{math.Inf(1), "stage 8, which ends at 7s, goes to +Inf: want 0 to 10000000 users"},
		{-.1, "stage 8, which ends at 7s, goes to -0.1: want 0 to 10000000 users"},
		{1e7 + 1, "stage 8, which ends at 7s, goes to 1.0000001e+07: want 0 to 10000000 users"},
	} {
		bad := Curve(10*s, s, func(at time.Duration) float64 {
			if at == 7*s {
				return c.at7
			}
			return 3
		})
		assert.EqualError(t, bad.valid(false), c.want)
	}
	assert.ErrorContains(t, Curve(time.Hour, time.Millisecond, func(time.Duration) float64 { return 1 }).valid(false), "there are 100001 stages")
	assert.ErrorContains(t, Curve(0, s, func(time.Duration) float64 { return 1 }).valid(false), "there are no stages")
	assert.ErrorContains(t, Curve(s, s, func(time.Duration) float64 { return 0 }).valid(false), "never leave 0")
}
