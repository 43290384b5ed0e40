package agenttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
)

// The agent dies in the middle of a run and comes back.
func TestAgentDiesAndReturns(t *testing.T) {
	agent, in := received(t, nil)
	s := siteBehind(t, func(h http.Handler) http.Handler { return h }) // it has no part in the count
	var j journal
	dd, err := datadog.Start(datadog.Config{SampleRate: 1, Logger: j.logger()})
	require.NoError(t, err)
	r := s.run(t, dd)
	r.Schedule = phase.Schedule{
		{Name: "alive", For: 2500 * time.Millisecond, Users: 2},
		{Name: "dead", For: 5 * time.Second, Users: 2, Enter: phase.HookFunc(func(context.Context) error { agent.Stop(); return nil })},
		{Name: "back", For: 2500 * time.Millisecond, Users: 2, Enter: phase.HookFunc(func(context.Context) error {
			agenttest.StartAt(t, in, agent.Port)
			return nil
		})},
	}
	sum, err := r.Run(t.Context())
	require.NoError(t, err)
	lost := dd.Stop()

	assert.Zero(t, sum.Total.Failures, "the load does not notice")
	assert.InDelta(t, sum.Total.Counters.Planned, sum.Total.Counters.Started, 2, "except for one that the end met on its way, of each user")
	tasks := int(sum.Total.Counters.Started) + 4 // two users start and stop
	in.AwaitSpans(t, "loadgen.task", tasks-int(lost.SendFailed))
	byPhase := map[string]int{}
	for _, s := range in.Named("loadgen.task") {
		byPhase[s.Tags["load.phase"]]++
	}
	assert.Greater(t, byPhase["alive"], 20)
	assert.Greater(t, byPhase["back"], 20, "it picks up when the agent is back")
	assert.Greater(t, lost.SendFailed, int64(50))
	assert.Equal(t, tasks, len(in.Named("loadgen.task"))+int(lost.SendFailed), "what did not arrive was counted")
	assert.Equal(t, 1, j.warnings(), j.String())
	require.NotEmpty(t, sum.Health.Warnings)
	assert.Contains(t, sum.Health.Warnings[len(sum.Health.Warnings)-1], "Datadog missed")
}

// Task runs faster than the tracer can take them: what its queue has no room for is
// counted to the last one, and said in the health block.
func TestFullQueueIsCounted(t *testing.T) {
	_, in := received(t, nil)
	dd, err := datadog.Start(datadog.Config{SampleRate: 1})
	require.NoError(t, err)
	run := dd.BeginRun(measure.Run{Start: time.Now(), Phases: []report.PhaseInfo{{Name: "flood"}}})
	var begun atomic.Int64
	var flood sync.WaitGroup
	for user := range 16 { // who together outrun the one goroutine that empties the queue
		flood.Go(func() {
			for dd.Losses().QueueFull == 0 {
				_, span := run.BeginTask(t.Context(), measure.Task{User: user, Iteration: uint64(begun.Add(1)), Name: "at once"})
				span.End(0, nil, false)
			}
		})
	}
	flood.Wait()
	sum := &report.Summary{Total: report.PhaseSummary{Operations: []report.Operation{{Name: report.Aggregated}}}}
	run.EndRun(sum)
	lost := dd.Stop()
	require.Positive(t, lost.QueueFull)
	assert.Contains(t, sum.Health.Warnings[0], "traces (queue full)")
	sent := int(begun.Load() - lost.QueueFull - lost.SendFailed)
	arrived := in.AwaitSpans(t, "loadgen.task", sent-int(lost.Unanswered)) // which may arrive all the same
	assert.LessOrEqual(t, len(arrived), sent, "%v of %d", lost, begun.Load())
}

// The agent comes up after the run has begun.
func TestAgentAppearsLater(t *testing.T) {
	agent, in := received(t, nil)
	agent.Stop()
	s := newSite(t)
	var j journal
	dd, err := datadog.Start(datadog.Config{SampleRate: 1, Logger: j.logger()})
	require.NoError(t, err)
	r := s.run(t, dd)
	r.Schedule = phase.Schedule{
		{Name: "alone", For: 500 * time.Millisecond, Users: 2},
		{Name: "seen", For: 2500 * time.Millisecond, Users: 2, Enter: phase.HookFunc(func(context.Context) error {
			agenttest.StartAt(t, in, agent.Port)
			return nil
		})},
	}
	_, err = r.Run(t.Context())
	require.NoError(t, err)
	dd.Stop()
	in.AwaitSpans(t, "loadgen.task", 20)
	assert.Equal(t, 1, j.warnings(), j.String())
}

// outsider is a user whose team has its own http.Client.
type outsider struct {
	web *http.Client
	url string
	log *slog.Logger
}

func (o *outsider) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "look", Weight: 1, Do: o.look}}
}

func (o *outsider) look(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url+"/api/todos?token=secret", nil)
	if err != nil {
		return err
	}
	request.Header.Set("X-Own", "kept")
	answer, err := o.web.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	o.log.InfoContext(ctx, "looked", "status", answer.StatusCode)
	return err
}

// The road of httpclient.Transport, and logs that join the traces.
func TestTransportAndLogs(t *testing.T) {
	agent, in := received(t, nil)
	s := newSite(t)
	var text bytes.Buffer // one user: one line at a time
	logs := datadog.NewLogHandler(&text, nil)
	dd, err := datadog.Start(datadog.Config{SampleRate: 1, RunID: "r-1", Logs: logs})
	require.NoError(t, err)
	user := &outsider{web: &http.Client{Transport: httpclient.Transport(nil, nil)}, url: s.url, log: slog.New(logs)}
	sum, err := loadgen.Runner{
		Name: "outsider", Seed: 1, Observer: dd, StopTimeout: time.Second, Logger: slog.New(logs),
		NewUser: func(scenario.Env) (scenario.User, error) { return user, nil },
		Pace:    scenario.Between(20*time.Millisecond, 40*time.Millisecond),
		Schedule: phase.Schedule{
			{Name: "first", For: 500 * time.Millisecond, Users: 1}, {Name: "second", For: 500 * time.Millisecond, Users: 1},
		},
	}.Run(t.Context())
	require.NoError(t, err)
	dd.Stop()
	agent.Stop()

	spans := treeOf(in.Spans())
	require.EqualValues(t, sum.Total.Requests, len(spans.requests))
	require.Len(t, spans.backend, len(spans.requests))
	checkDurations(t, spans, sum)
	for _, s := range spans.requests {
		require.Equal(t, "GET /api/todos", s.Resource)
		require.NotContains(t, s.Tags["http.url"], "secret")
	}
	for _, h := range s.list() {
		require.Equal(t, "kept", h.Get("X-Own"))
	}

	looked, transitions := 0, 0
	for line := range bytes.Lines(text.Bytes()) {
		var l map[string]any
		require.NoError(t, json.Unmarshal(line, &l))
		require.Equal(t, "load-generator", l["dd.service"])
		switch l["message"] {
		case "looked":
			looked++
			id, err := strconv.ParseUint(l["dd.span_id"].(string), 10, 64)
			require.NoError(t, err)
			task, ok := spans.byID[id]
			require.True(t, ok, "the span of the line has arrived")
			require.Equal(t, task.TraceID, l["dd.trace_id"])
			require.Equal(t, task.Tags["load.phase"], l["load.phase"])
			require.Equal(t, task.Tags["usr.id"], l["usr.id"])
			require.Equal(t, "r-1", l["load.run_id"])
		case "phase transition":
			transitions++
			require.Equal(t, "second", l["load.phase"])
			require.Equal(t, "first", l["from"].(map[string]any)["phase"])
			require.Equal(t, "second", l["to"].(map[string]any)["phase"])
			require.NotEmpty(t, l["figures"])
		}
	}
	assert.EqualValues(t, sum.Total.Requests, looked)
	assert.Equal(t, 1, transitions)
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
