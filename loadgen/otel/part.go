package otel

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/loadgen/internal/sampling"
	"github.com/gensim/load-generator/loadgen/part"
)

// PartName is part.Part.Name of Part.
const PartName = "OpenTelemetry"

// Part returns the part that sends the runs of a program of package loadgen/cli to a collector where its user asks for
// it: variables alone do not, as they are often set for all programs. Its options replace what c says; c.Logger is the
// command's. An OTEL_* variable that cannot be read is one warning: the load continues without OpenTelemetry.
func Part(c Config) part.Part {
	p := &asPart{config: c, lines: newLines()}
	return part.Part{
		Name:    PartName,
		Help:    "Traces, metrics and the log, to the collector that the OTEL_* variables name; by gRPC to localhost:4317 without them.",
		Options: p.options(),
		Wanted: func(asked bool) (bool, string) {
			return asked && !disabled(), "OTEL_SDK_DISABLED switches OpenTelemetry off"
		},
		Check:  p.config.check,
		Logged: &logHandler{lines: p.lines, from: slog.Level(math.MinInt)},
		Start:  p.start,
	}
}

// asPart is what a Part keeps.
type asPart struct {
	config Config // the program's, until an option says otherwise
	lines  *lines // of the command's log
}

func (p *asPart) options() []setting.Option {
	return []setting.Option{
		{Flag: "otel", Env: []string{"LOCUST_ENABLE_OPENTELEMETRY", "LOAD_OTEL"}, Switch: true,
			Help: "send traces, metrics and the log", Set: setting.Check(setting.Bool)},
		{Flag: "otel-sample-rate", Takes: "SHARE", Env: []string{"LOAD_OTEL_SAMPLE_RATE"}, Accepts: "a share from 0 to 1",
			Help: "share of task runs that are traced; without it what OTEL_TRACES_SAMPLER says, or about 50 a second", Set: setting.Var(&p.config.SampleRate, sampling.ParseRate)},
		{Flag: "otel-run-id", Takes: "NAME", Env: []string{"LOAD_OTEL_RUN_ID"}, Accepts: "UTF-8 of at most 100 bytes",
			Help: "name of the run in spans and metrics, such as a build's; without it each run gets a new one", Set: setting.Var(&p.config.RunID, metrics.ParseRunID)},
	}
}

// start: see part.Part.
func (p *asPart) start(_ context.Context, s part.Setup) (part.Running, error) {
	c := p.config
	c.Logger = s.Log
	if c.Version == "" {
		c.Version = s.Version
	}
	e, err := startWith(c, p.lines)
	if err != nil {
		s.Log.Warn(fmt.Sprintf("nothing is sent to OpenTelemetry: %s; the load continues", strings.ReplaceAll(err.Error(), "\n", "; ")))
		return part.Running{}, nil
	}
	return part.Running{
		Observer: e,
		Losses: func() string {
			if lost := e.Losses(); lost.Any() {
				return lost.String()
			}
			return ""
		},
		Stop: func(context.Context) error { e.Stop(); return nil },
	}, nil
}
