package loadgen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// errCutOff is why a task's context ends before the task does.
var errCutOff = errors.New("cut off: the user left or the run ended")

// run is one run of a Runner.
type run struct {
	Runner
	plan   *Plan
	rec    *record.Recorder
	log    *slog.Logger
	shards []*shard // none where a Fleet makes the load
	crew   *crew
	self   *monitor
	share  Share    // of the load, that this process makes
	paced  *steered // the run's clock; nil: this machine's, from began on

	planned  atomic.Int64 // offset at which it is to end, a time.Duration
	until    atomic.Int64 // offset up to which anything may start, of a Member
	turned   turning      // of what sleepers wait for
	abort    context.CancelCauseFunc
	entered  int                                 // phase whose hooks have run: Enter, and not yet Exit; or outside
	observer measure.RunObserver                 // nil: none
	watching chan struct{}                       // full while BeginPhase or Watch runs; blocking on a mutex would stop the clock of a synctest bubble
	resumed  time.Duration                       // offset from which on this coordinator has the run; 0: it is the first one
	resumes  func(p Progress, now time.Duration) // of a Controller: takes over what a former one knew; nil: there is none

	mu       sync.Mutex
	began    time.Time     // wall clock and monotonic reading of offset 0; set before anything starts
	stopped  time.Duration // when it ended; 0: it has not
	team     FleetRun      // makes the load; nil: this process does, or the workers are not ready yet
	keeper   FleetRun      // keeps the progress: the team, also before its workers are ready
	progress Progress
	early    *order // the level that was asked for before they were
	refused  error  // why a user was refused, which ended the run; nil: none was
	decided  string // what the look found that ended the run; "": none did
	looked   int    // looks so far
	said     string // what the last one found

	work      *work         // where phases have an end of it; nil: none has
	users, on atomic.Int64  // running now, and those of them that are ON
	inFlight  atomic.Int64  // arrivals being served
	guests    atomic.Int64  // guests made
	ended     chan struct{} // closed when nothing new may start
	loops     sync.WaitGroup
	workers   sync.WaitGroup
	isSetUp   bool            // its SetUp has returned
	data      scenario.Data   // for the users; set before any is made
	tasks     context.Context // the parent of every task's context
	cutOff    context.CancelCauseFunc
}

func newRun(r Runner) (*run, error) {
	plan, err := r.Plan()
	if err != nil {
		return nil, err
	}
	n := runtime.GOMAXPROCS(0)
	x := &run{
		Runner: plan.runner, plan: plan,
		rec:   record.New(record.Config{Phases: plan.Phases(), Shards: 2 * n, Declared: plan.declared}),
		ended: make(chan struct{}), watching: make(chan struct{}, 1),
	}
	x.planned.Store(int64(plan.phases[len(plan.phases)-1].end))
	x.log = slog.New(guarded{x.Logger.Handler(), x.rec, x.clock})
	x.work = newWork(x)
	x.crew = newCrew(x)
	for i := range n {
		if r.Fleet == nil {
			x.shards = append(x.shards, newShard(x, i))
		}
	}
	x.self = newMonitor()
	return x, nil
}

// end is the offset at which the run is to end.
func (r *run) end() time.Duration { return time.Duration(r.planned.Load()) }

// state is the run's place in the life cycle.
func (r *run) state() report.State {
	now := r.clock()
	switch {
	case r.over():
		return report.Cleanup
	case r.spawning(now):
		return report.Spawning
	}
	return report.Running
}

// scale changes the level by hand until the next phase begins. The change is
// recorded in the report's notes.
func (r *run) scale(users int, rate float64) bool {
	if r.over() {
		return false
	}
	at := r.order(order{target: target{users, rate}})
	r.keep(func(p *Progress) { p.add(Change{At: at, Users: users, SpawnRate: rate}) })
	return true
}

// snapshot is the state at this instant; the recorder has the level of the last
// second only.
func (r *run) snapshot(quantiles ...float64) *report.Snapshot {
	s := r.rec.Snapshot(r.clock(), quantiles...)
	s.Planned = r.Schedule.UsersAt(s.At)
	s.Users, s.On = r.present()
	r.complete(s)
	return s
}

func (r *run) summary(end time.Duration) *report.Summary {
	meta := record.Meta{Name: r.Name, Seed: r.Seed, PlanDigest: r.plan.digest, Streams: stream.Version, End: end, Health: r.health()}
	r.mu.Lock()
	meta.Start = r.began
	for _, c := range r.progress.Changes {
		meta.Notes = append(meta.Notes, c.String())
	}
	late, up, decided := r.progress.Late, r.progress.SetUp, r.decided
	r.mu.Unlock()
	r.countRest()
	sum := r.rec.Summary(meta)
	sum.SetUp = up
	if r.Looks != nil {
		looks := *r.Looks
		looks.Decided, sum.Looks = decided, &looks
	}
	for i := range sum.Phases {
		sum.Phases[i].HooksLateS = late[i].Seconds()
	}
	if team := r.fleetRun(); team != nil {
		team.Describe(sum)
	}
	return sum
}

// do walks the schedule: start everything, wait for the end, stop everything.
func (r *run) do(ctx context.Context) (*report.Summary, error) {
	ctx, done := r.open(ctx)
	defer done()
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	r.beginObserver()
	begins := "run begins"
	if r.resumed > 0 {
		begins = "run continues"
	}
	r.log.Info(begins, "name", r.Name, "seed", r.Seed, "plan", r.plan.digest, slog.Any("phase", r.plan.describe(r.plan.at(r.resumed))))
	r.logIdle()
	r.loops.Go(func() { r.transitions(ctx) })
	end, timely := r.load(ctx)
	return r.finish(ctx, end, timely)
}

// open makes the contexts of the run and its tasks. What it returns ends them, and waits for what the
// script has left running.
func (r *run) open(ctx context.Context) (context.Context, func()) {
	ctx, left := measure.WithLeftovers(ctx)
	r.tasks, r.cutOff = context.WithCancelCause(context.WithoutCancel(ctx))
	ctx, r.abort = context.WithCancelCause(ctx)
	return ctx, func() {
		r.abort(nil)
		r.cutOff(nil)
		left.Wait()
	}
}

// begin runs the first Enter hook and sets the instant of offset 0; with a Fleet, once
// its workers are ready. A run that is resumed has had both.
func (r *run) begin(ctx context.Context) (err error) {
	var team FleetRun
	var resumes *Progress
	if r.Fleet != nil {
		if team, err = r.Fleet.Muster(ctx, Muster{r.request, r.plan, r.rec, r.log, r.abort}); err != nil {
			return err
		}
		resumes = team.Resumes()
	}
	if resumes == nil {
		r.mu.Lock()
		r.keeper = team
		r.mu.Unlock()
		if err = r.setUp(ctx); err == nil {
			r.enter(ctx, 0)
		}
	} else {
		r.entered = resumes.Phase
		if r.resumes != nil {
			r.resumes(Progress{}, 0) // no limit counts from now
		}
	}
	began, err := time.Now(), cmp.Or(err, aborted(ctx))
	if team != nil {
		if err != nil {
			team.Stop(0)
			team.Wait()
		} else {
			began, err = team.Start(ctx, r.data)
		}
	}
	if err != nil {
		r.exit(ctx)
		r.tearDown(ctx)
		return err
	}
	r.mu.Lock()
	if r.began, r.team = began, team; team != nil && r.early != nil {
		team.Scale(r.early.users, r.early.rate)
	}
	r.mu.Unlock()
	if resumes != nil {
		r.resume(*resumes)
	}
	return nil
}

// load makes the load until the schedule is over, or ctx, and all users are down. It
// returns the offset of the end.
func (r *run) load(ctx context.Context) (end time.Duration, timely bool) {
	r.sleepUntil(0, ctx.Done())
	for _, s := range r.shards {
		r.loops.Go(s.loop)
	}
	if r.shards != nil {
		r.loops.Go(r.crew.walk)
	}
	r.loops.Go(r.announce)
	r.loops.Go(r.watch)
	if r.Looks != nil {
		r.loops.Go(r.decide)
	}

	if timely = ctx.Err() == nil && r.awaitEnd(ctx.Done()); !timely {
		r.keep(func(p *Progress) { p.Stopped = context.Cause(ctx).Error() })
	}
	end = min(r.end(), max(0, r.now()))
	if team := r.fleetRun(); team != nil {
		end = team.Stop(end)
	}
	r.mu.Lock()
	r.stopped = end
	r.mu.Unlock()
	if end < r.plan.phases[len(r.plan.phases)-1].end {
		r.rec.End(end)
	}
	r.stop(end)
	r.runStopHooks(ctx)
	return end, timely
}

// beginObserver asks the Observer for the observer of this run.
func (r *run) beginObserver() {
	if r.Observer == nil {
		return
	}
	about := measure.Run{
		Name: r.Name, Seed: r.Seed, PlanDigest: r.plan.digest,
		Start: r.began, Phases: r.plan.Phases(), Recorder: r.rec,
	}
	r.safely("Observer", func() { r.observer = r.Observer.BeginRun(about) })
}

// stop lets nothing new start and waits for the running tasks for up to
// StopTimeout.
func (r *run) stop(end time.Duration) {
	close(r.ended)
	for _, s := range r.shards {
		s.close(end)
	}
	limit := time.AfterFunc(r.StopTimeout, func() { r.cutOff(errCutOff) })
	if team := r.fleetRun(); team != nil {
		team.Wait()
	}
	r.loops.Wait()
	r.workers.Wait()
	limit.Stop()
}

// runStopHooks runs the stop hooks of all users that stayed to the end. Together
// they have the stop timeout, and at least a few seconds.
func (r *run) runStopHooks(ctx context.Context) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	limit := time.AfterFunc(max(r.StopTimeout, 5*time.Second), func() { cancel(errCutOff) }) // no failure of the target
	defer limit.Stop()
	var all sync.WaitGroup
	for _, s := range r.shards {
		all.Go(func() { s.runStopHooks(ctx) })
	}
	all.Wait()
}

// finish makes the Summary.
func (r *run) finish(ctx context.Context, end time.Duration, timely bool) (*report.Summary, error) {
	r.exit(ctx)
	down := r.tearDown(ctx)
	r.callWatch(end)
	sum := r.summary(end)
	sum.TearDown = down
	refusal, cancelled := r.refusal(), aborted(ctx)
	if err := cmp.Or(refusal, cancelled); err != nil {
		sum.Notes = append([]string{fmt.Sprintf("%v, %s after the start", err, say.Span(end.Round(time.Second)))}, sum.Notes...)
	}
	if r.observer != nil && !r.safely("Observer", func() { r.observer.EndRun(sum) }) {
		sum.Exceptions = r.rec.Snapshot(end).Exceptions
	}
	r.log.Info("run ends", "after", end.Round(time.Millisecond), "requests", sum.Total.Requests, "failures", sum.Total.Failures)
	return sum, r.outcome(ctx, end, timely)
}

// outcome is the error of a run that ended at an offset.
func (r *run) outcome(ctx context.Context, end time.Duration, timely bool) error {
	refusal := r.refusal()
	if timely || r.end() == phase.Forever && refusal == nil && aborted(ctx) == nil {
		return refusal
	}
	return fmt.Errorf("%w, after %s: %w", ErrStopped, say.Span(end), cmp.Or(refusal, context.Cause(ctx)))
}
