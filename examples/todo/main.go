// Todo loads a to-do service with bursty users, through a baseline and an
// intervention.
//
// Without any flag or variable it is a demonstration: it loads a backend that it
// starts itself, makes it slower after half of the time, and ends with a verdict
// after two and a half minutes. With a host, or with a LOCUST_* or LOAD_* variable
// about the load, it is a service that runs until it is stopped. The backend is
// also a command:
//
//	go run ./examples/todo
//	go run ./examples/todo --host http://localhost:8081 --run-time 5m
//	go run ./examples/todo backend --port 8081
package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/gensim/load-generator/loadgen/cli"
	"github.com/gensim/load-generator/loadgen/cluster"
	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/otel"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/loadgen/prometheus"
	"github.com/gensim/load-generator/loadgen/samples"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/todo"
)

func main() { cli.Main(app()) }

func app() cli.App {
	var embedded backend
	var alone served
	return cli.App{
		Name:            "todo",
		User:            "TodoUser",
		HostOptional:    true,
		HostlessOptions: embedded.options(),
		Commands:        []cli.Command{alone.command()},
		Parts:           []part.Part{cluster.Part(cluster.Options{}), datadog.Part(datadog.Config{}), otel.Part(otel.Config{}), prometheus.Part(prometheus.Config{}), samples.Part(samples.Config{})},
		New: func(_ context.Context, s cli.Settings) (*cli.Job, error) {
			return newJob(s, &embedded)
		},
		// An effect needs a minute of each phase after ramp and settling. The
		// latencies are well above what a busy machine adds to them.
		Demo: map[string]string{
			"warmup-duration": "72", "run-time": "144", "settle": "5", "stop-timeout": "2", "matched": "true",
			"baseline-users": "100", "baseline-spawn-rate": "100", "backend-latency": "lognormal 100ms cv 0.5",
			"intervention-users": "100", "intervention-spawn-rate": "100", "intervention-backend-latency": "lognormal 150ms cv 0.5",
			"backend-factors": "DELETE 4", // operations differ, so that the verdict shows what weighing them is worth
			"autoquit":        "4",        // the page needs a moment to show the verdict
		},
	}
}

// newJob loads the given host, or the embedded backend.
func newJob(s cli.Settings, embedded *backend) (*cli.Job, error) {
	if s.Host != "" {
		return jobFor(s.Host, s)
	}
	server, err := embedded.start(s.Seed, slices.Contains(s.Parts, datadog.PartName))
	if err != nil {
		return nil, err
	}
	s.Log.Info(fmt.Sprintf("No host given: started the embedded to-do backend on %s", server.URL))
	job, err := jobFor(server.URL, s)
	if err != nil {
		return nil, err
	}
	job.Schedule = func(plan phase.Schedule) phase.Schedule { return embedded.intervene(plan, s.Log) }
	closeClient := job.Close
	job.Close = func() error {
		_ = closeClient() // it has no error to give
		return stop(server)
	}
	return job, nil
}

func jobFor(host string, s cli.Settings) (*cli.Job, error) {
	s.Host = host
	web, err := httpclient.New(s.Client())
	if err != nil {
		return nil, err
	}
	return &cli.Job{
		Host:    host,
		Client:  web,
		NewUser: todo.Users(web),
		Close:   func() error { web.Close(); return nil },
	}, nil
}
