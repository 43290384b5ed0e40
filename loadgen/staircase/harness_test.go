package staircase_test

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// counter is a target with servers that take an exponential time each, mean 40 ms: in virtual time, an M/M/c queue whose capacity is known.
type counter struct{ servers chan struct{} }

// newCounter makes a counter with so many servers.
func newCounter(servers int) *counter { return &counter{make(chan struct{}, servers)} }

// customer is a user of it.
type customer struct {
	*counter
	random *rand.Rand
}

func (c customer) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "ask", Weight: 1, Do: c.ask}}
}

func (c customer) ask(ctx context.Context) error {
	took := time.Duration(c.random.ExpFloat64() * float64(40*time.Millisecond))
	return measure.Do(ctx, report.Op{Method: "GET", Name: "/"}, func(ctx context.Context) error {
		c.servers <- struct{}{}
		defer func() { <-c.servers }()
		time.Sleep(took)
		return nil
	})
}

// runner makes users of it.
func (c *counter) runner() loadgen.Runner {
	return loadgen.Runner{
		NewUser: func(e scenario.Env) (scenario.User, error) { return customer{c, e.Rand}, nil },
		Pace:    scenario.Around(time.Second, 1),
		Seed:    1,
	}
}
