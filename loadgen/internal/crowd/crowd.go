// Package crowd keeps who is there by the plan: which numbers, kind and seat a user has that
// joins, and who it is that leaves. Each machine of a run walks the whole plan and keeps its own users.
package crowd

import (
	"math/rand/v2"

	"github.com/gensim/load-generator/phase"
)

// Place is what the plan says of a user. It follows from the plan alone.
type Place struct {
	User  uint64 // number in the run, from 1
	Index uint64 // number within the kind, from 1
	Kind  int    // index of the kind
	Seat  int    // among those of its kind that are there at once, from 1; 0: it arrives
}

// Deal is the number by which users are dealt out to machines, from 1. The users of each kind go round
// the machines, and the kinds begin at different ones: by their numbers in the run two kinds that
// take turns would be one kind a machine.
func (p Place) Deal() uint64 { return p.Index + uint64(p.Kind) }

// Crowd is the users that are there, each with a T of the caller's. Not safe for concurrent use.
type Crowd[T any] struct {
	roster     phase.Roster
	kinds      []kind[T]
	departures *rand.Rand // picks the user to leave
	born       uint64
}

// kind is the users of one kind that are there.
type kind[T any] struct {
	born    uint64
	there   []T
	seats   []uint32 // of those in there
	users   []uint64 // their numbers in the run; nil: they are not asked for
	indexes []uint32 // and in the kind
	seated  uint32   // seats there are
	free    fifo
}

// New returns an empty crowd of n kinds. With places it can say again where its users are: see All.
func New[T any](n int, departures *rand.Rand, places bool) *Crowd[T] {
	c := &Crowd[T]{kinds: make([]kind[T], n), departures: departures}
	for i := range c.kinds {
		if places {
			c.kinds[i].users = []uint64{}
		}
	}
	return c
}

// Follow sets the order of the kinds from now on; nil keeps the one there is.
func (c *Crowd[T]) Follow(o *phase.Order) { c.roster.Follow(o) }

// Users is how many users are there.
func (c *Crowd[T]) Users() int { return c.roster.Users() }

// Pending is how many users are to be exchanged for one of another kind.
func (c *Crowd[T]) Pending() int { return c.roster.Pending() }

// After is how many will be, once the number of users has gone straight to another one.
func (c *Crowd[T]) After(users int) int { return c.roster.After(users) }

// Born is how many users the plan has made so far, those that arrived among them.
func (c *Crowd[T]) Born() uint64 { return c.born }

// Arrive gives numbers to a user who arrives.
func (c *Crowd[T]) Arrive(kind int) Place {
	k := &c.kinds[kind]
	c.born++
	k.born++
	return Place{User: c.born, Index: k.born, Kind: kind}
}

// Miss gives numbers to users who should have arrived, by kind, and never come.
func (c *Crowd[T]) Miss(kinds []uint64) {
	for i, n := range kinds {
		c.born += n
		c.kinds[i].born += n
	}
}

// Join gives a place to the user who joins. The caller puts it there.
func (c *Crowd[T]) Join() Place { return c.joinKind(c.roster.Join()) }

// Swap takes out a user of a kind with too many, and gives a place to one of a kind that is missing.
func (c *Crowd[T]) Swap() (left T, joins Place) {
	leaves, kind := c.roster.Swap()
	left = c.leaveKind(leaves)
	return left, c.joinKind(kind)
}

func (c *Crowd[T]) joinKind(kind int) Place {
	p, k := c.Arrive(kind), &c.kinds[kind]
	seat, ok := k.free.take()
	if !ok {
		k.seated++
		seat = k.seated
	}
	p.Seat = int(seat)
	k.seats = append(k.seats, seat)
	if k.users != nil {
		k.users, k.indexes = append(k.users, p.User), append(k.indexes, uint32(p.Index))
	}
	return p
}

// Put puts who has joined into its place.
func (c *Crowd[T]) Put(p Place, who T) { c.kinds[p.Kind].there = append(c.kinds[p.Kind].there, who) }

// Leave takes out a random user, of the kind that the order has one less of.
func (c *Crowd[T]) Leave() T { return c.leaveKind(c.roster.Leave()) }

func (c *Crowd[T]) leaveKind(kind int) T {
	k := &c.kinds[kind]
	i, last := c.departures.IntN(len(k.there)), len(k.there)-1
	who := k.there[i]
	var none T
	k.there[i], k.there[last] = k.there[last], none
	k.there = k.there[:last]
	k.free.put(k.seats[i])
	k.seats[i] = k.seats[last]
	k.seats = k.seats[:last]
	if k.users != nil {
		k.users[i], k.indexes[i] = k.users[last], k.indexes[last]
		k.users, k.indexes = k.users[:last], k.indexes[:last]
	}
	return who
}

// All calls f for each user that is there, with its place. f may change who it is.
func (c *Crowd[T]) All(f func(Place, *T)) {
	for i := range c.kinds {
		for j := range c.kinds[i].there {
			k := &c.kinds[i]
			f(Place{User: k.users[j], Index: uint64(k.indexes[j]), Kind: i, Seat: int(k.seats[j])}, &k.there[j])
		}
	}
}

// fifo is a queue of seats.
type fifo struct {
	seats []uint32
	taken int // of seats, from the first on
}

func (q *fifo) put(seat uint32) { q.seats = append(q.seats, seat) }

// take takes the one that has been there for longest.
func (q *fifo) take() (seat uint32, ok bool) {
	if q.taken == len(q.seats) {
		return 0, false
	}
	seat = q.seats[q.taken]
	if q.taken++; q.taken*2 >= len(q.seats) {
		q.seats = append(q.seats[:0], q.seats[q.taken:]...)
		q.taken = 0
	}
	return seat, true
}
