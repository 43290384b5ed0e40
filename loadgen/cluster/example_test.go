package cluster_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// shopper is a user with a task that reaches no network.
type shopper struct{}

func (shopper) look(ctx context.Context) error {
	return measure.Do(ctx, report.Op{Name: "look"}, func(context.Context) error { return nil })
}

func (s shopper) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "look", Weight: 1, Do: s.look}}
}

// configure makes the runs of this program, here and at the workers.
func configure(map[string]string, []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
	return func(loadgen.StartRequest) (loadgen.Runner, error) {
		return loadgen.Runner{
			NewUser:  func(scenario.Env) (scenario.User, error) { return shopper{}, nil },
			Pace:     scenario.Around(time.Second, 0),
			Schedule: phase.Schedule{{Name: "all", For: time.Second / 2, Users: 12}},
		}, nil
	}, nil
}

func Example() {
	ctx := context.Background()
	c, err := cluster.Listen(ctx, cluster.Config{Program: "shop"})
	if err != nil {
		panic(err)
	}
	for _, id := range []string{"one", "two"} { // elsewhere, mostly
		go cluster.Work(ctx, cluster.WorkerConfig{Join: c.JoinString(""), ID: id, Program: "shop", Configure: configure})
	}
	if err := c.Await(ctx, 2, time.Minute); err != nil {
		panic(err)
	}
	maker, _ := configure(nil, nil)
	runner, _ := maker(loadgen.StartRequest{})
	runner.Fleet = c
	sum, err := runner.Run(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(len(sum.Workers), "workers,", sum.Total.Users, "users,", sum.Total.Failures, "failures")
	fmt.Println(c.Close())
	// Output:
	// 2 workers, 12 users, 0 failures
	// <nil>
}
