package main

import (
	"flag"
	"log/slog"
	"slices"
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
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/todo"
)

var seeds = flag.Int("seeds", 5, "how many seeds TestDemonstrationHasAVerdict runs the demonstration with")

// TestDemonstrationHasAVerdict runs the plan of the demonstration with several seeds in virtual time. Weighing its
// operations, of which deletes are slow, makes the interval at least a fifth narrower.
//
//	go test -v -run TestDemonstrationHasAVerdict ./examples/todo -args -seeds 20
func TestDemonstrationHasAVerdict(t *testing.T) {
	if testing.Short() {
		t.Skip("runs minutes of load")
	}
	var weighed, raw, parts []float64
	for seed := range *seeds {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sum, err := demonstration(t, uint64(seed)).Run(t.Context())
				require.NoError(t, err)
				own, other := verdict(t, sum, effect.Options{}), verdict(t, sum, effect.Options{Raw: true})
				assert.Equal(t, effect.Worse, own.Verdict, own.Sentence())
				assert.Greater(t, own.Ratio.Low, 1.2)
				assert.Less(t, own.Ratio.High, 1.9)
				assert.Equal(t, 4, own.Strata, "operations")
				weighed, raw = append(weighed, halfWidth(own)), append(raw, halfWidth(other))
				parts = append(parts, halfWidth(own)/halfWidth(other))
			})
		})
	}
	t.Logf("half-width of the change of p95, median of %d seeds: %.1f points as the requests came, %.1f weighed; median of the parts %.2f",
		*seeds, 100*median(raw), 100*median(weighed), median(parts))
	assert.Less(t, median(parts), .8)
}

func verdict(t *testing.T, sum *report.Summary, o effect.Options) *effect.Effect {
	r, err := effect.Analyze(sum, o)
	require.NoError(t, err)
	return r.Primary()
}

func halfWidth(e *effect.Effect) float64 { return (e.Ratio.High - e.Ratio.Low) / 2 }

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
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
		f, err := factors(demo["backend-factors"])
		require.NoError(t, err)
		return todo.Behaviour{Latency: d, Factors: f}
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
