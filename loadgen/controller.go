package loadgen

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
)

// Order asks a Controller for a run.
type Order struct {
	// Users and SpawnRate are the level and how fast to reach it, in users per
	// second; a rate of 0 takes all at once.
	Users     int
	SpawnRate float64
	// RunTime ends the run; 0 is no limit.
	RunTime time.Duration
	// Host is the target; "" keeps the program's own.
	Host string
	// Planned asks for the program's own schedule of phases; Users, SpawnRate
	// and RunTime are then ignored.
	Planned bool
}

// Validate reports the first thing that is wrong with the order.
func (o Order) Validate() error {
	switch {
	case o.Planned:
		return nil
	case o.Users < 1:
		return fmt.Errorf("users is %d; give a whole number from 1 on", o.Users)
	case !(o.SpawnRate >= 0) || math.IsInf(o.SpawnRate, 1):
		return fmt.Errorf("spawn rate is %v; give users per second, 0 for all at once", o.SpawnRate)
	case o.RunTime < 0:
		return fmt.Errorf("run time is %v; give 0 for no limit, or more", o.RunTime)
	}
	return nil
}

// State is where a Controller is in its life cycle.
type State string

// The states, in Locust's words.
const (
	Ready    State = "ready"    // nothing has run yet
	Spawning State = "spawning" // the level is on its way, up or down
	Running  State = "running"  // the level is reached
	Cleanup  State = "cleanup"  // the run is ending
	Stopped  State = "stopped"  // a run is over
)

// ErrClosed is the error of Start after Close.
var ErrClosed = errors.New("controller is closed")

// Controller runs one run after another by command, for a page or another
// program that steers the load. All methods are safe for concurrent use; of
// two starts at once one starts the run and the other adjusts it.
type Controller struct {
	make func(Order) (Runner, error)

	mu     sync.Mutex
	run    *run // the current or last one; nil before the first
	stop   context.CancelFunc
	done   chan struct{} // closed when the run is over
	sum    *report.Summary
	err    error
	closed bool
}

// NewController returns a Controller whose runs are made by runner, one for
// each start.
func NewController(runner func(Order) (Runner, error)) *Controller {
	return &Controller{make: runner}
}

// errStop ends a run by command.
var errStop = errors.New("stopped by command")

// Start starts a run. While one is going on it only changes its level: users
// and spawn rate. Start returns before the users are there; see State.
func (c *Controller) Start(o Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	if c.going() {
		if !o.Planned && !c.run.scale(o.Users, o.SpawnRate) {
			return errors.New("the run is ending; start again when it is over")
		}
		return nil
	}
	return c.begin(o)
}

func (c *Controller) begin(o Order) error {
	r, err := c.make(o)
	if err != nil {
		return err
	}
	x, err := newRun(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	c.run, c.sum, c.err, c.done = x, nil, nil, make(chan struct{})
	c.stop = func() { cancel(errStop) }
	done := c.done
	go func() {
		sum, err := x.do(ctx)
		if errors.Is(err, errStop) {
			err = nil
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sum, c.err = sum, err
		cancel(nil)
		close(done)
	}()
	return nil
}

// going reports whether a run is going on.
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

// Stop ends the run, if there is one, and blocks until its users are down.
func (c *Controller) Stop() {
	c.mu.Lock()
	stop, done := c.stop, c.done
	c.mu.Unlock()
	if stop == nil {
		return
	}
	stop()
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
func (c *Controller) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.run == nil:
		return Ready
	case !c.going():
		return Stopped
	}
	return c.run.state()
}

// Snapshot tells how the run goes, or how the last one ended; nil before the
// first.
func (c *Controller) Snapshot() *report.Snapshot {
	c.mu.Lock()
	x := c.run
	c.mu.Unlock()
	if x == nil {
		return nil
	}
	return x.snapshot()
}

// Summary gives the figures of the run so far, or of the last one; nil before
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

// Reset zeroes the statistics of the run. Users and plan go on.
func (c *Controller) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run == nil {
		return
	}
	c.run.rec.Reset(c.run.clock())
	if c.sum != nil {
		c.sum = c.run.summary(c.run.clock())
	}
}
