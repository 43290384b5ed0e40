// What the tests of this package share: targets in virtual time that record who did
// what when (diary, deeds, lobby), users of them (visitor, walker, doer, shopper), the
// runner of the demonstration (demoRunner), runs in a bubble (inBubble) and by several
// processes that are none (near, team).
package loadgen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// unlessShort is what a test takes, and the less of it that does under -short.
func unlessShort[T any](full, less T) T {
	if testing.Short() {
		return less
	}
	return full
}

// diary is a target in virtual time that records which user did what when.
type diary struct {
	took func(n int) time.Duration // by the entry's number

	mu      sync.Mutex
	entries []entry
}

// entry is one visit.
type entry struct {
	user     int
	task     string
	begin    time.Duration
	intended time.Duration
}

// visit does the operation of a task, which takes what took says.
func (d *diary) visit(ctx context.Context, user int, task string) error {
	s := measure.FromContext(ctx)
	d.mu.Lock()
	n := len(d.entries)
	d.entries = append(d.entries, entry{user, task, s.Now(), s.Task().Intended})
	d.mu.Unlock()
	return measure.Do(ctx, report.Op{Name: task}, func(ctx context.Context) error {
		if d.took == nil {
			return nil
		}
		return pause(ctx, d.took(n))
	})
}

// of returns the entries of one user in order.
func (d *diary) of(user int) []entry {
	var own []entry
	for _, e := range d.entries {
		if e.user == user {
			own = append(own, e)
		}
	}
	return own
}

// pause waits, or returns the error of ctx if that ends first.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// visitor is a user whose tasks are entries in a diary.
type visitor struct {
	env   scenario.Env
	diary *diary
	mix   []scenario.Share
}

func (v *visitor) Tasks() []scenario.Task {
	tasks := make([]scenario.Task, len(v.mix))
	for i, m := range v.mix {
		tasks[i] = scenario.Task{Name: m.Name, Weight: m.Share, Do: func(ctx context.Context) error {
			return v.diary.visit(ctx, v.env.User, m.Name)
		}}
	}
	return tasks
}

// visitors makes visitors with a mix of tasks; none: todoMix.
func visitors(d *diary, mix ...scenario.Share) func(scenario.Env) (scenario.User, error) {
	if len(mix) == 0 {
		mix = todoMix
	}
	return func(env scenario.Env) (scenario.User, error) { return &visitor{env, d, mix}, nil }
}

// demoRunner is the demonstration's timeline: 5 minutes at 10 users, 10 at 50.
func demoRunner(d *diary) Runner {
	return Runner{
		NewUser: visitors(d), Pace: bursty, Seed: 7,
		Schedule: phase.Schedule{
			{Name: "baseline", For: 300 * time.Second, Users: 10, SpawnRate: 2},
			{Name: "intervention", For: 600 * time.Second, Users: 50, SpawnRate: 2,
				Weights: phase.Weights{"list": 20, "create": 30, "update": 15, "complete": 10, "delete": 25}},
		},
	}
}

// inBubble runs r in virtual time.
func inBubble(t *testing.T, r Runner) (sum *report.Summary) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		sum, err = r.Run(t.Context())
		require.NoError(t, err)
	})
	return sum
}

// checkMix compares the observed task mix of a phase with the planned one, by
// chi-square over five tasks: 40 is beyond one in ten million.
func checkMix(t *testing.T, p report.PhaseSummary, weights map[string]float64) {
	t.Helper()
	var total, chi2 float64
	for _, w := range weights {
		total += w
	}
	for _, op := range p.Operations {
		if op.Name == report.Aggregated {
			continue
		}
		want := float64(p.Requests) * weights[op.Name] / total
		diff := float64(op.Requests) - want
		chi2 += diff * diff / want
		t.Logf("%s: %s %.1f %% (planned %.1f %%)", p.Name, op.Name, 100*float64(op.Requests)/float64(p.Requests), 100*weights[op.Name]/total)
	}
	assert.Less(t, chi2, 40.0, "mix of %s", p.Name)
}

// tasksOf are the names of the tasks of entries.
func tasksOf(entries []entry) (names []string) {
	for _, e := range entries {
		names = append(names, e.task)
	}
	return names
}

// todoMix is the task mix of the demonstration.
var todoMix = []scenario.Share{{Name: "list", Share: 40}, {Name: "create", Share: 30}, {Name: "update", Share: 15}, {Name: "complete", Share: 10}, {Name: "delete", Share: 5}}

// bursty paces users in ON and OFF periods of half a minute.
var bursty = scenario.OnOff{
	On:    dist.Gamma{Mean: 30 * time.Second, CV: 1},
	Off:   dist.Gamma{Mean: 30 * time.Second, CV: 1},
	Think: dist.Gamma{Mean: 2 * time.Second, CV: 0.3},
}

// tasklist is a user of these tasks.
type tasklist []scenario.Task

// Tasks implements scenario.User.
func (l tasklist) Tasks() []scenario.Task { return l }

// manual makes the runners of a controller whose program plans demoRunner.
func manual(d *diary) func(StartRequest) (Runner, error) {
	return func(o StartRequest) (Runner, error) {
		r := demoRunner(d)
		r.Pace = scenario.Between(time.Second, 3*time.Second)
		if !o.Planned {
			r.Schedule = phase.Schedule{{Name: "run", Users: o.Users, SpawnRate: o.SpawnRate}}
		}
		return r, nil
	}
}

// after lets time pass and a little more, so that what falls on the instant is
// done.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// strange ends a part of the script in one of three bad ways; "" is a good one.
func strange(how string) error {
	switch how {
	case "error":
		return errors.New("bad luck")
	case "panic":
		panic("worse luck")
	case "exit":
		runtime.Goexit()
	}
	return nil
}

// open runs one phase of arrivals by the diary's users.
func open(a phase.Arrivals, length time.Duration, d *diary) Runner {
	return Runner{NewUser: visitors(d), Pace: bursty, Seed: 3, Schedule: phase.Schedule{{Name: "open", For: length, Arrivals: &a}}}
}

// digestOf is the digest of a runner's plan.
func digestOf(t *testing.T, r Runner) string {
	t.Helper()
	p, err := r.Plan()
	require.NoError(t, err)
	return p.Digest()
}

// near is a Fleet whose workers are Members of this process: no bus is between.
type near struct {
	runner Runner // of the workers
	of     int
	broken error // why no run can start
}

func (f *near) Ready() error { return f.broken }

func (f *near) Muster(ctx context.Context, m Muster) (FleetRun, error) {
	if f.broken != nil {
		return nil, f.broken
	}
	run := &nearRun{Muster: m, over: make(chan struct{})}
	for i := range f.of {
		r := f.runner
		r.request = m.Request
		member, err := r.Member(Share{Index: i, Of: f.of})
		if err != nil {
			return nil, err
		}
		run.members = append(run.members, member)
	}
	return run, nil
}

// nearRun is a run of near: what a coordinator does, without a bus.
type nearRun struct {
	Muster
	members []*Member
	began   time.Time
	down    sync.WaitGroup
	over    chan struct{}
	taken   sync.Mutex
}

func (r *nearRun) Resumes() *Progress { return nil }

func (r *nearRun) Keep(Progress) {}

func (r *nearRun) Kept() {}

func (r *nearRun) Start(ctx context.Context, data []byte) (time.Time, error) {
	r.began = time.Now().Add(2 * time.Second)
	for _, m := range r.members {
		m.SetData(data)
		r.down.Go(func() { _ = m.Run(context.WithoutCancel(ctx), Line{Since: r.began}) })
	}
	go func() {
		for {
			select {
			case <-time.After(time.Second):
				r.take()
			case <-r.over:
				return
			}
		}
	}()
	return r.began, nil
}

func (r *nearRun) take() {
	r.taken.Lock()
	defer r.taken.Unlock()
	for i, m := range r.members {
		if err := r.Recorder.Merge(i, m.Take()); err != nil {
			panic(err)
		}
	}
}

func (r *nearRun) soon() time.Duration { return time.Since(r.began) + 250*time.Millisecond }

func (r *nearRun) Scale(users int, rate float64) time.Duration {
	at := r.soon()
	for _, m := range r.members {
		m.Scale(at, users, rate)
	}
	return at
}

func (r *nearRun) Reset() time.Duration {
	at := r.soon()
	r.Recorder.Reset(at)
	for _, m := range r.members {
		go m.Reset(at)
	}
	return at
}

func (r *nearRun) State() (s FleetState) {
	for _, m := range r.members {
		own := m.State()
		s.Users, s.On, s.Spawning = s.Users+own.Users, s.On+own.On, s.Spawning || own.Spawning
		s.Workers = append(s.Workers, report.Worker{Users: own.Users})
	}
	return s
}

func (r *nearRun) Stop(end time.Duration) time.Duration {
	if end < r.Plan.phases[len(r.Plan.phases)-1].end {
		end += 250 * time.Millisecond
	}
	for _, m := range r.members {
		m.Stop(end)
	}
	return end
}

func (r *nearRun) Wait() {
	r.down.Wait()
	close(r.over)
	r.take()
}

func (r *nearRun) Describe(s *report.Summary) { s.Workers = r.State().Workers }

// errand makes a task that sends one request.
func errand(name string, weight float64) scenario.Task {
	return scenario.Task{Name: name, Weight: weight, Do: func(ctx context.Context) error {
		return measure.Do(ctx, report.Op{Name: name}, func(context.Context) error { return nil })
	}}
}

// lobby is where users of several kinds are seen: who is there, with what, and what they do.
type lobby struct {
	mu      sync.Mutex
	there   map[string]map[int]scenario.Env // by kind and index
	all     []scenario.Env
	doings  []string
	trouble []string // seats taken twice
}

// shopper is a user in a lobby.
type shopper struct {
	env   scenario.Env
	in    *lobby
	tasks []scenario.Share
}

func (s *shopper) Tasks() (tasks []scenario.Task) {
	for _, x := range s.tasks {
		tasks = append(tasks, scenario.Task{Name: x.Name, Weight: x.Share, Do: func(ctx context.Context) error {
			scope := measure.FromContext(ctx)
			s.in.mu.Lock()
			s.in.doings = append(s.in.doings, fmt.Sprint(scope.Task().Intended, " ", s.env.Kind, " ", s.env.User, " ", s.env.Index, " ", x.Name))
			s.in.mu.Unlock()
			return measure.Do(ctx, report.Op{Name: x.Name}, func(context.Context) error { return nil })
		}})
	}
	return tasks
}

func (s *shopper) Stop(context.Context) error {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	delete(s.in.there[s.env.Kind], s.env.Index)
	return nil
}

func (s *shopper) Start(context.Context) error {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	if s.in.there == nil {
		s.in.there = map[string]map[int]scenario.Env{}
	}
	if s.in.there[s.env.Kind] == nil {
		s.in.there[s.env.Kind] = map[int]scenario.Env{}
	}
	for _, other := range s.in.there[s.env.Kind] {
		if other.Seat == s.env.Seat && s.env.Seat > 0 {
			s.in.trouble = append(s.in.trouble, fmt.Sprint(s.env.Kind, " seat ", s.env.Seat))
		}
	}
	s.in.there[s.env.Kind][s.env.Index] = s.env
	s.in.all = append(s.in.all, s.env)
	return nil
}

// counts is how many of each kind are there.
func (l *lobby) counts(kinds []scenario.Kind) (n []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range kinds {
		n = append(n, len(l.there[k.Name]))
	}
	return n
}

// shop are buyers and browsers, 80 to 20, and two admins, whose tasks have names in common.
func shop(in *lobby) []scenario.Kind {
	as := func(tasks ...scenario.Share) func(scenario.Env) (scenario.User, error) {
		return func(env scenario.Env) (scenario.User, error) { return &shopper{env, in, tasks}, nil }
	}
	return []scenario.Kind{
		{Name: "buyer", Weight: 80, Pace: scenario.Between(time.Second, 3*time.Second), NewUser: as(scenario.Share{Name: "list", Share: 3}, scenario.Share{Name: "buy", Share: 1})},
		{Name: "browser", Weight: 20, NewUser: as(scenario.Share{Name: "list", Share: 1})},
		{Name: "admin", Count: 2, Pace: scenario.Between(20*time.Second, 30*time.Second), NewUser: as(scenario.Share{Name: "audit", Share: 1})},
	}
}

// waves is a day of a shop.
var waves = phase.Schedule{
	{Name: "up", For: 2 * time.Minute, Users: 52, SpawnRate: 2},
	{Name: "down", For: 2 * time.Minute, Users: 12, SpawnRate: 1},
	{Name: "up again", For: 2 * time.Minute, Users: 102, SpawnRate: 5, Weights: phase.Weights{"buyer/list": 1, "buy": 3}},
	{Name: "sale", For: 2 * time.Minute, Users: 102, SpawnRate: 1, Kinds: phase.Shares{"buyer": 95, "browser": 5}, Paces: phase.Paces{"browser": scenario.Between(5*time.Second, 9*time.Second)}},
	{Name: "after", For: 2 * time.Minute, Users: 52},
	{Name: "curve", Stages: phase.Stages{{For: 0, To: 90}, {For: 30 * time.Second, To: 7}, {For: 30 * time.Second, To: 70}}, Kinds: phase.Shares{"buyer": 1, "browser": 1}},
}

// shopRunner runs the shop through its waves.
func shopRunner(in *lobby) Runner {
	return Runner{Kinds: shop(in), Pace: scenario.Between(2*time.Second, 9*time.Second), Seed: 5, Schedule: waves, StopTimeout: time.Second}
}

// team is a run made by several Members in one bubble.
type team struct {
	*deeds
	members []*Member
	over    sync.WaitGroup
}

// until sleeps to an offset.
func (c *team) until(at time.Duration) { time.Sleep(at - c.members[0].Now()) }

// users is how many run.
func (c *team) users() (n int) {
	for _, m := range c.members {
		n += m.State().Users
	}
	return n
}

// byTime is what was done in a phase, by any user.
func (d *deeds) byTime(phase string) (all []deed) {
	for _, own := range d.all[phase] {
		for _, x := range own {
			all = append(all, deed{x.after, x.task, 0})
		}
	}
	slices.SortFunc(all, func(a, b deed) int { return cmp.Or(cmp.Compare(a.after, b.after), cmp.Compare(a.task, b.task)) })
	return all
}

// upAndDown has ramps in both directions, several mixes and paces.
var upAndDown = phase.Schedule{
	{Name: "up", For: time.Minute, Users: 40, SpawnRate: 3},
	{Name: "down", For: time.Minute, Users: 7, SpawnRate: 1.7, Weights: phase.Weights{"list": 3, "add": 1}},
	{Name: "again", For: time.Minute, Users: 61, Pace: scenario.Between(time.Second, 3*time.Second)},
	{Name: "gaps", For: time.Minute, Users: 20, Pace: scenario.StartToStart{Gap: bursty.Think}},
}

// deed is one task as its user meant it: when after the start of the phase,
// which, and what the script drew.
type deed struct {
	after time.Duration
	task  string
	drawn uint64
}

// deeds notes what users do, by phase and by who they are.
type deeds struct {
	mu  sync.Mutex
	all map[string]map[int][]deed
}

// doer is a user with two tasks, each a deed and one draw.
type doer struct {
	env scenario.Env
	*deeds
}

func (d *doer) Tasks() []scenario.Task {
	var tasks []scenario.Task
	for _, name := range []string{"list", "add"} {
		tasks = append(tasks, scenario.Task{Name: name, Weight: 1, Do: func(ctx context.Context) error {
			s := measure.FromContext(ctx)
			p := s.Phase()
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.all[p.Name] == nil {
				d.all[p.Name] = map[int][]deed{}
			}
			d.all[p.Name][d.env.User] = append(d.all[p.Name][d.env.User], deed{s.Task().Intended - p.Start, name, d.env.Rand.Uint64()})
			return nil
		}})
	}
	return tasks
}

// deedsOf runs a schedule in virtual time with a target that answers at once.
func deedsOf(t *testing.T, pace scenario.Pacer, s phase.Schedule) *deeds {
	d := &deeds{all: map[string]map[int][]deed{}}
	inBubble(t, Runner{
		NewUser: func(env scenario.Env) (scenario.User, error) { return &doer{env, d}, nil },
		Pace:    pace, Schedule: s, Seed: 3,
	})
	return d
}

// quarter is one phase of matched pairs.
var quarter = phase.Phase{For: 5 * time.Minute, Users: 8}

// wins is a figure of scripts, as is checkout.
const wins = measure.Counter("wins")

// heap is the memory in use after a collection, in MB.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// walker makes the steps of journeys as entries of a diary; what says of each how it ends.
type walker struct {
	env   scenario.Env
	diary *diary
	what  func(user int, step string) error
	start error // of the start hook
	tasks []scenario.Task
}

// Tasks implements scenario.User.
func (w *walker) Tasks() []scenario.Task {
	do := func(name string) func(context.Context) error {
		return func(ctx context.Context) error {
			return errors.Join(w.diary.visit(ctx, w.env.User, name), w.what(w.env.User, name))
		}
	}
	tasks := slices.Clone(w.tasks)
	for i := range tasks {
		if tasks[i].Steps == nil {
			tasks[i].Do = do(tasks[i].Name)
		}
		tasks[i].Steps = slices.Clone(tasks[i].Steps)
		for s := range tasks[i].Steps {
			tasks[i].Steps[s].Do = do(tasks[i].Steps[s].Name)
		}
	}
	return tasks
}

// Start implements scenario.Starter.
func (w *walker) Start(context.Context) error { return w.start }

// well is how a step ends that succeeds.
func well(int, string) error { return nil }

// on is how steps of a name end.
func on(step string, err error) func(int, string) error {
	return func(_ int, name string) error {
		if name == step {
			return err
		}
		return nil
	}
}

// walkers makes users with these tasks.
func walkers(d *diary, what func(int, string) error, tasks ...scenario.Task) func(scenario.Env) (scenario.User, error) {
	return func(env scenario.Env) (scenario.User, error) {
		return &walker{env: env, diary: d, what: what, tasks: tasks}, nil
	}
}

// steps are the steps of a journey, by name.
func steps(names ...string) (list []scenario.Step) {
	for _, name := range names {
		list = append(list, scenario.Step{Name: name})
	}
	return list
}

// shopping is a journey of three steps, with half a minute before the last one.
func shopping() scenario.Task {
	s := steps("login", "browse", "buy")
	s[2].Think = dist.Gamma{Mean: 30 * time.Second, CV: .5}
	return scenario.Task{Name: "shopping", Weight: 1, Steps: s}
}

// looking is a task without steps.
func looking() scenario.Task { return scenario.Task{Name: "look", Weight: 1} }

// balanced checks the accounting of a run that is over.
func balanced(t *testing.T, sum *report.Summary) {
	t.Helper()
	for _, p := range append(sum.Phases, sum.Total) {
		c := p.Counters
		assert.Equal(t, c.Planned, c.Started+c.Missed+c.Dropped+c.Lost+c.Skipped, p.Name)
		assert.Equal(t, c.Started, c.Finished+c.Unfinished, p.Name)
	}
}

// checkout is a transaction of scripts.
const checkout = measure.Transaction("checkout")

// oneSecond is a pause of a second.
var oneSecond = dist.Constant{Value: time.Second}

// every is a phase in which users act every ten seconds.
func every(length time.Duration, users int) phase.Schedule {
	return phase.Schedule{{Name: "p", For: length, Users: users, Pace: scenario.StartToStart{Gap: dist.Constant{Value: 10 * time.Second}}}}
}

// row returns the row of a name.
func row(t *testing.T, rows []report.Operation, name string) *report.Operation {
	t.Helper()
	for i := range rows {
		if rows[i].Op().String() == name {
			return &rows[i]
		}
	}
	require.Fail(t, "no row", "%s in %v", name, rows)
	return nil
}

// answered is an operation that takes a while.
func answered(ctx context.Context, name string, after time.Duration) error {
	return measure.Do(ctx, report.Op{Name: name}, func(ctx context.Context) error { return pause(ctx, after) })
}

// acts is a user with one task.
func acts(do func(context.Context) error) func(scenario.Env) (scenario.User, error) {
	return func(scenario.Env) (scenario.User, error) {
		return tasklist{{Name: "task", Weight: 1, Do: do}}, nil
	}
}

// quitter is a user whose start hook sleeps, asks the target, and ends its
// goroutine.
type quitter struct{ tasklist }

func (quitter) Start(ctx context.Context) error {
	time.Sleep(2 * time.Second)
	_ = answered(ctx, "login", 2*time.Second)
	runtime.Goexit()
	return nil
}

// hooked is a visitor with hooks.
type hooked struct {
	*visitor
	start, stop func(context.Context) error
}

func (h hooked) Start(ctx context.Context) error { return h.start(ctx) }

func (h hooked) Stop(ctx context.Context) error { return h.stop(ctx) }
