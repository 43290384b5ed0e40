package cluster

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// TestOtherPlans: the run is refused, and no request is sent.
func TestOtherPlans(t *testing.T) {
	for want, edit := range map[string]func(*loadgen.Runner){
		"worker w1 has another plan": func(r *loadgen.Runner) { r.Seed = 2 },
		"phase ramp: users 23 against 24": func(r *loadgen.Runner) {
			r.Schedule[0].Users = 24
		},
		"has another plan: it is too long to be sent": func(r *loadgen.Runner) { // and the master's does not wait for it
			r.Schedule[0].Stages, r.Schedule[0].Users, r.Schedule[0].SpawnRate, r.Schedule[0].For = make(phase.Stages, 60_000), 0, 0, 0
			for i := range r.Schedule[0].Stages {
				r.Schedule[0].Stages[i] = phase.Stage{For: time.Second, To: 1 + float64(i%2)}
			}
		},
		"worker w1: loadgen: Runner.Schedule is empty": func(r *loadgen.Runner) { r.Schedule = nil },
	} {
		if testing.Short() && strings.Contains(want, "too long") {
			continue
		}
		bubble(t, func(t *testing.T) {
			f := newFleet(t, nil)
			f.hire("w0", nil)
			f.hire("w1", func(c *WorkerConfig) {
				c.Configure = func(map[string]string, []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
					return func(loadgen.StartRequest) (loadgen.Runner, error) {
						r := script(new(actions))
						edit(&r)
						return r, nil
					}, nil
				}
			})
			require.NoError(t, f.c.Await(t.Context(), 2, time.Minute))
			_, err := f.run()
			assert.ErrorContains(t, err, want)
			assert.Empty(t, f.did())
		})
	}
}

// verbose is a user with tasks that no other one has, of long names.
type verbose struct{}

func (verbose) Tasks() []scenario.Task {
	do := func(context.Context) error { return nil }
	return []scenario.Task{{Name: strings.Repeat("!", 100_000), Weight: 3, Do: do}, {Name: "b", Weight: 1, Do: do}}
}

// TestWhatIsTooLongToBeSent ends the start of a run, or the run, with a line.
func TestWhatIsTooLongToBeSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		f.hireAll(2)
		c := f.controller()
		require.NoError(t, c.Start(loadgen.StartRequest{Users: 1, KindSettings: []string{strings.Repeat("<", 400_000)}}))
		_, err := c.Wait(t.Context())
		assert.EqualError(t, err, "cluster: the request of the run has 2.4 MB, and several processes take at most 1 MB")
		f.script = func(to *actions) loadgen.Runner {
			r := script(to)
			make := r.NewUser
			r.NewUser = func(env scenario.Env) (scenario.User, error) {
				if env.User < 5 { // the plan is made with the first one
					return make(env)
				}
				return verbose{}, nil
			}
			return r
		}
		began := time.Now()
		_, err = f.run()
		require.ErrorIs(t, err, loadgen.ErrAborted)
		assert.ErrorContains(t, err, "the tasks of user 5 are not those")
		assert.Less(t, len(err.Error()), 2*maxReason)
		assert.Less(t, time.Since(began), 20*time.Second)
	})
}

// TestDistantClocks: a worker whose clock is not known well enough is refused.
func TestDistantClocks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		f.delay = [2]time.Duration{400 * time.Millisecond, 400 * time.Millisecond}
		w := f.hire("far", nil)
		require.NoError(t, f.c.Await(t.Context(), 1, time.Minute))
		for range 20 {
			time.Sleep(time.Second)
			assert.Equal(t, report.WorkerReady, f.c.Workers()[0].State)
		}
		_, err := f.run()
		assert.ErrorContains(t, err, "the clock of worker far is known to")
		w.wire.Delay(100*time.Millisecond, 0)
		time.Sleep(time.Minute)
		sum, err := f.run()
		require.NoError(t, err)
		assert.Less(t, sum.Workers[0].StartSkewMS, 60.)
		assert.Empty(t, sum.Notes)
	})
}

// TestALinkThatBecomesSlow: messages take longer than when the worker asked for the time last.
func TestALinkThatBecomesSlow(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		f.hireAll(2)
		time.Sleep(19 * time.Second)
		f.workers[1].wire.Delay(500*time.Millisecond, 500*time.Millisecond)
		sum, err := f.run()
		require.NoError(t, err)
		assert.Empty(t, sum.Notes)
	})
}

// hireFaulty starts a worker to which something happens when an order of a kind comes to it, once; happened is set then.
func (f *fleet) hireFaulty(name string, at orderKind, fault func(*hired)) (w *hired, happened *atomic.Bool) {
	var once sync.Once
	happened = new(atomic.Bool)
	w = f.hire(name, func(c *WorkerConfig) {
		wrap := c.wrap
		c.wrap = func(conn net.Conn) net.Conn {
			return watch{wrap(conn), `"kind":"` + string(at) + `"`, func() { happened.Store(true); fault(w) }, &once}
		}
	})
	return w, happened
}

// TestNoStartAlone: a worker that is cut off before all are let go, or killed at whatever stage, keeps the others from
// beginning, and begins with none of them.
func TestNoStartAlone(t *testing.T) {
	cut := func(h *hired) { h.wire.Cut() }
	for _, c := range []struct {
		stage orderKind
		fault func(*hired)
	}{{toPrepare, cut}, {toArm, cut}, {toPrepare, (*hired).kill}, {toArm, (*hired).kill}, {toGo, (*hired).kill}} {
		if testing.Short() && c.stage != toGo {
			continue
		}
		bubble(t, func(t *testing.T) {
			f := newFleet(t, nil)
			f.hire("w0", nil)
			w, happened := f.hireFaulty("w1", c.stage, c.fault)
			require.NoError(t, f.c.Await(t.Context(), 2, time.Minute))
			_, err := f.run()
			assert.True(t, happened.Load())
			assert.ErrorContains(t, err, "worker w1 does not answer", c.stage)
			assert.Empty(t, f.did(), c.stage)
			w.wire.Mend()
			time.Sleep(10 * time.Second)
			_, err = f.run()
			assert.NoError(t, err, "and the next run begins")
		})
	}
}

// TestKilledWhileTheStartIsCalledOff: one worker is killed as it is let go, another as that is taken back.
func TestKilledWhileTheStartIsCalledOff(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		f.hire("w0", nil)
		_, first := f.hireFaulty("w1", toGo, (*hired).kill)
		_, second := f.hireFaulty("w2", toCancel, (*hired).kill)
		require.NoError(t, f.c.Await(t.Context(), 3, time.Minute))
		_, err := f.run()
		assert.ErrorContains(t, err, "does not answer")
		assert.True(t, first.Load() && second.Load())
		assert.Empty(t, f.did())
		time.Sleep(10 * time.Second)
		sum, err := f.run()
		require.NoError(t, err)
		assert.Len(t, sum.Workers, 1)
	})
}

// TestBeginsOverAnyWay: however long messages take in either direction, no user of a worker acts later or earlier than in
// a single process by more than the bound of that worker's clock.
func TestBeginsOverAnyWay(t *testing.T) {
	const ms = time.Millisecond
	var alone actions
	var want map[string]time.Duration
	bubble(t, func(t *testing.T) {
		sum, err := script(&alone).Run(t.Context())
		require.NoError(t, err)
		want = alone.times(sum.Start)
	})
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		ways := [][2]time.Duration{{10 * ms, 30 * ms}, {200 * ms, 200 * ms}, {0, 0}, {ms, ms}, {30 * ms, 30 * ms}, {30 * ms, 10 * ms}}
		if testing.Short() {
			ways = ways[:2]
		}
		for i, way := range ways {
			f.delay = way
			f.hire(fmt.Sprint("w", i), func(c *WorkerConfig) { c.Index = i + 1 })
		}
		require.NoError(t, f.c.Await(t.Context(), len(ways), time.Minute))
		sum := f.whole()
		assert.Empty(t, sum.Notes)
		assert.EqualValues(t, len(alone.list), sum.Total.Requests)
		for i, h := range f.closed {
			bound, worst := sum.Workers[i].ClockBoundMS, 0.
			for text, at := range h.target.times(sum.Start) {
				worst = max(worst, (at-want[text]).Abs().Seconds()*1e3)
			}
			t.Logf("%s: off by %.3f ms at most, bound %.3f ms, start %+.3f ms late", h.name, worst, bound, sum.Workers[i].StartSkewMS)
			assert.LessOrEqual(t, worst, bound+.001, h.name)
		}
	})
}

// TestAWorkerCutOffAtTheLastMomentEndsByItself: it was let go and does not know that the others were called off.
func TestAWorkerCutOffAtTheLastMomentEndsByItself(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.Orphan = 10 * time.Second })
		f.hire("w0", nil)
		var once sync.Once
		var w *hired
		w = f.hire("w1", func(c *WorkerConfig) {
			wrap := c.wrap
			c.wrap = func(conn net.Conn) net.Conn {
				return watch{wrap(conn), `"kind":"go"`, func() { w.wire.Cut() }, &once}
			}
		})
		require.NoError(t, f.c.Await(t.Context(), 2, time.Minute))
		_, err := f.run()
		assert.ErrorContains(t, err, "does not answer")
		assert.Empty(t, f.workers[0].target.list)
		time.Sleep(5 * time.Second)
		w.wire.Mend()
		time.Sleep(3 * time.Second)
		n := len(w.target.list)
		time.Sleep(20 * time.Second)
		assert.Len(t, w.target.list, n, "it has learnt that its run is not in progress")
	})
}

// TestSettings: they arrive as they are given, also where there are none.
func TestSettings(t *testing.T) {
	for _, given := range []map[string]string{nil, {}, {"users": "12", "host": "http://a"}} {
		if testing.Short() && len(given) == 0 {
			continue
		}
		bubble(t, func(t *testing.T) {
			f := newFleet(t, func(c *Config) { c.Settings, c.Secrets = given, []string{"key"} })
			var got map[string]string
			f.hire("w0", func(c *WorkerConfig) {
				configure := c.Configure
				c.Configure = func(settings map[string]string, secrets []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
					got = settings
					assert.Equal(t, []string{"key"}, secrets)
					return configure(settings, secrets)
				}
			})
			require.NoError(t, f.c.Await(t.Context(), 1, time.Minute))
			_, err := f.run()
			require.NoError(t, err)
			assert.Len(t, got, len(given))
			for name, value := range given {
				assert.Equal(t, value, got[name])
			}
		})
	}
}

// watch calls f once, when what comes to a worker has a text in it.
type watch struct {
	net.Conn
	text string
	f    func()
	once *sync.Once
}

func (w watch) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if strings.Contains(string(b[:n]), w.text) {
		w.once.Do(w.f)
	}
	return n, err
}
