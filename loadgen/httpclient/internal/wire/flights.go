package wire

import (
	"context"
	"sync"
	"time"
)

// flights aborts requests whose time is up or whose context has ended. All
// deadlines have the same timeout, so they expire in the order in which the
// requests started: one list and one timer, armed for its head, serve any number
// of requests. Contexts are identified by their Done channel, which the tasks of
// a worker share, and are watched as long as they live. Without this a request
// would cost several percent more CPU on net/http, which watches contexts, and
// 10 % on the fast wire, for a context.AfterFunc.
type flights struct {
	mu      sync.Mutex
	timed   flightList // in the order of their deadlines
	untimed flightList
	timer   *time.Timer
	armed   bool
	watched map[<-chan struct{}]func() bool // by context.Done: stops the watching
	stopped bool
}

// flight is a request in the list.
type flight struct {
	deadline   time.Time // zero: none, or someone else sees to it
	done       <-chan struct{}
	request    interface{ abort() }
	prev, next *flight
	aborted    bool
}

// add lets f be aborted at its deadline and when ctx ends.
func (d *flights) add(ctx context.Context, f *flight) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.aborted, f.done = false, ctx.Done()
	d.watch(ctx, f.done)
	if f.deadline.IsZero() {
		d.untimed.insert(f)
		return
	}
	d.timed.insert(f)
	if !d.armed && !d.stopped {
		d.arm(time.Until(f.deadline))
	}
}

// watch calls cancel when ctx ends.
func (d *flights) watch(ctx context.Context, done <-chan struct{}) {
	if done == nil || d.stopped {
		return
	}
	if _, known := d.watched[done]; known {
		return
	}
	if d.watched == nil {
		d.watched = make(map[<-chan struct{}]func() bool)
	}
	d.watched[done] = context.AfterFunc(ctx, func() { d.cancel(done) })
}

// arm sets the timer. It is left to run when the list becomes empty: stopping
// and starting it for each request is what this type saves.
func (d *flights) arm(in time.Duration) {
	d.armed = true
	if d.timer == nil {
		d.timer = time.AfterFunc(in, d.expire)
		return
	}
	d.timer.Reset(in)
}

// done takes f out and says whether it was aborted, or is about to be.
func (d *flights) done(f *flight) (aborted bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.remove()
	return f.aborted
}

// stop lets go of the timer and of all contexts. Requests that are still there
// run until they end in another way.
func (d *flights) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	if d.timer != nil {
		d.timer.Stop()
	}
	for _, stop := range d.watched {
		stop()
	}
	clear(d.watched)
}

// expire runs when the deadline that was the head's has come.
func (d *flights) expire() {
	d.mu.Lock()
	d.armed = false
	var late *flight
	now := time.Now()
	for f := d.timed.after(&d.timed.root); f != nil; f = d.timed.after(&d.timed.root) {
		if f.deadline.After(now) {
			d.arm(f.deadline.Sub(now))
			break
		}
		late = f.abandon(late)
	}
	d.mu.Unlock()
	late.abortAll()
}

// cancel runs when the context that done belongs to has ended.
func (d *flights) cancel(done <-chan struct{}) {
	d.mu.Lock()
	delete(d.watched, done)
	var cut *flight
	for _, list := range []*flightList{&d.timed, &d.untimed} {
		for f := list.after(&list.root); f != nil; {
			next := list.after(f)
			if f.done == done {
				cut = f.abandon(cut)
			}
			f = next
		}
	}
	d.mu.Unlock()
	cut.abortAll()
}

// abandon moves f from its list to a stack of requests to abort.
func (f *flight) abandon(others *flight) *flight {
	f.remove()
	f.aborted, f.next = true, others
	return f
}

// abortAll aborts the stack of f, whose requests only their senders still know.
func (f *flight) abortAll() {
	for ; f != nil; f = f.next {
		f.request.abort()
	}
}

// flightList is a ring in the order of deadlines, which root closes.
type flightList struct{ root flight }

// insert puts f where its deadline belongs: at the end, or a few places before
// it when others were faster from the clock to here.
func (l *flightList) insert(f *flight) {
	if l.root.next == nil {
		l.root.prev, l.root.next = &l.root, &l.root
	}
	f.prev = l.root.prev
	for f.prev != &l.root && f.prev.deadline.After(f.deadline) {
		f.prev = f.prev.prev
	}
	f.next = f.prev.next
	f.prev.next, f.next.prev = f, f
}

// after is the one that follows f; nil at the end.
func (l *flightList) after(f *flight) *flight {
	if f.next == &l.root {
		return nil
	}
	return f.next
}

// remove does nothing when f is in no list.
func (f *flight) remove() {
	if f.prev != nil {
		f.prev.next, f.next.prev = f.next, f.prev
		f.prev, f.next = nil, nil
	}
}
