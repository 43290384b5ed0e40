package agenttest_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The command as it is started in a container: two phases, Datadog by environment.
func TestCommand(t *testing.T) {
	agent, in := received(t, map[string]string{"DD_SERVICE": "loader", "DD_ENV": "perf", "DD_VERSION": "7"})
	stderr := load(t, build(t), "--assert", "intervention failures < 50%")
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
	verdict := in.Events()[len(titles)-1]
	assert.Contains(t, verdict.Text, "The claim holds.")
	assert.Contains(t, verdict.Text, "0 of ")
	assert.NotContains(t, stderr, "WARN")
}

// The target is a separate process, as in a system under load: its spans join.
func TestCommandAndABackendOfItsOwn(t *testing.T) {
	agent, in := received(t, nil)
	program := build(t)
	backend := exec.Command(program, "backend", "--port", "0", "--latency", "1ms")
	said, err := backend.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, backend.Start())
	lines := bufio.NewScanner(said)
	url := ""
	for url == "" && lines.Scan() {
		url = regexp.MustCompile(`http://[^ ,"]+`).FindString(lines.Text())
	}
	load(t, program, "--host", url)
	require.NoError(t, backend.Process.Signal(syscall.SIGTERM))
	for lines.Scan() { // until it has ended
	}
	require.NoError(t, backend.Wait())
	agent.Stop()

	spans := treeOf(in.Spans())
	require.NotEmpty(t, spans.requests)
	require.Len(t, spans.backend, len(spans.requests))
	for _, s := range spans.backend {
		request := spans.byID[s.ParentID]
		require.Equal(t, request.TraceID, s.TraceID)
		for _, tag := range []string{"load.run_id", "load.phase"} {
			require.NotEmpty(t, s.Tags[tag])
			require.Equal(t, request.Tags[tag], s.Tags[tag], "by the baggage")
		}
	}
}

// build builds the to-do program.
func build(t *testing.T) (program string) {
	program = filepath.Join(t.TempDir(), "todo")
	build := exec.Command("go", "build", "-o", program, "./examples/todo")
	build.Dir = "../../.."
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

// load runs it for two phases of two seconds and returns its log.
func load(t *testing.T, program string, more ...string) string {
	cmd := exec.Command(program, append([]string{"--headless", "--run-time", "4s", "--stop-timeout", "60"}, more...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "LOAD_WARMUP_DURATION=2", "LOAD_BASELINE_USERS=3", "LOAD_BASELINE_SPAWN_RATE=30",
		"LOAD_INTERVENTION_USERS=6", "LOAD_INTERVENTION_SPAWN_RATE=30")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s%s", &stdout, &stderr)
	return stderr.String()
}
