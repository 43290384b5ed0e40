package loadgen_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// reader is a user with two tasks that reach no network.
type reader struct{}

func (reader) read(ctx context.Context) error {
	return measure.Do(ctx, report.Op{Method: "BOOK", Name: "read"}, func(context.Context) error { return nil })
}

func (reader) lend(ctx context.Context) error {
	return measure.Do(ctx, report.Op{Method: "BOOK", Name: "lend"}, func(context.Context) error { return nil })
}

func (r reader) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "read", Weight: 3, Do: r.read}, {Name: "lend", Weight: 1, Do: r.lend}}
}

func newReader(scenario.Env) (scenario.User, error) { return reader{}, nil }

func Example() {
	run := loadgen.Runner{
		NewUser: newReader,
		Pace:    scenario.StartToStart{Gap: dist.Constant{Value: time.Millisecond}},
		Schedule: phase.Schedule{
			{Name: "baseline", For: 30 * time.Millisecond, Users: 1},
			{Name: "intervention", For: 30 * time.Millisecond, Users: 2},
		},
	}
	sum, err := run.Run(context.Background())
	if err != nil {
		panic(err)
	}
	for _, p := range sum.Phases {
		fmt.Println(p.Name, p.Counters.Planned, "starts planned,", p.Failures, "failures")
	}
	// Output:
	// baseline 30 starts planned, 0 failures
	// intervention 60 starts planned, 0 failures
}

func ExampleRunner_Plan() {
	plan, err := loadgen.Runner{
		NewUser: newReader,
		Pace: scenario.OnOff{
			On:    dist.Gamma{Mean: 30 * time.Second, CV: 1},
			Off:   dist.Gamma{Mean: 30 * time.Second, CV: 1},
			Think: dist.Gamma{Mean: 2 * time.Second, CV: 0.3},
		},
		Schedule: phase.Schedule{
			{Name: "baseline", For: 5 * time.Minute, Users: 10, SpawnRate: 2},
			{Name: "intervention", For: 10 * time.Minute, Users: 50, SpawnRate: 2, Weights: phase.Weights{"read": 1, "lend": 1}},
		},
		Seed: 1,
	}.Plan()
	if err != nil {
		panic(err)
	}
	_ = plan.WriteText(os.Stdout)
	for _, turn := range plan.User(1, 0, 3) {
		fmt.Println(turn.Gap.Round(time.Millisecond), plan.Tasks()[turn.Task])
	}
	// Output:
	// PHASE        FROM TO  LOAD               REACHED SETTLED TASKS/S IDC  NOISE
	// baseline     0s   5m  0 → 10 users, 2/s  4.5s    34.5s   2.59    7.33 ±9.7 %
	// intervention 5m   15m 10 → 50 users, 2/s 5m19.5s 6m19.5s 13      7.33 ±3.1 %
	//
	// pace (all phases): ON gamma(mean 30s, CV 1), OFF gamma(mean 30s, CV 1), think
	//   gamma(mean 2s, CV 0.3)
	//
	// tasks (baseline): read 75 %, lend 25 %
	// tasks (intervention): read 50 %, lend 50 %
	//
	// The columns right of SETTLED are a forecast for tasks that take no time, at the
	// level reached. IDC says how bursty the load is: variance over mean of the number
	// of tasks in a long window, 1 for random arrivals (Poisson). NOISE is how far
	// chance moves the number of tasks in the phase (standard deviation). A task's
	// time is the script's own and the target's; response times hold the target's
	// alone.
	// seed 1, plan 6c1ceb2d1a98abee
	// 976ms read
	// 2.044s read
	// 989ms read
}

func ExampleController() {
	c := loadgen.NewController(func(o loadgen.StartRequest) (loadgen.Runner, error) {
		return loadgen.Runner{
			NewUser:  newReader,
			Pace:     scenario.Between(time.Millisecond, 3*time.Millisecond),
			Schedule: phase.Schedule{{Name: "run", Users: o.Users, SpawnRate: o.SpawnRate}},
		}, nil
	})
	defer c.Close()
	fmt.Println(c.State())
	if err := c.Start(loadgen.StartRequest{Users: 5, RunTime: 30 * time.Millisecond}); err != nil {
		panic(err)
	}
	sum, err := c.Wait(context.Background())
	fmt.Println(c.State(), sum.Total.Failures, err)
	// Output:
	// ready
	// stopped 0 <nil>
}
