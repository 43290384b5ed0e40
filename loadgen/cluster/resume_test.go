package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// kill ends the coordinator as kill -9 does, except for the bus: it says nothing more, and writes nothing more.
func (c *Coordinator) kill() {
	c.mu.Lock()
	r := c.run
	c.mu.Unlock()
	r.keeper.mu.Lock()
	r.keeper.path += ".killed" // first: without its connection it would keep that the run does not begin
	r.keeper.mu.Unlock()
	c.conn.Close()
	c.end()
	c.tasks.Wait()
	c.unlock()
	r.m.Abort(errors.New("killed"))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shut, c.run = true, nil
	r.finish()
}

// resumable starts a coordinator that keeps its run.
func resumable(t *testing.T) *fleet {
	return newFleet(t, func(c *Config) { c.Checkpoint = filepath.Join(t.TempDir(), "run") })
}

// successor starts the coordinator that resumes the run of the fleet's one, which has been killed.
func (f *fleet) successor() {
	cfg := f.c.cfg
	cfg.server, cfg.Resume = f.c.server, true
	var err error
	f.c, err = Listen(f.t.Context(), cfg)
	require.NoError(f.t, err)
	_, ok := f.c.Left()
	require.True(f.t, ok)
}

// killedAt begins a run and kills its coordinator at an offset.
func (f *fleet) killedAt(at time.Duration) {
	ended := make(chan error, 1)
	go func() {
		_, err := f.run()
		ended <- err
	}()
	f.until(at)
	f.c.kill()
	require.Error(f.t, <-ended)
}

// interrupted makes a run whose coordinator is killed at an offset, and another one started some time after that.
func (f *fleet) interrupted(at, away time.Duration) (*report.Summary, error) {
	f.killedAt(at)
	time.Sleep(away)
	f.successor()
	return f.run()
}

// until waits for an offset of the run in progress.
func (f *fleet) until(at time.Duration) {
	for {
		f.c.mu.Lock()
		r := f.c.run
		begun := r != nil && !r.began.IsZero() && r.now() >= at
		f.c.mu.Unlock()
		if begun {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestAResumedRunIsTheRun: whenever the coordinator is killed, and however long another one takes to come, the users do what
// they would have done, and the report has it all.
func TestAResumedRunIsTheRun(t *testing.T) {
	var did, figures []string
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		f.hireAll(3)
		sum, err := f.run()
		require.NoError(t, err)
		did, figures = f.did(), figuresOf(sum)
	})
	for _, x := range unlessShort([]struct{ at, away time.Duration }{
		{8200 * time.Millisecond, 3 * time.Second}, {0, time.Second}, {4900 * time.Millisecond, 30 * time.Second}, {19900 * time.Millisecond, 10 * time.Millisecond},
		{35 * time.Second, 24 * time.Second}, {58 * time.Second, 30 * time.Second},
	}) {
		t.Run(fmt.Sprint(x.at, "+", x.away), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f := resumable(t)
				f.hireAll(3)
				sum, err := f.interrupted(x.at, x.away)
				require.NoError(t, err)
				assert.Equal(t, did, f.did())
				assert.Equal(t, figures, figuresOf(sum))
				assert.Len(t, sum.Notes, 1, "%q", sum.Notes)
				assert.Contains(t, sum.Notes[0], "another one continued the run")
				require.NoError(t, f.c.Close())
				assert.NoFileExists(t, f.c.cfg.Checkpoint)
			})
		})
	}
}

// TestHooksThatNoCoordinatorCalled are called late, each once and in order, and the report says so.
func TestHooksThatNoCoordinatorCalled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := resumable(t)
		var mu sync.Mutex
		var called []string
		f.script = func(to *actions) loadgen.Runner {
			r := script(to)
			for i := range r.Schedule {
				p := &r.Schedule[i]
				hook := func(which string) phase.Hook {
					return phase.HookFunc(func(context.Context) error {
						mu.Lock()
						defer mu.Unlock()
						called = append(called, which+" "+p.Name)
						return nil
					})
				}
				p.Enter, p.Exit = hook("enter"), hook("exit")
			}
			return r
		}
		f.hireAll(2)
		sum, err := f.interrupted(18*time.Second, 7*time.Second)
		require.NoError(t, err)
		called = append(called[:1:1], called[2:]...) // this process has ended the phase of the coordinator that was killed
		assert.Equal(t, []string{"enter ramp", "exit ramp", "enter down", "exit down", "enter open", "exit open"}, called)
		assert.Zero(t, sum.Phases[0].HooksLateS)
		assert.InDelta(t, 6, sum.Phases[1].HooksLateS, 2)
		assert.Zero(t, sum.Phases[2].HooksLateS)
	})
}

// TestAHookThatWasRunning when the coordinator was killed is called again, and its phase is compared with none.
func TestAHookThatWasRunning(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := resumable(t)
		var calls atomic.Int32
		f.script = func(to *actions) loadgen.Runner {
			r := script(to)
			r.Schedule[1].Enter = phase.HookFunc(func(ctx context.Context) error {
				calls.Add(1)
				select {
				case <-time.After(4 * time.Second):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
			return r
		}
		f.hireAll(2)
		sum, err := f.interrupted(22*time.Second, 3*time.Second)
		require.NoError(t, err)
		assert.EqualValues(t, 2, calls.Load())
		assert.InDelta(t, 6, sum.Phases[1].HooksLateS, 2)
	})
}

// TestARunThatWasStopped when its coordinator was killed ends where it was to, and as it would have ended: stopped by hand, by its
// time or as aborted, also where the next coordinator comes after the end of the plan.
func TestARunThatWasStopped(t *testing.T) {
	broken := fmt.Errorf("%w: a claim is broken", loadgen.ErrAborted)
	for _, c := range unlessShort([]struct {
		name   string
		limit  time.Duration
		away   time.Duration
		stop   func(*loadgen.Controller, *fleetRun)
		err    error
		timely bool
	}{
		{name: "by hand", stop: func(c *loadgen.Controller, _ *fleetRun) { go c.Stop() }},
		{name: "by hand, long ago", away: 55 * time.Second, stop: func(c *loadgen.Controller, _ *fleetRun) { go c.Stop() }},
		{name: "by its time", limit: 12 * time.Second, stop: func(*loadgen.Controller, *fleetRun) {}, timely: true},
		{name: "by a claim", stop: func(_ *loadgen.Controller, r *fleetRun) { r.m.Abort(broken) }, err: broken},
	}) {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f := resumable(t).of(2, func(to *actions) loadgen.Runner {
					r := script(to)
					r.StopTimeout = 10 * time.Second
					return r
				})
				first := f.controller()
				o := loadgen.StartRequest{Planned: c.limit == 0, Users: 1, RunTime: c.limit}
				require.NoError(t, first.Start(o))
				f.until(9800 * time.Millisecond)
				time.AfterFunc(500*time.Millisecond, f.c.kill)
				c.stop(first, f.current())
				_, _ = first.Wait(t.Context())
				time.Sleep(c.away)
				f.successor()
				second := f.controller()
				var end loadgen.Ending
				second.Ended = func(e loadgen.Ending) { end = e }
				require.NoError(t, second.Start(o))
				sum, err := second.Wait(t.Context())
				if c.err == nil {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, loadgen.ErrAborted)
					assert.ErrorContains(t, err, c.err.Error())
				}
				assert.Equal(t, c.timely, end.Timely)
				assert.InDelta(t, 10.5, sum.EndS, .6)
				assert.Zero(t, sum.LostShare())
			})
		})
	}
}

// TestCommandsOutliveTheCoordinator: what the workers were told by hand holds for the next coordinator too.
func TestCommandsOutliveTheCoordinator(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := resumable(t).of(2, func(to *actions) loadgen.Runner {
			r := script(to)
			r.Schedule = phase.Schedule{{Name: "all", Users: 10}}
			return r
		})
		o := loadgen.StartRequest{Users: 10, RunTime: time.Minute}
		first := f.controller()
		require.NoError(t, first.Start(o))
		f.until(5 * time.Second)
		require.NoError(t, first.Start(loadgen.StartRequest{Users: 4}))
		time.Sleep(2 * time.Second)
		first.Reset()
		time.Sleep(time.Second)
		f.c.kill()
		_, _ = first.Wait(t.Context())
		time.Sleep(5 * time.Second)
		f.successor()
		left, _ := f.c.Left()
		assert.Equal(t, o, left)
		second := f.controller()
		require.NoError(t, second.Start(left))
		f.until(20 * time.Second)
		assert.Equal(t, 4, second.Snapshot().Users)
		assert.Equal(t, time.Minute, second.Info().Limit)
		assert.Equal(t, first.Info().Reset, second.Info().Reset, "--reset-stats zeroes no run twice")
		assert.Positive(t, second.Info().Reset)
		require.NoError(t, second.Start(loadgen.StartRequest{Users: 6}))
		time.Sleep(3 * time.Second)
		assert.Equal(t, 6, second.Snapshot().Users)
		sum, err := second.Wait(t.Context())
		require.NoError(t, err)
		assert.InDelta(t, 60, sum.EndS, 1)
		done := 0
		for _, h := range f.workers {
			done += len(h.target.list)
		}
		assert.NotContains(t, strings.Join(sum.Notes, "; "), "too late")
		assert.NotContains(t, strings.Join(sum.Notes, "; "), "stood still")
		assert.Less(t, sum.Total.Requests, int64(done), "the figures were zeroed")
		assert.Contains(t, strings.Join(sum.Notes, "; "), "to 4, 6s after the start")
		assert.Contains(t, strings.Join(sum.Notes, "; "), "to 6, 21s after the start")
	})
}

// TestAWorkerThatDoesNotComeBackIsLost as one that is lost with its coordinator there.
func TestAWorkerThatDoesNotComeBackIsLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := resumable(t)
		f.c.cfg.Orphan = 5 * time.Second
		f.hireAll(3)
		f.killedAt(12 * time.Second)
		gone := f.workers[1]
		gone.kill()
		f.workers = append(f.workers[:1:1], f.workers[2])
		f.successor()
		sum, err := f.run()
		<-gone.ended
		require.NoError(t, err)
		require.Len(t, sum.Workers, 3)
		assert.Equal(t, report.WorkerLost, sum.Workers[1].State)
		assert.Greater(t, sum.LostShare(), .01)
		assert.Greater(t, sum.Workers[1].Requests, int64(0), "what the checkpoint has of it counts")
		assert.InDelta(t, 1./3, sum.Workers[1].Share, .15)
		assert.InDelta(t, 1, sum.Workers[0].Share+sum.Workers[2].Share, .3)
	})
}

// TestAWorkerThatLeavesMeanwhile is heard before it is known again when the run began, and lost as the policy says.
func TestAWorkerThatLeavesMeanwhile(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := resumable(t)
		f.c.cfg.OnLoss = LossStop
		f.hireAll(3)
		f.killedAt(12 * time.Second)
		for _, h := range f.workers[1:] {
			if h.leave(); h == f.workers[2] {
				h.wire.Cut() // the others wait for it
			}
		}
		leavers := f.workers[1:]
		f.workers = f.workers[:1]
		time.Sleep(6 * time.Second) // it sends its last row again while the third one is waited for
		f.successor()
		sum, err := f.run()
		require.ErrorIs(t, err, loadgen.ErrAborted)
		assert.Less(t, sum.EndS, 30., "not when the other one is known to be lost")
		for _, h := range leavers {
			<-h.ended
		}
	})
}

// TestNoWorkerComesBack: the run is summed up from what the checkpoint has.
func TestNoWorkerComesBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := resumable(t)
		f.c.cfg.Orphan = 5 * time.Second
		f.hireAll(2)
		f.killedAt(22 * time.Second)
		for _, h := range f.workers {
			h.kill()
			<-h.ended
		}
		f.workers = nil
		f.successor()
		sum, err := f.run()
		require.ErrorIs(t, err, loadgen.ErrAborted)
		assert.Greater(t, sum.Total.Requests, int64(100))
	})
}

// TestADiskThatIsFull costs no figures: the checkpoint is given up before the workers have no room for more, and written
// again where it can be.
func TestADiskThatIsFull(t *testing.T) {
	for _, x := range unlessShort([]struct {
		full  time.Duration // from 7 s on
		notes []string
	}{
		{time.Hour, []string{"the checkpoint of the run could not be written", "no further checkpoint is written"}},
		{20 * time.Second, []string{"the checkpoint of the run could not be written"}},
	}) {
		bubble(t, func(t *testing.T) {
			f := resumable(t).of(1, func(to *actions) loadgen.Runner {
				r := script(to)
				r.Schedule = phase.Schedule{{Name: "all", Users: 5, For: 200 * time.Second}}
				return r
			})
			ended := make(chan error, 1)
			var sum *report.Summary
			go func() {
				var err error
				sum, err = f.run()
				ended <- err
			}()
			f.until(7 * time.Second)
			r := f.current()
			keepAt := func(path string) {
				r.keeper.mu.Lock()
				defer r.keeper.mu.Unlock()
				r.keeper.path = path
			}
			whole := f.c.cfg.Checkpoint
			keepAt(filepath.Join(whole, "no folder"))
			time.AfterFunc(x.full, func() { keepAt(whole) })
			f.until(190 * time.Second)
			f.c.mu.Lock()
			assert.Greater(t, r.shares[0].Last.at(), 185*time.Second)
			assert.Equal(t, x.full > giveUp, r.keeper.gaveUp)
			f.c.mu.Unlock()
			require.NoError(t, <-ended)
			require.Len(t, sum.Notes, len(x.notes))
			for i, note := range x.notes {
				assert.Contains(t, sum.Notes[i], note)
			}
			assert.Zero(t, sum.LostShare())
			assert.Len(t, f.did(), int(sum.Total.Requests))
		})
	}
}

// TestAStopWhileTheWorkersComeBack ends the run with its report.
func TestAStopWhileTheWorkersComeBack(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := resumable(t)
		f.hireAll(2)
		f.killedAt(12 * time.Second)
		f.workers[1].hold(true, true)
		f.successor()
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, stop)
		sum, err := f.runner().Run(ctx)
		require.ErrorIs(t, err, loadgen.ErrStopped)
		require.Positive(t, sum.Total.Requests)
		assert.InDelta(t, 16, sum.EndS, 2)
		held := f.workers[1] // finds no master
		f.workers = f.workers[:1]
		require.NoError(t, f.c.Close())
		held.mend()
		assert.Error(t, <-held.ended)
	})
}

// TestAllAreLostAtOnce: a run that is kept ends as one that is not.
func TestAllAreLostAtOnce(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := resumable(t)
		f.c.cfg.Orphan = 5 * time.Second
		f.hireAll(3)
		first := make(chan error, 1)
		go func() {
			_, err := f.run()
			first <- err
		}()
		f.until(12 * time.Second)
		for _, h := range f.workers {
			h.kill()
			<-h.ended
		}
		f.workers = nil
		require.ErrorIs(t, <-first, loadgen.ErrAborted)
	})
}

// TestCheckpointsThatAreNotTaken: each in a sentence that says what to do.
func TestCheckpointsThatAreNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	listen := func(resume bool, settings map[string]string) error {
		c, err := Listen(t.Context(), Config{Checkpoint: path, Resume: resume, Settings: settings, inProcess: true})
		if err == nil {
			require.NoError(t, c.Close())
		}
		return err
	}
	left := &checkpoint{Run: "r", Plan: "p", Begun: true, Build: build(), At: time.Now(), course: course{Holders: []assignment{{}}}, Settings: map[string]string{"users": "10"},
		Shares: []keptShare{{ID: "a", Nonce: "n"}}, figures: record.New(record.Config{Phases: []report.PhaseInfo{{Name: "a"}}}).All()}
	require.NoError(t, left.write(path))
	assert.ErrorContains(t, listen(false, nil), "holds a run that has not ended; resume that, or remove the file")
	assert.ErrorContains(t, listen(true, map[string]string{"users": "20"}), `holds a run with users "10", and here it is "20"; start with the same settings`)
	require.NoError(t, listen(true, map[string]string{"users": "10"}))
	stale := *left
	stale.At = time.Now().Add(-time.Hour)
	require.NoError(t, stale.write(path))
	assert.ErrorContains(t, listen(true, map[string]string{"users": "10"}), "its workers have ended since")
	other := *left
	other.Build = "0123456789"
	require.NoError(t, other.write(path))
	assert.ErrorContains(t, listen(true, map[string]string{"users": "10"}), "another build of this program (01234567, here ")
	left.Begun, left.Shares = false, nil
	require.NoError(t, left.write(path))
	require.NoError(t, listen(false, nil), "no worker had begun")
	for text, want := range map[string]string{
		"":                                    "not a checkpoint of a master",
		"{}\n":                                "not a checkpoint of a master",
		`{"lgc":7}` + "\n":                    "version 7",
		`{"lgc":1,"run":"r","more":1}` + "\n": "unknown field",
		`{"lgc":1,"run":"r"}` + "\n":          "cannot be",
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		assert.ErrorContains(t, listen(true, nil), want, text)
		assert.FileExists(t, path, "it is someone's")
	}
	_, err := Listen(t.Context(), Config{Resume: true})
	assert.ErrorContains(t, err, "no checkpoint")
}

// FuzzCheckpoint: a file is refused or read, without panic, and what is read is written alike.
func FuzzCheckpoint(f *testing.F) {
	f.Add([]byte(`{"lgc":1,"run":"r","plan":"p","holders":[{"at":0}],"shares":[{"id":"a","nonce":"n"}],"request":{}}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := parseCheckpoint(data)
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "run")
		require.NoError(t, k.write(path))
		back, err := readCheckpoint(path)
		require.NoError(t, err)
		assert.Equal(t, k.Shares, back.Shares)
	})
}

// TestASetUpIsMadeOnce: the users of all workers have what it made, and so has the tear-down of the coordinator that
// resumes the run.
func TestASetUpIsMadeOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var setUps atomic.Int32
		var keys sync.Map // by user
		var last scenario.Data
		f := resumable(t).of(3, func(to *actions) loadgen.Runner {
			r := script(to)
			made := r.NewUser
			r.NewUser = func(env scenario.Env) (scenario.User, error) {
				if env.Data != nil {
					keys.Store(env.User, string(env.Data))
				}
				return made(env)
			}
			r.SetUp = func(context.Context) (any, error) { setUps.Add(1); return "key", nil }
			r.TearDown = func(_ context.Context, data scenario.Data) error { last = data; return nil }
			return r
		})
		f.killedAt(30 * time.Second)
		last = nil
		f.successor()
		sum, err := f.run()
		require.NoError(t, err)
		assert.EqualValues(t, 1, setUps.Load())
		assert.Equal(t, `"key"`, string(last))
		for user := range sum.Phases[0].Users {
			key, _ := keys.Load(user + 1)
			assert.Equal(t, `"key"`, key, "user %d", user+1)
		}
		assert.Len(t, sum.Chores(), 2)
	})
}

// TestACoordinatorIsKilledWhileTheRunBegins: the next one begins it anew within seconds if no worker has begun, and continues it if some
// have. Either way the run is complete except for workers that could not begin, and none has two coordinators.
func TestACoordinatorIsKilledWhileTheRunBegins(t *testing.T) {
	lengthy(t)
	var want []string
	bubble(t, func(t *testing.T) {
		sum, err := script(new(actions)).Run(t.Context())
		require.NoError(t, err)
		want = figuresOf(sum)
	})
	anew := 0
	for _, at := range []time.Duration{20, 100, 300, 500, 1000, 1900} {
		for _, away := range []time.Duration{100, 5000} {
			bubble(t, func(t *testing.T) {
				f := resumable(t)
				for i, delay := range []time.Duration{10, 80, 10} {
					f.delay = [2]time.Duration{delay * time.Millisecond, delay * time.Millisecond}
					f.hire(fmt.Sprintf("w%d", i), func(c *WorkerConfig) { c.Index = i + 1 })
				}
				require.NoError(t, f.c.Await(t.Context(), 3, time.Minute))
				ended := make(chan error, 1)
				go func() {
					_, err := f.run()
					ended <- err
				}()
				for r := f.current(); r == nil || r.keeper == nil || !r.isKept(); r = f.current() {
					time.Sleep(time.Millisecond)
				}
				time.Sleep(at * time.Millisecond)
				run := f.current().id
				f.c.kill()
				require.Error(t, <-ended)
				time.Sleep(away * time.Millisecond)
				f.successor()
				var began time.Duration
				first := time.Now()
				time.AfterFunc(10*time.Second, func() {
					if r := f.current(); r != nil && r.id != run {
						anew++
						f.c.mu.Lock()
						began = r.began.Sub(first)
						f.c.mu.Unlock()
					}
				})
				sum := f.whole()
				if began != 0 {
					assert.Less(t, began, 10*time.Second)
					assert.Empty(t, sum.Notes)
				}
				if len(sum.Notes) < 2 { // else a worker could not begin with the others
					assert.Equal(t, want, figuresOf(sum), "%v %v", at, away)
				}
			})
		}
	}
	assert.Positive(t, anew)
}

// isKept reports whether a checkpoint says that workers may begin.
func (r *fleetRun) isKept() bool {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	return r.keeper.begun
}

// TestADiskThatHangs holds up neither the page nor what it asks for: commands by hand wait until they are kept, and then count.
func TestADiskThatHangs(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := resumable(t).of(2, long)
		c := f.controller()
		require.NoError(t, c.Start(loadgen.StartRequest{Users: 4}))
		f.until(10 * time.Second)
		r := f.current()
		r.keeper.mu.Lock() // as a write does that hangs; the clock of a bubble stands still meanwhile
		require.NoError(t, c.Start(loadgen.StartRequest{Users: 8, RunTime: 40 * time.Second}))
		c.Reset()
		assert.Equal(t, report.Running, c.State())
		f.c.mu.Lock()
		assert.Zero(t, r.public, "what is not kept is not said")
		f.c.mu.Unlock()
		r.keeper.mu.Unlock()
		sum, err := c.Wait(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 8, usersAt(sum, 40))
		assert.InDelta(t, 50, sum.EndS, 1)
	})
}
