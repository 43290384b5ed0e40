package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/leftover"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// How long workers may take.
const (
	prepareTime = time.Minute           // to work out the plan
	doubtful    = 50 * time.Millisecond // a clock that may be so far off is worth a warning
)

// fleetRun is a run that workers make. It implements loadgen.FleetRun. Its fields are guarded by the
// Coordinator's lock.
type fleetRun struct {
	c      *Coordinator
	m      loadgen.Muster
	id     string
	shares []*share      // by index
	end    time.Duration // of the plan; 0: none
	sum    int64         // requests of all rows
	course

	resumed *checkpoint // of a coordinator before this one; nil: the run is new
	keeper  *keeper     // nil: no checkpoint is kept

	began    time.Time     // offset 0; zero: not yet
	public   int           // number of the last command that the workers may know
	merging  sync.RWMutex  // held while a row is added to the figures
	done     chan struct{} // closed when all shares are over
	over     bool
	cached   loadgen.FleetState
	cachedAt time.Time
}

// course is what a run has come to, except for its shares and figures. A checkpoint has it.
type course struct {
	Progress loadgen.Progress `json:"progress"`
	Grace    time.Duration    `json:"grace"` // Runner.StopTimeout
	Round    time.Duration    `json:"round"` // the longest round trip to a worker

	Stopped  time.Duration `json:"stopped,omitempty"` // offset at which the run ends; 0: that of the plan
	Stopping bool          `json:"stopping,omitempty"`
	Cut      bool          `json:"cut,omitempty"`      // before the end of the plan
	Commands []command     `json:"commands,omitempty"` // those that a worker may not have carried out
	Former   int           `json:"former,omitempty"`   // how many there were before
	ResetAt  time.Duration `json:"reset_at,omitempty"` // the last one; 0: none
	ResetBy  int           `json:"reset_by,omitempty"` // its number
	Resets   int           `json:"resets,omitempty"`
	Levels   []level       `json:"levels,omitempty"` // by hand
	Holders  []assignment  `json:"holders"`          // who makes what from when on
	Notes    []string      `json:"notes,omitempty"`
}

// clone is a copy that does not change with c.
func (c *course) clone() course {
	out := *c
	out.Commands, out.Levels = slices.Clone(c.Commands), slices.Clone(c.Levels)
	out.Holders, out.Notes = slices.Clone(c.Holders), slices.Clone(c.Notes)
	return out
}

// share is a worker's part of a run.
type share struct {
	*seat
	standing
	index  int
	kept   int64    // the last row that is in the checkpoint
	away   bool     // its worker has not come back to this coordinator
	zero   *int64   // offset 0 on this coordinator's clock, as a worker that has come back knows it; nil: it has not
	parts  [][]byte // of the next row, that are here
	recent []mark   // of the last seconds
	clock  readiness
}

// standing is how far a share is. A checkpoint has it.
type standing struct {
	Have int64         `json:"have"`           // the last row that is merged
	Last row           `json:"last"`           // its header; the zero row: none has come
	Made time.Duration `json:"made"`           // offset up to which it made its part
	Sum  record.Sum    `json:"sum"`            // of what was merged
	Part float64       `json:"part"`           // of the requests of all, when its last row came
	Over bool          `json:"over,omitempty"` // all of its figures are in
	Lost bool          `json:"lost,omitempty"` // its users make no load
	Why  string        `json:"why,omitempty"`
}

// state is that of the worker in the run. The caller holds the lock.
func (p *share) state() report.WorkerState {
	switch {
	case p.Lost:
		return report.WorkerLost
	case p.Over:
		return report.WorkerStopped
	case p.missing:
		return report.WorkerMissing
	case p.Last.Spawning || p.Last.Seq == 0:
		return report.WorkerSpawning
	}
	return report.WorkerRunning
}

// mark is how many requests were completed at an offset.
type mark struct {
	at       time.Duration
	requests int64
}

// level is one that was asked for by hand, from an offset to the end of its phase.
type level struct {
	At    time.Duration `json:"at"`
	Users float64       `json:"users"` // the mean, where levels were put together
}

// assignment is which shares the others make from an offset on.
type assignment struct {
	At   time.Duration `json:"at"`
	Lost []int         `json:"lost,omitempty"`
}

// Muster implements loadgen.Fleet.
func (c *Coordinator) Muster(ctx context.Context, m loadgen.Muster) (loadgen.FleetRun, error) {
	if err := c.unbegun(ctx); err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	switch r, err := c.resume(m); {
	case err != nil:
		return nil, fmt.Errorf("cluster: %w", err)
	case r != nil:
		return r, nil
	}
	r, err := c.begin(m)
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	if err := r.prepare(ctx); err != nil {
		r.abandon()
		return nil, fmt.Errorf("cluster: %w", err)
	}
	return r, nil
}

// begin makes a run of the workers that are ready.
func (c *Coordinator) begin(m loadgen.Muster) (*fleetRun, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ready := c.readySeats()
	switch {
	case c.deposed != nil:
		return nil, c.deposed
	case c.run != nil:
		return nil, errors.New("a run is in progress; the workers make one at a time")
	case len(ready) == 0:
		return nil, errNoWorkers
	}
	r := &fleetRun{c: c, m: m, id: rand.Text(), done: make(chan struct{}), course: course{Holders: []assignment{{}}}}
	phases := m.Plan.Phases()
	r.end = phases[len(phases)-1].End
	for i, s := range ready {
		s.part = &share{seat: s, index: i}
		r.shares = append(r.shares, s.part)
	}
	c.run, r.keeper = r, c.newKeeper()
	r.haunt()
	return r, nil
}

// each asks all workers of the run at once, and returns their answers and errors.
func (r *fleetRun) each(ctx context.Context, to func(*share) order, then func(*share, readiness) error) error {
	errs := make([]error, len(r.shares))
	var all sync.WaitGroup
	for i, s := range r.shares {
		all.Go(func() {
			a, err := r.c.ask(ctx, s.seat, to(s))
			if err == nil {
				err = then(s, a)
			}
			errs[i] = err
		})
	}
	all.Wait()
	return first(errs)
}

// first joins the first errors in a line.
func first(errs []error) error {
	const most = 3
	var texts []string
	n := 0
	for _, err := range errs {
		if err == nil {
			continue
		}
		if n++; n <= most {
			texts = append(texts, err.Error())
		}
	}
	switch {
	case n == 0:
		return nil
	case n > most:
		texts = append(texts, fmt.Sprintf("and %d more", n-most))
	}
	return errors.New(strings.Join(texts, "; "))
}

// prepare lets all workers work out the plan, and compares.
func (r *fleetRun) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, prepareTime)
	defer cancel()
	settings := digestOf(r.c.cfg.Settings)
	if size := len(encode(r.m.Request)); size > maxSettings {
		return fmt.Errorf("the request of the run has %s, and several processes take at most %s", say.Bytes(float64(size)), say.Bytes(maxSettings))
	}
	return r.each(ctx, func(s *share) order {
		return order{
			Kind: toPrepare, Run: r.id, Request: &r.m.Request, Index: s.index, Of: len(r.shares),
			Plan: r.m.Plan.Digest(), Settings: settings,
		}
	}, func(s *share, a readiness) error {
		if err := r.compare(s, a); err != nil {
			return err
		}
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		s.clock = a
		r.Round = max(r.Round, time.Duration(a.RoundNS))
		r.Grace = max(r.Grace, time.Duration(a.StopNS))
		return nil
	})
}

// compare refuses a worker that would make something else.
func (r *fleetRun) compare(s *share, a readiness) error {
	own := r.m.Plan.ShareDigest(loadgen.Share{Index: s.index, Of: len(r.shares)})
	bound := time.Duration(a.BoundNS)
	switch {
	case a.Settings != digestOf(r.c.cfg.Settings):
		return fmt.Errorf("worker %s has other settings than the master; start it again", s.ID)
	case a.Plan != r.m.Plan.Digest():
		return fmt.Errorf("worker %s has another plan: %s; its log names its own settings that beat the master's", s.ID, strings.Join(r.difference(a), "; "))
	case a.Share != own:
		return fmt.Errorf("worker %s draws other users from the same plan (%s instead of %s); its processor (%s) or build differs", s.ID, a.Share, own, s.System)
	case bound > r.c.cfg.MaxSkew:
		return fmt.Errorf("the clock of worker %s is known to %s only, since a message takes %s there and back; allow more with --max-skew", s.ID, say.Span(bound), say.Span(time.Duration(a.RoundNS)))
	case bound > doubtful:
		r.c.cfg.Log.Warn(fmt.Sprintf("the clock of worker %s is known to %s only", s.ID, say.Span(bound)))
	}
	return nil
}

// difference says how the plan of a worker differs, as `loadgen compare` does.
func (r *fleetRun) difference(a readiness) []string {
	own := r.m.Plan.Phases()
	if len(a.Phases) == 0 {
		return []string{"it is too long to be sent"}
	}
	return summaryOf(own, r.m.Plan.Digest(), own, a.Phases).PlanDiff(summaryOf(a.Phases, a.Plan, own, a.Phases))
}

// summaryOf is a Summary that has nothing but the plan. both are the phases of two plans, so that both Summaries
// reach equally far.
func summaryOf(phases []report.PhaseInfo, digest string, both ...[]report.PhaseInfo) *report.Summary {
	end := time.Duration(0)
	for _, phases := range both {
		for _, p := range phases {
			end = max(end, p.End, p.Start+1)
		}
	}
	s := record.New(record.Config{Phases: phases, Shards: 1}).SoFar(end)
	s.PlanDigest, s.Streams = digest, stream.Version
	return s
}

// abandon lets all workers forget the run, before it has begun.
func (r *fleetRun) abandon() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = r.each(ctx, func(*share) order { return order{Kind: toAbandon, Run: r.id} }, func(*share, readiness) error { return nil })
	r.keepBegun(false)
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	r.finish()
}

// finish lets the next run begin. The caller holds the lock.
func (r *fleetRun) finish() {
	for _, p := range r.shares {
		p.part = nil
	}
	if r.c.run == r {
		r.c.run, r.c.past = nil, r
	}
	if !r.over {
		r.over = true
		close(r.done)
	}
}

// prepare works out the plan of a run.
func (w *worker) prepare(o *order) (a readiness, err error) {
	if p := w.current(); p != nil && !p.over(10*time.Second) {
		return a, errors.New("it still makes the run before this one")
	}
	if err := w.configure(); err != nil {
		return a, err
	}
	w.mu.Lock()
	maker := w.maker
	a.Settings = w.settings
	w.mu.Unlock()
	r, err := maker(*o.Request)
	if err != nil {
		return a, err
	}
	share := loadgen.Share{Index: o.Index, Of: o.Of, Worker: w.cfg.ID}
	m, err := w.cfg.member(r, share)
	if err != nil {
		return a, err
	}
	p := &making{
		w: w, id: o.Run, master: w.master(), share: share, member: m, grace: r.StopTimeout, plan: m.Plan().Digest(), rows: newJournal(),
		total: record.New(record.Config{Phases: m.Plan().Phases(), Shards: 1}),
		fed:   make(chan struct{}, 1), done: make(chan struct{}),
	}
	p.about = leftover.Share{
		Run: o.Run, Of: o.Of, Name: r.Name, Seed: r.Seed, Plan: p.plan, Streams: stream.Version, Phases: m.Plan().Phases(),
	}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	a.Plan, a.Share, a.StopNS = p.plan, m.Plan().ShareDigest(share), int64(r.StopTimeout)
	if a.Plan != o.Plan {
		a.Phases = m.Plan().Phases()
	}
	if !w.clock.isKnown() { // it has joined just now
		w.look(context.Background(), firstLooks)
	}
	bound, round := w.clock.bound()
	a.BoundNS, a.RoundNS = int64(bound), int64(round)
	w.mu.Lock()
	w.part = p
	w.mu.Unlock()
	go p.make()
	return a, nil
}
