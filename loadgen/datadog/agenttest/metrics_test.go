package agenttest_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

func TestMetrics(t *testing.T) {
	agent, in := received(t, map[string]string{"DD_TAGS": "team:green"})
	_, sum := observed(t, agent, datadog.Config{SampleRate: -1, RunID: "r-1", Tags: map[string]string{"suite": "nightly"}})

	for i := range sum.Phases {
		p := &sum.Phases[i]
		for _, op := range p.Operations[:len(p.Operations)-1] {
			tags := []string{"load.phase:" + p.Name, "load.operation:" + op.Op().String(), "load.run_id:r-1"}
			succeeded, failed := append(tags, "load.outcome:success"), append(slices.Clone(tags), "load.outcome:failure")
			assert.EqualValues(t, op.Requests-op.Failures, counted(in, "load_generator.requests", succeeded...))
			assert.EqualValues(t, op.Failures, counted(in, "load_generator.requests", failed...))
			assert.EqualValues(t, op.Requests-op.Failures, counted(in, "load_generator.response_ms", succeeded...))
			assert.EqualValues(t, op.Failures, counted(in, "load_generator.failed_response_ms", failed...))
			assert.EqualValues(t, op.Failures, counted(in, "load_generator.failures", append(tags, "load.reason:http 503")...))
			assert.EqualValues(t, op.Bytes, counted(in, "load_generator.bytes", tags...))
		}
		assert.EqualValues(t, p.Counters.Started, counted(in, "load_generator.starts", "load.phase:"+p.Name, "load.state:started"))
	}
	assert.EqualValues(t, sum.Total.Counters.Started+hooks, counted(in, "load_generator.tasks"))
	last := sum.Timeline[len(sum.Timeline)-1].Users
	assert.Positive(t, last)
	assert.EqualValues(t, last, counted(in, "load_generator.users.spawned")-counted(in, "load_generator.users.stopped"))

	for _, l := range in.Lines() {
		if !strings.HasPrefix(l.Name, "load_generator.") {
			continue
		}
		require.True(t, l.Has("service:load-generator", "env:development", "version:1.0.0", "team:green", "suite:nightly", "load.run_id:r-1"), "%v", l)
		require.Contains(t, []string{"baseline", "intervention"}, l.Tag("load.phase"))
		require.Empty(t, l.Tag("usr.id"), "no metric by user")
	}
}

func TestEventsOfARun(t *testing.T) {
	agent, in := received(t, nil)
	s := newSite(t)
	dd, err := datadog.Start(datadog.Config{SampleRate: -1, RunID: "r-1"})
	require.NoError(t, err)
	sum, err := s.run(t, dd).Run(t.Context())
	require.NoError(t, err)
	dd.Verdict(false, "intervention failures < 1 %: 30 %")
	dd.Stop()
	agent.Drain(t)

	var titles []string
	for _, e := range in.Events() {
		titles = append(titles, e.Title)
		assert.Equal(t, "r-1", e.Key)
		assert.Equal(t, "r-1", e.Tag("load.run_id"))
		assert.Equal(t, "load-generator", e.Tag("service"))
	}
	require.Equal(t, []string{"Load run todo r-1 begins", "Load run todo r-1: phase intervention begins", "Load run todo r-1 ends", "Load run todo r-1 failed"}, titles)
	begin, border, end, verdict := in.Events()[0], in.Events()[1], in.Events()[2], in.Events()[3]
	assert.Contains(t, begin.Text, "baseline: from 0s to 1s, arm A, 2 users")
	assert.Contains(t, begin.Text, "seed 42, plan "+sum.PlanDigest)
	assert.Equal(t, "baseline", begin.Tag("load.phase"))
	assert.Contains(t, border.Text, "before: baseline")
	assert.Contains(t, border.Text, "now: intervention")
	assert.Equal(t, "intervention", border.Tag("load.phase"))
	assert.Equal(t, sum.Start.Unix()+1, border.At.Unix(), "when the phase began, to the second")
	assert.Contains(t, end.Text, "intervention: ")
	assert.Equal(t, "warning", end.Kind)
	assert.Equal(t, "error", verdict.Kind)
	assert.Contains(t, verdict.Text, "30 %")
}

// teller is a user whose tasks are transactions with a tag, and counted in figures of the script.
type teller struct{ scenario.User }

func (u teller) Tasks() []scenario.Task {
	tasks := u.User.Tasks()
	for i := range tasks {
		do := tasks[i].Do
		tasks[i].Do = func(ctx context.Context) error {
			measure.Counter("acts").Add(ctx, 1)
			measure.Rate("well").Add(ctx, true)
			measure.Value("size").Add(ctx, 7)
			return measure.Transaction("task").Do(measure.Tag(ctx, "region", "eu"), do)
		}
	}
	return tasks
}

// The table of docs/datadog.md names what a run sends, no more and no less.
func TestDocumentNamesTheMetrics(t *testing.T) {
	text, err := os.ReadFile("../../../docs/datadog.md")
	require.NoError(t, err)
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(load_generator\\.[a-z_.]+)`").FindAllStringSubmatch(string(text), -1) {
		documented[m[1]] = false
	}
	agent, in := received(t, nil)
	observedOn(t, httpclient.NetHTTP, agent, datadog.Config{SampleRate: -1}, func(r *loadgen.Runner) {
		users := r.NewUser
		r.NewUser = func(env scenario.Env) (scenario.User, error) {
			u, err := users(env)
			return teller{u}, err
		}
	})
	for _, l := range in.Lines() {
		if strings.HasPrefix(l.Name, "load_generator.") {
			assert.Contains(t, documented, l.Name)
			documented[l.Name] = true
		}
	}
	for name, sent := range documented {
		assert.True(t, sent || slices.Contains(seldom, name), "%s is documented and was not sent", name)
	}
}
