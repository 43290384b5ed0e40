package cluster

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/loadgen/cluster/internal/lines"
	"github.com/gensim/load-generator/report"
)

// How long a worker may be silent, and how often that is looked at.
const (
	silence = 3 * time.Second // until it is missing
	watchly = time.Second / 2
	beatly  = time.Second // between two signs of life
)

// Coordinator makes runs with workers. It implements loadgen.Fleet. All methods are safe
// for concurrent use.
type Coordinator struct {
	cfg    Config
	id     string    // of this start
	born   time.Time // its clock counts from here
	server *bus.Server
	conn   *bus.Conn
	end    context.CancelFunc
	tasks  sync.WaitGroup

	mu       sync.Mutex
	seats    []*seat       // of the workers that are there, in the order in which they came
	run      *fleetRun     // in progress; nil: none
	past     *fleetRun     // the last one that is over; nil: none
	left     *checkpoint   // of a run that another coordinator has begun, until it is mustered; nil: none
	news     chan struct{} // closed, and made anew, when a worker comes or goes
	logs     lines.Logs
	shut     bool
	ending   bool          // the process is to end
	leads    bool          // no other one does
	asking   bool          // whether that is so
	asked    time.Time     // when none objected last
	ticked   time.Time     // when watch has last looked
	stood    bool          // it stood still, and none has said since that no other one leads
	patience time.Time     // until when no silence is judged
	deposed  error         // another one does; nil: none
	over     chan struct{} // closed with it: no further run can be made

	unlock func() // the checkpoint
}

// seat is a worker, as its coordinator sees it.
type seat struct {
	hello
	index   int       // Locust's: its hint, or the first free one
	heard   time.Time // the last word from it
	missing bool
	busy    bool // it was logged that its CPU is
	gone    bool // it has ended, or its place is another's
	loose   bool // it may make load of a run that is over
	beat    beat
	part    *share // of the run in progress; nil: none
}

// Listen opens the bus and takes workers until Close.
func Listen(ctx context.Context, cfg Config) (*Coordinator, error) {
	cfg = cfg.fill()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	c := &Coordinator{cfg: cfg, id: rand.Text(), born: time.Now(), news: make(chan struct{}), over: make(chan struct{})}
	if err := c.openCheckpoint(); err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	if err := c.open(ctx); err != nil {
		c.unlock()
		return nil, fmt.Errorf("cluster: %w", err)
	}
	ctx, c.end = context.WithCancel(context.WithoutCancel(ctx))
	c.tasks.Go(func() { c.watch(ctx) })
	return c, nil
}

// clock is the coordinator's, which that of the workers follows, in ns.
func (c *Coordinator) clock(t time.Time) int64 { return int64(t.Sub(c.born)) }

// changed wakes those who wait for workers. The caller holds the lock.
func (c *Coordinator) changed() {
	close(c.news)
	c.news = make(chan struct{})
}

// present is how many workers are there, without those that are missing. The caller holds the lock.
func (c *Coordinator) present() (n int) {
	for _, s := range c.seats {
		if !s.missing {
			n++
		}
	}
	return n
}

// beat answers a sign of life. That for another coordinator is answered unless that one has taken over: it may have ended.
func (c *Coordinator) beat(id string, b *beat) any {
	if c.isAnothers(b.Nonce, b.Coordinator) && c.asks() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.seat(b.Nonce)
	if s == nil || s.ID != id || b.Coordinator != c.id {
		return &pulse{}
	}
	c.hear(s)
	s.beat = *b
	c.lookAtCPU(s)
	if b.Goodbye != "" {
		c.farewell(s, b.Goodbye)
		return &pulse{Known: true, Gone: true}
	}
	p := &pulse{Known: true}
	if r := c.run; b.Run != "" {
		p.Gone = (r == nil || r.id != b.Run || r.gone(s)) && !c.isLeft(b.Run)
		if r != nil && r.id == b.Run {
			p.Command = r.public
		}
	}
	return p
}

// keepLines keeps lines of a worker. Those of workers that are gone stay while there is room.
func (c *Coordinator) keepLines(id string, m *excerpt) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.seat(m.Nonce)
	if s == nil || s.ID != id {
		return &pulse{}
	}
	c.hear(s)
	c.logs.Add(id, m.Nonce, m.Lines, m.Before, m.Dropped)
	c.logs.Forget(2*len(c.seats)+10, func(nonce string) bool { return c.seat(nonce) == nil })
	return &pulse{Known: true}
}

// Logs are the last lines that each worker has written to its WorkerConfig.Lines, by its id, the oldest first: some hundred of each, or
// fewer where there are many workers. Those of workers that are gone stay for a while.
func (c *Coordinator) Logs() map[string][]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.logs.Lines()
}

// busyCPU is the share of its CPU limit from which on a worker is called busy, as Locust's is.
const busyCPU = .9

// lookAtCPU logs, once for each worker, that it may be too busy to be on time. The caller holds the lock.
func (c *Coordinator) lookAtCPU(s *seat) {
	if s.busy || s.part == nil {
		return
	}
	if limit := s.part.Last.reportedHealth().CPULimit; limit > 0 && s.beat.CPU > busyCPU*limit {
		s.busy = true
		c.cfg.Log.Warn(fmt.Sprintf("Worker %s exceeded cpu threshold (will only log this once per worker)", s.ID), "cores", s.beat.CPU, "limit", limit)
	}
}

// hear notes a word from a worker. The caller holds the lock.
func (c *Coordinator) hear(s *seat) {
	s.heard = time.Now()
	if s.missing {
		s.missing, s.loose = false, false
		state := report.WorkerReady
		if s.part != nil {
			state = s.part.state()
		}
		c.cfg.Log.Info(fmt.Sprintf("Worker %s self-healed with heartbeat, setting state to %s.", s.ID, state))
		c.changed()
	}
}

// farewell lets a worker go that has ended, or says goodbye. The caller holds the lock.
func (c *Coordinator) farewell(s *seat, why string) {
	c.remove(s)
	c.cfg.Log.Info(fmt.Sprintf("Worker '%s' (index %d) quit. %d workers ready.", s.ID, s.index, c.present()), "why", why)
	if c.run != nil {
		c.run.left(s, why)
	}
}

// remove takes a worker off the list. The caller holds the lock.
func (c *Coordinator) remove(s *seat) {
	s.gone = true
	c.seats = slices.DeleteFunc(c.seats, func(o *seat) bool { return o == s })
	c.changed()
}

// watch looks for workers that are silent.
func (c *Coordinator) watch(ctx context.Context) {
	tick := time.NewTicker(watchly)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.tick(time.Now())
		}
	}
}

// tick looks for them now. Where this process stood still their words may wait to be read, and another one may lead.
func (c *Coordinator) tick(now time.Time) {
	c.mu.Lock()
	stood := now.Sub(c.ticked) > 2*watchly
	if stood {
		c.patience, c.stood = now.Add(silence), c.shared()
	}
	c.mu.Unlock()
	if stood {
		c.question() // before ticked says that this is the coordinator
	}
	c.mu.Lock()
	c.ticked = now
	patient := !now.After(c.patience)
	c.mu.Unlock()
	if !patient {
		c.look(now)
	}
}

// look judges the silence of all workers.
func (c *Coordinator) look(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range slices.Clone(c.seats) {
		silent := now.Sub(s.heard)
		if silent > silence && !s.missing {
			s.missing = true
			c.cfg.Log.Warn(fmt.Sprintf("Worker %s failed to send heartbeat, setting state to missing.", s.ID))
			c.changed()
		}
		if silent > c.fence() && s.part == nil {
			c.remove(s)
		}
	}
	if c.run != nil {
		c.run.look(now)
	}
}

// fence is after how long a silence a worker certainly makes no load: it stops itself
// Config.Orphan after it sent what was answered last, looks each beat, and its clock may be
// a little slow.
func (c *Coordinator) fence() time.Duration {
	return c.cfg.Orphan + c.cfg.Orphan/1000 + 2*beatly
}

// ready are the workers that can take part in a run, by index. The caller holds the lock.
func (c *Coordinator) readySeats() (out []*seat) {
	for _, s := range c.seats {
		if !s.missing {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b *seat) int { return a.index - b.index })
	return out
}

// errNoWorkers is Locust's.
var errNoWorkers = errors.New("You can't start a distributed test before at least one worker processes has connected") //lint:ignore ST1005 Locust's words

// Ready implements loadgen.Fleet.
func (c *Coordinator) Ready() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.readySeats()) == 0 && c.left == nil {
		return cmp.Or(c.deposed, errNoWorkers)
	}
	return c.deposed
}

// ErrGaveUp is the error of Await when too few workers came in time.
var ErrGaveUp = errors.New("Gave up waiting for workers to connect") //lint:ignore ST1005 Locust's words

// Await blocks until n workers are there. After maxWait it returns ErrGaveUp; 0 sets no limit. Where another Coordinator has
// taken over it returns the error of Ready.
func (c *Coordinator) Await(ctx context.Context, n int, maxWait time.Duration) error {
	began := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		c.mu.Lock()
		have, news, deposed := len(c.readySeats()), c.news, c.deposed
		c.mu.Unlock()
		if deposed != nil {
			return deposed
		}
		if have >= n {
			return nil
		}
		level, waited := slog.LevelDebug, time.Since(began)
		if waited >= 5*time.Second {
			level = slog.LevelInfo
		}
		c.cfg.Log.Log(ctx, level, fmt.Sprintf("Waiting for workers to be ready, %d of %d connected", have, n))
		if maxWait > 0 && waited >= maxWait {
			return ErrGaveUp
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-news:
		case <-c.over:
		case <-tick.C:
		}
	}
}

// Workers are those that are there, by index, with their part of the run in progress.
func (c *Coordinator) Workers() []report.Worker {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []report.Worker
	if c.run != nil {
		out = slices.Clone(c.run.recentState().Workers)
	}
	for _, s := range c.seats {
		if s.part == nil {
			out = append(out, s.idle())
		}
	}
	slices.SortStableFunc(out, func(a, b report.Worker) int { return a.Index - b.Index })
	return out
}

// idle describes a worker outside of a run.
func (s *seat) idle() report.Worker {
	w := report.Worker{ID: s.ID, Index: s.index, State: report.WorkerReady, LagMS: report.LagOf(nil)}
	w.Health.CPU, w.Health.MemoryBytes = s.beat.CPU, s.beat.Memory
	if s.missing {
		w.State, w.SilentS = report.WorkerMissing, time.Since(s.heard).Seconds()
	}
	return w
}

// Close lets all workers end, and the bus. A run in progress is to be stopped before.
func (c *Coordinator) Close() error {
	c.mu.Lock()
	if c.shut {
		c.mu.Unlock()
		return nil
	}
	c.shut = true
	seats := slices.Clone(c.seats)
	if c.deposed != nil {
		seats = nil // they are another's
	}
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for _, s := range seats {
		all.Go(func() { _, _ = c.ask(ctx, s, order{Kind: toQuit}) }) // one that does not hear it finds nothing here
	}
	all.Wait()
	c.end()
	c.tasks.Wait()
	c.shutdown()
	return c.closeCheckpoint()
}

// ask gives a worker an order.
func (c *Coordinator) ask(ctx context.Context, s *seat, o order) (a readiness, err error) {
	o.Coordinator = c.id
	data, err := c.conn.Request(ctx, c.subject("to."+s.ID+"."+s.Nonce), encode(o))
	if err != nil {
		return a, fmt.Errorf("worker %s does not answer: %w", s.ID, err)
	}
	if err := decode(data, &a); err != nil {
		return a, fmt.Errorf("worker %s answers with %w", s.ID, err)
	}
	if a.Refused != "" {
		return a, fmt.Errorf("worker %s: %s", s.ID, a.Refused)
	}
	return a, nil
}
