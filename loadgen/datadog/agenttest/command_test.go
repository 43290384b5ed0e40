package agenttest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The command as it is started in a container: two phases, Datadog by environment.
func TestCommand(t *testing.T) {
	agent, in := received(t, nil)
	program := filepath.Join(t.TempDir(), "todo")
	build := exec.Command("go", "build", "-o", program, "./examples/todo")
	build.Dir = "../../.."
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	cmd := exec.Command(program, "--headless", "--run-time", "4s")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "LOAD_WARMUP_DURATION=2", "LOAD_BASELINE_USERS=3", "LOAD_BASELINE_SPAWN_RATE=30",
		"LOAD_INTERVENTION_USERS=6", "LOAD_INTERVENTION_SPAWN_RATE=30", "DD_SERVICE=loader", "DD_ENV=perf", "DD_VERSION=7")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s%s", &stdout, &stderr)
	agent.Stop()
	in.Drain(t)
	require.Empty(t, in.Bad())

	spans := treeOf(in.Spans())
	require.NotEmpty(t, spans.tasks)
	require.Len(t, spans.backend, len(spans.requests), "the embedded backend is traced too")
	byPhase := map[string]int{}
	for _, s := range spans.backend {
		request := spans.byID[s.ParentID]
		require.Equal(t, "loader", request.Service)
		require.NotEqual(t, "loader", s.Service)
		require.Equal(t, "7", request.Tags["version"])
		require.Equal(t, "perf", s.Tags["env"])
		byPhase[s.Tags["load.phase"]]++
	}
	assert.Len(t, byPhase, 2, "%v", byPhase)
	assert.EqualValues(t, len(spans.requests), counted(in, "load_generator.requests", "service:loader", "env:perf", "version:7"))
	var titles []string
	for _, e := range in.Events() {
		titles = append(titles, e.Title[strings.LastIndexByte(e.Title, ' ')+1:])
	}
	assert.Equal(t, []string{"begins", "begins", "ends", "passed"}, titles)
	assert.NotContains(t, stderr.String(), "WARN")
}
