package loadgen_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// getter is a user with one task.
type getter struct{ web *httpclient.Client }

func (g getter) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "get", Weight: 1, Do: func(ctx context.Context) error { return g.web.Get(ctx, "/").Err() }}}
}

// stalling serves at once, except for the third second of every five in which
// nothing is answered until the second is over.
func stalling() http.Handler {
	began := time.Now()
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if into := time.Since(began) % (5 * time.Second); 2*time.Second <= into && into < 3*time.Second {
			time.Sleep(3*time.Second - into)
		}
		_, _ = io.WriteString(w, "ok")
	})
}

// perSecond is the rate of every truth.
const perSecond = 200

// A truth is a way to load the stalling target that must tell what it does.
// Work that arrives during a stall waits for its rest, evenly spread over a
// second: a fifth of all requests take U(0, 1 s). So the mean is 100 ms, p90
// 500 ms and p99 950 ms, and a generator that waits with the target sees a p99
// of a few ms instead.
type truth struct {
	name     string
	maxConns int
	phase    phase.Phase
}

// truths are the ways to load it at which each generator is held.
func truths() []truth {
	open := phase.Phase{Name: "p", For: 10 * time.Second, Arrivals: &phase.Arrivals{Rate: perSecond}}
	closed := phase.Phase{Name: "p", For: 10 * time.Second, Users: 20,
		Pace: scenario.StartToStart{Gap: dist.Constant{Value: 20 * time.Second / perSecond}}}
	return []truth{{"open", 0, open}, {"open, 10 connections", 10, open}, {"closed, start to start", 0, closed}}
}

func (tr truth) runner(t *testing.T, c httpclient.Config) loadgen.Runner {
	c.MaxConns = tr.maxConns
	web, err := httpclient.New(c)
	require.NoError(t, err)
	t.Cleanup(web.Close)
	return loadgen.Runner{
		NewUser:     func(scenario.Env) (scenario.User, error) { return getter{web.Session()}, nil },
		Schedule:    phase.Schedule{tr.phase},
		StopTimeout: 2 * time.Second,
	}
}

func (tr truth) check(t *testing.T, sum *report.Summary) {
	t.Helper()
	op := sum.Total.Aggregated()
	assert.EqualValues(t, 10*perSecond, sum.Total.Counters.Planned)
	assert.Equal(t, sum.Total.Counters.Planned, op.Requests)
	assert.InEpsilon(t, 100, float64(op.ResponseMS.Mean), 0.03, "mean")
	assert.InEpsilon(t, 500, float64(op.Response.Quantile(0.9))/1e6, 0.03, "p90")
	assert.InEpsilon(t, 950, float64(op.ResponseMS.P99), 0.03, "p99")
	if tr.phase.Users > 0 {
		assert.Less(t, float64(op.ServiceMS.Mean), 30.0, "from the actual send the stall all but disappears")
	}
}
