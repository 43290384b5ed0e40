package loadgen

import (
	"fmt"
	"sync/atomic"
)

// life is where a user is in its life. The methods of user in this file are the
// only ways from one stage to another; each panics where the table has no row
// for it. They keep the counts of users, of ON users and of arrivals in flight.
//
//	stage    method  next     when
//	absent   join    busy     the plan or an arrival brings it in, a worker has it
//	absent   leave   gone     a command takes it back before it has joined
//	busy     rest    idle     its part of the script is over, its next turn is queued
//	busy     depart  absent   a guest's task is over; the next one brings it back
//	busy     leave   leaving  its running task may end within the stop timeout
//	busy     end     gone     it cannot be made, or its tasks are not the plan's
//	idle     act     busy     its turn has come and runs a task
//	idle     leave   gone     the plan or a command takes it out
//	idle     end     gone     its session is over
//	leaving  end     gone     its task is over
//	gone     leave   gone     the plan takes out one that has ended already
//
// The end of the run ends no life: users who are busy come to rest, and the stop
// hooks of all who are idle or absent run.
type life struct {
	stage atomic.Uint32 // written under the shard's lock; a worker reads it without
	on    bool          // it is counted in run.on
}

// stage is a stage of a life, or several: each is a bit.
type stage uint32

const (
	absent stage = 1 << iota
	busy
	idle
	leaving
	gone

	present = busy | idle // counted in run.users
)

// is reports whether the user is in one of some stages.
func (u *user) is(any stage) bool { return stage(u.life.stage.Load())&any != 0 }

// join brings the user in: a worker gets it.
func (u *user) join() { u.become(busy, absent) }

// act has the user run a task: a worker gets it.
func (u *user) act() { u.become(busy, idle) }

// rest puts the user between two turns.
func (u *user) rest() { u.become(idle, busy) }

// depart parks a guest until another task arrives.
func (u *user) depart() { u.become(absent, busy) }

// leave takes the user out: at once, or after its running task.
func (u *user) leave() {
	if u.is(busy) {
		u.become(leaving, busy)
	} else {
		u.become(gone, absent|idle|gone)
	}
}

// end ends the life of a user.
func (u *user) end() { u.become(gone, busy|idle|leaving) }

// become changes the stage from one of some to another.
func (u *user) become(next, from stage) {
	before := stage(u.life.stage.Load())
	if before&from == 0 {
		panic(fmt.Sprintf("loadgen: user %d cannot go from stage %b to %b", u.number, before, next))
	}
	u.life.stage.Store(uint32(next))
	switch {
	case before&present == 0 && next&present != 0:
		u.shard.run.users.Add(1)
	case before&present != 0 && next&present == 0:
		u.uncount()
	}
}

// uncount takes the user out of the counts of users, ON users and arrivals in
// flight.
func (u *user) uncount() {
	r := u.shard.run
	r.users.Add(-1)
	if u.life.on {
		u.life.on = false
		r.on.Add(-1)
	}
	if u.kind != resident {
		r.inFlight.Add(-1)
	}
}

// countOn keeps the number of ON users, for a present user whose rhythm no
// worker changes.
func (u *user) countOn() {
	if u.rhythm.On == u.life.on {
		return
	}
	u.life.on = !u.life.on
	if u.life.on {
		u.shard.run.on.Add(1)
	} else {
		u.shard.run.on.Add(-1)
	}
}
