package cluster

import (
	"fmt"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// row takes a part of a row. The rows of a share count in the order of their numbers, each once; the
// answer says which is the next.
func (c *Coordinator) row(m bus.Message) {
	h, figures, err := parseRow(m.Data)
	if err != nil {
		c.cfg.Log.Warn("a report of a worker is refused", "subject", m.Subject, "error", err)
		c.respond(m, &receipt{Gone: true, Over: true}) // it would be sent again without end
		return
	}
	if !c.isMaster() || c.isAnothers(h.Nonce, h.Coordinator) {
		return
	}
	r, p := c.sender(senderOf(m.Subject), &h)
	if p == nil {
		if a, ok := c.stray(&h); ok {
			c.respond(m, &a)
		}
		return
	}
	if h.Seq == p.Have+1 && h.Part == len(p.parts) { // both are this goroutine's alone
		if p.parts = append(p.parts, figures); len(p.parts) == h.Parts {
			r.merging.RLock()
			r.merge(p, &h)
			r.merging.RUnlock()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p.beat.CPU = h.CPU
	c.lookAtCPU(p.seat)
	if r.keeper != nil && h.Last && p.kept < p.Have {
		r.keeper.answerLater(p, m) // the worker may end then
		return
	}
	a := r.receipt(p)
	c.respond(m, &a)
}

// receipt is what the sender of a row is to know. The caller holds the lock.
func (r *fleetRun) receipt(p *share) receipt {
	a := receipt{Have: p.Have, Kept: p.Have, Parts: len(p.parts), Gone: p.Lost, Command: r.public}
	if r.keeper != nil && !r.keeper.gaveUp {
		a.Kept = p.kept
	}
	return a
}

// stray answers a row of a run that is not in progress; false: of one that is being resumed, and it is to come again. The answer to
// the last row of a run that is over may have been lost.
func (c *Coordinator) stray(h *row) (a receipt, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.run.shareOf(h); c.isLeft(h.Run) || p != nil && p.away && !p.Lost {
		return a, false
	}
	a = receipt{Gone: true, Over: true}
	if p := c.past.shareOf(h); p != nil && p.Over {
		a.Have, a.Kept = p.Have, p.Have
	}
	return a, true
}

// sender finds the run and the share of a row; nil: it is not of the run in progress.
func (c *Coordinator) sender(id string, h *row) (*fleetRun, *share) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.run.shareOf(h)
	if p == nil || p.ID != id || p.away {
		return nil, nil
	}
	c.hear(p.seat)
	return c.run, p
}

// shareOf is the share that a row is of; nil: none of this run, or there is no run.
func (r *fleetRun) shareOf(h *row) *share {
	if r == nil || r.id != h.Run || h.Index >= len(r.shares) || r.shares[h.Index].Nonce != h.Nonce {
		return nil
	}
	return r.shares[h.Index]
}

// merge adds a row that is complete.
func (r *fleetRun) merge(p *share, h *row) {
	d, err := r.add(p)
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	p.Have, p.parts = h.Seq, nil
	if err != nil {
		r.note(fmt.Sprintf("figures of worker %s around %s could not be used: %v", p.ID, say.Span(h.at().Round(time.Second)), err))
	} else {
		r.balance(p, h, d)
	}
	if h.Applied < r.ResetBy && h.at() > r.ResetAt && p.Last.Sum != h.Sum { // the Recorder drops what it cannot tell from what was before
		r.note(fmt.Sprintf("the figures were zeroed %s after the start, and worker %s did not hear of it in time: its figures until then are not among them", say.Span(r.ResetAt.Round(time.Second)), p.ID))
	}
	if h.LateNS > p.Last.LateNS {
		r.note(fmt.Sprintf("worker %s got a command %s too late", p.ID, say.Span(time.Duration(h.LateNS))))
	}
	if jump := h.JumpNS - p.Last.JumpNS; jump > 0 {
		r.note(fmt.Sprintf("around %s the clock of worker %s or of the master stood still for %s", say.Span(h.at().Round(time.Second)), p.ID, say.Span(time.Duration(jump).Round(time.Millisecond))))
	}
	if !p.Lost || h.at()-p.Made <= silence+r.c.cfg.Interval { // else it stood still, and makes nothing past its lease
		p.Made = h.at()
	}
	r.sum += h.Sum.Requests - p.Last.Sum.Requests
	if h.Health == nil {
		h.Health = p.Last.Health
	}
	p.Last = *h
	if !p.Lost {
		p.Part = p.partOf(r.sum)
	}
	p.remember(mark{h.at(), h.Sum.Requests})
	switch {
	case h.Fault != "":
		r.lose(p, "quit", h.Fault)
		r.abort(fmt.Errorf("worker %s: %s", p.ID, h.Fault))
	case h.Left != "":
		r.lose(p, "quit", h.Left)
	}
	if p.Lost { // these figures are late, and its users are gone all the same
		r.m.Recorder.Leave(p.index)
	}
	p.Over = p.Over || h.Last
	r.settle()
}

// add puts figures into the Recorder. What is of before the last reset does not count there.
func (r *fleetRun) add(p *share) (*record.Delta, error) {
	figures := p.parts[0]
	if len(p.parts) > 1 {
		figures = slices.Concat(p.parts...)
	}
	d, err := record.ParseDelta(figures)
	if err != nil {
		return nil, err
	}
	return d, r.m.Recorder.Merge(p.index, d)
}

// balance compares what was merged of a share with what its worker has sent; they differ only where figures
// were lost or counted twice on the way. The caller holds the lock.
func (r *fleetRun) balance(p *share, h *row, d *record.Delta) {
	p.Sum.Add(d.Sum())
	if p.Sum != h.Sum {
		r.note(fmt.Sprintf("the figures of worker %s do not add up from %s after the start on: %s requests here, %s there",
			p.ID, say.Span(h.at().Round(time.Second)), say.Count(p.Sum.Requests), say.Count(h.Sum.Requests)))
		p.Sum = h.Sum
	}
}

// note adds a sentence to the report, and the log. The caller holds the lock.
func (r *fleetRun) note(text string) {
	const most = 20
	if len(r.Notes) < most && !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
		r.c.cfg.Log.Error(text)
	}
}

// remember keeps the marks of the last seconds.
func (p *share) remember(m mark) {
	const window = 5 * time.Second
	p.recent = append(p.recent, m)
	for len(p.recent) > 2 && m.at-p.recent[1].at >= window {
		p.recent = p.recent[1:]
	}
}

// rate is how many requests a second were completed of late.
func (p *share) rate() float64 {
	if p.Lost || len(p.recent) < 2 {
		return 0
	}
	a, b := p.recent[0], p.recent[len(p.recent)-1]
	if b.at <= a.at {
		return 0
	}
	return float64(b.requests-a.requests) / (b.at - a.at).Seconds()
}

// worker is what a row says of its worker, over its part of the run.
func (r *row) worker() report.Worker {
	w := report.Worker{
		Users: r.Users, Requests: r.Sum.Requests, Failures: r.Sum.Failures, LagMS: r.Lag, Health: r.reportedHealth(),
		ClockMS: millis(r.ClockNS), ClockBoundMS: millis(r.BoundNS), StartSkewMS: millis(r.SkewNS),
	}
	if at := r.at().Seconds(); at > 0 {
		w.RPS = float64(r.Sum.Requests) / at
	}
	return w
}

// health is that of the row; the zero one if it says none.
func (r *row) reportedHealth() report.Health {
	if r.Health == nil {
		return report.Health{}
	}
	return *r.Health
}
