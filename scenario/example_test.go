package scenario_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/scenario"
)

// A user is a value with tasks.
type shopper struct{}

func (shopper) list(context.Context) error { return nil }
func (shopper) add(context.Context) error  { return nil }

func (s shopper) Tasks() []scenario.Task {
	return []scenario.Task{
		{Name: "list", Weight: 40, Do: s.list},
		{Name: "add", Weight: 30, Do: s.add},
	}
}

func ExampleNewDispatcher() {
	tasks := shopper{}.Tasks()
	d, err := scenario.NewDispatcher(tasks, map[string]float64{"list": 10, "add": 30})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range d.Shares() {
		fmt.Printf("%s %.0f %%\n", s.Name, 100*s.Share)
	}
	draws := stream.Key{Seed: 1, Purpose: stream.Choice, User: 1}.Source()
	fmt.Println("first choice:", tasks[d.Pick(&draws)].Name)

	_, err = scenario.NewDispatcher(tasks, map[string]float64{"remove": 1})
	fmt.Println(err)
	// Output:
	// list 25 %
	// add 75 %
	// first choice: add
	// weights: unknown task "remove": want one of list, add
}

// The first turns of a bursty user, on a clock that no one waits for.
func ExampleOnOff() {
	pace := scenario.OnOff{
		On:    dist.Constant{Value: 5 * time.Second},
		Off:   dist.Constant{Value: 10 * time.Second},
		Think: dist.Constant{Value: 2 * time.Second},
	}
	r := scenario.NewRhythm(1, 1, 0)
	var now time.Duration
	for turn := pace.Begin(&r); now+turn.Wait < 20*time.Second; turn = pace.Next(&r) {
		now += turn.Wait // a task would take its time here
		if turn.Act {
			fmt.Println(now.Round(100*time.Millisecond), "task")
		} else if r.On {
			fmt.Println(now.Round(100*time.Millisecond), "ON ends")
		}
	}
	load := pace.Load(0)
	fmt.Printf("%.2f tasks/s, ON %.0f %% of the time\n", load.Rate, 100*load.OnShare)
	// Output:
	// 1.9s task
	// 3.9s task
	// 4.9s ON ends
	// 14.9s task
	// 16.9s task
	// 18.9s task
	// 19.9s ON ends
	// 0.20 tasks/s, ON 33 % of the time
}

func ExampleBetween() {
	pace := scenario.Between(time.Second, 3*time.Second)
	load := pace.Load(100 * time.Millisecond)
	fmt.Printf("%v: %.2f tasks/s per user, IDC %.2f\n", pace, load.Rate, load.IDC)
	// Output:
	// think between 1s and 3s: 0.48 tasks/s per user, IDC 0.08
}

// A bursty user: on average 30 s of activity with a task every 2 s or so, then 30 s
// of rest.
func ExampleBursty() {
	fmt.Println(scenario.Bursty(30*time.Second, 30*time.Second, scenario.Around(2*time.Second, 0.3)))
	// Output: ON gamma(mean 30s, CV 1), OFF gamma(mean 30s, CV 1), think gamma(mean 2s, CV 0.3)
}

// A journey of three steps, and a Markov chain: each turn of the user makes a step.
func ExampleNewJourney() {
	do := func(context.Context) error { return nil }
	steps := []scenario.Step{{Name: "home", Do: do}, {Name: "search", Do: do}, {Name: "page", Do: do}}
	chain := scenario.Task{Name: "visit", Weight: 1, Steps: steps, Next: scenario.Chain{
		"home":   {"search": 6, "page": 3, scenario.End: 1},
		"search": {"page": 7, "search": 2, scenario.End: 1},
		"page":   {"home": 1, "search": 4, scenario.End: 5},
	}}
	j, err := scenario.NewJourney(chain)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f steps\n", j.Length())
	for _, s := range j.Shares() {
		fmt.Printf("%s %.1f %%\n", s.Name, 100*s.Share)
	}
	draws := stream.Key{Seed: 2, Purpose: stream.Choice, User: 1}.Source()
	for step := 0; step >= 0; step = j.Next(step, &draws) {
		fmt.Print(steps[step].Name, " ")
	}
	fmt.Println("end")

	delete(chain.Next["home"], "search")
	delete(chain.Next["page"], "search")
	_, err = scenario.NewJourney(chain)
	fmt.Println(err)
	// Output:
	// 4.19 steps
	// home 27.4 %
	// search 37.9 %
	// page 34.7 %
	// home page end
	// Next: step "search" cannot be reached from "home", the first one (steps: home, search, page)
}
