package todo_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/todo"
)

// What the user says that it does is what it does.
func TestOperationsAreThoseOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, err := todo.NewBackend(todo.BackendConfig{})
		require.NoError(t, err)
		web, err := httpclient.New(httpclient.Config{Host: "http://todo", Base: service.RoundTripper()})
		require.NoError(t, err)
		defer web.Close()
		run := loadgen.Runner{
			NewUser: todo.Users(web), Pace: todo.Steady(), Seed: 1,
			Schedule: phase.Schedule{{Name: "all", For: 5 * time.Minute, Users: 5}},
		}
		plan, err := run.Plan()
		require.NoError(t, err)
		sum, err := run.Run(t.Context())
		require.NoError(t, err)
		var seen []string
		for _, o := range sum.Total.Operations {
			if o.Name != report.Aggregated {
				seen = append(seen, o.Op().String())
			}
		}
		assert.ElementsMatch(t, plan.Operations(), append(seen, "PUT /api/todos/{id} (gone)", "DELETE /api/todos/{id} (gone)"), "no one else deletes todos here")
	})
}
