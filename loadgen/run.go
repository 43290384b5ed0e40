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
)

// errCutOff is why a task's context ends before the task does.
var errCutOff = errors.New("cut off: the user left or the run ended")

// run is one run of a Runner.
type run struct {
	Runner
	plan   *Plan
	rec    *record.Recorder
	log    *slog.Logger
	shards []*shard
	crew   *crew
	self   *monitor

	end      time.Duration // that the schedule plans
	abort    context.CancelCauseFunc
	entered  int                 // phase whose hooks have run: Enter, and not yet Exit; or outside
	observer measure.RunObserver // nil: none
	watching chan struct{}       // full while BeginPhase or Watch runs; blocking on a mutex would stop the clock of a synctest bubble

	mu      sync.Mutex
	began   time.Time     // wall clock and monotonic reading of offset 0; set before anything starts
	stopped time.Duration // when it ended; 0: it has not
	changes []Change      // of the level, by hand
	refused error         // why a user was refused, which ended the run; nil: none was

	users, on atomic.Int64  // running now, and those of them that are ON
	inFlight  atomic.Int64  // arrivals being served
	guests    atomic.Int64  // guests made
	ended     chan struct{} // closed when nothing new may start
	loops     sync.WaitGroup
	workers   sync.WaitGroup
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
		rec:   record.New(record.Config{Phases: plan.Phases(), Shards: 2 * n}),
		ended: make(chan struct{}), watching: make(chan struct{}, 1),
		end: plan.phases[len(plan.phases)-1].end,
	}
	x.log = slog.New(guarded{x.Logger.Handler(), x.rec, x.clock})
	x.shards = make([]*shard, n)
	for i := range x.shards {
		x.shards[i] = newShard(x, i)
	}
	x.crew = newCrew(x)
	x.self = newMonitor()
	return x, nil
}

// now is the offset since the start of the run, for goroutines that the run
// started.
func (r *run) now() time.Duration { return time.Since(r.began) }

// clock is now for other goroutines: 0 before the start of the run, and the
// offset of its end afterwards.
func (r *run) clock() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.began.IsZero():
		return 0
	case r.stopped > 0:
		return r.stopped
	}
	return r.now()
}

// state is the run's place in the life cycle.
func (r *run) state() report.State {
	now := r.clock()
	switch {
	case r.over():
		return report.Cleanup
	case now < time.Duration(r.crew.ramped.Load()):
		return report.Spawning
	}
	return report.Running
}

// maxChanges bounds the changes of the level that a run keeps: the first ones and
// the last one.
const maxChanges = 100

// scale changes the level by hand until the next phase begins. The change is
// recorded in the report's notes.
func (r *run) scale(users int, rate float64) bool {
	if !r.crew.scale(users, rate) {
		return false
	}
	at := r.clock()
	r.mu.Lock()
	defer r.mu.Unlock()
	change := Change{At: at, Users: users, SpawnRate: rate}
	if last := len(r.changes) - 1; last+1 == maxChanges {
		change.More = r.changes[last].More + 1
		r.changes = r.changes[:last]
	}
	r.changes = append(r.changes, change)
	return true
}

// snapshot is the state at this instant; the recorder has the level of the last
// second only.
func (r *run) snapshot(quantiles ...float64) *report.Snapshot {
	s := r.rec.Snapshot(r.clock(), quantiles...)
	s.Health = r.self.now()
	s.Planned, s.Users = r.Schedule.UsersAt(s.At), int(r.users.Load())
	s.On = min(s.Users, int(r.on.Load()))
	return s
}

func (r *run) summary(end time.Duration) *report.Summary {
	meta := record.Meta{Name: r.Name, Seed: r.Seed, PlanDigest: r.plan.digest, Streams: stream.Version, End: end, Health: r.self.now()}
	r.mu.Lock()
	meta.Start = r.began
	for _, c := range r.changes {
		meta.Notes = append(meta.Notes, c.String())
	}
	r.mu.Unlock()
	return r.rec.Summary(meta)
}

// do walks the schedule: start everything, wait for the end, stop everything.
func (r *run) do(ctx context.Context) (*report.Summary, error) {
	ctx, left := measure.WithLeftovers(ctx)
	defer left.Wait()
	r.tasks, r.cutOff = context.WithCancelCause(context.WithoutCancel(ctx))
	defer r.cutOff(nil)
	ctx, r.abort = context.WithCancelCause(ctx)
	defer r.abort(nil)
	r.enter(ctx, 0)
	if err := aborted(ctx); err != nil {
		r.exit(ctx)
		return nil, err
	}
	r.mu.Lock()
	r.began = time.Now()
	r.mu.Unlock()
	r.beginObserver()
	r.log.Info("run begins", "name", r.Name, "seed", r.Seed, "plan", r.plan.digest, slog.Any("phase", r.plan.describe(0)))
	r.logIdle()
	for _, s := range r.shards {
		r.loops.Go(s.loop)
	}
	r.loops.Go(r.crew.walk)
	r.loops.Go(r.announce)
	r.loops.Go(func() { r.transitions(ctx) })
	r.loops.Go(r.watch)

	timely := r.sleepUntil(r.end, ctx.Done())
	end := min(r.end, r.now())
	r.mu.Lock()
	r.stopped = end
	r.mu.Unlock()
	if !timely {
		r.rec.End(end)
	}
	r.stop(end)
	r.runStopHooks(ctx)
	return r.finish(ctx, end, timely)
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
	r.callWatch(end)
	sum := r.summary(end)
	refusal, cancelled := r.refusal(), aborted(ctx)
	if err := cmp.Or(refusal, cancelled); err != nil {
		sum.Notes = append([]string{fmt.Sprintf("%v, %s after the start", err, say.Span(end.Round(time.Second)))}, sum.Notes...)
	}
	if r.observer != nil && !r.safely("Observer", func() { r.observer.EndRun(sum) }) {
		sum.Exceptions = r.rec.Snapshot(end).Exceptions
	}
	r.log.Info("run ends", "after", end.Round(time.Millisecond), "requests", sum.Total.Requests, "failures", sum.Total.Failures)
	if timely || r.end == phase.Forever && refusal == nil && cancelled == nil {
		return sum, refusal
	}
	return sum, fmt.Errorf("%w, after %v: %w", ErrStopped, end.Round(time.Millisecond), cmp.Or(refusal, context.Cause(ctx)))
}

// sleepUntil waits for offset t and reports whether it came before done. A
// nil done never comes.
func (r *run) sleepUntil(t time.Duration, done <-chan struct{}) bool {
	if t == phase.Forever {
		<-done
		return false
	}
	timer := time.NewTimer(t - r.now())
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-done:
		return false
	}
}

// newUser makes the entry of a user; the script's value is made when it joins.
func (r *run) newUser(number int, s *shard, kind userKind) *user {
	u := &user{number: number, stream: uint64(number), shard: s, kind: kind}
	u.life.stage.Store(uint32(absent))
	u.seed(r.Seed, 0)
	return u
}
