package cluster

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/report"
)

// knock sends what a worker says of itself, and returns the answer.
func (f *fleet) knock(h hello) (a welcome) {
	conn, err := bus.Dial(f.t.Context(), f.c.server.WorkerTarget(), bus.Options{ID: h.ID})
	require.NoError(f.t, err)
	defer conn.Close()
	data, err := conn.Request(f.t.Context(), f.c.subject("join"), encode(h))
	require.NoError(f.t, err)
	require.NoError(f.t, decode(data, &a))
	return a
}

// TestRefusals: a worker that would make something else is refused in a sentence that says what differs.
func TestRefusals(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.Settings = map[string]string{"users": "12"} })
		f.hireAll(1)
		for want, edit := range map[string]func(*hello){
			"":                                    func(*hello) {},
			"version 2 of the protocol":           func(h *hello) { h.Protocol = 2 },
			`runs the program "other"`:            func(h *hello) { h.Program = "other" },
			"random streams of version 99":        func(h *hello) { h.Streams = 99 },
			`is version "v9" of test`:             func(h *hello) { h.Version = "v9" },
			"runs on plan9/arm":                   func(h *hello) { h.System = "plan9/arm" },
			"is another build of test (abcdefab)": func(h *hello) { h.Build = "abcdefabcdef" },
			"a worker w0 is there already":        func(h *hello) { h.ID = "w0" },
		} {
			h := ownHello()
			h.ID, h.Nonce, h.Program, h.Hint = "x", "n", "test", -1
			edit(&h)
			a := f.knock(h)
			if want == "" {
				assert.Equal(t, welcome{Coordinator: f.c.id, Settings: f.c.cfg.Settings, OrphanNS: int64(time.Minute), IntervalNS: int64(time.Second)}, a)
				continue
			}
			assert.Contains(t, a.Refused, want)
			assert.Empty(t, a.Settings, "a stranger learns nothing")
		}
		f.c.cfg.AllowOtherBuild = true
		h := ownHello()
		h.ID, h.Nonce, h.Program, h.Version, h.Build, h.System = "y", "m", "test", "v9", "abc", "plan9/arm"
		assert.Empty(t, f.knock(h).Refused)
	})
}

// TestAnEndedWorkerComesBackUnderItsName: with its index, once it is known to be gone.
func TestAnEndedWorkerComesBackUnderItsName(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		f.hireAll(2)
		f.workers[1].kill()
		time.Sleep(4 * time.Second)
		assert.Equal(t, []report.WorkerState{report.WorkerReady, report.WorkerMissing}, statesOf(f.c.Workers()))
		assert.NoError(t, f.c.Ready())
		f.hire("w1", nil)
		time.Sleep(time.Second)
		all := f.c.Workers()
		assert.Equal(t, []report.WorkerState{report.WorkerReady, report.WorkerReady}, statesOf(all))
		assert.Equal(t, []int{0, 1}, []int{all[0].Index, all[1].Index})
	})
}

func statesOf(workers []report.Worker) (out []report.WorkerState) {
	for _, w := range workers {
		out = append(out, w.State)
	}
	return out
}

// TestAwait: it waits, gives up, and nothing starts without a worker.
func TestAwait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		assert.ErrorContains(t, f.c.Ready(), "before at least one worker")
		_, err := f.run()
		assert.ErrorContains(t, err, "before at least one worker")
		began := time.Now()
		assert.ErrorIs(t, f.c.Await(t.Context(), 1, 7*time.Second), ErrGaveUp)
		assert.Equal(t, 7*time.Second, time.Since(began))
		f.hireAll(1)
		assert.NoError(t, f.c.Ready())
	})
}

// TestALateWorkerWaitsForTheNextRun: it changes nothing in the one in progress.
func TestALateWorkerWaitsForTheNextRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		f.hireAll(2)
		time.AfterFunc(20*time.Second, func() { f.hire("late", nil) })
		sum, err := f.run()
		require.NoError(t, err)
		assert.Len(t, sum.Workers, 2)
		assert.Empty(t, f.workers[2].target.list)
		sum, err = f.run()
		require.NoError(t, err)
		assert.Len(t, sum.Workers, 3)
		assert.NotEmpty(t, f.workers[2].target.list)
	})
}

// endless is a script that ends by hand.
func endless(to *actions) loadgen.Runner {
	r := script(to)
	r.Schedule = r.Schedule[:1]
	r.Schedule[0].For = 0
	return r
}

// TestScaleResetAndStop: by hand, at one offset everywhere, and the books balance.
func TestScaleResetAndStop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil).of(3, endless)
		c := f.controller()
		require.NoError(t, c.Start(loadgen.StartRequest{Users: 23, SpawnRate: 5}))
		time.Sleep(20 * time.Second)
		assert.Equal(t, 23, c.Snapshot().Users)
		assert.Equal(t, report.Running, c.State())
		require.NoError(t, c.Start(loadgen.StartRequest{Users: 7, SpawnRate: 100}))
		time.Sleep(5 * time.Second)
		assert.Equal(t, 7, c.Snapshot().Users)
		before := len(f.did())
		c.Reset()
		time.Sleep(10 * time.Second)
		c.Stop()
		sum, err := c.Wait(t.Context())
		require.NoError(t, err)
		assert.InDelta(t, len(f.did())-before, sum.Total.Requests, 7, "at most one of each user came between command and reset")
		k := sum.Total.Counters
		assert.Equal(t, k.Planned, k.Started)
		assert.Zero(t, k.Running+k.Waiting+k.InFlight)
		assert.Len(t, sum.Notes, 1, "the change by hand: %q", sum.Notes)
		users := map[int]bool{}
		for _, w := range sum.Workers {
			assert.Equal(t, report.WorkerStopped, w.State)
			users[w.Index] = true
		}
		assert.Len(t, users, 3)
		require.NoError(t, c.Start(loadgen.StartRequest{Users: 5}), "and again")
		time.Sleep(5 * time.Second)
		c.Close()
	})
}

// TestCommandsOfTwoPeople: a hundred levels and resets by two people, while one worker is killed, one ends and one comes, leave the
// level of the last command and books that balance.
func TestCommandsOfTwoPeople(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.Orphan, c.OnLoss = 10*time.Second, LossNow }).of(4, endless)
		c := f.controller()
		require.NoError(t, c.Start(loadgen.StartRequest{Users: 23, SpawnRate: 5}))
		time.AfterFunc(20*time.Second, f.workers[1].kill)
		time.AfterFunc(50*time.Second, f.workers[2].leave)
		time.AfterFunc(70*time.Second, func() { f.hire("late", nil) })
		var people sync.WaitGroup
		for person := range uint64(2) {
			people.Go(func() {
				random := rand.New(rand.NewPCG(person, 13))
				for range 50 {
					time.Sleep(time.Duration(random.Int64N(int64(4 * time.Second))))
					if random.IntN(5) == 0 {
						c.Reset()
						continue
					}
					assert.NoError(t, c.Start(loadgen.StartRequest{Users: 1 + random.IntN(40), SpawnRate: float64(1 + random.IntN(50))}))
				}
			})
		}
		people.Wait()
		require.NoError(t, c.Start(loadgen.StartRequest{Users: 17, SpawnRate: 100}))
		time.Sleep(5 * time.Second)
		assert.Equal(t, 17, c.Snapshot().Users)
		c.Reset()
		before := len(f.did())
		time.Sleep(10 * time.Second)
		c.Stop()
		sum, err := c.Wait(t.Context())
		require.NoError(t, err)
		c.Close()
		balanced(t, sum)
		assert.InDelta(t, len(f.did())-before, sum.Total.Requests, 17, "at most one of each user came between command and reset")
		assert.Len(t, sum.Workers, 4, "the late one has no part in it")
	})
}

// TestLinesOfWorkers: the coordinator shows what workers log, and of a worker that logs too much how much that was. Nothing is sent
// while none logs.
func TestLinesOfWorkers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		logs := make(map[string]*Lines)
		for _, name := range []string{"a", "b", "c"} {
			logs[name] = new(Lines)
			f.hire(name, func(c *WorkerConfig) { c.Lines = logs[name] })
		}
		f.hire("silent", nil)
		require.NoError(t, f.c.Await(t.Context(), 4, time.Minute))
		counts := f.overheard()
		time.Sleep(time.Minute)
		assert.Zero(t, counts()["log"])
		say := func(name, format string, v ...any) { _, _ = fmt.Fprintf(logs[name], format+"\n", v...) }
		say("a", "one\ntwo")
		say("b", "%s", strings.TrimSpace(strings.Repeat("one of too many lines of some bytes each\n", 1000)))
		f.workers[2].hold(true, true)
		say("c", "unheard")
		time.Sleep(20 * time.Second)
		assert.Equal(t, []string{"one", "two"}, f.c.Logs()["a"])
		b := f.c.Logs()["b"]
		assert.Equal(t, "one of too many lines of some bytes each", b[0])
		assert.Equal(t, fmt.Sprintf("(too many lines at once, of which this worker did not send %d)", 1000-len(b)+1), b[len(b)-1])
		assert.LessOrEqual(t, counts()["log"], 4, "a message each, or two")
		assert.NotContains(t, f.c.Logs(), "c")
		f.workers[2].mend()
		say("c", "heard")
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"unheard", "heard"}, f.c.Logs()["c"])
		for range 30 {
			say("a", "more")
			time.Sleep(100 * time.Millisecond)
		}
		assert.LessOrEqual(t, counts()["log"], 9, "one a second")
		say("a", "the last words")
		f.workers[0].leave()
		assert.NoError(t, <-f.workers[0].ended)
		f.workers[0].ended <- nil
		a := f.c.Logs()["a"]
		assert.Len(t, a, 33)
		assert.Equal(t, "the last words", a[32], "of one that is gone")
	})
}
