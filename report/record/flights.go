package record

import (
	"time"

	"github.com/gensim/load-generator/report"
)

// place is a request between its start and its end. Those of a shard lie in one slice, whose places
// are used again and again.
type place struct {
	intended int64  // nanoseconds
	turn     uint32 // how often the place was taken and left: odd while it is taken
	op       uint16
}

// Flight names a request between its start and its end; the zero one names none.
type Flight struct {
	place int32
	turn  uint32
}

// flights are the requests of a shard that are in flight.
type flights struct {
	places []place
	free   []int32
}

// add takes a place. It allocates only when more are in flight than ever before.
func (f *flights) add(op uint16, intended time.Duration) Flight {
	n := len(f.free)
	if n == 0 {
		f.places = append(f.places, place{})
		f.free = append(f.free, int32(len(f.places)-1))
		n = 1
	}
	at := f.free[n-1]
	f.free = f.free[:n-1]
	p := &f.places[at]
	p.intended, p.op = int64(intended), op
	p.turn++
	return Flight{at, p.turn}
}

// take leaves a place and returns the operation there; false if it was left before.
func (f *flights) take(id Flight) (op uint16, ok bool) {
	if id.turn == 0 || f.places[id.place].turn != id.turn {
		return 0, false
	}
	p := &f.places[id.place]
	p.turn++
	f.free = append(f.free, id.place)
	return p.op, true
}

// appendTo appends those that are taken.
func (f *flights) appendTo(to []place) []place {
	for i := range f.places {
		if p := &f.places[i]; p.turn&1 == 1 {
			to = append(to, *p)
		}
	}
	return to
}

// Waits is the time that a task has spent with some request in flight. The zero value is ready; the lock of
// the shard that the task records in guards it. Nil takes nothing.
type Waits struct {
	open         int // requests in flight
	since, until time.Duration
	total        time.Duration // before since
}

// begin notes a request that is asked for at an offset.
func (w *Waits) begin(at time.Duration) {
	if w == nil {
		return
	}
	if w.open == 0 {
		w.since = max(at, w.until)
	}
	w.open++
}

// end notes that a request is done.
func (w *Waits) end(at time.Duration) {
	if w == nil {
		return
	}
	w.until = max(w.until, at)
	if w.open--; w.open == 0 {
		w.total += max(0, w.until-w.since)
	}
}

// Begin notes a request of a task that counts from intended and is asked for at offset asked. From here on
// it is in flight, until End.
func (s *Shard) Begin(w *Waits, op report.Op, asked, intended time.Duration) Flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.begin(asked)
	s.counted(sentRequests, intended, 1)
	return s.flights.add(s.op(&op), intended)
}

// End records the sample of a request that was in flight, under the operation that it began with unless
// the sample has one. It does nothing for a request that has ended before.
func (s *Shard) End(w *Waits, id Flight, x *Sample) {
	s.lock()
	op, ok := s.flights.take(id)
	if !ok {
		s.mu.Unlock()
		return
	}
	w.end(x.Done)
	if x.Op.Name != "" || x.Op.Method != "" {
		op = s.op(&x.Op)
	}
	s.appendEntry(op, x)
}

// Waited returns the time until now that a task of the shard has spent with some request in flight.
func (s *Shard) Waited(w *Waits, now time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.open == 0 {
		return w.total
	}
	return w.total + max(0, now-w.since)
}
