package gotest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// writer is a user that reads more often than it writes.
type writer struct{ web *httpclient.Client }

func (w writer) read(ctx context.Context) error { return w.web.Get(ctx, "/words").Err() }
func (w writer) add(ctx context.Context) error  { return w.web.Post(ctx, "/words", nil).Err() }

func (w writer) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "read", Weight: 9, Do: w.read}, {Name: "add", Weight: 1, Do: w.add}}
}

// TestAnHourOfLoad runs one hour in virtual time: time.Sleep in the service
// and in the engine takes none.
func TestAnHourOfLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web, err := httpclient.New(httpclient.Config{Host: "http://words", Base: httpclient.Handler(&Service{})})
		require.NoError(t, err)
		defer web.Close()
		run := loadgen.Runner{
			NewUser: func(env scenario.Env) (scenario.User, error) { return writer{web.Session(env)}, nil },
			Pace:    scenario.Between(5*time.Second, 15*time.Second),
			Schedule: phase.Schedule{
				{Name: "morning", For: 30 * time.Minute, Users: 5, SpawnRate: 1},
				{Name: "noon", For: 30 * time.Minute, Users: 20, SpawnRate: 1},
			},
			Seed: 1,
		}
		sum, err := run.Run(t.Context())
		require.NoError(t, err)
		require.Empty(t, sum.Failures)
		require.Len(t, sum.Phases, 2)
		morning, noon := row(t, sum.Phases[0], "GET", "/words"), row(t, sum.Phases[1], "GET", "/words")
		assert.Less(t, morning.ResponseMS.P95, report.Millis(6))
		assert.Less(t, noon.ResponseMS.P95, report.Millis(9.5))
		assert.Greater(t, noon.ResponseMS.P50, morning.ResponseMS.P50, "the store has grown")
	})
}

// row is one operation of a phase.
func row(t *testing.T, p report.PhaseSummary, method, name string) report.Operation {
	t.Helper()
	for _, o := range p.Operations {
		if o.Method == method && o.Name == name {
			return o
		}
	}
	require.Failf(t, "no such row", "%s %s in phase %s", method, name, p.Name)
	return report.Operation{}
}
