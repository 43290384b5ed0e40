package loadgen

import (
	"slices"
	"time"
)

// event is one entry of a shard's queue: what happens to a user at an instant.
type event struct {
	at   time.Duration // since the start of the run
	user *user         // nil for evSweep, evRest and the arrival of a single task
	n    uint64        // number of the arrival in its phase, from 0
	kind eventKind
	of   uint8 // index of the kind of the single task's user
}

// eventKind orders events of the same instant: the start of a phase and a departure
// at t come before a turn at t.
type eventKind uint8

const (
	evSweep  eventKind = iota // a phase with another pacer begins
	evRest                    // there is no work left for anyone
	evLeave                   // the user leaves, after the running task
	evJoin                    // the user starts
	evArrive                  // a session or a single task arrives
	evTurn                    // the user's next turn
	evKill                    // the stop timeout of a leaving user is over
)

func (e *event) before(f *event) bool {
	return e.at < f.at || e.at == f.at && e.kind < f.kind
}

// queue is a time-ordered queue of events: a 4-ary heap, because half the
// depth of a binary one halves the cache misses with a million entries.
type queue []event

const arity = 4

func (q *queue) push(e event) {
	h := append(*q, e)
	*q = h
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / arity
		if !e.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = e
}

func (q *queue) pop() event {
	h := *q
	top, last := h[0], h[len(h)-1]
	h[len(h)-1] = event{} // releases the user
	*q = h[:len(h)-1]
	if len(*q) > 0 {
		q.down(0, last)
	}
	return top
}

// down places e at i or below it.
func (q queue) down(i int, e event) {
	for {
		child := arity*i + 1
		if child >= len(q) {
			break
		}
		least := child
		for c := child + 1; c < min(child+arity, len(q)); c++ {
			if q[c].before(&q[least]) {
				least = c
			}
		}
		if !q[least].before(&e) {
			break
		}
		q[i] = q[least]
		i = least
	}
	q[i] = e
}

// tidy removes the events of users that are gone: their next turn may be far away,
// and a flood of commands would fill the queue with them.
func (q *queue) tidy() {
	*q = slices.DeleteFunc(*q, func(e event) bool { return e.user != nil && e.user.is(gone) })
	q.fix()
}

// fix restores the order after any number of entries changed their time.
func (q queue) fix() {
	for i := (len(q) - 2) / arity; i >= 0 && len(q) > 1; i-- {
		q.down(i, q[i])
	}
}
