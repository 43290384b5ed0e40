package staircase_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/staircase"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/todo"
)

// The engine finds the capacity of a queue that is known from Erlang's formulae: two servers of 25/s keep p95 < 200 ms up to
// 32.94/s, and up to 38.95 users who think for a second.
func TestTheCapacityOfAKnownNumberOfWorkers(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("an hour of load takes seconds")
	}
	for _, users := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			known := 32.94
			if users {
				known = 38.95
			}
			s := staircase.Search{
				Runner: newCounter(2).runner(),
				Claim:  capacity.Claim{Below: 200},
				Range:  capacity.Search{From: 5, To: 200, Users: users, Time: 30 * time.Minute},
			}
			began := time.Now()
			r, err := s.Run(t.Context())
			require.NoError(t, err)
			require.Equal(t, capacity.Found, r.Outcome, r.Sentence())
			assert.LessOrEqual(t, r.Low, known, r.Sentence())
			assert.GreaterOrEqual(t, r.High, known, r.Sentence())
			assert.InEpsilon(t, known, r.Capacity, .1, r.Sentence())
			assert.Less(t, time.Since(began), 31*time.Minute)
		})
	}
}

// A flood is broken off within a second of being one, and its backlog is gone before the next hold begins.
func TestAFloodIsBrokenOffAndDrained(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes of load take a second")
	}
	synctest.Test(t, func(t *testing.T) {
		c := newCounter(1)
		s := staircase.Search{
			Runner: c.runner(),
			Claim:  capacity.Claim{Below: 1000},
			Range:  capacity.Search{From: 22, To: 200, Time: 225 * time.Second},
		}
		floods := 0
		var last time.Duration
		s.Held = func(holds []capacity.Hold) {
			h := holds[len(holds)-1]
			if h.Flooded {
				floods++
				assert.Less(t, h.End-last, 15*time.Second, "its drain included")
			}
			last = h.End
			assert.Empty(t, c.servers, "nothing is left of it")
		}
		_, err := s.Run(t.Context())
		require.NoError(t, err)
		assert.Positive(t, floods)
	})
}

func TestASearchThatEndsEarlyHasWhatItFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		s := staircase.Search{
			Runner: newCounter(2).runner(),
			Claim:  capacity.Claim{Below: 200},
			Range:  capacity.Search{From: 5, To: 200, Time: 15 * time.Minute},
			Held: func(holds []capacity.Hold) {
				if len(holds) == 3 {
					cancel(errors.New("no time"))
				}
			},
		}
		r, err := s.Run(ctx)
		assert.ErrorIs(t, err, loadgen.ErrStopped)
		assert.ErrorContains(t, err, "hold 4, at a load of 12.3: ")
		assert.Equal(t, 3, r.Holds)
		assert.Equal(t, capacity.TooShort, r.Outcome)
	})
}

func TestSearchesThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		change func(*staircase.Search)
		says   string
	}{
		{func(s *staircase.Search) { s.Runner.Fleet = struct{ loadgen.Fleet }{} }, "staircase: Runner.Fleet is set; a search makes its load in one process"},
		{func(s *staircase.Search) { s.Runner.Schedule = phase.Schedule{{Name: "a"}} }, "staircase: Runner.Schedule is set; want nil, as the search makes the phase of each hold"},
		{func(s *staircase.Search) { s.Phase.Users = 3 }, "staircase: Phase has a length or a level; want 0, as these are the search's"},
		{func(s *staircase.Search) { s.Phase.Arrivals = &phase.Arrivals{Rate: 3} }, "staircase: Phase.Arrivals has a rate; want 0, as it is the search's"},
		{func(s *staircase.Search) { s.Range.Users, s.Phase.Arrivals = true, &phase.Arrivals{} }, "staircase: Phase.Arrivals is set; want nil where users are sought"},
		{func(s *staircase.Search) { s.Range.From = 0 }, "capacity: from 0 to 200; want 0 < From < To"},
		{func(s *staircase.Search) { s.Claim.Metric = effect.Throughput }, `capacity: no load is too high for the metric "throughput"; want a quantile such as p95, failures or mean`},
	} {
		s := staircase.Search{
			Runner: newCounter(2).runner(),
			Claim:  capacity.Claim{Below: 200},
			Range:  capacity.Search{From: 5, To: 200, Time: 15 * time.Minute},
		}
		c.change(&s)
		r, err := s.Run(t.Context())
		assert.Nil(t, r)
		assert.EqualError(t, err, c.says)
	}
}

// lister is a user who asks the to-do backend for its first page.
type lister struct{ web *httpclient.Client }

func (l lister) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "list", Weight: 1, Do: func(ctx context.Context) error { return l.web.Get(ctx, "/api/todos").Err() }}}
}

// The embedded backend behind a limit of four requests at a time, of 40 ms each on the average, keeps p95 < 200 ms up to 81.52/s.
func TestTheCapacityOfTheToDoBackend(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("a quarter of an hour of requests takes seconds")
	}
	synctest.Test(t, func(t *testing.T) {
		const known = 81.52
		workers := make(chan struct{}, 4)
		backend, err := todo.NewBackend(todo.BackendConfig{
			Behaviour: todo.Behaviour{Latency: dist.Exponential{Mean: 40 * time.Millisecond}},
			Middleware: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					workers <- struct{}{}
					defer func() { <-workers }()
					next.ServeHTTP(w, r)
				})
			},
		})
		require.NoError(t, err)
		web, err := httpclient.New(httpclient.Config{Host: "http://todo-backend", Base: backend.RoundTripper()})
		require.NoError(t, err)
		defer web.Close()
		r, err := staircase.Search{
			Runner: loadgen.Runner{NewUser: func(scenario.Env) (scenario.User, error) { return lister{web.Session()}, nil }, Seed: 2},
			Claim:  capacity.Claim{Op: report.Op{Method: "GET", Name: "/api/todos"}, Below: 200},
			Range:  capacity.Search{From: 20, To: 500, Time: 15 * time.Minute},
		}.Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, capacity.Found, r.Outcome, r.Sentence())
		assert.LessOrEqual(t, r.Low, known, r.Sentence())
		assert.GreaterOrEqual(t, r.High, known, r.Sentence())
		assert.InEpsilon(t, known, r.Capacity, .06, r.Sentence())
		require.NotNil(t, r.Law, r.LawReason)
		t.Log(r.Sentence())
	})
}
