package loadgen

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/record"
)

// maxBehind is how far a start-to-start user may fall behind its plan; starts
// further behind are missed.
const maxBehind = time.Minute

// The most starts of one user, and the most arrivals, that are given up one by
// one. There can be more if a script's distribution draws next to nothing or a
// rate is beyond any machine: the run could not end before it had gone through
// them.
const (
	maxOverdue  = 1 << 16
	maxArrivals = 1 << 20
)

// giveUp gives up the starts of a user that were intended before an instant: many
// at most from start to start, one after a think time. They are counted, and their
// choices are drawn so that the plan stays in step.
func (s *shard) giveUp(u *user, before time.Duration) {
	p, from := s.run.plan, u.intended
	for n := time.Duration(0); u.acts && u.intended < before; n++ {
		if n == maxOverdue {
			gap := max(1, (u.intended-from)/n)
			s.miss(u.intended, int64((before-u.intended)/gap))
			s.run.tooMany(fmt.Sprintf("pace: more than %d starts of a user were overdue at once; those beyond are counted by their mean gap, at most one a nanosecond", maxOverdue))
			u.intended = s.run.now() // its plan continues from here
			return
		}
		s.miss(u.intended, 1)
		p.phases[p.at(u.intended)].dispatcher.Pick(&u.choice)
		u.iteration++
		if !u.paced {
			u.acts = false // so that it does not run as well
			return
		}
		u.next(p, u.intended)
	}
}

// giveUp gives up the arrivals of phase i whose time has come if they are too many
// to let in one by one, and returns their number. One of them, at offset at, has
// been drawn already.
func (c *crew) giveUp(i int, at time.Duration, stream *phase.Stream) int64 {
	p, l, now := &c.run.Schedule[i], &c.run.plan.phases[i], c.run.clock()
	if at > now || p.Arrivals.Expected(at-l.start, now-l.start, p.For) < maxArrivals {
		return 0
	}
	n := 1 + stream.Skip(now-l.start)
	c.run.shards[0].miss(at, n)
	c.run.tooMany(fmt.Sprintf("more than %d arrivals were overdue at once; they are missed", maxArrivals))
	return n
}

// miss counts n starts that were planned at an offset and are missed.
func (s *shard) miss(due time.Duration, n int64) {
	s.rec.Count(record.Planned, due, n)
	s.rec.Count(record.Missed, due, n)
}

// tooMany reports that more was planned than could be done.
func (r *run) tooMany(what string) { r.rec.Exception("error", what, "", r.clock()) }
