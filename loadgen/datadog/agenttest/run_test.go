package agenttest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/loadgen/datadog/agenttest"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// shop is a user of a small service.
type shop struct{ web *httpclient.Client }

func (s *shop) list(ctx context.Context) error {
	return s.web.Get(ctx, "/api/todos", httpclient.Query(map[string][]string{"token": {"secret"}})).Err()
}

func (s *shop) show(ctx context.Context) error {
	if err := s.web.Get(ctx, "/api/todos/{id}", 7).Err(); err != nil {
		return err
	}
	return s.web.PostJSON(ctx, "/api/todos", "milk").Err()
}

func (s *shop) broken(ctx context.Context) error { return s.web.Get(ctx, "/broken").Err() }

func (s *shop) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "list", Weight: 2, Do: s.list}, {Name: "show", Weight: 2, Do: s.show}, {Name: "broken", Weight: 1, Do: s.broken}}
}

// service is the target, which traces itself as GenSim's applications do.
func service(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	answer := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "hello")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(2 * time.Millisecond) // the body's end comes later than its header
			_, _ = io.WriteString(w, " world")
		}
	}
	mux.HandleFunc("GET /api/todos", answer(200))
	mux.HandleFunc("POST /api/todos", answer(201))
	mux.HandleFunc("GET /api/todos/{id}", answer(200))
	mux.HandleFunc("GET /broken", answer(503))
	server := httptest.NewServer(datadog.Middleware(mux, "todo-backend", nil))
	t.Cleanup(server.Close)
	return server
}

func runner(t *testing.T, dd *datadog.Exporter, target string) loadgen.Runner {
	web, err := httpclient.New(httpclient.Config{Host: target})
	require.NoError(t, err)
	t.Cleanup(web.Close)
	return loadgen.Runner{
		Name: "shop", Seed: 42, Observer: dd, StopTimeout: time.Second,
		NewUser: func(env scenario.Env) (scenario.User, error) { return &shop{web.Session(env)}, nil },
		Pace:    scenario.Between(10*time.Millisecond, 30*time.Millisecond),
		Schedule: phase.Schedule{
			{Name: "baseline", For: time.Second, Users: 2, Arm: "A"},
			{Name: "intervention", For: time.Second, Users: 4, Arm: "B"},
		},
	}
}

func TestFirst(t *testing.T) {
	in := agenttest.NewIntake(t)
	agent := agenttest.Start(t, in)
	agent.Environment(t)
	dd, err := datadog.Start(datadog.Config{SampleRate: 1})
	require.NoError(t, err)
	sum, err := runner(t, dd, service(t).URL).Run(t.Context())
	require.NoError(t, err)
	assert.Zero(t, dd.Stop())
	agent.Stop()
	fmt.Println(sum.Total.Requests, len(in.Named("http.request")), len(in.Named("loadgen.task")), len(in.Lines()), len(in.Bad()), len(in.Events()))
	for _, s := range in.Spans()[:4] {
		fmt.Printf("%+v\n", s)
	}
	for _, s := range in.Lines() {
		fmt.Printf("%+v\n", s)
	}
	for _, s := range in.Hits() {
		fmt.Printf("%+v\n", s)
	}
	for _, s := range in.Events() {
		fmt.Printf("%+v\n", s)
	}
	for _, s := range in.Bad() {
		fmt.Printf("%+v\n", s)
	}
}
