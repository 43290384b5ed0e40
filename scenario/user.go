package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

// User is one virtual user. The engine calls Tasks when the user is to act and
// runs one of them, and further ones as long as the user acts without a pause;
// it never runs two tasks of one user at a time.
//
// Tasks must return the same names in the same order with the same weights every
// time and for every user of its kind, which the engine checks, and must not send
// requests.
// Building the slice on each call keeps an idle user small.
type User interface {
	Tasks() []Task
}

// Starter is a User with a hook that runs once, when it joins and before its
// first task; it may send requests. It delays the first task; what it
// computes or sleeps is part of no response time. An error is counted, and the
// user acts all the same.
type Starter interface {
	Start(ctx context.Context) error
}

// Stopper is a User with a hook that runs once, after its last task.
type Stopper interface {
	Stop(ctx context.Context) error
}

// Operator is a User that knows which operations its tasks, and its hooks,
// perform: all of them, as the report names them ("GET /api/todos"). A
// claim about any other is then refused before the run.
type Operator interface {
	Operations() []string
}

// Task is one thing that a user does: a function, or a journey of steps. A journey takes a
// turn of the user's for each step, and between two the user is idle. It continues over
// borders of phases and after OFF periods. In the report it has a row by the task's
// name, as a transaction has: from the intended start of its first step to the end of its last
// one, without the time between steps.
type Task struct {
	// Name is unique among the tasks of a user and not empty.
	Name string
	// Weight is how often the task is chosen relative to the others: finite,
	// not negative. A task of weight 0 is never chosen.
	Weight float64
	// Do performs the task. It returns early when ctx ends. What it computes or
	// sleeps is not part of a response time; the package documentation says what
	// counts from when.
	Do func(ctx context.Context) error
	// Steps make the task a journey; Do is then nil. Names, think times and Next are
	// those of the first user of the kind.
	Steps []Step
	// Next says which step follows which; nil takes Steps in their order.
	Next Chain
}

// Env is what a new user knows about itself. All of it but Life and Data follows from plan and seed
// alone, whatever the target does and however many machines make the run, except for
// users that run single tasks as they arrive: how many these are depends on the target.
type Env struct {
	// User is the user's number: 1, 2, 3 and so on, never used twice in a run but by those who follow
	// one another in a place ([Kind.Renew]).
	User int
	// Kind is the name of its kind; "" in a run of one kind without a name.
	Kind string
	// Index is the user's number within its kind: 1, 2, 3 and so on, used as User is.
	// Users that run single tasks as they arrive count from 2^30 on.
	Index int
	// Seat is the user's place among those of its kind that are there at once, 1 to
	// Most: it is free again when its user leaves, and the place that has been free for
	// longest is taken first. 0 for users that arrive, and beyond Most where the level
	// was changed by hand.
	Seat int
	// Users and Most are how many users of the kind the plan makes, in all and at once,
	// those that arrive left out; 0 where it makes none.
	Users, Most int
	// Life is 1, and one more each time that the user's place is renewed.
	Life int
	// Data is what the run's set-up returned; empty without one, and for the users that are made before the run to
	// learn the tasks.
	Data Data
	// Rand is the user's own script stream. What a script draws from it
	// shifts neither its choices nor its rhythm. Not safe for concurrent use.
	Rand *rand.Rand
}

// Data is what the set-up of a run made for its users, as JSON, the same on every machine.
type Data []byte

// Into decodes it into v, as encoding/json does. Empty Data leave v as it is.
func (d Data) Into(v any) error {
	if len(d) == 0 {
		return nil
	}
	if err := json.Unmarshal(d, v); err != nil {
		return fmt.Errorf("what the set-up returned: %w", err)
	}
	return nil
}
