package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
)

// A coordinator that is started again. Its workers have continued without it, each by its own clock, and have kept the
// rows that no checkpoint has. They join it, say when offset 0 was by their clocks, and it takes the median; from
// there on the run continues as if its coordinator had been deaf for a while.

// stragglers is how long the first worker that is back waits for the others.
const stragglers = 5 * time.Second

// isOver reports whether all that was left to do is to sum up.
func (k *checkpoint) isOver() bool {
	open := func(p keptShare) bool { return !p.Over && !p.Lost }
	return k.Stopping && !slices.ContainsFunc(k.Shares, open)
}

// mayResume takes a run of another coordinator for the next one, or says why this coordinator cannot make it.
func (c *Coordinator) mayResume(left *checkpoint) error {
	names := maps.Clone(left.Settings)
	maps.Copy(names, c.cfg.Settings)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if then, now := left.Settings[name], c.cfg.Settings[name]; then != now {
			return fmt.Errorf("it holds a run with %s %q, and here it is %q; start with the same settings, or remove the file", name, then, now)
		}
	}
	switch {
	case !c.cfg.AllowOtherBuild && left.Build != build():
		return fmt.Errorf("it holds a run of another build of this program (%.8s, here %.8s), whose workers this one refuses; start that one, or remove the file", left.Build, build())
	case !left.isOver() && time.Since(left.At) > keepEvery+2*max(left.Orphan, c.cfg.Orphan):
		return fmt.Errorf("it holds a run that was left on %s, and its workers have ended since: loadgen merge has what they left; remove the file", left.At.Format(time.DateTime))
	}
	c.cfg.Orphan = max(c.cfg.Orphan, left.Orphan) // that of the workers of the run
	c.left = left
	return nil
}

// Left returns what asked for the run that a coordinator before this one has left in Config.Checkpoint: the next
// run must be asked for alike, at once, and continues that one.
func (c *Coordinator) Left() (o loadgen.StartRequest, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == nil {
		return o, false
	}
	return c.left.Request, true
}

// isLeft reports whether a run waits to be resumed. The caller holds the lock.
func (c *Coordinator) isLeft(run string) bool { return c.left != nil && c.left.Run == run }

// unbegun forgets a run that is left if none of its workers has begun: its coordinator ended in the moment before, and the run begins
// anew. That is known when one has come that has begun, all have that have not, or none can make load of it any longer.
func (c *Coordinator) unbegun(ctx context.Context) error {
	limit := time.NewTimer(c.fence())
	defer limit.Stop()
	for over := false; ; {
		c.mu.Lock()
		begun, unbegun := c.whoBegan()
		if c.left == nil || !c.left.Starting || begun > 0 {
			c.mu.Unlock()
			return nil
		}
		if over || unbegun == len(c.left.Shares) {
			c.cfg.Log.Info("The master before this one ended before the run began; it begins anew", "checkpoint", c.cfg.Checkpoint)
			c.left = nil
			c.mu.Unlock()
			return nil
		}
		news := c.news
		c.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-limit.C:
			over = true
		}
	}
}

// whoBegan returns how many workers of the run that is left have come back and make load, and how many have not begun. The caller holds
// the lock.
func (c *Coordinator) whoBegan() (begun, unbegun int) {
	for _, s := range c.seats {
		if c.isLeft(s.Run) {
			begun++
		}
		if c.isLeft(s.Unbegun) {
			unbegun++
		}
	}
	return begun, unbegun
}

// resume makes the run that is left the one in progress; nil: none is.
func (c *Coordinator) resume(m loadgen.Muster) (*fleetRun, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, phases := c.left, m.Plan.Phases()
	switch {
	case k == nil:
		return nil, nil
	case !reflect.DeepEqual(k.Request, m.Request):
		return nil, errors.New("a run is to be resumed before another one is made")
	case k.Plan != m.Plan.Digest():
		c.left = nil // its workers end, and leave what they have
		return nil, fmt.Errorf("the run in %s has another plan (%s) than this program makes (%s); start the same program with the same settings", c.cfg.Checkpoint, k.Plan, m.Plan.Digest())
	}
	if k.Progress.Phase >= len(phases) {
		return nil, fmt.Errorf("%w %s: %w", errCheckpoint, c.cfg.Checkpoint, errKept)
	}
	if err := m.Recorder.Merge(-1, k.figures); err != nil {
		return nil, fmt.Errorf("%w %s: %w", errCheckpoint, c.cfg.Checkpoint, err)
	}
	for range k.Resets - k.Merged {
		m.Recorder.Reset(k.ResetAt)
	}
	r := &fleetRun{
		c: c, m: m, id: k.Run, done: make(chan struct{}), keeper: c.newKeeper(), resumed: k,
		end: phases[len(phases)-1].End, course: k.course.clone(), public: k.Former + len(k.Commands),
	}
	r.keeper.begun, r.keeper.figures, r.keeper.shares, r.keeper.resets = true, k.figures, k.Shares, k.Merged
	for i := range k.Shares {
		p := &k.Shares[i]
		away := &seat{hello: hello{ID: p.ID, Nonce: p.Nonce}, index: p.Seat, heard: time.Now(), missing: true}
		r.shares = append(r.shares, &share{
			seat: away, standing: p.standing, index: i, kept: p.Have, away: true,
		})
		r.sum += p.Last.Sum.Requests
		if p.Lost {
			m.Recorder.Leave(i)
		}
	}
	c.run, c.left = r, nil
	for _, s := range c.seats {
		c.takeBack(s)
	}
	c.cfg.Log.Info("Resuming a run", "checkpoint", c.cfg.Checkpoint, "kept", k.At.Format(time.DateTime), "after", say.Span(k.Offset.Round(time.Second)))
	return r, nil
}

// takeBack gives a worker that has come back its share. The caller holds the lock.
func (c *Coordinator) takeBack(s *seat) {
	if c.run == nil || s.Run != c.run.id {
		return
	}
	for _, p := range c.run.shares {
		if p.away && p.Nonce == s.Nonce && !p.Lost {
			s.index, s.part = p.seat.index, p
			p.seat, p.away = s, false
		}
	}
}

// regathered notes when offset 0 was for a worker that has come back, and answers when it was for all.
func (c *Coordinator) regathered(id string, z *zeroTime) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isLeft(z.Run) {
		return &agreed{}
	}
	s, r := c.seat(z.Nonce), c.run
	if r == nil || r.id != z.Run || s == nil || s.ID != id || r.gone(s) {
		return &agreed{Gone: true}
	}
	c.hear(s)
	s.part.zero = &z.AtNS
	c.changed()
	if r.began.IsZero() {
		return &agreed{}
	}
	return &agreed{Is: true, AtNS: c.clock(r.began)}
}

// Resumes implements loadgen.FleetRun.
func (r *fleetRun) Resumes() *loadgen.Progress {
	if r.resumed == nil {
		return nil
	}
	return &r.resumed.Progress
}

// regather waits for the workers to come back, and returns when offset 0 was.
func (r *fleetRun) regather(ctx context.Context) (time.Time, error) {
	limit := time.NewTimer(r.c.fence())
	defer limit.Stop()
	for waiting := false; ; {
		r.c.mu.Lock()
		back, away := r.presence()
		news := r.c.news
		if away == 0 {
			break
		}
		r.c.mu.Unlock()
		if back > 0 && !waiting {
			waiting = true
			limit.Reset(stragglers)
		}
		select {
		case <-news:
			continue
		case <-ctx.Done(): // the run is stopped and summed up at once
		case <-limit.C:
		}
		r.c.mu.Lock()
		break
	}
	defer r.c.mu.Unlock()
	r.settleZero()
	now := r.now()
	r.note(fmt.Sprintf("the master ended after %s or soon after, and another one continued the run from %s on", say.Span(r.resumed.Offset.Round(time.Second)), say.Span(now.Round(time.Second))))
	r.replaceMissed()
	r.startKeeping()
	return r.began, nil
}

// replaceMissed does what the policy says with workers that were lost while no coordinator could. The caller holds the lock.
func (r *fleetRun) replaceMissed() {
	lost := r.lost()
	switch known := len(r.Holders[len(r.Holders)-1].Lost); {
	case r.Stopping || len(lost) <= known:
	case len(lost) == len(r.shares):
		r.abort(errors.New("all workers are lost"))
	default:
		r.replace(r.shares[lost[len(lost)-1]], lost)
	}
}

// presence returns how many workers have said when offset 0 was, and how many may still.
func (r *fleetRun) presence() (back, away int) {
	for _, p := range r.shares {
		switch {
		case p.zero != nil:
			back++
		case !p.Over && !p.Lost:
			away++
		}
	}
	return back, away
}

// settleZero takes the median of what the workers said, or without any what this machine's wall clock says.
func (r *fleetRun) settleZero() {
	var zeros []int64
	for _, p := range r.shares {
		if p.zero != nil {
			zeros = append(zeros, *p.zero)
		}
	}
	if len(zeros) == 0 {
		k := r.resumed
		r.began = time.Now().Add(-k.Offset - max(0, time.Since(k.At)))
		return
	}
	slices.SortFunc(zeros, cmp.Compare[int64])
	r.began = r.c.born.Add(time.Duration(zeros[len(zeros)/2]))
}

// at0 is offset 0 on the clock of a coordinator; nil: the load has not begun, or it began with another one.
func (p *making) at0(master string) *int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.began; p.begun && p.master == master {
		return &at
	}
	return nil
}

// regather says to a coordinator that is new when offset 0 of the run was that began with another one, and takes what it
// says for all.
func (w *worker) regather(ctx context.Context) {
	p, master := w.current(), w.master()
	if p == nil || !p.isBegun() || p.at0(master) != nil {
		return
	}
	if !w.clock.isKnown() {
		w.look(ctx, firstLooks)
	}
	if !w.clock.isKnown() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var a agreed
	err := w.request(ctx, w.own("zero"), encode(zeroTime{Run: p.id, Nonce: w.nonce, AtNS: w.clock.zero(p.member.Now())}), &a)
	switch {
	case err != nil: // the next beat asks again
	case a.Gone:
		p.end(errGone)
	case a.Is:
		p.mu.Lock()
		p.began, p.master = a.AtNS, master
		w.clock.moves(a.AtNS)
		p.mu.Unlock()
		p.correct()
		w.cfg.Log.Info("another master has taken over the run")
	}
}
