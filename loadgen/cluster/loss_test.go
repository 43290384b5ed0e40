package cluster

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
)

// TestKilledWorkerIsReplacedAtTheBorder: its part is lost up to the next phase, and made by the others then.
func TestKilledWorkerIsReplacedAtTheBorder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil).of(3, long)
		time.AfterFunc(22*time.Second, f.workers[1].kill) // the run begins at 2 s
		sum := f.whole()
		require.Len(t, sum.Workers, 3)
		w := sum.Workers[1]
		assert.Equal(t, report.WorkerLost, w.State)
		assert.InDelta(t, 20, w.LostS, 1.5)
		assert.InDelta(t, 1./3, w.Share, .05, "until it was lost")
		assert.InDelta(t, 1, sum.Workers[0].Share+sum.Workers[2].Share, .06, "of the whole run")
		lost := sum.Phases[0].Lost
		require.NotNil(t, lost)
		assert.InDelta(t, 4*80, lost.UserSeconds, 6)
		assert.InDelta(t, 80./300, lost.Share, .01)
		assert.Nil(t, sum.Phases[1].Lost)
		assert.Equal(t, []int{12, 8, 12}, []int{usersAt(sum, 10), usersAt(sum, 90), usersAt(sum, 150)})
		require.NotEmpty(t, sum.Notes)
		assert.Contains(t, sum.Notes[0], "w1")
	})
}

// TestIterationsOfALostWorkerAreNoted: no one makes them, which the summary says, also of phases that begin later, and not of
// those that were over.
func TestIterationsOfALostWorkerAreNoted(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil).of(3, func(to *actions) loadgen.Runner {
			r := script(to)
			r.Schedule = phase.Schedule{
				{Name: "before", For: 10 * time.Second, Users: 12, Iterations: 10},
				{Name: "during", For: 90 * time.Second, Users: 12, Iterations: 301},
				{Name: "plain", For: 10 * time.Second, Users: 12},
				{Name: "after", Users: 12, Iterations: 50},
			}
			return r
		})
		time.AfterFunc(22*time.Second, f.workers[1].kill) // the run begins at 2 s
		sum := f.whole()
		require.NotNil(t, sum.Phases[1].Lost)
		var said []string
		for _, n := range sum.Notes {
			if strings.HasPrefix(n, "Up to ") {
				said = append(said, n)
			}
		}
		assert.Equal(t, []string{
			"Up to 100 of the 301 iterations of phase during were not made: they were the part of worker w1, which was lost, and others do not make it.",
			"Up to 17 of the 50 iterations of phase after were not made: they were the part of worker w1, which was lost, and others do not make it.",
		}, said)
		assert.Less(t, sum.Phases[1].Requests, int64(301))
		assert.Equal(t, int64(33), sum.Phases[3].Requests)
	})
}

// TestPolicies: when the others make the load of a lost worker, and whether the run continues.
func TestPolicies(t *testing.T) {
	lengthy(t)
	for _, c := range []struct {
		policy LossPolicy
		users  [3]int // at 10 s, 90 s and 150 s
		lost   [2]float64
	}{
		{LossNow, [3]int{12, 12, 12}, [2]float64{4 * 64, 0}},
		{LossNever, [3]int{12, 8, 8}, [2]float64{4 * 80, 4 * 100}},
	} {
		bubble(t, func(t *testing.T) {
			f := newFleet(t, func(o *Config) { o.OnLoss = c.policy }).of(3, long)
			time.AfterFunc(22*time.Second, f.workers[1].kill)
			sum := f.whole()
			assert.Equal(t, c.users, [3]int{usersAt(sum, 10), usersAt(sum, 90), usersAt(sum, 150)}, c.policy)
			for i, want := range c.lost {
				got := 0.
				if l := sum.Phases[i].Lost; l != nil {
					got = l.UserSeconds
				}
				assert.InDelta(t, want, got, 8, "%s, phase %d", c.policy, i)
			}
		})
	}
}

// TestStopAtLoss: the run ends as aborted.
func TestStopAtLoss(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(o *Config) { o.OnLoss = LossStop }).of(3, long)
		time.AfterFunc(22*time.Second, f.workers[1].kill)
		sum, err := f.run()
		require.ErrorIs(t, err, loadgen.ErrAborted)
		assert.ErrorContains(t, err, "worker w1 is lost")
		assert.InDelta(t, 84, sum.EndS, 2)
		f.close()
	})
}

// TestGoodbye: a worker that has to end hands its part over in order, all figures in.
func TestGoodbye(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil).of(3, long)
		time.AfterFunc(22*time.Second+300*time.Millisecond, f.workers[1].leave)
		sum := f.whole()
		assert.Equal(t, []int{12, 8, 12}, []int{usersAt(sum, 10), usersAt(sum, 90), usersAt(sum, 150)})
		assert.Equal(t, "it was told to end", sum.Workers[1].Why)
		assert.EqualValues(t, len(f.did()), sum.Total.Requests)
		assert.InDelta(t, 4*79.7, sum.Phases[0].Lost.UserSeconds, .5)
	})
}

// TestAllLost: without workers the run ends, and the log has Locust's words for it.
func TestAllLost(t *testing.T) {
	for word, c := range map[string]struct {
		end  func(*hired)
		endS float64
	}{
		"went missing": {(*hired).kill, 84},
		"quit":         {func(h *hired) { h.leave() }, 20},
	} {
		if testing.Short() && word == "quit" {
			continue
		}
		bubble(t, func(t *testing.T) {
			var log strings.Builder // written under the coordinator's lock alone
			f := newFleet(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) }).of(2, long)
			time.AfterFunc(22*time.Second, func() {
				c.end(f.workers[0])
				c.end(f.workers[1])
			})
			sum, err := f.run()
			require.ErrorIs(t, err, loadgen.ErrAborted)
			assert.ErrorContains(t, err, "all workers are lost")
			assert.InDelta(t, c.endS, sum.EndS, 2)
			f.close()
			assert.Equal(t, 1, strings.Count(log.String(), "The last worker "+word+", stopping test."), "%s", log.String())
		})
	}
}

// TestLostArrivalsAreCounted: planned = started + lost, to the last one.
func TestLostArrivalsAreCounted(t *testing.T) {
	lengthy(t)
	open := func(to *actions) loadgen.Runner {
		r := script(to)
		r.Schedule = phase.Schedule{{Name: "one", For: 100 * time.Second, Arrivals: &phase.Arrivals{Rate: 9}}}
		return r
	}
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil).of(3, open)
		time.AfterFunc(22*time.Second, f.workers[1].kill)
		sum := f.whole()
		plan, err := open(nil).Plan()
		require.NoError(t, err)
		_, arrivals := plan.Planned(loadgen.Share{}, 0, 100*time.Second)
		c := sum.Total.Counters
		assert.Equal(t, arrivals, c.Planned)
		assert.Equal(t, c.Planned, c.Started+c.Lost)
		assert.Equal(t, c.Lost, sum.Phases[0].Lost.Arrivals)
		assert.InDelta(t, .267, sum.Phases[0].Lost.Share, .01)
	})
}

// TestLossesOfTheNetwork: a connection that holds back or ends costs nothing below the fence.
func TestLossesOfTheNetwork(t *testing.T) {
	var alone actions
	bubble(t, func(t *testing.T) {
		_, err := long(&alone).Run(t.Context())
		require.NoError(t, err)
	})
	for _, c := range []struct {
		name     string
		up, down bool
		cut      bool
		seconds  time.Duration
	}{
		{"all held for 2 s", true, true, false, 2},
		{"all held for 8 s", true, true, false, 8},
		{"all held for 40 s", true, true, false, 40},
		{"the worker is not heard for 40 s", true, false, false, 40},
		{"the worker hears nothing for 40 s", false, true, false, 40},
		{"cut for 1 s", false, false, true, 1},
		{"cut for 40 s", false, false, true, 40},
	} {
		if testing.Short() && c.name != "cut for 1 s" {
			continue
		}
		bubble(t, func(t *testing.T) {
			f := newFleet(t, nil).of(2, long)
			w := f.workers[1]
			time.AfterFunc(22*time.Second+123*time.Millisecond, func() {
				if w.hold(c.up, c.down); c.cut {
					w.wire.Cut()
				}
			})
			time.AfterFunc((22+c.seconds)*time.Second+456*time.Millisecond, w.mend)
			sum := f.whole(c.name)
			assert.Equal(t, alone.sorted(), f.did(), c.name)
			assert.EqualValues(t, len(alone.list), sum.Total.Requests, c.name)
			assert.Empty(t, sum.Notes, c.name)
			assert.Equal(t, report.WorkerStopped, sum.Workers[1].State, c.name)
		})
	}
}

// TestFence: a worker that has no word from its coordinator for too long ends by itself, before others make
// its part; all that it did counts, and it works again afterwards.
func TestFence(t *testing.T) {
	for _, c := range unlessShort([]struct {
		name     string
		up, down bool
	}{
		{"nothing passes", true, true},
		{"the worker is not heard", true, false},
		{"the worker hears nothing", false, true},
	}) {
		bubble(t, func(t *testing.T) {
			f := newFleet(t, func(o *Config) { o.OnLoss = LossNow }).of(3, long)
			w := f.workers[1]
			var at time.Time
			time.AfterFunc(22*time.Second+123*time.Millisecond, func() {
				at = time.Now()
				w.hold(c.up, c.down)
			})
			time.AfterFunc(92*time.Second, w.mend)
			sum, err := f.run()
			require.NoError(t, err, c.name)
			assert.Equal(t, report.WorkerLost, sum.Workers[1].State, c.name)
			assert.EqualValues(t, len(f.did()), sum.Total.Requests, c.name)
			last := w.target.last.Sub(at)
			assert.Greater(t, last, 55*time.Second, c.name)
			assert.Less(t, last, 62*time.Second, c.name)
			assert.Equal(t, 12, usersAt(sum, 150), c.name)
			f.script = script
			require.NoError(t, f.c.Await(t.Context(), 3, time.Minute), c.name)
			sum, err = f.run()
			require.NoError(t, err, c.name)
			assert.Len(t, sum.Workers, 3, c.name)
			f.close()
		})
	}
}

// TestScaleBeforeTheBorder: a level by hand does not wait for the border at which the others take over.
func TestScaleBeforeTheBorder(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil).of(3, long)
		time.AfterFunc(12*time.Second, f.workers[1].kill)
		time.AfterFunc(82*time.Second, func() { f.current().Scale(24, 0) })
		sum := f.whole()
		assert.Equal(t, []int{8, 16, 12}, []int{usersAt(sum, 78), usersAt(sum, 90), usersAt(sum, 150)})
	})
}

// TestResetThatIsMissed: what a worker did between a reset and the time when it heard of it does not count, and
// the report says so.
func TestResetThatIsMissed(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil).of(2, long)
		w := f.workers[1]
		time.AfterFunc(22*time.Second+123*time.Millisecond, func() { w.hold(true, true) })
		time.AfterFunc(32*time.Second, func() { f.current().Reset() })
		time.AfterFunc(62*time.Second, w.mend)
		sum := f.whole()
		assert.Positive(t, sum.Total.Requests)
		require.Len(t, sum.Notes, 1)
		assert.Contains(t, sum.Notes[0], "zeroed 30s after the start, and worker w1 did not hear of it in time")
	})
}

// TestScaleThatIsMissed: a level by hand of a phase that is over is not made by a worker that hears of it then.
func TestScaleThatIsMissed(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil).of(3, long)
		w := f.workers[1]
		time.AfterFunc(92*time.Second+123*time.Millisecond, func() { w.hold(true, true) })
		time.AfterFunc(95*time.Second, func() { f.current().Scale(36, 0) })
		time.AfterFunc(112*time.Second, w.mend)
		sum := f.whole()
		assert.Equal(t, 28, usersAt(sum, 98))
		assert.InDelta(t, 12, usersAt(sum, 150), 4)
		assert.Contains(t, strings.Join(sum.Notes, "\n"), "worker w1 got a command")
	})
}

// TestKilledAtAnyTime: whenever a worker is killed, the others do what they would have done all the same, at the same
// instants, and what is lost is known to a second.
func TestKilledAtAnyTime(t *testing.T) {
	lengthy(t)
	ramp := func(to *actions) loadgen.Runner {
		r := long(to)
		r.Schedule[0].SpawnRate = 1
		return r
	}
	var alone actions
	var want map[string]time.Duration
	bubble(t, func(t *testing.T) {
		sum, err := ramp(&alone).Run(t.Context())
		require.NoError(t, err)
		want = alone.times(sum.Start)
	})
	for name, c := range map[string]struct {
		at   time.Duration
		lost [2]float64 // user-seconds of users 2, 5, 8 and 11, who join after 1, 4, 7 and 10 s
	}{
		"let go, before the start": {-commit / 2, [2]float64{99 + 96 + 93 + 90, 0}},
		"in the ramp":              {5500 * time.Millisecond, [2]float64{95 + 95 + 93 + 90, 0}},
		"in the last second":       {199500 * time.Millisecond, [2]float64{0, 4}},
		"with its last figures":    {200020 * time.Millisecond, [2]float64{0, 4}},
	} {
		bubble(t, func(t *testing.T) {
			f := newFleet(t, nil).of(3, ramp)
			w := f.workers[1]
			time.AfterFunc(192*time.Second, func() { w.wire.Delay(50*time.Millisecond, 50*time.Millisecond) })
			time.AfterFunc(2*time.Second+c.at, w.kill) // the run begins at 2 s
			sum := f.whole(name)
			assert.Equal(t, report.WorkerLost, sum.Workers[1].State, name)
			require.NotEmpty(t, sum.Notes, name)
			assert.Contains(t, sum.Notes[0], "Worker w1 was lost", name)
			for i, want := range c.lost {
				got := 0.
				if l := sum.Phases[i].Lost; l != nil {
					got = l.UserSeconds
				}
				assert.InDelta(t, want, got, 4, "%s, phase %d", name, i)
			}
			assert.InDelta(t, len(f.did()), sum.Total.Requests, 8, name)
			balanced(t, sum)
			for _, other := range []*hired{f.closed[0], f.closed[2]} {
				for text, at := range other.target.times(sum.Start) {
					if c.at > 100*time.Second || at < 100*time.Second {
						assert.Equal(t, want[text], at, "%s: %s", name, text)
					}
				}
			}
		})
	}
}

// TestAnyFaults draws what happens to one worker or two of three, and when: it is killed, or its connection ends or holds back, in one
// direction or both, for shorter or longer than the fence. No user is ever with two workers, every request counts once,
// and the level is whole again.
func TestAnyFaults(t *testing.T) {
	runs := uint64(8)
	if testing.Short() {
		runs = 1
	}
	anyFaults(t, 0, runs)
}

// TestAChildThatEnds is lost at once, whatever --orphan says: no other process can have its users.
func TestAChildThatEnds(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.OnLoss = LossNow }).of(3, long)
		time.AfterFunc(22*time.Second+300*time.Millisecond, func() {
			f.workers[1].kill()
			f.c.ended("w1", "signal: killed")
			f.c.ended("w7", "no worker of this master")
		})
		sum := f.whole()
		assert.Equal(t, []int{12, 12}, []int{usersAt(sum, 10), usersAt(sum, 24)})
		assert.Equal(t, "signal: killed", sum.Workers[1].Why)
		assert.InDelta(t, 20, sum.Workers[1].LostS, 1.5)
		assert.InDelta(t, 4, sum.Phases[0].Lost.UserSeconds, 4)
	})
}

// TestStopWithoutAMissingWorker: a run that is stopped by hand waits for a worker that is silent for five seconds of its
// silence, says what it does not know, and takes no more from it; a planned end waits until the worker must have stopped.
func TestStopWithoutAMissingWorker(t *testing.T) {
	lengthy(t)
	for _, c := range []struct {
		name   string
		silent time.Duration // from then on, with the run's start at 2 s
		stop   time.Duration // 0: as planned, at 202 s
		hurry  time.Duration // the process is to end
		waits  time.Duration // from the stop on
		why    string
	}{
		{"by hand, missing for long", 22 * time.Second, 42 * time.Second, 0, time.Second, "may make load for another 4"},
		{"by hand, silent just now", 41 * time.Second, 42 * time.Second, 0, 6 * time.Second, "may make load for another 5"},
		{"as planned", 190 * time.Second, 0, 0, 51 * time.Second, "silent for 1m"},
		{"as planned, and the process is to end", 190 * time.Second, 0, 212 * time.Second, 11 * time.Second, "may make load for another 4"},
	} {
		bubble(t, func(t *testing.T) {
			f := newFleet(t, nil).of(2, long)
			began, w := time.Now(), f.workers[1]
			time.AfterFunc(c.silent, func() { w.hold(true, true) })
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stop := 202 * time.Second
			if c.stop > 0 {
				stop = c.stop
				time.AfterFunc(stop, cancel)
			}
			if c.hurry > 0 {
				time.AfterFunc(c.hurry, f.c.hurry)
			}
			sum, err := f.runner().Run(ctx)
			if c.stop > 0 {
				require.ErrorIs(t, err, loadgen.ErrStopped, c.name)
			} else {
				require.NoError(t, err, c.name)
			}
			assert.InDelta(t, c.waits.Seconds(), (time.Since(began) - stop).Seconds(), 2.5, c.name)
			lost := sum.Workers[1]
			assert.Equal(t, report.WorkerLost, lost.State, c.name)
			assert.Contains(t, lost.Why, c.why, c.name)
			assert.InDelta(t, (c.silent - 2*time.Second).Seconds(), lost.LostS, 1.5, c.name)
			assert.Positive(t, sum.LostShare(), c.name)
			if c.stop > 0 { // another run, during which the worker still makes load of this one
				f.script = script
				time.AfterFunc(10*time.Second, w.mend)
				next, err := f.run()
				require.NoError(t, err, c.name)
				require.NotEmpty(t, next.Notes, c.name)
				assert.Contains(t, strings.Join(next.Notes, "\n"), "worker w1, which was silent when a run before this one was stopped", c.name)
				assert.EqualValues(t, len(f.workers[0].target.list), sum.Workers[0].Requests+next.Total.Requests, c.name)
			} else {
				w.mend()
				require.NoError(t, f.c.Await(t.Context(), 2, time.Minute), c.name)
			}
			f.close()
		})
	}
}
