package cluster

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/leftover"
	"github.com/gensim/load-generator/report/record"
)

// member is what of a loadgen.Member a worker needs.
type member interface {
	Plan() *loadgen.Plan
	SetData(data []byte)
	Run(ctx context.Context, clock loadgen.Line) error
	Correct(clock loadgen.Line)
	Now() time.Duration
	Scale(at time.Duration, users int, rate float64) (late time.Duration)
	Reassign(at time.Duration, lost []int) (late time.Duration)
	Reset(at time.Duration)
	Stop(at time.Duration)
	Until(at time.Duration)
	Take() *record.Delta
	State() loadgen.MemberState
}

// Why a part of a run ends before the run does.
var (
	errQuit    = errors.New("its master let it end")
	errLeaving = errors.New("it was told to end")
	errOrphan  = errors.New("it heard nothing from its master for too long")
	errGone    = errors.New("its master had given it up")
	errAbandon = errors.New("the run does not begin")
)

// making is a worker's part of a run, from the plan to the last figure that the coordinator has.
type making struct {
	w      *worker
	id     string // of the run
	share  loadgen.Share
	plan   string // digest
	member member
	grace  time.Duration
	ctx    context.Context // ends the load
	cancel context.CancelCauseFunc
	rows   *journal
	total  *record.Recorder // of all that was taken
	about  leftover.Share   // for what it leaves
	fed    chan struct{}    // holds one: there are commands
	done   chan struct{}    // closed when nothing is left to do

	mu       sync.Mutex
	attempt  int           // to begin, that it is armed for; 0: none
	at       int64         // when, on the coordinator's clock
	let      chan struct{} // closed: begin; nil: it was not let go
	begun    bool          // the load cannot be called off
	timed    bool          // member has the clock of the run
	began    int64         // offset 0 on the coordinator's clock
	master   string        // the coordinator whose clock that is
	zero     time.Time     // the instant that was taken for it
	inbox    []command     // in order, without gaps, and not carried out
	applied  int           // how many were, before those
	late     time.Duration
	sum      record.Sum // of all rows
	present  loadgen.MemberState
	row      row       // the last one
	taken    int       // how many rows were
	ended    bool      // the last row is in the journal
	deadline time.Time // for what is left to send; zero: none
	loops    sync.WaitGroup
}

// over waits for the end, up to a limit.
func (p *making) over(limit time.Duration) bool {
	select {
	case <-p.done:
		return true
	case <-time.After(limit):
		return false
	}
}

// poke wakes who receives from a channel that holds one.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it will look anyway
	}
}

// end ends the load, if it has not ended.
func (p *making) end(why error) { p.cancel(why) }

// make makes the load, once it is let go, and sends the figures.
func (p *making) make() {
	defer p.finish()
	line, ok := p.await()
	if !ok {
		return
	}
	p.time(line)
	ended := make(chan error, 1)
	go func() { ended <- p.member.Run(p.ctx, line) }()
	p.loops.Go(p.lookSoon)
	sent := make(chan struct{})
	go p.send(sent)
	p.tend(ended)
	<-sent
	p.leave()
}

// time gives the member its clock, by which its lease counts from then on.
func (p *making) time(line loadgen.Line) {
	p.mu.Lock()
	p.member.Correct(line)
	p.timed = true
	p.mu.Unlock()
	p.renew()
}

// renew lets the load begin what is due before the coordinator will have been silent for too long.
func (p *making) renew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if silent, orphan := p.w.silent(); p.timed {
		p.member.Until(p.member.Now() + orphan - silent)
	}
}

// lookSoon looks at the clock a second after the start, which so is known in short runs, too.
func (p *making) lookSoon() {
	select {
	case <-time.After(time.Until(p.zero) + time.Second):
		p.w.look(p.ctx, looks)
		p.correct()
	case <-p.ctx.Done():
	}
}

// finish makes room for the next run.
func (p *making) finish() {
	p.cancel(nil)
	p.loops.Wait()
	p.w.mu.Lock()
	if p.w.part == p {
		p.w.part = nil
	}
	p.w.mu.Unlock()
	close(p.done)
}

// tend takes figures and carries out commands until the load has ended.
func (p *making) tend(ended <-chan error) {
	tick := time.NewTicker(p.w.every())
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.take(row{})
		case <-p.fed:
			p.apply()
		case err := <-ended:
			p.loops.Wait()
			p.take(p.last(err))
			return
		}
	}
}

// last is what the last row says of the end.
func (p *making) last(err error) row {
	out := row{Last: true}
	switch why := context.Cause(p.ctx); {
	case why != nil:
		out.Left = reason(why.Error())
	case err != nil:
		out.Fault = reason(err.Error())
	}
	return out
}

// command takes a command. One that does not follow those before waits to be asked for.
func (p *making) command(c command) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Number == p.applied+len(p.inbox)+1 {
		p.inbox = append(p.inbox, c)
		poke(p.fed)
	}
}

// known is the number of the last command that is here.
func (p *making) known() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.applied + len(p.inbox)
}

// apply carries out the commands that came.
func (p *making) apply() {
	for {
		p.mu.Lock()
		if len(p.inbox) == 0 {
			p.mu.Unlock()
			return
		}
		c := p.inbox[0]
		p.inbox = p.inbox[1:]
		p.applied++
		p.mu.Unlock()
		p.do(c)
	}
}

func (p *making) do(c command) {
	at, late := time.Duration(c.AtNS), time.Duration(0)
	switch c.Kind {
	case toScale:
		late = p.member.Scale(at, c.Users, c.Rate)
	case toReassign:
		if !slices.Contains(c.Lost, p.share.Index) {
			late = p.member.Reassign(at, c.Lost)
		}
	case toStop:
		late = max(0, p.member.Now()-at)
		p.member.Stop(at)
	case toReset:
		p.reset(at)
	}
	p.mu.Lock()
	p.late = max(p.late, late)
	p.mu.Unlock()
	p.w.cfg.Log.Debug("command", "kind", c.Kind, "at", at, "late", late)
}

// reset zeroes the figures at an offset.
func (p *making) reset(at time.Duration) {
	p.mu.Lock()
	p.total.Reset(at) // first, as a Recorder refuses what was zeroed more often
	p.mu.Unlock()
	p.loops.Go(func() { p.member.Reset(at) })
}

// healthly is in which row the worker says how it is: the first, and then one of so many.
const healthly = 5

// take takes what was measured since the last time, and makes a row of it.
func (p *making) take(h row) {
	now, master := p.member.Now(), p.w.master()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !h.Last && (now < 0 || p.rows.full()) {
		return // the next row has it
	}
	d, state := p.member.Take(), p.member.State()
	if err := p.total.Merge(p.share.Index, d); err != nil {
		p.w.cfg.Log.Error("figures cannot be kept", "error", err)
	}
	p.present = state
	p.sum.Add(d.Sum())
	h.Sum = p.sum
	h.Run, h.Nonce, h.Index, h.OffsetNS = p.id, p.w.nonce, p.share.Index, int64(now)
	h.Applied, h.LateNS = p.applied, int64(p.late)
	h.Users, h.On, h.Spawning, h.Done, h.Health, h.CPU = state.Users, state.On, state.Spawning, state.Done, &state.Health, p.w.usage.cpu()
	if master == p.master {
		p.w.clock.write(&h, p.zero, p.began)
	} else {
		h.SkewNS, h.ClockNS, h.BoundNS, h.JumpNS = p.row.SkewNS, p.row.ClockNS, p.row.BoundNS, p.row.JumpNS
	}
	h.Lag = p.total.Lag()
	p.ended, p.row = h.Last, h
	if p.taken++; p.taken%healthly != 1 && !h.Last {
		h.Health = nil
	}
	p.rows.add(h, d.Bytes())
}

// users is how many are running.
func (p *making) users() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.present.Users
}

// every is the time between two rows.
func (w *worker) every() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.interval
}

// correct sets the clock of the run by what is known of the coordinator's.
func (p *making) correct() {
	if at := p.at0(p.w.master()); at != nil {
		p.member.Correct(p.w.clock.line(*at))
	}
}

// isBegun reports whether the load cannot be called off.
func (p *making) isBegun() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.begun
}
