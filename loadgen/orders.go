package loadgen

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/phase"
)

// StartRequest asks a Controller for a run, or for another level of the current
// one.
type StartRequest struct {
	// Users and SpawnRate are the level and how fast to reach it, in users per
	// second; a rate of 0 takes all at once. A run in progress can go down to 0
	// users; one that is to start needs some.
	Users     int
	SpawnRate float64
	// RunTime ends the run, counted from this request on, whether it starts the run
	// or changes it; 0 sets no limit and keeps the current one. The Controller
	// enforces it, so the schedule needs no end.
	RunTime time.Duration
	// Host is the target; "" keeps the program's own.
	Host string
	// Kinds are the kinds of users that take part; nil: all there are. A run in progress
	// cannot change them; nil keeps them.
	Kinds []string
	// KindSettings change kinds of users of a new run, each a JSON object as Locust's
	// --config-users takes them. What makes the Runner reads them.
	KindSettings []string
	// Planned asks for the program's own schedule of phases; Users, SpawnRate,
	// RunTime and Stages are then ignored.
	Planned bool
	// Stages is how the level, or the rate of arrivals, of a new run moves, as
	// [phase.ParseStages] reads it; Users and SpawnRate are then ignored. The run ends
	// with them, or after RunTime. "" for none.
	Stages string
}

// Validate reports the first invalid field.
func (o StartRequest) Validate() error {
	switch {
	case o.Planned:
		return nil
	case o.Stages != "":
		if _, _, err := phase.ParseStages(o.Stages); err != nil {
			return fieldError{"stages", err}
		}
	case o.Users < 0:
		return fmt.Errorf("users is %d; give a whole number from 0 on", o.Users)
	case !(o.SpawnRate >= 0) || math.IsInf(o.SpawnRate, 1):
		return fmt.Errorf("spawn rate is %v; give users per second, 0 for all at once", o.SpawnRate)
	case o.RunTime < 0:
		return fmt.Errorf("run time is %v; give 0 for no limit, or more", o.RunTime)
	}
	return nil
}

// fieldError says which field of a request is wrong, as those want to know who show it next to the field.
type fieldError struct {
	name string
	error
}

// Field is the field's name.
func (e fieldError) Field() string { return e.name }

// order is something that is asked for by hand.
type order struct {
	at     time.Duration // offset from which it holds; 0: at once
	target               // the level, until the schedule's next phase
	lost   []int         // if not nil: these processes are lost instead, and the others make their parts
}

// orders are those that the crew has not taken yet, in order of their offsets.
type orders struct {
	mu    sync.Mutex
	list  []order
	added chan struct{} // holds one: there is a new one
}

// add adds an order, which holds after those of the same offset that came before it.
func (o *orders) add(x order) {
	o.mu.Lock()
	i := len(o.list)
	for i > 0 && o.list[i-1].at > x.at { // such as a border, at which others are lost
		i--
	}
	o.list = slices.Insert(o.list, i, x)
	o.mu.Unlock()
	o.tell()
}

// replace puts an order in the place of all that wait, as during the first Enter hook.
func (o *orders) replace(x order) {
	o.mu.Lock()
	o.list = append(o.list[:0], x)
	o.mu.Unlock()
	o.tell()
}

func (o *orders) tell() {
	select {
	case o.added <- struct{}{}:
	default: // the crew will look
	}
}

// next is the offset of the first one; phase.Forever if there is none.
func (o *orders) next() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.list) == 0 {
		return phase.Forever
	}
	return o.list[0].at
}

// take takes the first one if it holds at an offset.
func (o *orders) take(at time.Duration) (x order, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.list) == 0 || o.list[0].at > at {
		return x, false
	}
	x = o.list[0]
	o.list = o.list[1:]
	return x, true
}
