package loadgen

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// StartRequest asks a Controller for a run, or for another level of the current
// one.
type StartRequest struct {
	// Users and SpawnRate are the level and how fast to reach it, in users per
	// second; a rate of 0 takes all at once. A run in progress can go down to 0
	// users; one that is to start needs some.
	Users     int
	SpawnRate float64
	// RunTime ends the run, counted from this request on, whether it starts the run
	// or changes it; 0 sets no limit and keeps the current one. The Controller
	// enforces it, so the schedule needs no end.
	RunTime time.Duration
	// Host is the target; "" keeps the program's own.
	Host string
	// Planned asks for the program's own schedule of phases; Users, SpawnRate
	// and RunTime are then ignored.
	Planned bool
}

// Validate reports the first invalid field.
func (o StartRequest) Validate() error {
	switch {
	case o.Planned:
		return nil
	case o.Users < 0:
		return fmt.Errorf("users is %d; give a whole number from 0 on", o.Users)
	case !(o.SpawnRate >= 0) || math.IsInf(o.SpawnRate, 1):
		return fmt.Errorf("spawn rate is %v; give users per second, 0 for all at once", o.SpawnRate)
	case o.RunTime < 0:
		return fmt.Errorf("run time is %v; give 0 for no limit, or more", o.RunTime)
	}
	return nil
}

// Change is a level asked for by hand during a run.
type Change struct {
	At        time.Duration // offset in the run
	Users     int
	SpawnRate float64 // users per second; 0: all at once
	More      int     // changes before this one that are not kept; see Info.Changes
}

// String is the change in a sentence.
func (c Change) String() string {
	text := fmt.Sprintf("the number of users was changed by hand: to %s, %s after the start", say.Count(c.Users), say.Span(c.At.Round(time.Second)))
	if c.More > 0 {
		text += fmt.Sprintf("; %s more changes before that one are not listed", say.Count(c.More))
	}
	return text
}

// Info describes a Controller's current or last run. Offsets count from Start.
type Info struct {
	// Number identifies the run: each start and each reset of the statistics adds
	// one. 0 means that nothing has run yet.
	Number  int
	Start   time.Time          // wall clock at offset 0; zero until the run has begun
	Reset   time.Duration      // where the statistics were zeroed; 0: nowhere
	Ended   time.Duration      // where the run ended; 0: it has not
	Host    string             // as asked for; "": the program's own
	Planned bool               // it follows the program's own schedule
	Limit   time.Duration      // of the run time; 0: none but the schedule's
	Phases  []report.PhaseInfo // of the plan
	Phase   int                // the one in progress, or the last one
	Shares  []scenario.Share   // its task mix
	Changes []Change           // by hand, in the order of time: the first 99 and the last one
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
	case o.Planned && c.info.Planned:
		return nil
	case o.Planned:
		return errors.New("a run is in progress; stop it before starting the schedule")
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
	x, err := newRun(r)
	if err != nil {
		return err
	}
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
	cause := context.Cause(ctx)
	if errors.Is(err, errStop) || errors.Is(err, errLimit) {
		err = nil
	}
	limit.Stop()
	c.mu.Lock()
	c.sum, c.err = sum, err
	c.mu.Unlock()
	if c.Ended != nil {
		x.safely("Ended", func() { c.Ended(Ending{Summary: sum, Err: err, Timely: err == nil && cause != errStop}) })
	}
	close(done)
}

// end sets the run's limit, counted from now; 0 keeps the current one.
func (c *Controller) end(after, now time.Duration) {
	if after > 0 {
		after = min(after, phase.Forever-now)
		c.info.Limit = now + after
		c.limit.Reset(after)
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
	info.Shares = x.plan.Shares(info.Phase)
	x.mu.Lock()
	defer x.mu.Unlock()
	info.Start, info.Ended = x.began, x.stopped
	info.Changes = slices.Clone(x.changes)
	return info
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
	c.info.Reset = c.run.clock()
	c.run.rec.Reset(c.info.Reset)
	if c.sum != nil {
		c.sum = c.run.summary(c.run.clock())
	}
}
