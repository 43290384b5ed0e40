package measure

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"
)

// Leftovers counts what runs on in this process after the request that started
// it: the handler of a target in the same process whose client has given up.
// A run waits for it at its end, since in a testing/synctest bubble a goroutine
// that is still there then ends the test binary. The zero value is ready. All
// methods work on nil, too, and are safe for concurrent use.
type Leftovers struct {
	mu   sync.Mutex
	n    int
	none chan struct{} // closed when n is 0; nil: nothing waits
	mark atomic.Value  // string: the label of goroutines, see Mark
}

type leftoversKey struct{}

// WithLeftovers returns a context whose requests report what they leave behind.
func WithLeftovers(ctx context.Context) (context.Context, *Leftovers) {
	l := new(Leftovers)
	return context.WithValue(ctx, leftoversKey{}, l), l
}

// LeftoversOf returns those that ctx carries; nil outside a run.
func LeftoversOf(ctx context.Context) *Leftovers {
	l, _ := ctx.Value(leftoversKey{}).(*Leftovers)
	return l
}

// Begin counts something that End will end.
func (l *Leftovers) Begin() {
	if l == nil {
		return
	}
	l.mu.Lock()
	l.n++
	l.mu.Unlock()
}

// End takes one back.
func (l *Leftovers) End() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n--; l.n == 0 && l.none != nil {
		close(l.none)
		l.none = nil
	}
}

// Mark makes the goroutine that calls it, and all that it starts, ones that Wait of
// each of some leftovers knows in a bubble: http.TimeoutHandler leaves a goroutine
// behind, and so does a handler that asks others at the same time. The context is ctx
// with what pprof.Do keeps of that. Outside a bubble it does nothing.
func Mark(ctx context.Context, all []*Leftovers) context.Context {
	if !inBubble() {
		return ctx
	}
	for _, l := range all {
		if l != nil {
			ctx = pprof.WithLabels(ctx, pprof.Labels(l.label(), "handler"))
		}
	}
	pprof.SetGoroutineLabels(ctx)
	return ctx
}

// labels counts those of this process.
var labels atomic.Uint64

// label is one that no other leftovers have.
func (l *Leftovers) label() string {
	if l.mark.Load() == nil {
		l.mark.CompareAndSwap(nil, fmt.Sprintf("load-generator-%d", labels.Add(1)))
	}
	return l.mark.Load().(string)
}

// Wait returns when everything has ended, and at the latest after a second: a
// handler that hangs must not hold up a run. In a bubble, where waiting takes no
// time, it is a day, and another hour for goroutines that handlers have left.
func (l *Leftovers) Wait() {
	if l == nil {
		return
	}
	if none := l.drained(); none != nil {
		limit := time.NewTimer(patience())
		defer limit.Stop()
		select {
		case <-none:
		case <-limit.C:
		}
	}
	l.waitForMarked()
}

// waitForMarked polls: the system does not tell of a goroutine's end. The first
// sleeps let those run to their end that need no time for it.
func (l *Leftovers) waitForMarked() {
	if l.mark.Load() == nil {
		return
	}
	for pause := time.Nanosecond; pause < time.Hour && l.marked(); pause *= 2 {
		time.Sleep(pause)
	}
}

// marked says whether a goroutine with the label runs.
func (l *Leftovers) marked() bool {
	var all bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&all, 1)
	return bytes.Contains(all.Bytes(), fmt.Appendf(nil, "%q", l.label()))
}

// drained returns what is closed when everything has ended; nil when it has.
func (l *Leftovers) drained() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n > 0 && l.none == nil {
		l.none = make(chan struct{})
	}
	return l.none
}

func patience() time.Duration {
	if inBubble() {
		return 24 * time.Hour
	}
	return time.Second
}

// inBubble recognises a bubble by its clock, which starts at the year 2000.
func inBubble() bool { return time.Now().Year() < 2020 }
