package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus/link"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// fleet is a coordinator and some workers in one process, over the real bus.
type fleet struct {
	hiring  sync.Mutex // guards workers, which a timer may add to
	t       *testing.T
	c       *Coordinator
	workers []*hired
	closed  []*hired         // those that have ended
	delay   [2]time.Duration // of what the next workers send, and get
	script  func(*actions) loadgen.Runner
}

// hired is a worker of a fleet.
type hired struct {
	name   string
	leave  context.CancelFunc
	ended  chan error
	target actions // what its users did
	wire   *link.Link
	refuse atomic.Bool // new connections
}

// hold keeps back what the worker sends, gets or both. No connection is made meanwhile: NATS would wait for its greeting
// with a lock on which others wait, which stops the clock of a bubble.
func (h *hired) hold(up, down bool) {
	h.refuse.Store(true)
	h.wire.Hold(up, down)
}

// mend ends that.
func (h *hired) mend() {
	h.refuse.Store(false)
	h.wire.Mend()
}

func (h *hired) wrap(c net.Conn) net.Conn {
	if h.refuse.Load() {
		_ = c.Close()
		return c
	}
	return h.wire.Wrap(c)
}

// kill ends a worker as kill -9 does: its users stop at once, and no one hears of it.
func (h *hired) kill() {
	h.wire.Cut()
	h.leave()
}

// lengthy skips with -short a test that takes a tenth of a second or more.
func lengthy(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long")
	}
}

// unlessShort are all cases of a test, and with -short the first of them.
func unlessShort[T any](all []T) []T {
	if testing.Short() {
		return all[:1]
	}
	return all
}

// newFleet starts a coordinator. It is closed at the end of the test.
func newFleet(t *testing.T, edit func(*Config)) *fleet {
	cfg := Config{Program: "test", Log: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if edit != nil {
		edit(&cfg)
	}
	cfg.inProcess = true
	c, err := Listen(t.Context(), cfg)
	require.NoError(t, err)
	f := &fleet{t: t, c: c, script: script}
	t.Cleanup(f.close)
	return f
}

// testLog writes to the log of a test.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(string(p[:len(p)-1]))
	return len(p), nil
}

// hire starts a worker.
func (f *fleet) hire(name string, edit func(*WorkerConfig)) *hired {
	h := &hired{name: name, ended: make(chan error, 1), wire: link.New(f.delay[0], f.delay[1])}
	target := f.c.server.WorkerTarget()
	cfg := WorkerConfig{
		ID: name, Program: "test", Journal: f.t.TempDir(), target: &target,
		Log: slog.New(slog.NewTextHandler(testLog{f.t}, nil)).With("at", name),
		Configure: func(map[string]string, []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
			return func(loadgen.StartRequest) (loadgen.Runner, error) { return f.script(&h.target), nil }, nil
		},
		wrap: h.wrap,
	}
	if edit != nil {
		edit(&cfg)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.leave = cancel
	go func() { h.ended <- Work(ctx, cfg) }()
	f.hiring.Lock()
	defer f.hiring.Unlock()
	f.workers = append(f.workers, h)
	return h
}

// of hires n workers, for runs of a script.
func (f *fleet) of(n int, script func(*actions) loadgen.Runner) *fleet {
	f.script = script
	f.hireAll(n)
	return f
}

// hireAll starts n workers and waits for them.
func (f *fleet) hireAll(n int) {
	for i := range n {
		f.hire(fmt.Sprintf("w%d", i), func(c *WorkerConfig) { c.Index = i + 1 })
	}
	require.NoError(f.t, f.c.Await(f.t.Context(), n, time.Minute))
}

// runner makes runs of the fleet's script.
func (f *fleet) runner() loadgen.Runner {
	r := f.script(new(actions))
	r.Fleet, r.Logger = f.c, f.c.cfg.Log
	return r
}

// controller makes them by hand.
func (f *fleet) controller() *loadgen.Controller {
	return loadgen.NewController(func(loadgen.StartRequest) (loadgen.Runner, error) { return f.runner(), nil })
}

// run makes one.
func (f *fleet) run() (*report.Summary, error) {
	return f.runner().Run(f.t.Context())
}

// whole makes a run that succeeds, and ends everything.
func (f *fleet) whole(about ...any) *report.Summary {
	f.t.Helper()
	sum, err := f.run()
	require.NoError(f.t, err, about...)
	f.close()
	return sum
}

// did is what the users of all workers did, in the order of the texts.
func (f *fleet) did() (all []string) {
	f.hiring.Lock()
	defer f.hiring.Unlock()
	for _, h := range slices.Concat(f.workers, f.closed) {
		h.target.mu.Lock()
		all = append(all, h.target.list...)
		h.target.mu.Unlock()
	}
	slices.Sort(all)
	return all
}

// close ends everything.
func (f *fleet) close() {
	require.NoError(f.t, f.c.Close())
	f.hiring.Lock()
	defer f.hiring.Unlock()
	for _, h := range f.workers {
		assert.NoError(f.t, <-h.ended, h.name)
		h.leave()
	}
	f.workers, f.closed = nil, f.workers
}

// actions are what users did.
type actions struct {
	mu   sync.Mutex
	list []string
	last time.Time // of the last one
	acts []act     // of users with a number
}

// act is an action of a user.
type act struct {
	user int
	text string
	at   time.Time
}

// sorted are the actions in the order of their texts.
func (a *actions) sorted() []string { return slices.Sorted(slices.Values(a.list)) }

func (a *actions) add(format string, v ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list, a.last = append(a.list, fmt.Sprintf(format, v...)), time.Now()
}

// addOf adds an action of a user.
func (a *actions) addOf(user, task int, name string) {
	a.add("user %d task %d %s", user, task, name)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acts = append(a.acts, act{user, fmt.Sprintf("user %d task %d %s", user, task, name), time.Now()})
}

// times are when each user did what, counted from an instant.
func (a *actions) times(from time.Time) map[string]time.Duration {
	out := make(map[string]time.Duration, len(a.acts))
	for _, act := range a.acts {
		out[act.text] = act.at.Sub(from)
	}
	return out
}

// firstGuest is the number from which on users run single tasks that arrive.
const firstGuest = 1 << 30

// doer is a user who notes what it does.
type doer struct {
	env scenario.Env
	to  *actions
	n   int
}

func (d *doer) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "a", Weight: 3, Do: d.do("a")}, {Name: "b", Weight: 1, Do: d.do("b")}}
}

func (d *doer) do(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		if d.n++; d.env.User >= firstGuest { // which guest takes an arrival depends on who is free
			d.to.add("a guest: %s", name)
		} else {
			d.to.addOf(d.env.User, d.n, name)
		}
		acts.Add(ctx, 1)
		return both.Do(measure.Tag(ctx, "region", "eu"), func(ctx context.Context) error {
			return measure.Do(ctx, report.Op{Name: name}, func(context.Context) error {
				if d.n%7 == 0 && d.env.User < firstGuest {
					return fmt.Errorf("no luck")
				}
				return nil
			})
		})
	}
}

// What each task of doers is counted in, in addition to its request.
const (
	acts = measure.Counter("acts")
	both = measure.Transaction("both")
)

// script is what all processes run.
func script(to *actions) loadgen.Runner {
	return loadgen.Runner{
		Seed:    1,
		NewUser: func(env scenario.Env) (scenario.User, error) { return &doer{env: env, to: to}, nil },
		Pace:    scenario.Around(2*time.Second, 1),
		Schedule: phase.Schedule{
			{Name: "ramp", For: 20 * time.Second, Users: 23, SpawnRate: 5},
			{Name: "down", Stages: phase.Stages{{For: 2 * time.Second, To: 9}, {For: 18 * time.Second, To: 9}}},
			{Name: "open", Arrivals: &phase.Arrivals{Rate: 7, Stages: phase.Stages{{For: 10 * time.Second, To: 3}, {For: 10 * time.Second, To: 11}}}},
		},
		StopTimeout: time.Second,
	}
}

// current is the run in progress.
func (f *fleet) current() *fleetRun {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	return f.c.run
}

// bubble is synctest.Test on one processor under the race detector: see onOneProcessor.
func bubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	onOneProcessor(t)
	synctest.Test(t, f)
}

// long is a script of two phases, each longer than it takes to lose a worker.
func long(to *actions) loadgen.Runner {
	r := script(to)
	r.Schedule = phase.Schedule{
		{Name: "one", For: 100 * time.Second, Users: 12},
		{Name: "two", For: 100 * time.Second, Users: 12},
	}
	return r
}

// usersAt are the users of a second of the timeline.
func usersAt(sum *report.Summary, second int) int { return sum.Timeline[second].Users }

// balanced holds the counters of a run that is over to their equations.
func balanced(t *testing.T, sum *report.Summary) {
	t.Helper()
	c := sum.Total.Counters
	assert.Equal(t, c.Planned, c.Started+c.Missed+c.Dropped+c.Lost)
	assert.Equal(t, c.Started, c.Finished+c.Unfinished)
	assert.Equal(t, c.Sent, sum.Total.Requests+c.CutOff)
	assert.Zero(t, c.Running+c.Waiting+c.InFlight)
}

// anyFaults makes a run with faults for each of some seeds.
func anyFaults(t *testing.T, from, to uint64) {
	const fence = 10 * time.Second
	for seed := from; seed < to; seed++ {
		bubble(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 13))
			policy := []LossPolicy{LossNow, LossBorder}[random.IntN(2)]
			f := newFleet(t, func(c *Config) { c.Orphan, c.OnLoss = fence, policy }).of(3, func(to *actions) loadgen.Runner {
				r := long(to)
				r.Schedule[0].For, r.Schedule[1].For = 60*time.Second, 60*time.Second
				return r
			})
			var story []string
			killed := 0
			for _, w := range f.workers[:1+random.IntN(2)] {
				at := time.Millisecond + time.Duration(random.Int64N(int64(70*time.Second))) - 2*time.Second // once they are let go
				lasts := time.Duration(random.Int64N(int64(2*fence - 3*time.Second)))
				kind := random.IntN(5)
				story = append(story, fmt.Sprintf("%s: fault %d at %v for %v", w.name, kind, at, lasts))
				fault := []func(){w.kill, w.wire.Cut, func() { w.hold(true, true) }, func() { w.hold(true, false) }, func() { w.hold(false, true) }}[kind]
				time.AfterFunc(2*time.Second+at, fault)
				if kind == 0 {
					killed++
					continue
				}
				time.AfterFunc(2*time.Second+at+lasts, w.mend)
			}
			sum, err := f.run()
			f.close()
			did := f.did()
			t.Logf("seed %d, %s: %s", seed, policy, strings.Join(story, "; "))
			require.NoError(t, err)
			if policy == LossNow {
				assert.Equal(t, 12, usersAt(sum, 118), "the level at the end")
			}
			if balanced(t, sum); killed == 0 {
				assert.EqualValues(t, len(did), sum.Total.Requests)
			}
			assert.LessOrEqual(t, sum.Total.Requests, int64(len(did)))
			assert.GreaterOrEqual(t, sum.Total.Requests, int64(len(did)-8*killed))
			oneHolder(t, f.closed)
		})
	}
}

// oneHolder checks that no user acts with one worker between two actions with another.
func oneHolder(t *testing.T, workers []*hired) {
	t.Helper()
	type stay struct {
		worker      string
		first, last time.Time
	}
	stays := map[int][]stay{}
	for _, w := range workers {
		own := map[int]stay{}
		for _, a := range w.target.acts { // in order
			s, there := own[a.user]
			if s.last = a.at; !there {
				s.worker, s.first = w.name, a.at
			}
			own[a.user] = s
		}
		for user, s := range own {
			stays[user] = append(stays[user], s)
		}
	}
	for user, all := range stays {
		slices.SortFunc(all, func(a, b stay) int { return a.first.Compare(b.first) })
		for i := range all[1:] {
			assert.True(t, all[i].last.Before(all[i+1].first), "user %d: %+v", user, all)
		}
	}
}

// figuresOf are the counts of a Summary that do not depend on the instants at which its rows came.
func figuresOf(sum *report.Summary) (out []string) {
	for i := range sum.Phases {
		for _, o := range sum.Phases[i].Operations {
			out = append(out, fmt.Sprintln(sum.Phases[i].Name, o.Name, o.Requests, o.Failures, sum.Phases[i].Counters))
		}
	}
	return out
}

// poster sends rows as it likes.
type poster struct {
	*fleet
	conn *bus.Conn
	rec  *record.Recorder // of the worker
	run  *fleetRun
	sum  record.Sum
}

// newPoster makes a run of which one worker is the test.
func newPoster(t *testing.T) *poster {
	f := newFleet(t, nil)
	conn, err := bus.Dial(t.Context(), f.c.server.WorkerTarget(), bus.Options{ID: "w"})
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	plan, err := script(nil).Plan()
	require.NoError(t, err)
	s := &seat{hello: hello{ID: "w", Nonce: "n"}, heard: time.Now()}
	r := &fleetRun{
		c: f.c, id: "r", done: make(chan struct{}), course: course{Holders: []assignment{{}}}, began: time.Now(), shares: []*share{{seat: s}},
		m: loadgen.Muster{Plan: plan, Recorder: record.New(record.Config{Phases: plan.Phases()}), Abort: func(error) {}},
	}
	s.part = r.shares[0]
	f.c.mu.Lock()
	f.c.seats, f.c.run = append(f.c.seats, s), r
	f.c.mu.Unlock()
	t.Cleanup(func() {
		f.c.mu.Lock()
		defer f.c.mu.Unlock()
		f.c.seats, f.c.run = nil, nil
	})
	return &poster{fleet: f, conn: conn, rec: record.New(record.Config{Phases: plan.Phases()}), run: r}
}

// measured returns the next figures: some requests.
func (p *poster) measured(requests int) []byte {
	for range requests {
		p.rec.Shard(0).Record(&record.Sample{Op: report.Op{Name: "x"}, Done: time.Millisecond})
	}
	d := p.rec.Take()
	p.sum.Add(d.Sum())
	return d.Bytes()
}

func (p *poster) post(h row, figures []byte) (a receipt) {
	h.Coordinator, h.Run, h.Nonce, h.Lag, h.Sum = p.c.id, "r", "n", report.LagOf(nil), p.sum
	h.Parts = max(1, h.Parts)
	data, err := p.conn.Request(p.t.Context(), p.c.subject("w.w.row"), appendRow(nil, &h, figures))
	require.NoError(p.t, err)
	require.NoError(p.t, decode(data, &a))
	require.Equal(p.t, p.c.id, a.Coordinator)
	a.Coordinator = ""
	return a
}

func (p *poster) requests() int64 { return p.run.m.Recorder.SoFar(time.Minute).Total.Requests }

// manyWorkers starts n workers of a coordinator in this process, and returns what waits for their end.
func manyWorkers(t *testing.T, c *Coordinator, n int, run func() loadgen.Runner, edit func(i int, c *WorkerConfig)) (ended func()) {
	target, folder, errs := c.server.WorkerTarget(), t.TempDir(), make(chan error, n)
	for i := range n {
		cfg := WorkerConfig{
			ID: fmt.Sprintf("w%d", i), Index: i + 1, Program: "test", Journal: folder, target: &target,
			Configure: func(map[string]string, []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
				return func(loadgen.StartRequest) (loadgen.Runner, error) { return run(), nil }, nil
			},
		}
		if edit != nil {
			edit(i, &cfg)
		}
		go func() { errs <- Work(context.Background(), cfg) }()
	}
	require.NoError(t, c.Await(t.Context(), n, time.Minute))
	return func() {
		for range n {
			assert.NoError(t, <-errs)
		}
	}
}

// inUse is the memory in use, MiB.
func inUse() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc+m.StackInuse) / (1 << 20)
}

// endure makes a run of some workers in virtual time, and checks that nothing piles up once it is warm, which takes a
// tenth of it.
func endure(t *testing.T, length time.Duration) {
	const workers, users = 3, 6
	bubble(t, func(t *testing.T) {
		c, err := Listen(t.Context(), Config{Program: "test", inProcess: true})
		require.NoError(t, err)
		done := new(counted)
		run := func() loadgen.Runner {
			r := script(nil)
			r.NewUser = func(scenario.Env) (scenario.User, error) { return done, nil }
			r.Schedule = phase.Schedule{{Name: "all", For: length, Users: users, SpawnRate: 10}}
			r.Pace = scenario.Around(10*time.Second, 1)
			return r
		}
		ended := manyWorkers(t, c, workers, run, nil)
		var warm, last int
		var heap, now float64
		r := run()
		r.Fleet = c
		r.Watch = func(s *report.Snapshot) {
			at, tenth := s.At.Round(time.Second), length/10
			if at%tenth != 0 || at == 0 || at >= length {
				return
			}
			last, now = runtime.NumGoroutine(), inUse()
			if at == tenth {
				warm, heap = last, now
			}
			t.Logf("%v: %d goroutines, %.1f MiB, %d requests", at, last, now, s.Total.Requests)
		}
		sum, err := r.Run(t.Context())
		require.NoError(t, err)
		require.NoError(t, c.Close())
		ended()
		assert.Empty(t, sum.Notes)
		assert.Equal(t, done.tasks.Load(), sum.Total.Requests)
		assert.Equal(t, sum.Total.Counters.Planned, sum.Total.Counters.Started)
		assert.Positive(t, warm)
		assert.LessOrEqual(t, last, warm+8, "goroutines")
		const rows = 60 // MiB that the seconds may take here and at each worker; see record.Config.IntervalBytes
		assert.Less(t, now, heap+(workers+1)*rows, "MiB")
		for _, w := range sum.Workers {
			assert.Less(t, w.StartSkewMS, 1., w.ID)
			assert.Less(t, w.ClockBoundMS, 50., w.ID)
		}
	})
}

// counted is a user who counts what it does.
type counted struct{ tasks atomic.Int64 }

func (c *counted) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "a", Weight: 1, Do: func(ctx context.Context) error {
		c.tasks.Add(1)
		return measure.Do(ctx, report.Op{Name: "a"}, func(context.Context) error { return nil })
	}}}
}
