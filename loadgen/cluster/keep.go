package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/report/record"
)

const (
	keepEvery = 5 * time.Second        // between two checkpoints
	keepTime  = 250 * time.Millisecond // by which commands are put off, for the time that one takes
	giveUp    = time.Minute            // of failures, after which none is tried: workers keep only so much
)

// keeper writes the checkpoints of a run.
type keeper struct {
	path   string
	orders chan struct{} // holds one: there are commands to keep
	last   chan struct{} // holds one: a worker waits to hear that its last row is kept
	quit   chan struct{} // closed when the run is over
	loop   sync.WaitGroup

	waiting []waiting // guarded by the Coordinator's lock
	begun   bool      // so is it
	gaveUp  bool      // no further checkpoint is written; so is it

	mu      sync.Mutex // held while one is made
	figures *record.Delta
	shares  []keptShare // as of the figures
	resets  int         // of the figures
	broken  time.Time   // since then none could be written; zero: the last one was
}

// waiting is a worker that has sent its last row.
type waiting struct {
	share   *share
	message bus.Message
}

// newKeeper returns one for a run; nil: none is asked for.
func (c *Coordinator) newKeeper() *keeper {
	if c.cfg.Checkpoint == "" {
		return nil
	}
	return &keeper{
		path: c.cfg.Checkpoint, figures: new(record.Delta),
		orders: make(chan struct{}, 1), last: make(chan struct{}, 1), quit: make(chan struct{}),
	}
}

// answerLater answers a worker's last row when it is kept. The caller holds the Coordinator's lock.
func (k *keeper) answerLater(p *share, m bus.Message) {
	k.waiting = append(k.waiting, waiting{p, m})
	poke(k.last)
}

// Keep implements loadgen.FleetRun.
func (r *fleetRun) Keep(p loadgen.Progress) {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	r.Progress = p
	if r.keeper != nil {
		poke(r.keeper.orders)
	}
}

// Kept implements loadgen.FleetRun.
func (r *fleetRun) Kept() {
	if r.keeper != nil {
		r.save(false)
	}
}

// keepBegun notes that the workers may begin from here on, or that they do not after all.
func (r *fleetRun) keepBegun(begun bool) {
	if r.keeper == nil || r.keeper.begun == begun { // this goroutine's alone to change
		return
	}
	r.c.mu.Lock()
	r.keeper.begun = begun
	r.c.mu.Unlock()
	r.save(begun)
}

// startKeeping keeps the run until it is over.
func (r *fleetRun) startKeeping() {
	k := r.keeper
	if k == nil {
		return
	}
	k.loop.Go(func() {
		tick := time.NewTicker(keepEvery)
		defer tick.Stop()
		for {
			select {
			case <-k.quit:
				r.save(true)
				return
			case <-k.orders:
				r.save(false)
			case <-k.last:
				r.save(true)
			case <-tick.C:
				r.save(true)
			}
		}
	})
}

// stopKeeping keeps what the run came to.
func (r *fleetRun) stopKeeping() {
	k := r.keeper
	if k == nil {
		return
	}
	close(k.quit)
	k.loop.Wait()
	r.c.mu.Lock()
	late := len(k.waiting) > 0
	r.c.mu.Unlock()
	if late { // a last row that came while the last checkpoint was made
		r.save(true)
	}
}

// save writes a checkpoint, with the figures of now or with those of the one before, and sends what had to wait for it.
func (r *fleetRun) save(anew bool) {
	k := r.keeper
	k.mu.Lock()
	defer k.mu.Unlock()
	if anew {
		r.takeFigures()
	}
	r.c.mu.Lock()
	out := r.checkpoint()
	var waiting []waiting
	if anew {
		waiting, k.waiting = k.waiting, nil
	}
	r.c.mu.Unlock()
	var err error
	if !k.gaveUp {
		err = out.write(k.path)
	}
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	switch {
	case err == nil && !k.broken.IsZero():
		r.c.cfg.Log.Info("the checkpoint can be written again")
		k.broken = time.Time{}
	case err != nil && k.broken.IsZero():
		r.note(fmt.Sprintf("the checkpoint of the run could not be written: %v", err))
		k.broken = time.Now()
	case err != nil && time.Since(k.broken) >= giveUp:
		r.note("no further checkpoint is written: no master that is started again can continue the run")
		k.gaveUp = true
		_ = os.Remove(k.path) // it lacks what the workers forget from here on
	}
	if err == nil && !k.gaveUp {
		for i := range k.shares {
			r.shares[i].kept = k.shares[i].Have
		}
	}
	r.publish(out.Former + len(out.Commands))
	for _, w := range waiting {
		if err == nil && !k.gaveUp && w.share.kept < w.share.Have { // its row came while this one was made
			k.answerLater(w.share, w.message)
			continue
		}
		a := r.receipt(w.share)
		r.c.respond(w.message, &a)
	}
}

// takeFigures takes all figures, and how far the shares are in them. The caller holds the keeper's lock.
func (r *fleetRun) takeFigures() {
	k := r.keeper
	r.merging.Lock()
	defer r.merging.Unlock()
	k.figures = r.m.Recorder.All()
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	k.resets, k.shares = r.Resets, k.shares[:0]
	for _, p := range r.shares {
		k.shares = append(k.shares, keptShare{
			ID: p.ID, Nonce: p.Nonce, Seat: p.seat.index, standing: p.standing,
		})
	}
}

// checkpoint is the run as it is now, except for its figures. The caller holds the lock.
func (r *fleetRun) checkpoint() *checkpoint {
	k := r.keeper
	out := &checkpoint{
		Run: r.id, Settings: r.c.cfg.Settings, Request: r.m.Request, Plan: r.m.Plan.Digest(), Build: build(), Orphan: r.c.cfg.Orphan,
		Begun: k.begun, Starting: r.began.IsZero() && r.resumed == nil, At: time.Now(), Offset: r.now(), course: r.course.clone(), Merged: k.resets, Shares: slices.Clone(k.shares), figures: k.figures,
	}
	for i := range out.Shares {
		out.Shares[i].Lost, out.Shares[i].Why = r.shares[i].Lost, r.shares[i].Why
	}
	return out
}

// openCheckpoint locks the file, and reads what another coordinator has left there.
func (c *Coordinator) openCheckpoint() error {
	c.unlock = func() {}
	if c.cfg.Checkpoint == "" {
		return nil
	}
	err := c.lockCheckpoint()
	if err == nil {
		if err = c.lookAtCheckpoint(); err == nil {
			return nil
		}
	}
	c.unlock()
	return fmt.Errorf("%w %s: %w", errCheckpoint, c.cfg.Checkpoint, err)
}

func (c *Coordinator) lockCheckpoint() error {
	path := c.cfg.Checkpoint
	if !output.IsFile(path) {
		return errors.New("it is not a file")
	}
	if err := output.Ready(path); err != nil {
		return err
	}
	unlock, err := output.Lock(path)
	if err == nil {
		c.unlock = unlock
	}
	return err
}

func (c *Coordinator) lookAtCheckpoint() error {
	left, err := readCheckpoint(c.cfg.Checkpoint)
	switch {
	case err != nil:
		return fmt.Errorf("%w; name another file", err)
	case left == nil || !left.Begun:
	case c.cfg.Resume:
		return c.mayResume(left)
	case !left.isOver():
		return errors.New("it holds a run that has not ended; resume that, or remove the file")
	}
	return nil
}

// errCheckpoint begins what is wrong with the file.
var errCheckpoint = errors.New("checkpoint")

// closeCheckpoint drops the checkpoint and unlocks it.
func (c *Coordinator) closeCheckpoint() error {
	defer c.unlock()
	return c.dropCheckpoint()
}

// dropCheckpoint removes the file, unless it has a run that has not ended.
func (c *Coordinator) dropCheckpoint() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cfg.Checkpoint == "" || c.run != nil || c.left != nil || c.deposed != nil {
		return nil
	}
	if err := os.Remove(c.cfg.Checkpoint); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
