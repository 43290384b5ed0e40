package datadog

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/internal/sampling"
	"github.com/gensim/load-generator/loadgen/part"
)

// PartName is part.Part.Name of Part.
const PartName = "Datadog"

// Part returns the part that sends the runs of a program of package loadgen/cli to
// Datadog where its user or the environment asks for it, as [Wanted] has it. Its
// options replace what c says; c.Logger and c.Logs are the command's. A DD_* variable
// that cannot be read is one warning: the load continues without Datadog.
func Part(c Config) part.Part {
	p := &asPart{config: c}
	return part.Part{
		Name:    PartName,
		Help:    "Traces, metrics and events, through the agent that the DD_* variables name.",
		Options: p.options(),
		Wanted:  func(asked bool) (bool, string) { return Wanted(asked), "DD_TRACE_ENABLED switches Datadog off" },
		Check:   p.config.check,
		Log:     func(json slog.Handler) slog.Handler { return wrap(json, &p.seen) },
		Start:   p.start,
	}
}

// asPart is what a Part keeps.
type asPart struct {
	config Config                   // the program's, until an option says otherwise
	seen   atomic.Pointer[Exporter] // by the log
}

func (p *asPart) options() []setting.Option {
	return []setting.Option{
		{Flag: "datadog", Env: []string{"LOAD_DATADOG"}, Switch: true,
			Help: "send traces, metrics and events; so does DD_AGENT_HOST, DD_TRACE_AGENT_URL or DD_DOGSTATSD_URL, unless DD_TRACE_ENABLED=false",
			Set:  setting.Check(setting.Bool)},
		{Flag: "datadog-sample-rate", Takes: "SHARE", Env: []string{"LOAD_DATADOG_SAMPLE_RATE"}, Accepts: "a share from 0 to 1",
			Help: "share of task runs that are traced; without it as many as an agent takes easily", Set: setting.Var(&p.config.SampleRate, sampling.ParseRate)},
		{Flag: "datadog-mark-all", Env: []string{"LOAD_DATADOG_MARK_ALL"}, Switch: true,
			Help: "send " + MarkHeader + " and the run's baggage with every request, not only with those that are traced", Set: setting.Var(&p.config.MarkAll, setting.Bool)},
		{Flag: "datadog-run-id", Takes: "NAME", Env: []string{"LOAD_DATADOG_RUN_ID"}, Accepts: "printable ASCII without spaces, commas and bars",
			Help: "name of the run in Datadog, such as a build's; without it each run gets a new one", Set: setting.Var(&p.config.RunID, runID)},
		{Flag: "datadog-no-run-tag", Env: []string{"LOAD_DATADOG_NO_RUN_TAG"}, Switch: true,
			Help: "leave the run's name away from metrics, of which each run would make new ones", Set: setting.Var(&p.config.NoRunTag, setting.Bool)},
	}
}

// runID reads the name of a run.
func runID(text string) (string, error) {
	return setting.Accepted(text, !strings.ContainsFunc(text, unfitForRunID))
}

// start connects to the agent.
func (p *asPart) start(_ context.Context, s part.Setup) (part.Running, error) {
	c := p.config
	c.Logger, c.Logs = s.Log, &LogHandler{seen: &p.seen}
	e, err := Start(c)
	if err != nil {
		s.Log.Warn(fmt.Sprintf("nothing is sent to Datadog: %v; the load continues", err))
		return part.Running{}, nil
	}
	return part.Running{
		Observer: e,
		Conclude: func(_ context.Context, c part.Conclusion) { e.Verdict(c.Passed, c.Text) },
		Losses:   e.missed,
		Stop:     func(context.Context) error { e.Stop(); return nil },
	}, nil
}

// missed says what did not arrive so far; "" if nothing.
func (e *Exporter) missed() string {
	if lost := e.Losses(); lost.Any() {
		return lost.String()
	}
	return ""
}
