package loadgen

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/report/outline"
)

// over reports whether nothing new may start.
func (r *run) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// watchLead is how long before the end of each second the run is looked at, so
// that a timer that is late does not see what belongs to the next one.
const watchLead = 5 * time.Millisecond

// watch records the level shortly before the end of each second and calls Watch
// and Guard.
func (r *run) watch() {
	short := false // of memory
	for second := int(r.resumed / time.Second); ; second++ {
		next := time.Duration(second+1) * time.Second
		if !r.sleepUntil(next-watchLead, r.ended) {
			return
		}
		r.self.look()
		if h := r.self.now(); h.MemoryShort() && !short {
			short = true
			r.log.Warn("memory is nearly used up; the system ends a process that takes more than its limit", "bytes", h.MemoryCounted, "limit", h.MemoryLimit)
		}
		now := r.now()
		if r.Fleet == nil { // else the figures of its workers hold the level
			users, on := r.present()
			r.rec.Level(second, r.Schedule.UsersAt(min(now, next-1)), users, on)
		}
		r.callWatch(now)
		r.callGuard(now)
		if team := r.fleetRun(); team != nil && team.State().Done {
			r.endAt(r.now())
		}
		second = max(second, int(r.now()/time.Second)-1) // a slow Watch skips seconds
	}
}

// callWatch shows the state of the run at an offset to the observer and to Watch.
func (r *run) callWatch(at time.Duration) {
	if r.Watch == nil && r.observer == nil {
		return
	}
	s := r.rec.Snapshot(at)
	r.complete(s)
	r.watching <- struct{}{}
	defer func() { <-r.watching }()
	if r.observer != nil {
		r.safely("Observer", func() { r.observer.Watch(s) })
	}
	if r.Watch != nil {
		r.safely("Watch", func() { r.Watch(s) })
	}
}

// announce reports each phase at its start, to the observer, to BeginPhase and
// in the log.
func (r *run) announce() {
	first := r.plan.at(r.resumed)
	r.eachStart(first, func(i int) {
		r.callBeginPhase(i)
		if i > first && r.paced == nil { // a worker's figures are its coordinator's
			r.logTransition(i)
		}
	})
}

func (r *run) callBeginPhase(i int) {
	r.watching <- struct{}{}
	defer func() { <-r.watching }()
	if r.observer != nil {
		r.safely("Observer", func() { r.observer.BeginPhase(i, r.plan.infos[i]) })
	}
	if r.BeginPhase != nil {
		r.safely("BeginPhase", func() { r.BeginPhase(i, r.plan.infos[i]) })
	}
}

// callGuard asks the Guard whether the run may continue.
func (r *run) callGuard(at time.Duration) {
	if r.Guard == nil {
		return
	}
	s := r.rec.Snapshot(at)
	r.complete(s)
	p := r.rec.Phase(s.Index, at)
	var err error
	r.safely("Guard", func() { err = r.Guard(s, &p) })
	if err != nil {
		err = readable(err)
		r.log.Error("aborting run", "error", err)
		r.abort(fmt.Errorf("%w: %w", ErrAborted, err))
	}
}

// decide asks at each look whether the run is decided, and ends it then. The end of the plan is a look that
// nothing has to be asked at.
func (r *run) decide() {
	for n := 0; ; {
		at, ok := r.Looks.Next(n)
		if end := r.Looks.EndS(); !ok || at == end || !r.sleepUntil(time.Duration(math.Round(at*float64(time.Second))), r.ended) {
			return
		}
		sum := r.summary(r.now())
		n = max(n+1, sum.Looks.Made(sum.EndS)) // a slow Decide skips looks
		said, decided := "", false
		r.safely("Decide", func() { said, decided = r.Decide(sum) })
		if said != "" {
			r.log.Info(said)
		}
		r.mu.Lock()
		r.looked, r.said = n, said
		if decided {
			r.decided = said
		}
		r.mu.Unlock()
		if decided {
			r.endAt(r.now())
			return
		}
	}
}

// looks is how far the looks have come; nil: the run has none. The caller holds the lock.
func (r *run) looks() *outline.Looks {
	if r.Looks == nil || r.Decide == nil {
		return nil
	}
	l := &outline.Looks{Made: r.looked, Said: r.said}
	if r.Looks.EveryS == 0 {
		l.Of = len(r.Looks.Planned)
	}
	if at, ok := r.Looks.Next(r.looked); ok && r.decided == "" {
		l.Next = time.Duration(at * float64(time.Second))
	}
	return l
}

// safely calls an observer and reports whether the call returned. A panic, or
// the end of its goroutine, is counted; it ends no run.
func (r *run) safely(name string, call func()) bool {
	err := alone(context.Background(), func(context.Context) error { call(); return nil })
	if err == nil {
		return true
	}
	kind, stack := kindOf(err)
	r.rec.Exception(kind, name+": "+err.Error(), stack, r.clock())
	r.log.Error("observer failed", "observer", name, "error", err, "stack", stack)
	return false
}
