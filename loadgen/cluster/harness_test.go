package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"net"
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
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus/link"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
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

// tests makes the runs of a worker that is not asked for one.
func tests(map[string]string, []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
	return func(loadgen.StartRequest) (loadgen.Runner, error) { return script(new(actions)), nil }, nil
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
