package loadgen

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gensim/load-generator/loadgen/internal/crowd"
	"github.com/gensim/load-generator/phase"
)

// Share is the part of the users and arrivals of a run that one of several processes
// makes. Users and arrivals are dealt out by number, n to share (n-1) mod Of, whatever the
// machine; so the shares of a run together are the run of a single process. Where there are several kinds
// of users n counts those of the kind, and each kind begins at another share. The zero Share is
// the whole run.
type Share struct {
	Index int // of this process, 0..Of-1
	Of    int // processes; 0 and 1: this one alone
	// Lost are the indexes of the processes that are lost: the others make their parts. A
	// user that a lost process had goes to one of the others, by its number; no user moves
	// between those that are left.
	Lost   []int
	Worker string // name of this process, for observers
}

// validate reports the first field that makes no sense.
func (s Share) validate() error {
	n := int(s.processes())
	switch {
	case s.Of < 0:
		return fmt.Errorf("Share.Of is %d; give the number of processes", s.Of)
	case s.Index < 0 || s.Index >= n:
		return fmt.Errorf("Share.Index is %d; give 0 to %d", s.Index, n-1)
	}
	for _, i := range s.Lost {
		if i < 0 || i >= n {
			return fmt.Errorf("Share.Lost has %d; give 0 to %d", i, n-1)
		}
	}
	if len(s.Lost) >= n {
		return errors.New("Share.Lost has every process")
	}
	return nil
}

// of is the number of processes.
func (s Share) processes() uint64 { return uint64(max(1, s.Of)) }

// has reports whether the share has user or arrival n, from 1.
func (s Share) has(n uint64) bool { return s.Of <= 1 || s.holder(n) == s.Index }

// holder is the index of the process that makes user or arrival n, from 1. Of a lost
// one's users each has a fixed order of others to go to, the first of which that is left
// takes it.
func (s Share) holder(n uint64) int {
	of := s.processes()
	at, rest := (n-1)%of, (n-1)/of
	for slices.Contains(s.Lost, int(at)) {
		at, rest = (at+1+rest%(of-1))%of, rest/(of-1)
	}
	return int(at)
}

// count returns how many of n numbers, from the first on, the share has.
func (s Share) count(first, n uint64) (own uint64) {
	if len(s.Lost) > 0 {
		for i := range n {
			if s.has(first + i) {
				own++
			}
		}
		return own
	}
	below := func(n uint64) uint64 { return (n + s.processes() - 1 - uint64(s.Index)) / s.processes() } // of 1..n
	return below(first+n-1) - below(first-1)
}

// part is the share's part of a limit for all; 0 of none.
func (s Share) part(limit int) int {
	n := int(s.processes())
	part := limit / n
	if s.Index < limit%n {
		part++
	}
	return part
}

// Iterations is the share's part of the tasks and journeys that phase i has for all users, also of one that is lost; 0: it has no such
// number, or one of arrivals.
func (p *Plan) Iterations(i int, s Share) int {
	if ph := &p.runner.Schedule[i]; ph.Arrivals == nil {
		return s.part(ph.Iterations)
	}
	return 0
}

// divides reports an error where the iterations of a phase cannot be divided among so many processes, as one of them
// has no user for its part.
func (p *Plan) divides(processes uint64) error {
	for i, l := range p.phases {
		ph := &p.runner.Schedule[i]
		if ph.Iterations == 0 || ph.Arrivals != nil || processes == 1 {
			continue
		}
		for k := range int(processes) {
			s := Share{Index: k, Of: int(processes)}
			if seconds, _ := p.Planned(s, l.start, l.end); seconds == 0 && s.part(ph.Iterations) > 0 {
				return fmt.Errorf("phase %q: %d Iterations cannot be divided among %d processes: process %d has no user in it; give more users, fewer processes or UserIterations", ph.Name, ph.Iterations, processes, k+1)
			}
		}
	}
	return nil
}

// Planned is what the plan, without changes by hand, calls for from one offset to another
// by a share: the seconds that its users spend, together, and its arrivals. It draws all
// that comes and goes before: about 0.1 us for each user and arrival.
func (p *Plan) Planned(s Share, from, to time.Duration) (userSeconds float64, arrivals int64) {
	c := census{plan: p, share: s, from: from, at: from}
	c.walk(to)
	return c.seconds, c.arrivals
}

// kindOf is the kind of a user, by its number; the first one where the plan makes no such user.
func (p *Plan) kindOf(number int) int {
	if !p.severalKinds() {
		return 0
	}
	c := census{plan: p, until: uint64(number)}
	if c.walk(phase.Forever); !c.over() {
		return 0
	}
	return c.last
}

// census follows the users and arrivals of a plan, and counts those of a share.
type census struct {
	plan     *Plan
	share    Share
	from, at time.Duration
	crowd    *crowd.Crowd[bool] // whether the share has the user
	own      int                // of those there
	seconds  float64            // that own users spent
	arrivals int64
	until    uint64 // the number of the last user to follow; 0: all
	last     int    // the kind of the last one
}

// walk follows the plan up to an offset.
func (c *census) walk(to time.Duration) {
	c.crowd = crowd.New[bool](len(c.plan.kinds), c.plan.departureStream(), false)
	for i := range c.plan.phases {
		if c.phase(i, to); c.plan.phases[i].end >= to || c.over() {
			break
		}
	}
}

func (c *census) over() bool { return c.until > 0 && c.crowd.Born() >= c.until }

// phase follows phase i up to an offset, as crew.phase does.
func (c *census) phase(i int, to time.Duration) {
	ph, l := c.plan.runner.Schedule[i], &c.plan.phases[i]
	c.crowd.Follow(c.plan.order(i))
	end := min(l.end, to)
	steps := c.plan.runner.Schedule.Steps(i, c.crowd.Users())
	step, delta := steps.Next()
	swaps := 0
	arrivals := c.plan.dealer(i)
	if c.until > 0 && ph.Arrivals != nil && !ph.Arrivals.Session {
		arrivals.at = phase.Forever // guests are not of the plan, and may arrive without end
	}
	for !c.over() {
		swap := phase.Forever
		if c.crowd.Pending() > 0 {
			swap = steps.Swap(swaps)
		}
		switch at := min(step, swap, arrivals.at); {
		case at >= end:
			c.pass(end)
			return
		case at == step:
			c.pass(at)
			c.step(delta)
			step, delta = steps.Next()
		case at == swap:
			c.pass(at)
			own, p := c.crowd.Swap()
			c.leave(own)
			c.join(p)
			swaps++
		default:
			x := arrivals.next()
			if ph.Arrivals.Session {
				c.last = c.crowd.Arrive(x.kind).Kind
			}
			if at >= c.from && c.share.has(x.deal) {
				c.arrivals++
			}
		}
	}
}

// pass lets the time pass up to an offset.
func (c *census) pass(to time.Duration) {
	if to > c.at {
		c.seconds += float64(c.own) * (to - c.at).Seconds()
		c.at = to
	}
}

func (c *census) step(delta int) {
	if delta > 0 {
		c.join(c.crowd.Join())
	} else {
		c.leave(c.crowd.Leave())
	}
}

func (c *census) join(p crowd.Place) {
	own := c.share.has(p.Deal())
	if c.crowd.Put(p, own); own {
		c.own++
	}
	c.last = p.Kind
}

func (c *census) leave(own bool) {
	if own {
		c.own--
	}
}
