package loadgen

import (
	"cmp"
	"slices"
	"time"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/loadgen/internal/crowd"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
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

// dealer deals out the arrivals of a phase, in the order of time.
type dealer struct {
	at      time.Duration // of the next one; phase.Forever: there is none
	start   time.Duration // of the phase
	flows   []flow        // with Arrivals.Apart one for each kind that arrives; else one
	from    int           // the flow of the next one
	n, most uint64        // arrivals so far, and in all; 0: without end
	arrived []uint64      // of each kind
}

// flow is a process by which users arrive.
type flow struct {
	stream *phase.Stream
	at     time.Duration // of the next one; phase.Forever: there is none
	order  *phase.Order  // of their kinds; nil: all are of one
	kind   int           // which that is
}

// draw draws the next arrival of a phase that begins at start.
func (f *flow) draw(start time.Duration) {
	f.at = phase.Forever
	if at, ok := f.stream.Next(); ok {
		f.at = start + at
	}
}

// arrival is an arrival of a phase.
type arrival struct {
	n    uint64 // number in its phase, from 0
	kind int
	deal uint64 // by which it is dealt out, from 1; see crowd.Place
}

// dealer returns what deals out the arrivals of phase i.
func (p *Plan) dealer(i int) *dealer {
	ph := &p.runner.Schedule[i]
	d := &dealer{at: phase.Forever, start: p.phases[i].start, arrived: make([]uint64, len(p.kinds)), most: uint64(ph.Iterations)}
	if ph.Arrivals == nil {
		return d
	}
	order := p.order(i)
	key := stream.Key{Seed: p.runner.Seed, Purpose: stream.Arrival, Replicate: cmp.Or(replicate(p.phases[i].replay), uint64(i))}
	add := func(a phase.Arrivals, f flow) {
		src := key.Source()
		f.stream = a.Stream(ph.Length(), &src)
		f.draw(d.start)
		d.flows = append(d.flows, f)
	}
	if order == nil || !ph.Arrivals.Apart {
		add(*ph.Arrivals, flow{order: order})
	} else {
		for k := range p.kinds {
			if share := order.Share(k); share > 0 {
				key.User = uint64(k) + 1
				add(ph.Arrivals.Part(share), flow{kind: k})
			}
		}
	}
	d.look()
	return d
}

// look looks for the next arrival. Of two at one instant the kind that stands first is.
func (d *dealer) look() {
	d.at = phase.Forever
	if d.most > 0 && d.n >= d.most {
		return
	}
	for i := range d.flows {
		if d.flows[i].at < d.at {
			d.at, d.from = d.flows[i].at, i
		}
	}
}

// next deals out the arrival at d.at.
func (d *dealer) next() arrival {
	f := &d.flows[d.from]
	x := arrival{n: d.n, kind: f.kind}
	if f.order != nil {
		x.kind = f.order.Arrival()
	}
	d.n++
	d.arrived[x.kind]++
	x.deal = d.arrived[x.kind] + uint64(x.kind)
	f.draw(d.start)
	d.look()
	return x
}

// skip passes over the arrivals up to an offset, that at d.at too. It returns how many of them a share
// has, and how many there are of each kind.
func (d *dealer) skip(to time.Duration, s Share) (own uint64, kinds []uint64) {
	before := slices.Clone(d.arrived)
	if d.most > 0 && len(d.flows) > 1 { // which of them are the last is known one by one
		for d.next(); d.at < to; {
			d.next()
		}
	} else {
		d.skipFlows(to)
	}
	kinds = make([]uint64, len(before))
	for k := range kinds {
		kinds[k] = d.arrived[k] - before[k]
		own += s.count(before[k]+uint64(k)+1, kinds[k])
	}
	return own, kinds
}

// skipFlows passes over the arrivals up to an offset, that at d.at too.
func (d *dealer) skipFlows(to time.Duration) {
	for i := range d.flows {
		f := &d.flows[i]
		if f.at == phase.Forever || f.at >= to && i != d.from {
			continue
		}
		n := 1 + uint64(f.stream.Skip(to-d.start))
		if d.most > 0 {
			n = min(n, d.most-d.n)
		}
		if d.n += n; f.order != nil {
			f.order.Skip(n, d.arrived)
		} else {
			d.arrived[f.kind] += n
		}
		f.draw(d.start)
	}
	d.look()
}

// arrive lets a session or a single task in, or drops it at the cap.
func (s *shard) arrive(e event) {
	i := s.run.plan.at(e.at)
	if most := s.run.Schedule[i].Arrivals.MaxInFlight; s.run.inFlight.Add(1) > int64(s.run.share.part(most)) && most > 0 {
		s.run.inFlight.Add(-1)
		s.run.work.parts()
		s.rec.Count(record.Planned, e.at, 1)
		s.rec.Count(record.Dropped, e.at, 1)
		return
	}
	if e.user != nil {
		s.join(e.user, e.at)
		return
	}
	s.rec.Count(record.Planned, e.at, 1)
	u := s.guest(e.of)
	u.join()
	u.intended, u.rhythm.On = e.at, true
	u.choice = s.run.plan.arrival(i, e.n).Source()
	u.setOut(i, e.n)
	u.countOn()
	s.dispatch(u, (*worker).arrival)
}

// setOut gives a guest the pace of an arrival of phase i, if it may draw a journey.
func (u *user) setOut(i int, n uint64) {
	p := u.shard.run.plan
	if p.kinds[u.of].journeys == nil {
		return
	}
	k, l := p.arrival(i, n), &p.phases[i].legs[u.of]
	u.rhythm = scenario.NewRhythm(k.Seed, k.User, k.Replicate)
	u.trip, u.sits, u.passed, u.pace = nil, false, 0, int32(l.pace)
	u.ask(l.pacer, firstTurn)
	u.rhythm.On = true
}

// arrival names the stream that chooses the task of an arrival.
func (p *Plan) arrival(i int, n uint64) stream.Key {
	k := stream.Key{Seed: p.runner.Seed, Purpose: stream.Choice, User: n, Replicate: uint64(i) + 1}
	if replay := p.phases[i].replay; replay > 0 {
		k.User, k.Replicate = sessionStreams+k.User, replicate(replay)
	}
	return k
}

// guest returns an idle guest of a kind, or a new one.
func (s *shard) guest(kind uint8) *user {
	if idle := s.guests[kind]; len(idle) > 0 {
		u := idle[len(idle)-1]
		s.guests[kind] = idle[:len(idle)-1]
		return u
	}
	number := uint64(s.run.guests.Add(1))*s.run.share.processes() + uint64(s.run.share.Index) - (s.run.share.processes() - 1)
	return s.run.newUser(crowd.Place{User: firstGuest + number, Index: firstGuest + number, Kind: int(kind)}, s, guest)
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
