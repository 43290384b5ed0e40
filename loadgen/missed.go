package loadgen

import (
	"fmt"
	"time"

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
		if u.sitsOut() {
			s.skip(u.intended)
		} else {
			s.miss(u.intended, 1)
		}
		u.pass(s.rec)
		if !u.paced {
			u.acts = false // so that it does not run as well
			return
		}
		u.next(p, u.intended)
	}
}

// giveUp gives up the arrivals of phase i whose time has come if they are too many
// to let in one by one, and reports whether it did.
func (c *crew) giveUp(i int, arrivals *dealer) bool {
	p, l, now, at := &c.run.Schedule[i], &c.run.plan.phases[i], c.run.clock(), arrivals.at
	if at > now || p.Arrivals.Expected(at-l.start, now-l.start, p.Length()) < maxArrivals {
		return false
	}
	own, kinds := arrivals.skip(now, c.share)
	c.run.shards[0].miss(at, int64(own))
	if p.Arrivals.Session {
		c.crowd.Miss(kinds) // the plan has them, so they have their numbers
	}
	c.run.tooMany(fmt.Sprintf("more than %d arrivals were overdue at once; they are missed", maxArrivals))
	return true
}

// miss counts n starts that were planned at an offset and are missed.
func (s *shard) miss(due time.Duration, n int64) {
	s.rec.Count(record.Planned, due, n)
	s.rec.Count(record.Missed, due, n)
}

// skip counts a start that is planned at an offset and sat out.
func (s *shard) skip(due time.Duration) {
	s.rec.Count(record.Planned, due, 1)
	s.rec.Count(record.Skipped, due, 1)
}

// sitOut passes a user's turn. If the pace leaves less time after it than the user's last step took, it takes as long as
// that did: a step that fails must not be asked for much more often than one that succeeds. A plan from start to start
// stands, unless it leaves no time at all.
func (s *shard) sitOut(u *user) {
	at, took := u.intended, time.Duration(0)
	if u.trip != nil {
		took = u.trip.took
	}
	s.skip(at)
	u.pass(s.rec)
	if u.kind == guest && u.trip == nil {
		u.depart()
		s.guests[u.of] = append(s.guests[u.of], u)
		return
	}
	u.next(s.run.plan, at)
	if u.intended == at || u.acts && !u.paced {
		u.intended = max(u.intended, at+took)
	}
	s.wait(u)
}

// tooMany reports that more was planned than could be done.
func (r *run) tooMany(what string) { r.rec.Exception("error", what, "", r.clock()) }
