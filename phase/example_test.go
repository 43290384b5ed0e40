package phase_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

func ExampleSchedule_UsersAt() {
	plan := phase.Schedule{
		{Name: "baseline", For: 5 * time.Minute, Users: 10, SpawnRate: 2},
		{Name: "intervention", For: 10 * time.Minute, Users: 50, SpawnRate: 2},
	}
	for _, at := range []time.Duration{0, 4 * time.Second, time.Minute, 5 * time.Minute, 310 * time.Second, 10 * time.Minute} {
		fmt.Printf("%6v %d users\n", at, plan.UsersAt(at))
	}
	// Output:
	//     0s 1 users
	//     4s 9 users
	//   1m0s 10 users
	//   5m0s 11 users
	//  5m10s 31 users
	//  10m0s 50 users
}

func ExampleSchedule_Timeline() {
	plan := phase.Schedule{
		{Name: "baseline", For: 5 * time.Minute, Users: 100, SpawnRate: 10},
		{Name: "stress", For: 10 * time.Minute, Users: 500, SpawnRate: 10, Weights: phase.Weights{"list": 40, "add": 80}},
	}
	err := plan.Timeline(os.Stdout, phase.Defaults{
		Pace:     scenario.Think{Time: dist.Gamma{Mean: 2 * time.Second, CV: 0.3}},
		Tasks:    []scenario.Task{{Name: "list", Weight: 40}, {Name: "add", Weight: 10}},
		Response: 100 * time.Millisecond,
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// PHASE    FROM TO  LOAD                  REACHED SETTLED TASKS/S IDC    NOISE
	// baseline 0s   5m  0 → 100 users, 10/s   9.9s    39.9s   47.6    0.0816 ±0.24 %
	// stress   5m   15m 100 → 500 users, 10/s 5m39.9s 6m39.9s 238     0.0816 ±0.08 %
	//
	// pace (all phases): think gamma(mean 2s, CV 0.3)
	//
	// tasks (baseline): list 80 %, add 20 %
	// tasks (stress): list 33.3 %, add 66.7 %
	//
	// The columns right of SETTLED are a forecast for tasks that take 100ms, at the
	// level reached. IDC says how bursty the load is: variance over mean of the number
	// of tasks in a long window, 1 for random arrivals (Poisson). NOISE is how far
	// chance moves the number of tasks in the phase (standard deviation). A task's
	// time is the script's own and the target's; response times hold the target's
	// alone.
}

func ExampleArrivals() {
	arrivals := phase.Arrivals{Rate: 1, RateTo: 3} // evenly spaced, linear ramp
	length := 5 * time.Second
	fmt.Println(arrivals.Expected(0, length, length), "expected")
	stream := arrivals.Stream(length, nil)
	for at, ok := stream.Next(); ok; at, ok = stream.Next() {
		fmt.Printf("%.2f ", at.Seconds())
	}
	// Output:
	// 10 expected
	// 0.00 0.85 1.53 2.11 2.62 3.09 3.52 3.92 4.30 4.66
}

func ExamplePairs() {
	half := phase.Phase{For: time.Minute, Users: 20, Settle: 15 * time.Second}
	slow := half
	slow.Name = "slow"
	for _, p := range phase.Matched(phase.Pairs(3, 1, half, slow)) {
		fmt.Println(p.Arm, p.Name, "replay", p.Replay)
	}
	// Output:
	// B slow-1 replay 1
	// A baseline-1 replay 1
	// B slow-2 replay 2
	// A baseline-2 replay 2
	// A baseline-3 replay 3
	// B slow-3 replay 3
}

func ExampleFactorial() {
	baseline := phase.Phase{For: 2 * time.Minute, Users: 10, Settle: 15 * time.Second}
	slow := phase.Phase{For: 2 * time.Minute, Users: 50, Settle: 15 * time.Second,
		Enter: phase.HookFunc(func(context.Context) error { return nil }), // makes the target slow
		Exit:  phase.HookFunc(func(context.Context) error { return nil }), // and fast again
	}
	for _, p := range phase.Factorial(1, baseline, slow) {
		fmt.Println(p.Arm, p.Name, p.Users, "users")
	}
	// Output:
	// A low-off 10 users
	// B low-on 10 users
	// B high-on 50 users
	// A high-off 50 users
}

func ExampleStages() {
	spike, _, err := phase.ParseStages("0:50, 5m:50, 0:500, 30s:500, 0:50, 5m:50")
	if err != nil {
		fmt.Println(err)
		return
	}
	bell := func(t time.Duration) float64 {
		x := (t.Minutes() - 15) / 5
		return 10 + 90*math.Exp(-x*x)
	}
	plan := phase.Schedule{
		{Name: "spike", Stages: spike},
		{Name: "bell", Stages: phase.Curve(30*time.Minute, time.Second, bell)},
	}
	err = plan.Timeline(os.Stdout, phase.Defaults{Pace: scenario.Between(time.Second, 3*time.Second), Tasks: []scenario.Task{{Name: "list", Weight: 1}}})
	if err != nil {
		fmt.Println(err)
	}
	for _, at := range []time.Duration{5*time.Minute - 1, 5 * time.Minute, 6 * time.Minute, 25*time.Minute + 30*time.Second} {
		fmt.Printf("%8v %d users\n", at.Round(time.Second), plan.UsersAt(at))
	}
	// Output:
	// PHASE FROM   TO     LOAD                    REACHED SETTLED TASKS/S NOISE
	// spike 0s     10m30s stages 0:50, 5m:50, ... 5m30s   6m33s   35.7    ±0.19 %
	// bell  10m30s 40m30s 1,801 stages, 10 to 100 moving  never   18.3    ±0.16 %
	//
	// pace (all phases): think between 1s and 3s
	//
	// tasks (all phases): list 100 %
	//
	// highest (spike): 500 users, 250 tasks/s
	// highest (bell): 100 users, 50 tasks/s
	//
	// The columns right of SETTLED are a forecast for tasks that take no time, at the
	// level reached, or for stages, the mean of the phase. NOISE is how far chance
	// moves the number of tasks in the phase (standard deviation). A task's time is
	// the script's own and the target's; response times hold the target's alone.
	//     5m0s 50 users
	//     5m0s 500 users
	//     6m0s 50 users
	//   25m30s 100 users
}
