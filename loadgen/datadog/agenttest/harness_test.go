package agenttest_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
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

// newSite is a site that traces as the documents say.
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

// observedOn runs the load on a wire against a new site, traced to an agent.
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

// counted is the sum of a metric over all lines that have some tags.
func counted(in *agenttest.Intake, name string, tags ...string) (sum float64) {
	for _, l := range in.Lines() {
		if l.Name == name && l.Has(tags...) {
			sum += l.Count()
		}
	}
	return sum
}

// seldom are the metrics that a good run need not send.
var seldom = []string{"load_generator.cut_off", "load_generator.exceptions", "load_generator.users.stopped", "load_generator.lost",
	"load_generator.cpu_limit_cores", "load_generator.open_files_limit", "load_generator.open_files", "load_generator.gc_pause_s"}

// hooks are the start and stop hooks of four users.
const hooks = 8

// tree are the spans of a run, by kind and by id.
type tree struct {
	tasks, requests, backend []agenttest.Span
	byID                     map[uint64]agenttest.Span
}

// treeOf sorts spans into tasks, requests and the site's work on them.
func treeOf(spans []agenttest.Span) *tree {
	x := &tree{byID: map[uint64]agenttest.Span{}}
	for _, s := range spans {
		x.byID[s.SpanID] = s
		switch {
		case s.Name == "loadgen.task":
			x.tasks = append(x.tasks, s)
		case s.Tags["span.kind"] == "client":
			x.requests = append(x.requests, s)
		case s.Tags["span.kind"] == "server" && s.ParentID != 0: // else of a request that began after the end of the run
			x.backend = append(x.backend, s)
		}
	}
	return x
}

// checkDurations compares spans with the report: minimum, mean and maximum, of
// successes, are exact there.
func checkDurations(t *testing.T, spans *tree, sum *report.Summary) {
	for i := range sum.Phases {
		p := &sum.Phases[i]
		for _, op := range p.Operations[:max(0, len(p.Operations)-1)] {
			var all []time.Duration
			var service, total float64
			requests := 0
			for _, s := range spans.requests {
				if s.Tags["load.phase"] != p.Name || s.Resource != op.Op().String() {
					continue
				}
				requests++
				if !s.Error {
					all = append(all, s.Duration)
					total += float64(s.Duration)
					service += s.Numbers["load.service_ms"]
				}
			}
			require.EqualValues(t, op.Requests, requests, "%s %s", p.Name, op.Op())
			require.EqualValues(t, op.Requests-op.Failures, len(all), "%s %s", p.Name, op.Op())
			if len(all) == 0 { // of a few that all failed
				continue
			}
			const microsecond = float64(time.Microsecond)
			assert.InDelta(t, op.ResponseMS.Min.Duration(), slices.Min(all), microsecond)
			assert.InDelta(t, op.ResponseMS.Max.Duration(), slices.Max(all), microsecond)
			assert.InDelta(t, op.ResponseMS.Mean.Duration(), total/float64(len(all)), microsecond)
			assert.InDelta(t, float64(op.ServiceMS.Mean), service/float64(len(all)), 0.001)
		}
	}
}
