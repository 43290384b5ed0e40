package gotest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/loadtest"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// writer is a user that reads more often than it writes.
type writer struct{ web *httpclient.Client }

func (w writer) read(ctx context.Context) error {
	return w.web.Get(ctx, "/words", httpclient.Check(holdsWords)).Err()
}
func (w writer) add(ctx context.Context) error { return w.web.Post(ctx, "/words", nil).Err() }

func holdsWords(r *httpclient.Response) error { return r.JSON(new([]string)) }

func (w writer) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "read", Weight: 9, Do: w.read}, {Name: "add", Weight: 1, Do: w.add}}
}

// Operations lets a claim about any other be refused before the run.
func (w writer) Operations() []string { return []string{"GET /words", "POST /words"} }

// TestAnHourOfLoad runs one hour in virtual time: time.Sleep in the service
// and in the engine takes none.
func TestAnHourOfLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("an hour of load takes a second")
	}
	synctest.Test(t, func(t *testing.T) {
		web, err := httpclient.New(httpclient.Config{Host: "http://words", Base: httpclient.Handler(&Service{})})
		require.NoError(t, err)
		defer web.Close()
		run := loadgen.Runner{
			NewUser: func(scenario.Env) (scenario.User, error) { return writer{web.Session()}, nil },
			Pace:    scenario.Between(5*time.Second, 15*time.Second),
			Schedule: phase.Schedule{
				{Name: "morning", For: 30 * time.Minute, Users: 5, SpawnRate: 1},
				{Name: "noon", For: 30 * time.Minute, Users: 20, SpawnRate: 1},
			},
			Seed: 1,
		}
		loadtest.Run(t, run,
			"failures = 0",
			"morning GET /words p95 < 6.5ms",
			"noon GET /words p95 < 10ms",
			"abort unless p99 < 1s",
		)
	})
}
