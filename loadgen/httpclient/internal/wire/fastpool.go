package wire

import (
	"slices"
	"time"
)

// pool holds connections of the fast wire that rest. The last one to come is
// the first to go, so that those that are too many become old. The lock of
// sockets guards it.
type pool struct{ conns []*fastConn }

// leastSweep keeps the sweeper of a short idle time from taking the locks all the
// time.
const leastSweep = 10 * time.Millisecond

func (s *Sockets) now() time.Duration { return time.Since(s.epoch) }

// take returns a connection to o; nil when none rests. One that has rested for
// too long is left to the sweeper, which does not come at once.
func (s *Sockets) take(p *pool, o Origin) *fastConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := s.now() - s.config.IdleTimeout
	for i := len(p.conns) - 1; i >= 0 && p.conns[i].rested > oldest; i-- {
		if c := p.conns[i]; c.origin == o {
			p.conns = slices.Delete(p.conns, i, i+1)
			c.resting = false
			return c
		}
	}
	return nil
}

// rest puts c back.
func (s *Sockets) rest(c *fastConn) {
	if c.timed {
		c.setDeadline(time.Time{})
	}
	c.used, c.rested = true, s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.socket.listed {
		return // closed meanwhile
	}
	c.socket.fast, c.resting = c, true
	c.pool.conns = append(c.pool.conns, c)
	if s.sweeper == nil {
		s.sweeper = time.AfterFunc(s.config.IdleTimeout, s.sweep)
	}
}

// sweep closes connections that have rested for too long, and runs again
// while any is open.
func (s *Sockets) sweep() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	old := s.old(s.now() - s.config.IdleTimeout)
	if s.sweeper = nil; len(s.users) > 0 {
		s.sweeper = time.AfterFunc(max(s.config.IdleTimeout/2, leastSweep), s.sweep)
	}
	s.mu.Unlock()
	for _, c := range old {
		c.Close()
	}
}

// old takes out of their pools the connections that have rested since limit.
func (s *Sockets) old(limit time.Duration) (old []*fastConn) {
	expired := func(c *fastConn) bool { return c.rested <= limit }
	for _, first := range s.users {
		for c := first; c != nil; c = c.next {
			if c.fast != nil && c.fast.resting && expired(c.fast) {
				c.fast.resting = false
				old = append(old, c.fast)
			}
		}
	}
	for _, c := range old {
		if p := c.pool; len(p.conns) > 0 && expired(p.conns[0]) { // not yet by another one of its pool
			p.conns = slices.DeleteFunc(p.conns, expired)
		}
	}
	return old
}
