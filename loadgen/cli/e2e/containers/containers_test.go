//go:build containers

package containers

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The image is one static program of a user without rights, and nothing else that
// runs.
func TestImage(t *testing.T) {
	var about []struct {
		Size         int64
		Architecture string
		Config       struct {
			User        string
			Labels      map[string]string
			Healthcheck struct{ Test []string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(docker(t, "inspect", image)), &about))
	i := about[0]
	assert.Less(t, i.Size, int64(40e6))
	assert.Equal(t, "65532:65532", i.Config.User)
	assert.Equal(t, []string{"CMD", "/load-generator", "health"}, i.Config.Healthcheck.Test)
	assert.Equal(t, "v9.8.7", i.Config.Labels["org.opencontainers.image.version"])
	assert.Equal(t, "0123456789ab", i.Config.Labels["org.opencontainers.image.revision"])
	assert.Equal(t, "Apache-2.0", i.Config.Labels["org.opencontainers.image.licenses"])

	c := run(t, "--network", "none", "--", "--version")
	assert.Zero(t, c.wait())
	assert.Equal(t, "todo v9.8.7 (commit 0123456789ab)\n", c.log())

	var programs []string
	out, err := exec.Command("docker", "export", c.name).Output()
	require.NoError(t, err)
	for archive := tar.NewReader(bytes.NewReader(out)); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if content, _ := io.ReadAll(io.LimitReader(archive, 4)); string(content) == "\x7fELF" {
			programs = append(programs, h.Name)
		}
	}
	assert.Equal(t, []string{"load-generator"}, programs)
	assert.Contains(t, string(c.file("/etc/ssl/certs/ca-certificates.crt")), "BEGIN CERTIFICATE")
}

// The log has the time of the zone that TZ names, from the program's own table.
func TestTimeZone(t *testing.T) {
	t.Parallel()
	c := run(t, "--env", "TZ=Asia/Kathmandu", "--network", "none", "--", "backend", "--log-format", "json")
	c.says("Serving the to-do API")
	assert.Contains(t, c.log(), "+05:45")
}

// docker-compose up load-generator is the service of the Python generator: its
// target is there first, the load begins, the page and Locust's API answer, and a
// start and a stop go through it.
func TestService(t *testing.T) {
	t.Parallel()
	p := up(t, []string{"LOAD_WEB_TOKEN=secret"}, "", "load-generator")
	c := p.healthy("load-generator")
	p.healthy("todo-backend")
	s := p.polls("ten users and requests", func(s stats) bool { return s.UserCount == 10 && s.total().NumRequests > 20 })
	assert.Equal(t, "running", s.State)
	assert.Zero(t, s.total().NumFailures)
	assert.Equal(t, "Aggregated", s.total().Name)

	status, page := p.ask("/", nil)
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "<title>")
	port := p.compose("port", "load-generator", "8089")
	assert.True(t, strings.HasPrefix(port, "127.0.0.1:"), "%s: this machine alone", port)
	status, _, err := request("http://"+port+"/", nil, "")
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, status)

	status, answer := p.ask("/swarm", url.Values{"user_count": {"3"}, "spawn_rate": {"10"}})
	assert.Equal(t, http.StatusOK, status, answer)
	p.polls("three users", func(s stats) bool { return s.UserCount == 3 && s.State == "running" })
	status, answer = p.ask("/stop", nil)
	assert.Equal(t, http.StatusOK, status, answer)
	p.polls("the end", func(s stats) bool { return s.State == "stopped" && s.UserCount == 0 })
	assert.NotEmpty(t, c.file("/out/summary.json"), "the run that was stopped")

	p.compose("stop", "--timeout", "60")
	assert.Equal(t, "0", c.state("ExitCode"))
	assert.Contains(t, c.log(), "Shutting down (exit code 0)")
}

// A baseline and an intervention by variables; the intervention's requests go to
// another container, which slows the target down between them.
func TestExperiment(t *testing.T) {
	p := up(t, []string{
		"LOCUST_HOST=http://toxiproxy:8081", "LOAD_WARMUP_DURATION=8", "LOCUST_RUN_TIME=16",
		`LOAD_INTERVENTION_ENTER=POST http://toxiproxy:8474/proxies/todo/toxics {"name": "slow", "type": "latency", "attributes": {"latency": 200}}`,
		"LOAD_INTERVENTION_EXIT=DELETE http://toxiproxy:8474/proxies/todo/toxics/slow",
	}, `
services:
  load-generator:
    depends_on: {toxiproxy: {condition: service_started}}
    environment:
      LOAD_BASELINE_USERS: 20
      LOAD_BASELINE_SPAWN_RATE: 20
      LOAD_BASELINE_TASK_WEIGHTS: '{"list_todos": 1}'
      LOAD_INTERVENTION_USERS: 20
      LOAD_INTERVENTION_TASK_WEIGHTS: '{"list_todos": 1, "create_todo": 1}'
      LOCUST_AUTOQUIT: 0
`, "load-generator")
	c := p.service("load-generator")
	assert.Zero(t, c.wait(), c.log())
	sum := c.summary()
	require.Len(t, sum.Phases, 2)
	slow, fast := sum.Phases[1].Aggregated().ResponseMS, sum.Phases[0].Aggregated().ResponseMS
	assert.GreaterOrEqual(t, float64(slow.P50), 200*.99)
	assert.Less(t, float64(fast.Min), 200., "of hundreds, on however busy a machine")
	assert.Equal(t, "baseline", sum.Phases[0].Name)
	assert.Contains(t, sum.Phases[1].Weights, "create_todo")
	assert.Contains(t, string(c.file("/out/report.html")), "intervention")
	toxics := p.service("toxiproxy").log()
	assert.Contains(t, toxics, `"method":"POST"`)
	assert.Contains(t, toxics, `"method":"DELETE"`)
}

// docker stop ends a run in its middle: exit code 0, complete files.
func TestStop(t *testing.T) {
	t.Parallel()
	network, args := target(t)
	c := run(t, append([]string{"--network", network, "--read-only", "--"}, args...)...)
	c.says("All users spawned")
	docker(t, "stop", "--time", "60", c.name)
	assert.Equal(t, "0", c.state("ExitCode"), c.log())
	sum := c.summary()
	assert.Positive(t, sum.Total.Requests)
	assert.NotContains(t, strings.Join(sum.Notes, "\n"), "the run was not over")
}

// docker kill leaves the state of the last seconds, and says so in it.
func TestKill(t *testing.T) {
	t.Parallel()
	network, args := target(t)
	c := run(t, append([]string{"--network", network, "--read-only", "--"}, args...)...)
	c.says("All users spawned")
	eventually(t, func() error { _, err := c.copy("/out/summary.json"); return err })
	docker(t, "kill", c.name)
	assert.Equal(t, 137, c.wait())
	assert.Contains(t, strings.Join(c.summary().Notes, "\n"), "the run was not over")
}

// A container that comes near its memory limit says so, with the limit in the summary. What then happens is the kernel's: it
// ends the process, as TestKill does, or keeps it waiting for the pages of its program.
func TestMemoryLimit(t *testing.T) {
	c := run(t, "--memory", "64m", "--memory-swap", "64m", "--network", "none", "--", "--headless", "--run-time=10m",
		"-u", "300000", "-r", "1000", "--host=http://127.0.0.1:1", "--summary-file=/out/summary.json")
	c.says("memory is nearly used up")
	h := c.summary().Health // of some seconds before
	assert.EqualValues(t, 64<<20, h.MemoryLimit)
	assert.Positive(t, h.MemoryCounted)
}

// With a fifth of a core the generator is too late, and the run proves nothing.
func TestCPULimit(t *testing.T) {
	network, _ := target(t)
	c := run(t, "--cpus", "0.2", "--network", network, "--", "--headless", "--run-time=10", "--host=http://target:8081",
		"-u", "500", "-r", "500", "--always-on", "--think=100ms", "--summary-file=/out/summary.json", "--assert", "generator healthy")
	assert.Equal(t, 3, c.wait(), c.log())
	h := c.summary().Health
	assert.InDelta(t, .2, h.CPULimit, .001)
	assert.Contains(t, h.Bottleneck, "CPU quota")
}

// Only /out can be written; what else is asked for is refused before the run.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	for _, options := range [][]string{nil, {"--read-only"}} {
		c := run(t, append(options, "--network", "none", "--", "--headless", "-t", "1", "--summary-file", "/summary.json")...)
		assert.Equal(t, 2, c.wait(), c.log())
		assert.Regexp(t, `"/summary.json".*(read-only file system|permission denied)`, c.log())
	}
}

// Without a network the target is not reached: the log says so, and each request
// that fails says why.
func TestNoNetwork(t *testing.T) {
	t.Parallel()
	c := run(t, "--network", "none", "--", "--headless", "-t", "4", "-u", "5", "-r", "50", "--always-on", "--think=100ms",
		"--host=http://target:8081", "--summary-file=/out/summary.json")
	assert.Equal(t, 1, c.wait(), c.log())
	assert.Contains(t, c.log(), "http://target:8081")
	sum := c.summary()
	require.NotEmpty(t, sum.Failures)
	assert.Contains(t, sum.Failures[0].Reason, "dns")
	assert.Equal(t, sum.Total.Requests, sum.Total.Failures)
}

// A target whose name resolves late is loaded as soon as it does, and one that is
// started again is found again, at another address.
func TestLateAndRestartedTarget(t *testing.T) {
	t.Parallel()
	network := name()
	docker(t, "network", "create", network)
	t.Cleanup(func() { _ = exec.Command("docker", "network", "rm", network).Run() })
	c := run(t, append([]string{"--network", network, "--"}, strings.Fields("--host=http://target:8081 "+busy)...)...)
	c.says("All users spawned")
	first := backend(t, network)
	succeeds := func(than int64) int64 {
		var n int64
		eventually(t, func() error {
			sum := c.summary()
			if n = sum.Total.Requests - sum.Total.Failures; n <= than {
				return errors.New(strconv.FormatInt(n, 10) + " requests succeeded:\n" + c.log())
			}
			return nil
		})
		return n
	}
	n := succeeds(0)
	docker(t, "rm", "--force", "--volumes", first.name)
	run(t, "--network", network, "--", "--autostart=false") // takes the old address, and keeps it
	backend(t, network)
	succeeds(n + 100)
	docker(t, "stop", "--time", "60", c.name)
	sum := c.summary()
	assert.Positive(t, sum.Total.Failures, "the time without a target is in the figures")
	assert.NotEmpty(t, sum.Failures)
}
