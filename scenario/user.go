package scenario

import (
	"context"
	"math/rand/v2"
)

// User is one virtual user. The engine calls Tasks when the user is to act and
// runs one of them, and further ones as long as the user acts without a pause;
// it never runs two tasks of one user at a time.
//
// Tasks must return the same names in the same order with the same weights every
// time and for every user, which the engine checks, and must not send requests.
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

// Task is one thing that a user does.
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
}

// Env is what a new user knows about itself.
type Env struct {
	// User is the user's number: 1, 2, 3 and so on, never used twice in a run.
	User int
	// Rand is the user's own script stream. What a script draws from it
	// shifts neither its choices nor its rhythm. Not safe for concurrent use.
	Rand *rand.Rand
}
