package report

import (
	"context"
	"sync"
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
	none chan struct{} // closed when n is 0; nil: nobody waits
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

// Wait returns when everything has ended, and at the latest after a second: a
// handler that hangs must not hold up a run. In a bubble, where waiting takes no
// time, it is a day.
func (l *Leftovers) Wait() {
	if l == nil {
		return
	}
	none := l.end()
	if none == nil {
		return
	}
	limit := time.NewTimer(patience())
	defer limit.Stop()
	select {
	case <-none:
	case <-limit.C:
	}
}

// end returns what is closed when everything has ended; nil when it has.
func (l *Leftovers) end() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n > 0 && l.none == nil {
		l.none = make(chan struct{})
	}
	return l.none
}

// patience tells a bubble by its clock, which starts at the year 2000.
func patience() time.Duration {
	if time.Now().Year() < 2020 {
		return 24 * time.Hour
	}
	return time.Second
}
