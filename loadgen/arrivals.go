package loadgen

import (
	"cmp"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/record"
)

// Guests, the users that run single tasks as they arrive, are numbered from
// firstGuest on. How many there are depends on the target, so their numbers are
// not the plan's: those skip guestNumbers of them.
const firstGuest, guestNumbers = 1 << 30, 1 << 32

// plannedNumber is the number of the n-th user of the plan, n from 1.
func plannedNumber(n uint64) uint64 {
	if n >= firstGuest {
		return n + guestNumbers
	}
	return n
}

// sessionStreams is added to the number of an arrival to name the streams of its
// session in a matched arm, so that they are not those of users and guests.
const sessionStreams = 1 << 40

// arrivals is the stream of phase i's arrivals; nil if it has none.
func (p *Plan) arrivals(i int) *phase.Stream {
	ph := &p.runner.Schedule[i]
	if ph.Arrivals == nil {
		return nil
	}
	src := stream.Key{Seed: p.runner.Seed, Purpose: stream.Arrival, Replicate: cmp.Or(replicate(p.phases[i].replay), uint64(i))}.Source()
	return ph.Arrivals.Stream(ph.For, &src)
}

// arrive lets a session or a single task in, or drops it at the cap.
func (s *shard) arrive(e event) {
	i := s.run.plan.at(e.at)
	if cap := s.run.Schedule[i].Arrivals.MaxInFlight; s.run.inFlight.Add(1) > int64(cap) && cap > 0 {
		s.run.inFlight.Add(-1)
		s.rec.Count(record.Planned, e.at, 1)
		s.rec.Count(record.Dropped, e.at, 1)
		return
	}
	if e.user != nil {
		s.join(e.user, e.at)
		return
	}
	s.rec.Count(record.Planned, e.at, 1)
	u := s.guest()
	u.join()
	u.intended, u.rhythm.On = e.at, true
	u.choice = s.run.plan.arrival(i, e.n).Source()
	u.countOn()
	s.dispatch(u, (*worker).arrival)
}

// arrival names the stream that chooses the task of an arrival.
func (p *Plan) arrival(i int, n uint64) stream.Key {
	k := stream.Key{Seed: p.runner.Seed, Purpose: stream.Choice, User: n, Replicate: uint64(i) + 1}
	if replay := p.phases[i].replay; replay > 0 {
		k.User, k.Replicate = sessionStreams+k.User, replicate(replay)
	}
	return k
}

// guest returns an idle guest, or a new one.
func (s *shard) guest() *user {
	if n := len(s.guests); n > 0 {
		u := s.guests[n-1]
		s.guests = s.guests[:n-1]
		return u
	}
	return s.run.newUser(firstGuest+int(s.run.guests.Add(1)), s, guest)
}

// missQueued counts as missed what was to happen before the end of the run and was
// still queued then.
func (s *shard) missQueued(e event) {
	switch {
	case e.at >= s.end:
	case e.kind == evArrive:
		s.miss(e.at, 1)
	case e.kind == evJoin && e.user.is(absent):
		e.user.begin(&s.run.plan.phases[s.run.plan.at(e.at)], e.at)
		s.giveUp(e.user, s.end)
	case e.kind == evTurn && e.user.is(idle):
		s.giveUp(e.user, s.end)
	}
}
