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

// Most starts of one user, and most arrivals, that are given up one by one.
// There may be more where a distribution of the script's own draws next to
// nothing, or a rate is beyond what any machine can do: going through them
// would keep the run from its end.
const (
	maxOverdue  = 1 << 16
	maxArrivals = 1 << 20
)

// giveUp gives up the starts of a user that were due before an instant. From
// start to start that may be many, after a think time one. They are counted,
// and their choices are drawn so that the plan stays in step.
func (s *shard) giveUp(u *user, before time.Duration) {
	p, from := s.run.plan, u.intended
	for n := time.Duration(0); u.acts && u.intended < before; n++ {
		if n == maxOverdue {
			gap := max(1, (u.intended-from)/n)
			s.giveUpRest(u, int64((before-u.intended)/gap))
			return
		}
		s.miss(u.intended, 1)
		p.phases[p.at(u.intended)].dispatcher.Pick(&u.choice)
		u.iteration++
		if !u.paced {
			u.acts = false // nobody shall run what has been given up
			return
		}
		u.next(p, u.intended)
	}
}

// giveUpRest gives up the starts of a user that nobody goes through, and lets
// its plan go on from now.
func (s *shard) giveUpRest(u *user, n int64) {
	s.miss(u.intended, n)
	u.intended = s.run.now()
	s.run.tooMany(fmt.Sprintf("pace: more than %d starts of a user were overdue at once; those beyond are counted by their mean gap, at most one a nanosecond", maxOverdue))
}

// giveUp gives up the arrivals of phase i that are due by now, if they are too
// many to let in one by one; one of them, at offset at, has been drawn already.
// It returns how many they are.
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

// miss counts n starts that were planned at an offset and never came.
func (s *shard) miss(due time.Duration, n int64) {
	s.rec.Count(record.Planned, due, n)
	s.rec.Count(record.Missed, due, n)
}

// tooMany says that more was planned than could be done.
func (r *run) tooMany(what string) { r.rec.Exception("error", what, "", r.clock()) }
