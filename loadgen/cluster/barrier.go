package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
)

// The barrier. All workers answer that they are armed, then all are let go, and each answers that too; one
// that was not let go does not begin.
//
//	arm ──> armed          go ──> gone         cancel is possible             offset 0
//	|<──── armTime ────>|<───── goTime ─────>|<──── cancelTime ────>|<─ commit ─>|
const (
	attempts   = 3
	armTime    = 800 * time.Millisecond
	goTime     = 600 * time.Millisecond
	cancelTime = 300 * time.Millisecond
	moreTime   = time.Second            // for each of them, at each further attempt
	commit     = 300 * time.Millisecond // before offset 0 a worker begins, whatever comes
)

// Start implements loadgen.FleetRun. It returns when offset 0 comes.
func (r *fleetRun) Start(ctx context.Context, data []byte) (time.Time, error) {
	if r.resumed != nil {
		return r.regather(ctx)
	}
	r.keepBegun(true)
	began, err := r.agree(ctx, data)
	if err == nil && sleepTo(ctx, began) {
		r.startKeeping()
		return began, nil
	}
	r.abandon()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return time.Time{}, fmt.Errorf("cluster: the run cannot begin: %w", err)
}

// agree gives the workers the data of the set-up, if there is any, lets them begin, and returns when offset 0 will be.
func (r *fleetRun) agree(ctx context.Context, data []byte) (began time.Time, err error) {
	if len(data) > 0 {
		if err := r.together(ctx, order{Kind: toSupply, Run: r.id, Data: data}, prepareTime); err != nil {
			return began, err
		}
	}
	for attempt := 1; attempt <= attempts; attempt++ {
		if ctx.Err() != nil {
			return began, ctx.Err()
		}
		slow := 4*r.Round + time.Duration(attempt-1)*moreTime // messages may take longer than when the clocks were asked
		began = time.Now().Add(armTime + goTime + cancelTime + commit + 3*slow)
		if err = r.barrier(ctx, attempt, began, slow); err == nil {
			r.begins(began)
			return began, nil
		}
		r.c.cfg.Log.Warn("the workers cannot begin together", "attempt", attempt, "error", err)
	}
	return began, err
}

// barrier lets all workers begin at an instant, or none.
func (r *fleetRun) barrier(ctx context.Context, attempt int, began time.Time, slow time.Duration) error {
	at := r.c.clock(began)
	if err := r.together(ctx, order{Kind: toArm, Run: r.id, Attempt: attempt, At: at}, armTime+slow); err != nil {
		return err
	}
	err := r.together(ctx, order{Kind: toGo, Run: r.id, Attempt: attempt}, goTime+slow)
	if err == nil {
		return nil
	}
	if undo := r.together(context.WithoutCancel(ctx), order{Kind: toCancel, Run: r.id, Attempt: attempt}, cancelTime+slow); undo != nil {
		return fmt.Errorf("%w; and now %w", err, undo)
	}
	return err
}

// together gives all workers the same order.
func (r *fleetRun) together(ctx context.Context, o order, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return r.each(ctx, func(*share) order { return o }, func(*share, readiness) error { return nil })
}

// begins notes offset 0.
func (r *fleetRun) begins(at time.Time) {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	r.began = at
	first := r.m.Plan.Phases()[0]
	r.c.cfg.Log.Info(fmt.Sprintf("Sending spawn jobs of %d users at %.2f spawn rate to %d ready workers", first.Users, cmp.Or(first.SpawnRate, float64(first.Users)), len(r.shares)))
}

// sleepTo waits for an instant and reports whether it came before the end of ctx.
func sleepTo(ctx context.Context, t time.Time) bool {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// obey answers an order.
func (w *worker) obey(m bus.Message) {
	var o order
	if err := decode(m.Data, &o); err != nil {
		w.cfg.Log.Warn("an order is refused", "error", err)
		return
	}
	if !w.joins(o.Coordinator) {
		w.cfg.Log.Warn("an order of a master that this worker has not joined is refused", "order", o.Kind)
		return
	}
	a, err := w.carryOut(&o)
	if err != nil {
		a.Refused = reason(err.Error())
	}
	data := encode(a)
	if len(data) > maxControl {
		a.Phases = nil
		data = encode(a)
	}
	_ = m.Respond(data) // the coordinator sees an error as silence
}

// joins reports whether this worker has joined a coordinator, whose welcome may be about to come.
func (w *worker) joins(coordinator string) bool {
	for range 100 {
		if w.master() == coordinator {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func (w *worker) carryOut(o *order) (a readiness, err error) {
	if o.Kind == toPrepare {
		return w.prepare(o)
	}
	if o.Kind == toQuit {
		w.cfg.Log.Info("Got quit message from master, shutting down...")
		w.quits.Do(func() { close(w.ended) })
		return a, nil
	}
	p := w.current()
	if p == nil || p.id != o.Run {
		if o.Kind == toAbandon {
			return a, nil
		}
		return a, errors.New("it does not know this run")
	}
	switch o.Kind {
	case toSupply:
		p.member.SetData(o.Data)
		return a, nil
	case toArm:
		return a, p.arm(o)
	case toGo:
		return a, p.letGo(o)
	case toCancel:
		return a, p.callOff()
	}
	p.end(errAbandon)
	return a, nil
}

// arm readies the part to begin at an instant.
func (p *making) arm(o *order) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch left := time.Until(p.w.clock.instant(o.At)); {
	case p.begun:
		return errors.New("it has begun")
	case left < commit:
		return fmt.Errorf("the order to begin came %s too late", say.Span(commit-left))
	}
	p.attempt, p.at = o.Attempt, o.At
	return nil
}

// letGo lets it begin.
func (p *making) letGo(o *order) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attempt != o.Attempt || p.begun {
		return errors.New("it is not armed")
	}
	if p.let == nil {
		p.let = make(chan struct{})
	}
	poke(p.fed)
	return nil
}

// callOff takes that back.
func (p *making) callOff() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.begun {
		return errors.New("it has begun already")
	}
	p.attempt, p.let = 0, nil
	poke(p.fed)
	return nil
}

// await waits until the part is to begin, and returns the clock of the run; false: it is not to.
func (p *making) await() (line loadgen.Line, ok bool) {
	for {
		p.mu.Lock()
		let, at := p.let != nil, p.w.clock.instant(p.at)
		if let && time.Until(at) <= commit {
			p.begun, p.began, p.zero = true, p.at, at
			p.mu.Unlock()
			return p.w.clock.line(p.at), true
		}
		p.mu.Unlock()
		var timer <-chan time.Time
		if let {
			timer = time.After(time.Until(at) - commit)
		}
		select {
		case <-p.ctx.Done():
			return line, false
		case <-timer:
		case <-p.fed:
		}
	}
}
