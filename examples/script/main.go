// Script is a whole load test in one file: a user with two tasks, a plan of two
// phases, one call that runs it, tables at the end.
//
//	go run ./examples/todo backend --port 8081 &
//	go run ./examples/script http://localhost:8081
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

type todo struct {
	Title     string `json:"title"`
	Completed bool   `json:"completed"`
}

type shopper struct{ web *httpclient.Client }

func (s *shopper) list(ctx context.Context) error {
	return s.web.Get(ctx, "/api/todos", httpclient.Check(isList)).Err()
}
func (s *shopper) add(ctx context.Context) error {
	return s.web.PostJSON(ctx, "/api/todos", todo{Title: "milk"}, httpclient.Check(isMilk)).Err()
}

func isList(r *httpclient.Response) error { return r.JSON(new([]todo)) }
func isMilk(r *httpclient.Response) error {
	var made todo
	if err := r.JSON(&made); err != nil || made.Title == "milk" {
		return err
	}
	return errors.New("another todo")
}

func (s *shopper) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "list", Weight: 40, Do: s.list}, {Name: "add", Weight: 30, Do: s.add}}
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: script URL, for example script http://localhost:8081")
	}
	web, err := httpclient.New(httpclient.Config{Host: os.Args[1]})
	if err != nil {
		log.Fatal(err)
	}
	defer web.Close()
	run := loadgen.Runner{
		NewUser: func(scenario.Env) (scenario.User, error) { return &shopper{web.Session()}, nil },
		Pace:    scenario.Bursty(3*time.Second, 3*time.Second, scenario.Around(500*time.Millisecond, 0.3)),
		Schedule: phase.Schedule{
			{Name: "baseline", For: 5 * time.Second, Users: 10, SpawnRate: 20},
			{Name: "intervention", For: 5 * time.Second, Users: 50, SpawnRate: 20, Weights: phase.Weights{"list": 1, "add": 1}},
		},
		Seed:        1,
		StopTimeout: time.Second,
	}
	sum, err := run.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	if err := sum.WriteText(os.Stdout); err != nil {
		log.Fatal(err)
	}
	if never := sum.NeverWorked(); len(never) > 0 || sum.Total.Failures > 0 || len(sum.Exceptions) > 0 {
		log.Fatalf("not all went well: %d of %d requests failed, %d exceptions %q", sum.Total.Failures, sum.Total.Requests, len(sum.Exceptions), never)
	}
}
