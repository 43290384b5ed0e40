package loadgen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/outline"
	"github.com/gensim/load-generator/scenario"
)

// Info describes a Controller's current or last run. Offsets count from Start.
type Info struct {
	// Number identifies the run: each start and each reset of the statistics adds
	// one. 0 means that nothing has run yet.
	Number  int
	Start   time.Time            // wall clock at offset 0; zero until the run has begun
	Reset   time.Duration        // where the statistics were zeroed; 0: nowhere
	Ended   time.Duration        // where the run ended; 0: it has not
	Host    string               // as asked for; "": the program's own
	Planned bool                 // it follows the program's own schedule
	Limit   time.Duration        // of the run time; 0: none but the schedule's
	Phases  []report.PhaseInfo   // of the plan
	Phase   int                  // the one in progress, or the last one
	Shares  []scenario.Share     // its task mix
	Kinds   []phase.KindForecast // its kinds of users, as planned; nil: one without a name
	Changes []Change             // by hand, in the order of time: the first 99 and the last one
	Looks   *outline.Looks       // of a run with Runner.Looks; nil: it is judged at its end alone
}

// ErrClosed is the error of Start after Close.
var ErrClosed = errors.New("controller is closed")

// ErrEnding is the error of Start while the current run is ending: it cannot be
// changed, and the next one cannot start yet.
var ErrEnding = errors.New("the run is ending; start again when it is over")

// Ending is the outcome of a run.
type Ending struct {
	Summary *report.Summary // nil if the run could not begin
	Err     error           // of the run; nil for one that was stopped
	Timely  bool            // it reached the end of its schedule or of its run time
}

// Controller runs one run after another by command, for a page or another
// program that steers the load. All methods are safe for concurrent use; of
// two starts at once one starts the run and the other adjusts it.
type Controller struct {
	// Ended, if set before the first Start, is called with every run that is
	// over, before Stop and Wait return and before another run can start. It may
	// call any method but Stop, Close and Wait.
	Ended func(Ending)

	make func(StartRequest) (Runner, error)

	mu     sync.Mutex
	run    *run // the current or last one; nil before the first
	info   Info // Number, Reset, Host and Limit are kept here
	stop   context.CancelCauseFunc
	limit  *time.Timer   // that ends the run
	done   chan struct{} // closed when the run is over
	sum    *report.Summary
	err    error
	closed bool
}

// NewController returns a Controller whose runs are made by runner, one for
// each start.
func NewController(runner func(StartRequest) (Runner, error)) *Controller {
	return &Controller{make: runner}
}

// Why a Controller ends a run.
var (
	errStop  = errors.New("stopped by command")
	errLimit = errors.New("run time limit reached")
)

// Start starts a run. During a run it changes the level, that is users and spawn
// rate, and the limit if the request has one; it refuses to change the target or
// to go over to the schedule. Start returns before the users have joined; see
// State.
func (c *Controller) Start(o StartRequest) error {
	if err := o.Validate(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return ErrClosed
	case !c.going():
		return c.begin(o)
	case c.run.over():
		return ErrEnding
	case o.Host != "" && o.Host != c.info.Host:
		return errors.New("a run is in progress; stop it before changing the target")
	case o.Kinds != nil && !c.run.plan.takesPart(o.Kinds):
		return fieldError{"user_classes", fmt.Errorf("a run of %s is in progress; stop it before choosing other kinds of users", c.run.plan.kindNames())}
	case o.Planned && c.info.Planned:
		return nil
	case o.Planned:
		return errors.New("a run is in progress; stop it before starting the schedule")
	case o.Stages != "":
		return fieldError{"stages", errors.New("a run is in progress; stop it before starting stages")}
	case !c.run.scale(o.Users, o.SpawnRate):
		return ErrEnding
	}
	c.end(o.RunTime, c.run.clock())
	return nil
}

func (c *Controller) begin(o StartRequest) error {
	r, err := c.make(o)
	if err != nil {
		return err
	}
	if r.Fleet != nil {
		if err := r.Fleet.Ready(); err != nil {
			return err
		}
	}
	r.request = o
	x, err := newRun(r)
	if err != nil {
		return err
	}
	x.resumes = c.resumed
	ctx, cancel := context.WithCancelCause(context.Background())
	c.run, c.sum, c.err, c.stop, c.done = x, nil, nil, cancel, make(chan struct{})
	c.info = Info{Number: c.info.Number + 1, Host: o.Host, Planned: o.Planned}
	c.limit = time.AfterFunc(phase.Forever, func() { cancel(errLimit) })
	if !o.Planned {
		c.end(o.RunTime, 0)
	}
	go c.follow(ctx, x, c.limit, c.done)
	return nil
}

// follow runs x and records the result.
func (c *Controller) follow(ctx context.Context, x *run, limit *time.Timer, done chan struct{}) {
	sum, err := x.do(ctx)
	byHand := context.Cause(ctx) == errStop || x.isStopped(errStop)
	if errors.Is(err, errStop) || errors.Is(err, errLimit) {
		err = nil
	}
	limit.Stop()
	c.mu.Lock()
	c.sum, c.err = sum, err
	c.mu.Unlock()
	if c.Ended != nil {
		x.safely("Ended", func() { c.Ended(Ending{Summary: sum, Err: err, Timely: err == nil && !byHand}) })
	}
	close(done)
}

// end sets the run's limit, counted from now; 0 keeps the current one.
func (c *Controller) end(after, now time.Duration) {
	if after > 0 {
		after = min(after, phase.Forever-now)
		c.info.Limit = now + after
		c.limit.Reset(after)
		c.run.keep(func(p *Progress) { p.Limit = c.info.Limit })
	}
}

// resumed sets what the Controller of a run that is resumed, now at some offset, has set before.
func (c *Controller) resumed(p Progress, now time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.info.Limit, c.info.Reset = p.Limit, p.Reset
	if p.Limit > 0 {
		c.limit.Reset(max(0, p.Limit-now))
	} else {
		c.limit.Reset(phase.Forever)
	}
}

// going reports whether a run is in progress.
func (c *Controller) going() bool {
	if c.run == nil {
		return false
	}
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// Stop ends the run, if there is one, and blocks until its users have stopped. A
// task, a hook or a Watch of that run that calls it deadlocks.
func (c *Controller) Stop() {
	c.mu.Lock()
	stop, done := c.stop, c.done
	c.mu.Unlock()
	if stop == nil {
		return
	}
	stop(errStop)
	<-done
}

// Close stops the run and refuses further ones.
func (c *Controller) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.Stop()
}

// Wait blocks until the run is over or ctx ends and returns the run's Summary.
// It returns nil at once when nothing has run yet.
func (c *Controller) Wait(ctx context.Context) (*report.Summary, error) {
	c.mu.Lock()
	done := c.done
	c.mu.Unlock()
	if done == nil {
		return nil, nil
	}
	select {
	case <-done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sum, c.err
}

// State returns where the controller is in its life cycle.
func (c *Controller) State() report.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.run == nil:
		return report.Ready
	case !c.going():
		return report.Stopped
	}
	return c.run.state()
}

// Info describes the current or last run; the zero Info before the first.
func (c *Controller) Info() Info {
	c.mu.Lock()
	info, x := c.info, c.run
	c.mu.Unlock()
	if x == nil {
		return info
	}
	info.Phases = x.plan.Phases()
	info.Phase = x.plan.at(x.clock())
	info.Shares, info.Kinds = x.plan.Shares(info.Phase), x.plan.Kinds(info.Phase)
	x.mu.Lock()
	defer x.mu.Unlock()
	info.Start, info.Ended = x.began, x.stopped
	info.Changes, info.Looks = slices.Clone(x.progress.Changes), x.looks()
	return info
}

// Run describes the current or last run to a page: with it a Controller is what web.New of package report/web takes.
// The kinds of users have no weights there, which the plan does not know.
func (c *Controller) Run() outline.Run {
	info := c.Info()
	run := outline.Run{
		Number: info.Number, Start: info.Start, Reset: info.Reset, Ended: info.Ended, Host: info.Host,
		Phases: info.Phases, Tasks: Tasks(info.Shares), Classes: Classes(info.Kinds), Looks: info.Looks,
	}
	for i := range run.Phases {
		if p := &run.Phases[i]; info.Limit > 0 && (p.End == 0 || info.Limit < p.End) {
			p.End = max(info.Limit, p.Start) // so that the page shows what is left
		}
	}
	for _, x := range info.Changes {
		run.Changes = append(run.Changes, outline.Change{At: x.At, Text: say.Plural(x.Users, "user") + " by hand"})
	}
	return run
}

// Tasks restates a mix as reports have it.
func Tasks(mix []scenario.Share) []outline.Task {
	if mix == nil {
		return nil
	}
	tasks := make([]outline.Task, len(mix))
	for i, t := range mix {
		tasks[i] = outline.Task{Name: t.Name, Share: t.Share, Steps: Tasks(t.Steps)}
	}
	return tasks
}

// Classes restates kinds of users as reports have them, without their weights; nil for one without a name.
func Classes(kinds []phase.KindForecast) (out []outline.Class) {
	users := 0.0
	for _, k := range kinds {
		users += k.Mean
	}
	for _, k := range kinds {
		x := outline.Class{Name: k.Name, Share: k.Share, Tasks: Tasks(k.Mix)}
		if users > 0 {
			x.Share = k.Mean / users
		}
		out = append(out, x)
	}
	return out
}

// current returns the current or last run; nil before the first.
func (c *Controller) current() *run {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run
}

// Snapshot returns the state of the run, or the last state of the run that has
// ended, without users; nil before the first. quantiles are those of
// record.Recorder.Snapshot.
func (c *Controller) Snapshot(quantiles ...float64) *report.Snapshot {
	c.mu.Lock()
	x, going := c.run, c.going()
	c.mu.Unlock()
	if x == nil {
		return nil
	}
	s := x.snapshot(quantiles...)
	if !going {
		s.Planned, s.Users, s.On = 0, 0, 0
	}
	return s
}

// Phase returns the figures so far of phase i of the run; the zero value if the
// plan has no phase i.
func (c *Controller) Phase(i int) report.PhaseSummary {
	if x := c.current(); x != nil && i >= 0 && i < len(x.plan.phases) {
		return x.rec.Phase(i, x.clock())
	}
	return report.PhaseSummary{}
}

// Timeline returns the seconds from..to-1 of the run, without those that have
// not begun; see record.Recorder.Timeline.
func (c *Controller) Timeline(from, to int) []report.Second {
	if x := c.current(); x != nil {
		begun := int((x.clock() + time.Second - 1) / time.Second)
		return x.rec.Timeline(from, min(to, begun))
	}
	return nil
}

// Series returns the seconds of one operation so far, phase by phase, or of all
// operations for the zero Op; see record.Recorder.Series.
func (c *Controller) Series(op report.Op) []report.Series {
	if x := c.current(); x != nil {
		return x.rec.Series(op, x.clock())
	}
	return nil
}

// Summary returns the figures of the run so far, or of the last one; nil before
// the first.
func (c *Controller) Summary() *report.Summary {
	c.mu.Lock()
	x, sum := c.run, c.sum
	c.mu.Unlock()
	if x == nil || sum != nil {
		return sum
	}
	return x.summary(x.clock())
}

// Reset zeroes the statistics of the run. Users and plan continue; what was
// intended before the reset does not count, even if it is done later.
func (c *Controller) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run == nil {
		return
	}
	c.info.Number++
	c.info.Reset = c.run.reset()
	if c.sum != nil {
		c.sum = c.run.summary(c.run.clock())
	}
}
