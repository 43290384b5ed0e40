package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// How long the end of a run may take: its tasks StopTimeout, its hooks that again or leastHooks, its figures
// patience.
const (
	leastHooks = 5 * time.Second
	patience   = time.Minute
)

// hurried is how long a worker may be silent once someone has stopped the run. Its users stay its own then, so a
// longer wait could only bring figures.
const hurried = shortestOrphan

// gone reports whether a worker is to stop its part of the run. The caller holds the lock, as that of
// all below.
func (r *fleetRun) gone(s *seat) bool { return s.part == nil || s.part.Lost }

// left notes that a worker ends before the run does, and has stopped its users.
func (r *fleetRun) left(s *seat, why string) {
	if p := s.part; p != nil && !p.Over {
		r.lose(p, "quit", why)
		r.settle()
	}
}

// waits logs for whom the end of the run waits.
func (r *fleetRun) waits() {
	limit := r.c.fence() + r.Grace
	if r.Cut {
		limit = hurried
	}
	for _, p := range r.shares {
		if p.missing && !p.Lost && !p.Over && time.Since(p.heard) < limit {
			r.c.cfg.Log.Warn(fmt.Sprintf("Worker %s is missing: the end of the run waits until it has been silent for %s", p.ID, say.Span(limit.Round(time.Second))))
		}
	}
}

// haunt notes which workers may still make load of a run before this one.
func (r *fleetRun) haunt() {
	for _, s := range r.c.seats {
		if s.loose && s.missing {
			r.note(fmt.Sprintf("worker %s, which was silent when a run before this one was stopped, may have made load of that one meanwhile", s.ID))
		}
	}
}

// ended gives up a worker of this machine whose process has ended.
func (c *Coordinator) ended(id, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.seats, func(s *seat) bool { return s.ID == id }); i >= 0 {
		c.farewell(c.seats[i], why)
	}
}

// hurry lets a run that is over wait for no worker that is missing, as this process is to end.
func (c *Coordinator) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
}

// look judges how long workers have been silent.
func (r *fleetRun) look(now time.Time) {
	if r.began.IsZero() {
		return
	}
	late := r.Stopping && r.now() > r.Stopped+r.Grace+max(r.Grace, leastHooks)+patience
	hurry := r.Stopping && r.now() > r.Stopped && (r.Cut || r.c.ending)
	for _, p := range r.shares {
		silent := now.Sub(p.heard)
		why, fence := "it was silent for "+say.Span(silent.Round(time.Second)), r.c.fence()+r.Grace // its last tasks are over then, too
		switch {
		case p.Over || p.Lost:
		case silent > fence:
			r.lose(p, "went missing", why)
		case hurry && silent > hurried:
			p.loose = true
			r.lose(p, "went missing", why+" when the run was stopped, and may make load for another "+say.Span((fence-silent).Round(time.Second)))
		case late:
			r.lose(p, "went missing", "it did not report the end of the run")
		}
	}
	r.settle()
}

// lose gives up a worker, whose users make no load from here on. how is that in a word or two, for the last one.
func (r *fleetRun) lose(p *share, how, why string) {
	if p.Lost {
		return
	}
	p.Lost, p.Why = true, why
	r.m.Recorder.Leave(p.index)
	r.c.cfg.Log.Error(fmt.Sprintf("Worker %s (index %d) is lost, from %s after the start on", p.ID, p.index, say.Span(p.Made.Round(time.Second))), "why", why)
	if r.Stopping || r.began.IsZero() {
		return
	}
	if lost := r.lost(); len(lost) == len(r.shares) {
		r.c.cfg.Log.Error("The last worker " + how + ", stopping test.")
		r.abort(errors.New("all workers are lost"))
	} else {
		r.replace(p, lost)
	}
}

// partOf is the share's part of the requests of all; of one that is lost until then.
func (p *share) partOf(all int64) float64 {
	if p.Lost {
		return p.Part
	}
	return float64(p.Last.Sum.Requests) / float64(max(1, all))
}

// abort ends the run.
func (r *fleetRun) abort(err error) { r.m.Abort(fmt.Errorf("%w: %w", loadgen.ErrAborted, err)) }

// lost are the indexes of the shares that are.
func (r *fleetRun) lost() (out []int) {
	for _, p := range r.shares {
		if p.Lost {
			out = append(out, p.index)
		}
	}
	return out
}

// replace does with the load of a lost worker what the policy says.
func (r *fleetRun) replace(p *share, lost []int) {
	switch r.c.cfg.OnLoss {
	case LossStop:
		r.abort(fmt.Errorf("worker %s is lost: %s", p.ID, p.Why))
	case LossNow:
		r.reassign(r.soon(), lost)
	case LossBorder:
		phases := r.m.Plan.Phases()
		if i := slices.IndexFunc(phases, func(ph report.PhaseInfo) bool { return ph.Start >= r.soon() }); i >= 0 {
			r.reassign(phases[i].Start, lost)
		}
	}
}

func (r *fleetRun) reassign(at time.Duration, lost []int) {
	r.Holders = append(r.Holders, assignment{at, lost})
	r.send(command{Kind: toReassign, AtNS: int64(at), Lost: lost})
	r.c.cfg.Log.Warn(fmt.Sprintf("the other workers take over the load of those that are lost, from %s after the start on", say.Span(at.Round(time.Second))))
}

// settle ends the run when nothing more will come.
func (r *fleetRun) settle() {
	more := func(p *share) bool { return !p.Over && !p.Lost }
	if r.Stopping && !r.over && !slices.ContainsFunc(r.shares, more) {
		r.over = true
		close(r.done)
	}
}

// Wait implements loadgen.FleetRun.
func (r *fleetRun) Wait() {
	r.c.mu.Lock()
	begun := !r.began.IsZero()
	r.c.mu.Unlock()
	if !begun {
		r.abandon()
		return
	}
	<-r.done
	r.stopKeeping()
	r.c.mu.Lock()
	r.finish() // first: no row counts from here on
	l, lost := r.losses(), r.lost()
	r.c.mu.Unlock()
	r.countLost(&l, lost)
}

// countLost counts in the Recorder the arrivals that no worker has made, and ends what lost ones had begun.
func (r *fleetRun) countLost(l *losses, lost []int) {
	s := r.m.Recorder.Shard(0)
	for _, g := range l.gaps(r.Stopped) {
		if g.arrivals > 0 {
			s.Count(record.Planned, g.to-1, g.arrivals)
			s.Count(record.Lost, g.to-1, g.arrivals)
		}
	}
	if lost != nil {
		r.m.Recorder.Lose(r.Stopped, lost...)
	}
}

// gap is a part of the load of a phase that no worker has made.
type gap struct {
	phase       int
	to          time.Duration
	userSeconds float64
	arrivals    int64
}

// losses is what it takes to know what no worker has made. To draw that takes seconds in a long run with many arrivals, and
// the Coordinator's lock is not held meanwhile.
type losses struct {
	plan    *loadgen.Plan
	of      int
	lost    []lostShare
	holders []assignment
	levels  []level
	resetAt time.Duration
}

// lostShare is a share that is lost, and from when on.
type lostShare struct {
	index int
	at    time.Duration
}

// losses are those so far.
func (r *fleetRun) losses() losses {
	l := losses{r.m.Plan, len(r.shares), nil, slices.Clone(r.Holders), slices.Clone(r.Levels), r.ResetAt}
	for _, p := range r.shares {
		if p.Lost {
			l.lost = append(l.lost, lostShare{p.index, p.Made})
		}
	}
	return l
}

// gaps are those up to an offset.
func (l *losses) gaps(end time.Duration) (out []gap) {
	for _, p := range l.lost {
		for i, h := range l.holders {
			until := end
			if i+1 < len(l.holders) {
				until = min(until, l.holders[i+1].At)
			}
			if slices.Contains(h.Lost, p.index) {
				continue // others make it
			}
			s := loadgen.Share{Index: p.index, Of: l.of, Lost: h.Lost}
			part := 1 / float64(l.of-len(h.Lost))
			out = append(out, l.gap(s, part, max(h.At, p.at, l.resetAt), until)...)
		}
	}
	return out
}

// gap is what a share is to make from one offset to another, by phase. part is the share's part of a level by
// hand, which the plan does not know.
func (l *losses) gap(s loadgen.Share, part float64, from, to time.Duration) (out []gap) {
	for i, ph := range l.plan.Phases() {
		a, b := max(from, ph.Start), to
		if ph.End > 0 {
			b = min(b, ph.End)
		}
		if a >= b {
			continue
		}
		g := gap{phase: i, to: b}
		g.userSeconds, g.arrivals = l.plan.Planned(s, a, b)
		for j, v := range l.levels {
			if v.At < ph.Start || v.At >= b {
				continue // it held in a phase before
			}
			until := b
			if j+1 < len(l.levels) {
				until = min(until, l.levels[j+1].At)
			}
			if since := max(a, v.At); since < until {
				planned, _ := l.plan.Planned(s, since, until)
				g.userSeconds += part*v.Users*(until-since).Seconds() - planned
			}
		}
		out = append(out, g)
	}
	return out
}

// Describe implements loadgen.FleetRun.
func (r *fleetRun) Describe(sum *report.Summary) {
	r.c.mu.Lock()
	losses, workers := r.losses(), make([]report.Worker, len(r.shares))
	for i, p := range r.shares {
		workers[i] = r.worker(p)
		workers[i].RPS = p.Last.worker().RPS
	}
	sum.Notes = slices.Concat(r.Notes, sum.Notes)
	r.c.mu.Unlock()
	end := time.Duration(sum.EndS * float64(time.Second))
	for _, g := range losses.gaps(end) {
		if g.phase >= len(sum.Phases) {
			continue
		}
		ph := &sum.Phases[g.phase]
		ph.Lost = cmp.Or(ph.Lost, new(report.Loss))
		ph.Lost.UserSeconds += g.userSeconds
		ph.Lost.Arrivals += g.arrivals
	}
	for i := range sum.Phases {
		if l := sum.Phases[i].Lost; l != nil {
			l.Share = losses.partOf(l, i, end)
		}
	}
	for _, x := range losses.lost {
		sum.Notes = append(sum.Notes, losses.unmade(x, workers[x.index].ID, sum.Phases)...)
	}
	sum.SetWorkers(workers)
}

// unmade says which iterations a lost worker may have left, in phases that the run came to. No other worker makes these.
func (l *losses) unmade(x lostShare, worker string, phases []report.PhaseSummary) (out []string) {
	for i, p := range l.plan.Phases() {
		part := l.plan.Iterations(i, loadgen.Share{Index: x.index, Of: l.of})
		if part > 0 && i < len(phases) && (p.End == 0 || p.End > x.at) {
			out = append(out, fmt.Sprintf("Up to %s of the %s of phase %s were not made: they were the part of worker %s, which was lost, and others do not make it.",
				say.Count(part), say.Plural(l.plan.Iterations(i, loadgen.Share{}), "iteration"), p.Name, worker))
		}
	}
	return out
}

// partOf is a loss as a part of what phase i calls for up to an offset.
func (l *losses) partOf(lost *report.Loss, i int, end time.Duration) float64 {
	var userSeconds float64
	var arrivals int64
	for _, g := range l.gap(loadgen.Share{}, 1, l.resetAt, end) {
		if g.phase == i {
			userSeconds, arrivals = g.userSeconds, g.arrivals
		}
	}
	part := 0.
	if userSeconds > 0 {
		part = lost.UserSeconds / userSeconds
	}
	if arrivals > 0 {
		part = max(part, float64(lost.Arrivals)/float64(arrivals))
	}
	return min(1, part)
}

// State implements loadgen.FleetRun.
func (r *fleetRun) State() loadgen.FleetState {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	return r.recentState()
}

// stale is how old what State returns may be: it is asked for often.
const stale = 100 * time.Millisecond

func (r *fleetRun) recentState() loadgen.FleetState {
	if r.cached.Workers != nil && time.Since(r.cachedAt) < stale {
		return r.cached
	}
	out := loadgen.FleetState{Done: true}
	for _, p := range r.shares {
		w := r.worker(p)
		out.Workers = append(out.Workers, w)
		out.Users += w.Users
		out.Spawning = out.Spawning || w.State == report.WorkerSpawning
		if !p.Lost {
			out.On += p.Last.On
			out.Done = out.Done && p.Last.Done && p.Last.Applied >= r.Former+len(r.Commands)
		}
	}
	out.Health = report.WorstHealth(out.Workers)
	r.cached, r.cachedAt = out, time.Now()
	return out
}

// worker describes a share.
func (r *fleetRun) worker(p *share) report.Worker {
	l := &p.Last
	w := l.worker()
	w.ID, w.Index, w.State, w.RPS, w.Share = p.ID, p.index, p.state(), p.rate(), p.partOf(r.sum)
	if l.Seq == 0 {
		w.LagMS, w.ClockBoundMS = report.LagOf(nil), millis(p.clock.BoundNS)
	}
	if silent := time.Since(p.heard); silent > silence && !p.Over {
		w.SilentS = silent.Seconds()
	}
	if p.Lost {
		w.Users, w.LostS, w.Why = 0, max(p.Made, time.Millisecond).Seconds(), p.Why
	}
	return w
}

// millis is a time in ms.
func millis(ns int64) float64 { return float64(ns) / 1e6 }
