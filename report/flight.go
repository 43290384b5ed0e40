package report

import "time"

// flight is a request between its begin and its end. Those of a shard lie in one slice, whose places
// are used again and again.
type flight struct {
	intended int64  // nanoseconds
	turn     uint32 // how often the place was taken and left: odd while it is taken
	op       uint16
}

// flightID names a flight; the zero one names none.
type flightID struct {
	place int32
	turn  uint32
}

// flights are the requests of a shard that are in flight.
type flights struct {
	places []flight
	free   []int32
}

// add takes a place. It allocates only when more are in flight than ever before.
func (f *flights) add(op uint16, intended time.Duration) flightID {
	n := len(f.free)
	if n == 0 {
		f.places = append(f.places, flight{})
		f.free = append(f.free, int32(len(f.places)-1))
		n = 1
	}
	at := f.free[n-1]
	f.free = f.free[:n-1]
	p := &f.places[at]
	p.intended, p.op = int64(intended), op
	p.turn++
	return flightID{at, p.turn}
}

// take leaves a place and returns the operation there; false if it was left before.
func (f *flights) take(id flightID) (op uint16, ok bool) {
	if id.turn == 0 || f.places[id.place].turn != id.turn {
		return 0, false
	}
	p := &f.places[id.place]
	p.turn++
	f.free = append(f.free, id.place)
	return p.op, true
}

// appendTo appends those that are taken.
func (f *flights) appendTo(to []flight) []flight {
	for i := range f.places {
		if p := &f.places[i]; p.turn&1 == 1 {
			to = append(to, *p)
		}
	}
	return to
}

// asking is the time that a task has spent with some request in flight.
type asking struct {
	open         int // requests in flight
	since, until time.Duration
	total        time.Duration // before since
}

// begin notes a request that is asked for at an offset.
func (a *asking) begin(at time.Duration) {
	if a.open == 0 {
		a.since = max(at, a.until)
	}
	a.open++
}

// end notes that a request is done.
func (a *asking) end(at time.Duration) {
	a.until = max(a.until, at)
	if a.open--; a.open == 0 {
		a.total += max(0, a.until-a.since)
	}
}

// upTo returns the time until now.
func (a *asking) upTo(now time.Duration) time.Duration {
	if a.open == 0 {
		return a.total
	}
	return a.total + max(0, now-a.since)
}

// OwnTime returns the time from the begin of the task to now in which none of its requests was in
// flight: what the script itself took. 0 for a nil Scope, or one whose samples go nowhere.
func (s *Scope) OwnTime(now time.Duration) time.Duration {
	if s == nil || s.task.Shard == nil {
		return 0
	}
	s.task.Shard.mu.Lock()
	defer s.task.Shard.mu.Unlock()
	return max(0, now-s.task.began()-s.asking.upTo(now))
}

// begin notes a request of a task that counts from intended and is asked for now.
func (s *Shard) begin(scope *Scope, op Op, asked, intended time.Duration) flightID {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope.asking.begin(asked)
	s.counted(sentRequests, intended, 1)
	return s.flights.add(s.op(op), intended)
}

// end records the sample of a request that was in flight, under the operation that it began with unless
// the sample has one.
func (s *Shard) end(scope *Scope, id flightID, x *Sample) {
	s.lock()
	op, ok := s.flights.take(id)
	if !ok { // it has ended before
		s.mu.Unlock()
		return
	}
	scope.asking.end(x.Done)
	if x.Op != (Op{}) {
		op = s.op(x.Op)
	}
	s.record(op, x)
}
