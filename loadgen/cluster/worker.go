package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
)

// The errors of Work.
var (
	// ErrUnreached: no coordinator was found.
	ErrUnreached = errors.New("Failed to connect to the Locust master") //lint:ignore ST1005 Locust's words
	// ErrRefused: the coordinator does not take this worker.
	ErrRefused = errors.New("the master refuses this worker")
	// ErrOrphaned: the coordinator was silent for so long that it is given up. That is logged.
	ErrOrphaned = errors.New("Didn't get heartbeat from master in over") //lint:ignore ST1005 Locust's words
	// ErrNotLeft: WorkerConfig.Journal did not take the figures that no coordinator took.
	ErrNotLeft = errors.New("the figures that the master did not take are lost")
)

// Locust's patience with a master that is not there yet.
const (
	dials    = 60
	dialWait = 5 * time.Second
)

// worker is this process as a worker.
type worker struct {
	cfg    WorkerConfig
	nonce  string
	conn   *bus.Conn
	clock  *face
	usage  usage
	orders chan bus.Message
	ended  chan struct{} // closed when the coordinator says so
	quits  sync.Once
	alone  bool // it was logged that the coordinator is silent; of the goroutine that sends beats

	mu          sync.Mutex
	coordinator string // that it joined; "" none
	orphan      time.Duration
	interval    time.Duration
	settings    string    // digest
	welcome     *welcome  // that the program is not ready for; nil: it is
	heard       time.Time // when it sent what was answered last
	posted      time.Time // the same of rows
	maker       func(loadgen.StartRequest) (loadgen.Runner, error)
	part        *making // of a run; nil: none
	notLeft     error   // ErrNotLeft
}

// Work does what a coordinator asks for until that lets it end, or ctx ends; both are nil unless figures
// are lost by that. Without a coordinator it waits for five minutes.
func Work(ctx context.Context, cfg WorkerConfig) error {
	w := &worker{cfg: cfg.fill(), nonce: rand.Text(), clock: new(face), orders: make(chan bus.Message, 16), ended: make(chan struct{})}
	if !isToken(w.cfg.ID) {
		return fmt.Errorf("cluster: the id %q of a worker is too long", w.cfg.ID)
	}
	if w.cfg.Index < 0 || w.cfg.Index > maxWorkers {
		return fmt.Errorf("cluster: the index %d of a worker is not one of 0 to %d", w.cfg.Index, maxWorkers)
	}
	if err := program(w.cfg.Program, w.cfg.Version); err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	if err := roomFor(w.cfg.Journal); err != nil {
		w.cfg.Log.Warn("figures would be lost with the master: "+w.cfg.Journal+" takes no file; --journal names another folder", "error", err)
	}
	if err := w.connect(ctx); err != nil {
		return ended(ctx, err)
	}
	defer w.conn.Close()
	err := ended(ctx, w.work(ctx))
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && w.notLeft != nil {
		err = fmt.Errorf("cluster: %w", w.notLeft)
	}
	return err
}

// lost notes that figures are.
func (w *worker) lost(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notLeft = err
}

// isOver reports whether the coordinator has let this worker end.
func (w *worker) isOver() bool {
	select {
	case <-w.ended:
		return true
	default:
		return false
	}
}

// ended drops an error that ctx is the reason of.
func ended(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("cluster: %w", err)
}

// work joins, and does what it is asked for.
func (w *worker) work(ctx context.Context) error {
	if err := w.subscribe(ctx); err != nil {
		return err
	}
	if err := w.join(ctx); err != nil {
		return err
	}
	w.look(ctx, firstLooks)
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	failed := make(chan error, 1)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer stop()
	tasks.Go(func() { w.setClock(background) })
	tasks.Go(func() { w.tellLines(background) })
	tasks.Go(func() {
		if err := w.beats(background); err != nil {
			failed <- err
		}
	})
	for {
		select {
		case m := <-w.orders:
			w.obey(m)
		case <-w.ended:
			w.leave(errQuit)
			return nil
		case err := <-failed:
			w.leave(err)
			return err
		case <-ctx.Done():
			w.leave(errLeaving)
			return nil
		}
	}
}

// current is the part of a run that it makes; nil: none.
func (w *worker) current() *making {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.part
}

// join asks the coordinator for work, until it answers.
func (w *worker) join(ctx context.Context) error {
	h := ownHello()
	h.ID, h.Nonce, h.Hint, h.Program, h.Version = w.cfg.ID, w.nonce, w.cfg.Index-1, w.cfg.Program, w.cfg.Version
	if p := w.current(); p != nil {
		if p.callOff() != nil {
			h.Run = p.id // it has begun
		} else {
			h.Unbegun = p.id
			p.end(errAbandon)
		}
	}
	for try := 1; ; try++ {
		var a welcome
		switch err := w.request(ctx, w.subject("join"), encode(h), &a); {
		case err == nil && a.Refused != "":
			return fmt.Errorf("%w: %s", ErrRefused, a.Refused)
		case err == nil:
			return w.take(a)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case try > dials:
			return fmt.Errorf("%w: %w", ErrUnreached, err)
		default:
			target, _ := w.target() // it has been dialled
			w.cfg.Log.Error(fmt.Sprintf("Failed to connect to master %s, retry %d/%d.", target, try, dials), "error", err)
			w.fence()
		}
		if !sleepTo(ctx, time.Now().Add(dialWait)) {
			return context.Cause(ctx)
		}
	}
}

// take makes a coordinator this worker's. The program is made ready for it once no run is in progress.
func (w *worker) take(a welcome) error {
	w.mu.Lock()
	w.coordinator, w.welcome = a.Coordinator, &a
	w.clock.of(a.Coordinator)
	w.orphan, w.interval = time.Duration(a.OrphanNS), time.Duration(a.IntervalNS)
	busy := w.part != nil
	w.mu.Unlock()
	if busy {
		return nil
	}
	return w.configure()
}

// configure makes the program ready for the coordinator, if it is not.
func (w *worker) configure() error {
	w.mu.Lock()
	a := w.welcome
	w.welcome = nil
	w.mu.Unlock()
	if a == nil {
		return nil
	}
	maker, err := w.cfg.Configure(a.Settings, a.Secrets)
	if err != nil {
		_, _ = w.beat(context.Background(), fmt.Sprintf("it refuses its settings: %v", err))
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.maker, w.settings = maker, digestOf(a.Settings)
	return nil
}

// rowsSuffice reports whether a row has just been a sign of life: its answer has all that of a beat has.
func (w *worker) rowsSuffice() bool {
	w.mu.Lock()
	p, posted, master := w.part, w.posted, w.coordinator
	w.mu.Unlock()
	return p != nil && time.Since(posted) < beatly+beatly/4 && p.at0(master) != nil
}

// beats sends signs of life, and sees to it that what no coordinator watches ends.
func (w *worker) beats(ctx context.Context) error {
	tick := time.NewTicker(beatly)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		w.fence()
		if w.rowsSuffice() {
			continue
		}
		switch p, err := w.beat(ctx, ""); {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if w.fence(); w.alone && w.current() == nil {
				return fmt.Errorf("%w %s", ErrOrphaned, say.Span(w.orphan))
			}
		case !p.Known:
			w.forget()
			if err := w.join(ctx); err != nil {
				return err
			}
			w.look(ctx, firstLooks)
			w.regather(ctx)
		default:
			w.follow(ctx, p)
		}
	}
}

// master is the coordinator that it joined; "": none.
func (w *worker) master() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.coordinator
}

// forget drops a coordinator that is another one now, and with it what is known of its clock.
func (w *worker) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.coordinator = ""
	w.clock.of("")
}

// silent is how long ago the coordinator was heard, and how long that may be.
func (w *worker) silent() (silent, orphan time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.heard), w.orphan
}

// fence ends the part of the run that no coordinator watches, and logs a silence that is too long, once.
func (w *worker) fence() {
	silent, orphan := w.silent()
	if silent <= orphan || orphan == 0 { // 0: it has not joined
		w.alone = false
		return
	}
	if !w.alone {
		w.alone = true
		w.cfg.Log.Error(fmt.Sprintf("%v %s", ErrOrphaned, say.Span(orphan)))
	}
	if p := w.current(); p != nil {
		p.end(errOrphan)
	}
}

// answerTime is how long an answer is waited for while no sign of life is sent.
const answerTime = 2 * time.Second

// beat sends a sign of life.
func (w *worker) beat(ctx context.Context, goodbye string) (p pulse, err error) {
	limit := answerTime
	if w.isOver() { // the bus ends, too, and may not answer
		limit /= 10
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w.mu.Lock()
	b := beat{Nonce: w.nonce, Coordinator: w.coordinator, CPU: w.usage.cpu(), Memory: memory(), Goodbye: reason(goodbye)}
	part := w.part
	w.mu.Unlock()
	if part != nil {
		b.Run, b.Users = part.id, part.users()
	}
	return p, w.request(ctx, w.own("beat"), encode(b), &p)
}

// follow does what the answer to a beat asks for.
func (w *worker) follow(ctx context.Context, a pulse) {
	p := w.current()
	switch {
	case p == nil:
	case a.Gone:
		p.end(errGone)
	case p.at0(w.master()) == nil:
		w.regather(ctx)
	default:
		p.catchUp(ctx, a.Command)
	}
}

// catchUp asks for the commands that have not come, up to a number.
func (p *making) catchUp(ctx context.Context, number int) {
	for before, n := -1, p.known(); before < n && n < number; before, n = n, p.known() {
		var l list
		if err := p.w.request(ctx, p.w.own("missed"), encode(missed{Run: p.id, After: n}), &l); err != nil {
			return
		}
		for _, c := range l.Commands {
			p.command(c)
		}
	}
}

// leaveTime is how long the figures may take when this process is to end.
const leaveTime = 10 * time.Second

// leave ends the part of a run, if there is one, and says goodbye.
func (w *worker) leave(why error) {
	if p := w.current(); p != nil {
		p.hurry(leaveTime + p.grace)
		p.end(why)
		<-p.done
	}
	if why == errQuit {
		return // it knows
	}
	w.sendLines(context.Background())
	_, _ = w.beat(context.Background(), why.Error())
}

// tellLines sends what this process logs, once a second at most.
func (w *worker) tellLines(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.cfg.Lines.pending.More():
		}
		w.sendLines(ctx)
		sleepTo(ctx, time.Now().Add(time.Second))
	}
}

// sendLines sends the lines that wait. What does not arrive waits on.
func (w *worker) sendLines(ctx context.Context) {
	list, before, dropped := w.cfg.Lines.pending.Next()
	if len(list) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var a pulse
	sent := before
	if err := w.request(ctx, w.own("log"), encode(excerpt{w.nonce, before, dropped, list}), &a); err == nil && a.Known {
		sent += int64(len(list))
	}
	w.cfg.Lines.pending.Sent(sent)
}
