package loadgen

import (
	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/record"
)

// guests numbers the users who run single tasks that arrive. They come as they
// are needed, which depends on the target, so they stay clear of the numbers
// that the plan gives: these pass over guestNumbers.
const guests, guestNumbers = 1 << 30, 1 << 32

// plannedNumber is the number of the n-th user of the plan, n from 1.
func plannedNumber(n uint64) uint64 {
	if n >= guests {
		return n + guestNumbers
	}
	return n
}

// sessions names the streams of sessions in matched arms by the number of the
// arrival, clear of those of users and guests.
const sessions = 1 << 40

// arrivals is the stream of phase i's arrivals; nil: there are none.
func (p *Plan) arrivals(i int) *phase.Stream {
	ph := &p.runner.Schedule[i]
	if ph.Arrivals == nil {
		return nil
	}
	k := stream.Key{Seed: p.runner.Seed, Purpose: stream.Arrival, Replicate: uint64(i)}
	if replay := p.phases[i].replay; replay > 0 {
		k.Replicate = replicate(replay)
	}
	src := k.Source()
	return ph.Arrivals.Stream(ph.For, &src)
}

// arrive lets a session or a single task in, or drops it at the cap.
func (s *shard) arrive(e event) {
	i := s.run.plan.at(e.due)
	if cap := s.run.Schedule[i].Arrivals.MaxInFlight; s.run.inFlight.Add(1) > int64(cap) && cap > 0 {
		s.run.inFlight.Add(-1)
		s.rec.Count(record.Planned, e.due, 1)
		s.rec.Count(record.Dropped, e.due, 1)
		return
	}
	if e.user != nil {
		s.join(e.user, e.due)
		return
	}
	s.rec.Count(record.Planned, e.due, 1)
	u := s.guest()
	u.join()
	u.due, u.rhythm.On = e.due, true
	u.choice = s.run.plan.arrival(i, e.n).Source()
	u.countOn()
	s.dispatch(u, (*worker).arrival)
}

// arrival names the stream from which a single task that arrives is chosen.
func (p *Plan) arrival(i int, n uint64) stream.Key {
	k := stream.Key{Seed: p.runner.Seed, Purpose: stream.Choice, User: n, Replicate: uint64(i) + 1}
	if replay := p.phases[i].replay; replay > 0 {
		k.User, k.Replicate = sessions+k.User, replicate(replay)
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
	return s.run.newUser(guests+int(s.run.guests.Add(1)), s, guest)
}

// missed counts what the end of the run found in the queue although it was
// due before.
func (s *shard) missed(e event) {
	switch {
	case e.due >= s.end:
	case e.kind == evArrive:
		s.miss(e.due, 1)
	case e.kind == evJoin && e.user.is(absent):
		e.user.begin(&s.run.plan.phases[s.run.plan.at(e.due)], e.due)
		s.giveUp(e.user, s.end)
	case e.kind == evTurn && e.user.is(idle):
		s.giveUp(e.user, s.end)
	}
}
