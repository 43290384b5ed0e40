package agenttest_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/loadgen/datadog/agenttest"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/todo"
)

// seen is what reached the target.
type seen struct {
	mu      sync.Mutex
	headers []http.Header
}

func (s *seen) list() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.headers
}

// site is a to-do backend on loopback that traces itself, as GenSim's applications do.
type site struct {
	*todo.Backend
	seen
	url string
}

func newSite(t *testing.T) *site {
	return siteBehind(t, func(h http.Handler) http.Handler { return datadog.Middleware(h, "todo-backend", nil) })
}

// siteBehind is a site with middleware.
func siteBehind(t *testing.T, middleware func(http.Handler) http.Handler) *site {
	s := new(site)
	var err error
	s.Backend, err = todo.NewBackend(todo.BackendConfig{Seed: 1, Middleware: func(h http.Handler) http.Handler {
		h = middleware(h)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			s.headers = append(s.headers, r.Header)
			s.mu.Unlock()
			h.ServeHTTP(w, r)
		})
	}})
	require.NoError(t, err)
	server, err := s.Listen("")
	require.NoError(t, err)
	s.url = server.URL
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	return s
}

// run is the to-do run on net/http.
func (s *site) run(t *testing.T, observer measure.Observer) loadgen.Runner {
	return s.runOn(t, httpclient.NetHTTP, observer)
}

// runOn is the to-do run on a wire: a baseline, and an intervention in which some requests fail.
func (s *site) runOn(t *testing.T, wire httpclient.Wire, observer measure.Observer) loadgen.Runner {
	web, err := httpclient.New(httpclient.Config{Host: s.url, Wire: wire})
	require.NoError(t, err)
	t.Cleanup(web.Close)
	return loadgen.Runner{
		Name: "todo", Seed: 42, Observer: observer, StopTimeout: time.Minute, // on a busy machine, too, no request is cut off
		NewUser: todo.Users(web), Pace: scenario.Between(5*time.Millisecond, 25*time.Millisecond),
		Schedule: phase.Schedule{
			{Name: "baseline", For: time.Second, Users: 2, Arm: "A"},
			{Name: "intervention", For: time.Second, Users: 4, Arm: "B", Enter: phase.HookFunc(func(context.Context) error {
				return s.Behave(todo.Behaviour{ErrorRate: 0.3})
			})},
		},
	}
}

// received starts an agent and points the environment at it. Every trace that it
// gets is kept, unless variables say otherwise.
func received(t *testing.T, variables map[string]string) (*agenttest.Agent, *agenttest.Intake) {
	in := agenttest.NewIntake(t)
	agent := agenttest.Start(t, in)
	agent.Environment(t)
	agenttest.Environment(t, map[string]string{"DD_TRACE_SAMPLE_RATE": "1", "DD_TRACE_RATE_LIMIT": "1000000"})
	agenttest.Environment(t, variables)
	return agent, in
}

// observed makes a whole run with Datadog and returns when everything has arrived.
func observed(t *testing.T, agent *agenttest.Agent, c datadog.Config) (*site, *report.Summary) {
	return observedOn(t, httpclient.NetHTTP, agent, c)
}

func observedOn(t *testing.T, wire httpclient.Wire, agent *agenttest.Agent, c datadog.Config, edits ...func(*loadgen.Runner)) (*site, *report.Summary) {
	s := newSite(t)
	dd, err := datadog.Start(c)
	require.NoError(t, err)
	run := s.runOn(t, wire, dd)
	for _, edit := range edits {
		edit(&run)
	}
	sum, err := run.Run(t.Context())
	require.NoError(t, err)
	lost := dd.Stop()
	if lost.Unanswered > 0 { // a busy machine: the end continues after Stop
		lost.Unanswered = 0
		agent.AwaitLine(t, "datadog.tracer.stopped")
	}
	require.Zero(t, lost, "nothing is lost")
	agent.Stop()
	agent.Drain(t)
	require.Empty(t, agent.Bad())
	return s, sum
}

// journal is a log that tests can read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) warnings() int { return strings.Count(j.String(), "level=WARN") }
