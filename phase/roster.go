package phase

import "slices"

// Roster is the kinds of the users that are there. It says which kind the next user
// has that joins or leaves, so that with as few changes as possible the users become
// those that an [Order] has at their number. The zero Roster knows one kind, 0. Not safe
// for concurrent use.
type Roster struct {
	order      *Order
	have, want []int // users of each kind; those of the order
	users      int
}

// Follow sets the order from now on. Nil keeps the one there is.
func (r *Roster) Follow(o *Order) {
	if o == nil {
		return
	}
	r.order, r.want = o, o.Counts(r.users)
	if r.have == nil {
		r.have = make([]int, len(r.want))
	}
}

// Users is how many users are there.
func (r *Roster) Users() int { return r.users }

// Have is how many of them have a kind.
func (r *Roster) Have(kind int) int {
	if r.order == nil {
		return r.users
	}
	return r.have[kind]
}

// Join adds a user and returns its kind.
func (r *Roster) Join() (kind int) {
	if r.users++; r.order == nil {
		return 0
	}
	k := r.order.Kind(r.users)
	r.want[k]++
	if r.have[k] >= r.want[k] {
		k = r.missing()
	}
	r.have[k]++
	return k
}

// Leave takes a user away and returns its kind.
func (r *Roster) Leave() (kind int) {
	if r.users--; r.order == nil {
		return 0
	}
	k := r.order.Kind(r.users + 1)
	r.want[k]--
	if r.have[k] <= r.want[k] {
		k = r.extra()
	}
	r.have[k]--
	return k
}

// Pending is how many users are of a kind of which the order has fewer: so many others have
// to take their places.
func (r *Roster) Pending() (n int) {
	for k := range r.have {
		n += max(0, r.have[k]-r.want[k])
	}
	return n
}

// Swap puts a user of a kind that is missing in the place of one of a kind that has too many,
// while one is pending.
func (r *Roster) Swap() (leaves, joins int) {
	leaves, joins = r.extra(), r.missing()
	r.have[leaves]--
	r.have[joins]++
	return leaves, joins
}

func (r *Roster) missing() int {
	for k := range r.have {
		if r.have[k] < r.want[k] {
			return k
		}
	}
	return -1
}

func (r *Roster) extra() int {
	for k := range r.have {
		if r.have[k] > r.want[k] {
			return k
		}
	}
	return -1
}

// After is how many swaps will be pending once the number of users has gone straight
// to another one.
func (r *Roster) After(users int) int {
	if r.Pending() == 0 {
		return 0
	}
	next := Roster{order: r.order, have: slices.Clone(r.have), want: slices.Clone(r.want), users: r.users}
	for next.users < users {
		next.Join()
	}
	for next.users > users {
		next.Leave()
	}
	return next.Pending()
}
