package cluster

import (
	"context"
	"math"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/internal/clocks"
	"github.com/gensim/load-generator/loadgen/internal/machine"
)

// face is the coordinator's clock, as a worker knows it.
type face struct {
	mu     sync.Mutex
	master string // whose clock it is
	follow clocks.Follower
	round  time.Duration // the shortest round trip of the last questions
	asked  bool
	least  time.Duration // the shortest of all, if asked
	wall   time.Duration // this machine's wall clock minus the coordinator's
	jumped time.Duration // by how much one of the two stood still, in all
	skew   time.Duration // how much later than offset 0 this worker began
	skewOf int64         // of the run that began then
}

// of makes it the clock of a coordinator, of which nothing is known if it is another one.
func (f *face) of(master string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.master != master {
		f.master, f.follow, f.asked = master, clocks.Follower{}, false
	}
}

// isKnown reports whether it was asked since.
func (f *face) isKnown() bool {
	bound, _ := f.bound()
	return bound < math.MaxInt64
}

// bound is the error of the clock now, at most, and the round trip.
func (f *face) bound() (bound, round time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.follow.Bound(time.Now()), f.round
}

// instant is the instant of this machine at a time of the coordinator's.
func (f *face) instant(at int64) time.Time {
	l := f.line(at)
	return l.Since.Add(time.Duration(float64(-l.At) / (1 + l.Slew)))
}

// zero is when offset 0 was, in ns of the coordinator's clock, for who is at an offset now.
func (f *face) zero(offset time.Duration) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(f.follow.Line(0, time.Now()).At - offset)
}

// moves keeps the skew of a start for a coordinator by whose clock that was at another time.
func (f *face) moves(began int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.skewOf = began
}

// line is the clock of a run that begins at a time of the coordinator's, from now on.
func (f *face) line(began int64) loadgen.Line {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.follow.Line(time.Duration(began), time.Now())
}

// write fills in what a row says of the clock. zero is the instant that was taken for began, a time of the
// coordinator's.
func (f *face) write(h *row, zero time.Time, began int64) {
	now, was := f.instant(began), zero
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.skewOf != began || time.Since(zero) < settling {
		f.skew, f.skewOf = was.Sub(now), began
	}
	h.SkewNS = int64(f.skew)
	h.ClockNS, h.BoundNS, h.JumpNS = int64(f.wall), int64(f.follow.Bound(time.Now())), int64(f.jumped)
}

// settling is how long after the start its skew is worked out anew, by a clock that is known better and better. Later
// the drift since the start would count.
const settling = 30 * time.Second

// ahead is how far this machine's wall clock is ahead of the coordinator's.
func (f *face) ahead() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wall
}

// add takes what some questions to a coordinator came to.
func (f *face) add(master string, probes []clocks.Probe, wall []time.Duration) (jump time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if master != f.master {
		return 0 // another one has come meanwhile
	}
	for i, p := range probes {
		if i == 0 || p.RoundTrip() < f.round {
			f.round, f.wall = p.RoundTrip(), wall[i]
		}
		if !f.asked || p.RoundTrip() < f.least {
			f.least, f.asked = p.RoundTrip(), true
		}
	}
	jump = f.follow.Add(probes...)
	f.jumped += jump.Abs()
	return jump
}

// isQuick reports whether a round trip is about as short as any before these questions: another one would say little more.
func (f *face) isQuick(round time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked && round <= 2*f.least
}

// look asks the coordinator for the time, some times; fewer if that takes long, since no sign of life is sent before a
// worker knows the time, and fewer too once an answer came as quickly as one did before.
func (w *worker) look(ctx context.Context, times int) {
	began := time.Now()
	var probes []clocks.Probe
	var walls []time.Duration
	master := w.master()
	for asked := 0; asked < times && time.Since(began) < lookTime; asked++ {
		var a instants
		p := clocks.Probe{Asked: time.Now()}
		limited, cancel := context.WithTimeout(ctx, answerTime)
		err := w.request(limited, w.subject("clock"), nil, &a)
		if cancel(); err != nil || a.by() != master {
			break // another one has another clock
		}
		p.Answered, p.Received, p.Replied = time.Now(), time.Duration(a.Got), time.Duration(a.Sent)
		probes = append(probes, p)
		walls = append(walls, p.Answered.Round(0).Sub(time.Unix(0, a.Wall))-p.RoundTrip()/2)
		if w.clock.isQuick(p.RoundTrip()) {
			break
		}
	}
	if jump := w.clock.add(master, probes, walls); jump != 0 {
		w.cfg.Log.Warn("the clock of the master or of this machine stood still", "by", jump)
	}
}

// How often a worker asks for the time: at first, and then some times every so often, since clocks drift apart.
const (
	firstLooks = 16
	looks      = 8
	lookly     = 10 * time.Second
	lookTime   = time.Second // of the firsts and of the others
)

// setClock follows the coordinator's clock.
func (w *worker) setClock(ctx context.Context) {
	tick := time.NewTicker(lookly)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		w.look(ctx, looks)
		if p := w.current(); p != nil {
			p.correct()
		}
	}
}

// usage is how much CPU time this process uses.
type usage struct {
	mu   sync.Mutex
	at   time.Time
	used time.Duration
}

// cpu is the number of cores that were used since it was last asked.
func (u *usage) cpu() float64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	now, used := time.Now(), machine.CPUTime()
	wall, own := now.Sub(u.at), used-u.used
	first := u.at.IsZero()
	u.at, u.used = now, used
	if first || wall <= 0 {
		return 0
	}
	return max(0, own.Seconds()/wall.Seconds())
}

// memory is what the Go runtime has from the system, in bytes.
func memory() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}
