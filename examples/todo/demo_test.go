package main

import (
	"log/slog"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/todo"
)

// TestDemonstrationHasAVerdict runs the plan of the demonstration with several
// seeds in virtual time.
func TestDemonstrationHasAVerdict(t *testing.T) {
	if testing.Short() {
		t.Skip("runs minutes of load")
	}
	for seed := range uint64(5) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sum, err := demonstration(t, seed).Run(t.Context())
				require.NoError(t, err)
				e, err := effect.Analyze(sum, effect.Options{})
				require.NoError(t, err)
				assert.Equal(t, effect.Worse, e.Primary().Verdict, e.Primary().Sentence())
				assert.Greater(t, e.Primary().Ratio.Low, 1.2)
				assert.Less(t, e.Primary().Ratio.High, 1.9)
			})
		})
	}
}

// demonstration is the run that the values of app().Demo describe.
func demonstration(t *testing.T, seed uint64) loadgen.Runner {
	demo := app().Demo
	number := func(name string) float64 {
		v, err := setting.Float(demo[name])
		require.NoError(t, err, name)
		return v
	}
	seconds := func(name string) time.Duration { return time.Duration(number(name) * float64(time.Second)) }
	latency := func(text string) todo.Behaviour {
		d, err := setting.Distribution(text)
		require.NoError(t, err)
		return todo.Behaviour{Latency: d}
	}
	b := backend{before: latency(demo["backend-latency"]), after: latency(demo["intervention-backend-latency"]), changed: true}
	var err error
	b.Backend, err = todo.NewBackend(todo.BackendConfig{Seed: seed, Behaviour: b.before})
	require.NoError(t, err)
	web, err := httpclient.New(httpclient.Config{Host: "http://todo", Base: b.RoundTripper()})
	require.NoError(t, err)
	t.Cleanup(web.Close)
	part := func(name string, length time.Duration) phase.Phase {
		return phase.Phase{Name: name, For: length, Settle: seconds("settle"),
			Users: int(number(name + "-users")), SpawnRate: number(name + "-spawn-rate")}
	}
	warmUp := seconds("warmup-duration")
	plan := phase.Matched(phase.AB(part("baseline", warmUp), part("intervention", seconds("run-time")-warmUp)))
	return loadgen.Runner{NewUser: todo.Users(web), Pace: todo.Rhythm(), Schedule: b.intervene(plan, slog.New(slog.DiscardHandler)), Seed: seed, StopTimeout: seconds("stop-timeout")}
}
