package scenario

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
)

// script is a distribution whose samples are given in order.
type script struct {
	mean  time.Duration
	steps *[]time.Duration
}

func (s script) Sample(rand.Source) time.Duration {
	next := (*s.steps)[0]
	*s.steps = (*s.steps)[1:]
	return next
}
func (s script) Moments() (time.Duration, float64) { return s.mean, 1 }
func (s script) Validate() error                   { return nil }
func (s script) String() string                    { return "script" }

func scripted(steps ...time.Duration) script { return script{mean: time.Second, steps: &steps} }

func TestOnOffSteps(t *testing.T) {
	o := OnOff{
		On:    scripted(5*time.Second, 0),
		Off:   scripted(7*time.Second, 9*time.Second, 11*time.Second),
		Think: scripted(2*time.Second, 3*time.Second, time.Nanosecond, time.Second),
	}
	r := Rhythm{stage: lapsing}
	for i, want := range []struct {
		turn Turn
		on   bool
	}{
		{Turn{Wait: 7 * time.Second}, false},           // OFF
		{Turn{Act: true}, true},                        // ON: a task at once
		{Turn{Wait: 2 * time.Second, Act: true}, true}, // 3 s left
		{Turn{Wait: 3 * time.Second, Act: true}, true}, // fits exactly
		{Turn{}, true},                       // 1 ns does not fit into nothing
		{Turn{Wait: 9 * time.Second}, false}, // OFF
		{Turn{Act: true}, true},              // an ON period of no length has one task
		{Turn{}, true},
		{Turn{Wait: 11 * time.Second}, false},
	} {
		assert.Equal(t, want.turn, o.Next(&r), "step %d", i)
		assert.Equal(t, want.on, r.On, "step %d", i)
	}
}

func TestOnOffRestOfPeriodIsSpentOn(t *testing.T) {
	o := OnOff{On: scripted(5 * time.Second), Off: scripted(time.Second), Think: scripted(2*time.Second, 4*time.Second)}
	r := Rhythm{stage: resting}
	o.Next(&r)
	o.Next(&r)
	assert.Equal(t, Turn{Wait: 3 * time.Second}, o.Next(&r), "4 s do not fit into 3 s")
	assert.True(t, r.On)
	assert.Equal(t, Turn{Wait: time.Second}, o.Next(&r))
	assert.False(t, r.On)
}

// TestOnOffPeriodsAreExact compares the instants at which a user turns ON with
// the sums of the periods drawn, to the nanosecond and over 1,000 cycles.
func TestOnOffPeriodsAreExact(t *testing.T) {
	instants := func(p Pacer) (got, want []time.Duration) {
		r := NewRhythm(1, 1, 0)
		var drawn rand.PCG
		on, last := true, time.Duration(0)
		walk(p, &r, 20*time.Hour, 0, func(s segment) {
			if on || !s.on {
				on = s.on
				return
			}
			on = true
			if got = append(got, s.from); len(got) == 1 {
				drawn = NewRhythm(1, 1, 0).Period
				bursty.Off.Sample(&drawn) // of the cycle that was in progress
				last = s.from
			}
			want = append(want, last)
			last += bursty.On.Sample(&drawn) + bursty.Off.Sample(&drawn)
		})
		return got, want
	}
	got, want := instants(bursty)
	assert.Greater(t, len(got), 1000)
	assert.Equal(t, want, got)

	got, want = instants(untrimmed{bursty})
	assert.NotEqual(t, want, got, "a mutant that ends the period with the last gap")
}

// untrimmed lets the gap that does not fit run to its end: the period drifts.
type untrimmed struct{ OnOff }

func (m untrimmed) Next(r *Rhythm) Turn {
	if r.stage != acting {
		return m.OnOff.Next(r)
	}
	gap := m.Think.Sample(&r.Think)
	turn := m.After(r, gap)
	turn.Wait = gap
	return turn
}

func TestOnOffPlanDoesNotDependOnTheTarget(t *testing.T) {
	plan := func(response time.Duration) (turns []segment) {
		r := NewRhythm(7, 3, 0)
		from := time.Duration(0)
		walk(bursty, &r, 10*time.Hour, response, func(s segment) {
			turns = append(turns, segment{from: from, to: s.to - s.from, on: s.on, act: s.act})
		})
		return turns[:500]
	}
	assert.Equal(t, plan(0), plan(3*time.Second))
}

// TestSessionIsOneOnPeriod: a session acts at once and is over at the first
// turn that does not act, after all of the ON period drawn.
func TestSessionIsOneOnPeriod(t *testing.T) {
	for user := range uint64(100) {
		r := NewRhythm(1, user, 0)
		period := r.Period
		bursty.Begin(&r) // nothing of a former life may matter
		r.Period = period
		var length time.Duration
		turn := bursty.Arrive(&r)
		assert.Equal(t, Turn{Act: true}, turn)
		for ; turn.Act; turn = bursty.Next(&r) {
			assert.True(t, r.On)
			length += turn.Wait
		}
		assert.Equal(t, bursty.On.Sample(&period), length+turn.Wait)
	}
}

// TestOnOffGolden freezes the first turns of three users: they are part of a
// published result. A plus is a wait in ON, an exclamation mark a task at its
// end.
func TestOnOffGolden(t *testing.T) {
	o := OnOff{On: gamma(5*time.Second, 1), Off: gamma(4*time.Second, 2), Think: gamma(2*time.Second, .3)}
	for user, want := range []string{
		"+1.646500312s! +1.171288084s! +2.337588075s! +657.893362ms! +2.247371343s 8.532374105s +0s! " +
			"+2.04427462s! +332.459124ms 785.151424ms +0s! +2.285826546s! ",
		"+2.454393277s! +1.10002588s 18.404882ms +0s! +838.095623ms 83.581782ms +0s! +1.176601631s! " +
			"+1.694165453s! +1.306531086s! +2.63229863s! +1.30102356s! +2.640054722s 232.710228ms +0s! " +
			"+1.451078888s! +1.772049407s 16.831657861s ",
		"+269.073963ms! +1.643583143s! +1.967415539s! +1.859451253s! +1.725133545s! +648.612291ms 908.886µs +0s! " +
			"+1.292172698s! +2.020756342s! +2.027410057s! +1.089745017s! +438.73337ms 6.236820218s ",
	} {
		r := NewRhythm(1, uint64(user+1), 0)
		var got strings.Builder
		walk(o, &r, 20*time.Second, 0, func(s segment) {
			fmt.Fprintf(&got, "%s%v%s ", map[bool]string{true: "+"}[s.on], s.to-s.from, map[bool]string{true: "!"}[s.act])
		})
		assert.Equal(t, want, got.String())
	}
}

func TestRhythmIsSmall(t *testing.T) {
	assert.LessOrEqual(t, unsafe.Sizeof(Rhythm{}), uintptr(64))
}

func TestRhythmsDiffer(t *testing.T) {
	seen := map[Rhythm]bool{}
	for _, key := range [][3]uint64{{1, 1, 0}, {1, 2, 0}, {2, 1, 0}, {1, 1, 1}} {
		seen[NewRhythm(key[0], key[1], key[2])] = true
	}
	assert.Len(t, seen, 4)
	r := NewRhythm(1, 1, 0)
	assert.Len(t, map[rand.PCG]bool{r.Start: true, r.Period: true, r.Think: true}, 3)
}

func TestOnOffLongPeriodIsNotReplayed(t *testing.T) {
	o := OnOff{On: dist.Constant{Value: dist.Longest}, Off: gamma(time.Nanosecond, 1), Think: gamma(time.Second, 1)}
	var wait time.Duration
	for user := range uint64(1000) { // replaying would take 1.6e9 gaps each
		r := NewRhythm(1, user, 0)
		turn := o.Begin(&r)
		require.True(t, turn.Act)
		wait += turn.Wait
	}
	assert.InDelta(t, 1, wait.Seconds()/1000, 5/31.6, "memoryless gaps leave a whole mean gap")
}

func TestOnOffDoesNotAllocate(t *testing.T) {
	var p Pacer = bursty
	r := NewRhythm(1, 1, 0)
	assert.Zero(t, testing.AllocsPerRun(1000, func() { p.Begin(&r) }))
	assert.Zero(t, testing.AllocsPerRun(1000, func() { p.Next(&r) }))
	assert.Zero(t, testing.AllocsPerRun(1000, func() { NewRhythm(1, 2, 3) }))
}

func BenchmarkNext(b *testing.B) {
	for _, c := range []struct {
		name  string
		pacer Pacer
	}{
		{"onoff", bursty},
		{"between", Between(time.Second, 3*time.Second)},
		{"gamma", Think{Time: gamma(2*time.Second, .3)}},
		{"start-to-start", StartToStart{Gap: dist.Constant{Value: time.Second}}},
		{"nowait", NoWait{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := NewRhythm(1, 1, 0)
			c.pacer.Begin(&r)
			b.ReportAllocs()
			for b.Loop() {
				c.pacer.Next(&r)
			}
		})
	}
}

func BenchmarkNewUser(b *testing.B) {
	var p Pacer = bursty
	b.ReportAllocs()
	for b.Loop() {
		r := NewRhythm(1, 1, 0)
		p.Begin(&r)
	}
}
