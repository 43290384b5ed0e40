package datadog_test

import (
	"context"
	"log/slog"
	"os"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli"
	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/scenario"
)

// A program that makes its own load, with Datadog where the environment names
// an agent.
func ExampleStart() {
	var runner loadgen.Runner // with users, pace, schedule
	if datadog.Wanted(false) {
		dd, err := datadog.Start(datadog.Config{Logger: slog.Default()})
		if err != nil {
			slog.Warn("no Datadog", "error", err) // the load continues without
		} else {
			defer dd.Stop()
			runner.Observer = dd
		}
	}
}

func ExampleNewLogHandler() {
	withoutTime := func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == "timestamp" {
			return slog.Attr{}
		}
		return a
	}
	log := slog.New(datadog.NewLogHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	log.Info("phase transition", slog.Group("to", "phase", "intervention", "users", 50))
	// Output:
	// {"level":"INFO","message":"phase transition","service":"load-generator","dd.service":"load-generator","dd.env":"development","dd.version":"1.0.0","to":{"phase":"intervention","users":50}}
}

// A program of package loadgen/cli that can send its runs to Datadog: --datadog and
// DD_AGENT_HOST, say, turn it on.
func ExamplePart() {
	cli.Main(cli.App{Name: "shop", User: "Shopper", New: newShop, Parts: []part.Part{datadog.Part(datadog.Config{})}})
}

// newShop makes the users of the shop.
func newShop(context.Context, cli.Settings) (*cli.Job, error) {
	return &cli.Job{NewUser: func(scenario.Env) (scenario.User, error) { return nil, nil }}, nil
}
