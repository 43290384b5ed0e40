package otel_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli"
	"github.com/gensim/load-generator/loadgen/otel"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// client looks at one item again and again.
type client struct{}

func (client) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "look", Weight: 1, Do: func(ctx context.Context) error {
		return measure.Do(ctx, report.Op{Method: "GET", Name: "/item/{id}"}, func(context.Context) error { return nil })
	}}}
}

func newClient(scenario.Env) (scenario.User, error) { return client{}, nil }

// A program that makes its own load follows it with an Exporter.
func ExampleStart() {
	exporter, err := otel.Start(otel.Config{RunID: "build-7"})
	if err != nil { // a malformed OTEL_* variable
		fmt.Println(err)
		return
	}
	sum, err := loadgen.Runner{
		NewUser: newClient, Pace: scenario.Around(20*time.Millisecond, 0), Observer: exporter,
		Schedule: phase.Schedule{{Name: "all", For: 100 * time.Millisecond, Users: 1}},
	}.Run(context.Background())
	exporter.Stop() // nothing here listens on localhost:4317: the load is as it would be without
	fmt.Println(err, sum.Total.Failures)
	// Output: <nil> 0
}

// A program of the command has it as a part: flag --otel, where it sends by the OTEL_* variables.
func ExamplePart() {
	app := cli.App{Name: "shop", User: "Shopper", Parts: []part.Part{otel.Part(otel.Config{})}}
	fmt.Println(app.Parts[0].Name)
	// Output: OpenTelemetry
}
