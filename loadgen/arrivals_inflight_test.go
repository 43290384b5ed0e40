package loadgen_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// Requests that wait for a free connection of a target that hangs are in flight
// too, with the time that they have waited.
func TestRequestsThatWaitForAConnectionAreInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		web, err := httpclient.New(httpclient.Config{Host: "http://target", Base: httpclient.Handler(hang), MaxConns: 1, Timeout: time.Minute})
		require.NoError(t, err)
		defer web.Close()
		c := loadgen.NewController(func(loadgen.StartRequest) (loadgen.Runner, error) {
			return loadgen.Runner{
				NewUser:  func(scenario.Env) (scenario.User, error) { return getter{web.Session()}, nil },
				Schedule: phase.Schedule{{Name: "p", For: time.Minute, Users: 5}},
			}, nil
		})
		defer c.Close()
		require.NoError(t, c.Start(loadgen.StartRequest{Planned: true}))
		time.Sleep(12 * time.Second)
		s, sum := c.Snapshot(), c.Summary()
		assert.EqualValues(t, 5, s.Total.InFlight)
		assert.EqualValues(t, 12_000, s.Total.Waiting)
		assert.EqualValues(t, 5, sum.Total.Counters.Running)
		assert.EqualValues(t, 12_000, sum.Total.Aggregated().ResponseMS.P50)
		assert.True(t, sum.Total.Aggregated().Trust.P50.LowerBound)
		c.Stop()
		over := c.Summary().Total.Counters
		assert.EqualValues(t, []int64{0, 0, 5}, []int64{over.InFlight, over.Running, over.CutOff})
	})
}
