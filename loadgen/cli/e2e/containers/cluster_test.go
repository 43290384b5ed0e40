//go:build containers

package containers

import (
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// crew is a master with workers in containers of one network.
type crew struct {
	master  *container
	workers []*container
	network string
}

// startCrew starts a master with arguments, and n workers with options; it returns when all users are there.
func startCrew(t *testing.T, n int, options []string, args ...string) *crew {
	t.Helper()
	c := gatherCrew(t, slices.Repeat([][]string{options}, n), args...)
	c.master.says("All users spawned")
	return c
}

// gatherCrew starts a master with arguments, and workers, each with its options.
func gatherCrew(t *testing.T, workers [][]string, args ...string) *crew {
	t.Helper()
	network, load := target(t)
	token := []string{"--network", network, "--env", "LOAD_CLUSTER_TOKEN=secret"}
	c := &crew{network: network}
	args = append(append(load, "--master", "--expect-workers", strconv.Itoa(len(workers)), "--orphan", "10s"), args...)
	c.master = run(t, append(append(token, "--network-alias", "master", "--"), args...)...)
	for i, options := range workers {
		own := slices.Concat(token, options)
		c.workers = append(c.workers, run(t, append(own, "--health-cmd=none", "--", "--worker", "--master-host", "master", "--worker-index", strconv.Itoa(i))...))
	}
	return c
}

// worker is what the summary says of worker i.
func (c *crew) worker(sum *report.Summary, i int) report.Worker {
	c.master.t.Helper()
	require.Greater(c.master.t, len(sum.Workers), i, "%s", c.master.log())
	return sum.Workers[i]
}

// balanced holds the counters to their equation.
func balanced(t *testing.T, sum *report.Summary) {
	t.Helper()
	c := sum.Total.Counters
	assert.Equal(t, c.Planned, c.Started+c.Missed+c.Dropped+c.Lost+c.Waiting)
	assert.Equal(t, c.Sent, sum.Total.Requests+c.CutOff+c.InFlight)
}

// stop ends the run and returns its summary.
func (c *crew) stop() *report.Summary {
	docker(c.master.t, "stop", "--time", "60", c.master.name)
	sum := c.master.summary()
	balanced(c.master.t, sum)
	return sum
}

// docker compose up --scale worker=3 makes one run of three workers.
func TestComposeOfWorkers(t *testing.T) {
	t.Parallel()
	p := up(t, []string{"LOAD_WEB_TOKEN=secret", "LOAD_CLUSTER_TOKEN=token", "WORKERS=3", "LOCUST_RUN_TIME=8"}, `
services:
  master:
    environment: {LOCUST_AUTOQUIT: 0, LOCUST_USERS: 30, LOCUST_SPAWN_RATE: 30}
`, "--scale", "worker=3", "master", "worker")
	c := p.service("master")
	assert.Zero(t, c.wait(), c.log())
	sum := c.summary()
	require.Len(t, sum.Workers, 3)
	balanced(t, sum)
	var requests int64
	for _, w := range sum.Workers {
		assert.Equal(t, report.WorkerStopped, w.State)
		assert.Positive(t, w.Requests)
		requests += w.Requests
	}
	assert.Equal(t, sum.Total.Requests, requests)
	for _, id := range strings.Fields(p.compose("ps", "--quiet", "worker")) {
		assert.Zero(t, (&container{t, id}).wait(), "a worker ends with its master")
	}
}

// A worker that is killed is named first, with its share of the load, and the exit code says it.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	c := startCrew(t, 3, nil)
	docker(t, "kill", c.workers[1].name)
	c.master.says("lost")
	sum := c.stop()
	assert.Equal(t, "1", c.master.state("ExitCode"), c.master.log())
	w := c.worker(sum, 1)
	assert.Equal(t, report.WorkerLost, w.State)
	require.NotEmpty(t, sum.Notes)
	assert.Contains(t, sum.Notes[0], w.ID)
	assert.Greater(t, sum.LostShare(), 0.)
	assert.Less(t, sum.LostShare(), 1./3)
	assert.Equal(t, report.WorkerStopped, c.worker(sum, 0).State)
}

// A worker at its CPU limit is named as the bottleneck.
func TestWorkerAtItsLimit(t *testing.T) {
	c := gatherCrew(t, [][]string{nil, {"--cpus", "0.05"}, nil}, "-u", "300", "-r", "300", "--orphan", "60s", "--run-time", "12")
	c.master.wait()
	sum := c.master.summary()
	balanced(t, sum)
	w := c.worker(sum, 1)
	assert.InDelta(t, .05, w.Health.CPULimit, .001)
	assert.Equal(t, report.TooLate, w.Health.Lag)
	words := sum.Health.Bottleneck + strings.Join(sum.Notes, " ")
	assert.Contains(t, words, "Worker "+w.ID+" (1 of 3 of the load) was the bottleneck: ")
	assert.Contains(t, words, "CPU quota")
}

// A worker that stands still for less than --orphan, or that the network comes back to, is not lost, and
// neither is any of its figures.
func TestWorkerComesBack(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]func(c *crew, w string) (back func()){
		"paused": func(_ *crew, w string) func() {
			docker(t, "pause", w)
			return func() { docker(t, "unpause", w) }
		},
		"cut off": func(c *crew, w string) func() {
			docker(t, "network", "disconnect", c.network, w)
			return func() { docker(t, "network", "connect", c.network, w) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCrew(t, 2, nil, "--orphan", "60s")
			back := gone(c, c.workers[1].name)
			c.master.says("missing")
			back()
			c.master.says("self-healed")
			sum := c.stop()
			for i := range 2 {
				assert.Equal(t, report.WorkerStopped, c.worker(sum, i).State, "%s", c.master.log())
			}
			assert.Zero(t, sum.LostShare())
		})
	}
}

// A worker that stands still for longer stops before it does anything else: its users have one holder.
func TestWorkerComesBackTooLate(t *testing.T) {
	t.Parallel()
	c := startCrew(t, 2, nil, "--on-worker-loss", "now")
	docker(t, "pause", c.workers[0].name)
	c.master.says("lost")
	docker(t, "unpause", c.workers[0].name)
	c.workers[0].says("Didn't get heartbeat from master in over 10s")
	eventually(t, func() error {
		if sum := c.master.summary(); len(sum.Workers) < 2 || sum.Workers[1].Users != 20 {
			return fmt.Errorf("the other one has not all users: %+v", sum.Workers)
		}
		return nil
	})
	sum := c.stop()
	assert.Equal(t, report.WorkerLost, c.worker(sum, 0).State)
	assert.Greater(t, sum.LostShare(), 0., "it made nothing while it stood still")
	assert.Equal(t, "1", c.master.state("ExitCode"), c.master.log())
}

// Workers whose master is killed end as planned, and their figures are left in a file.
func TestKilledMaster(t *testing.T) {
	t.Parallel()
	c := startCrew(t, 2, []string{"--env", "LOAD_JOURNAL=/out"})
	docker(t, "kill", c.master.name)
	for _, w := range c.workers {
		assert.Equal(t, 1, w.wait(), w.log())
		out, _ := exec.Command("docker", "logs", w.name).CombinedOutput()
		assert.Contains(t, string(out), ".lgd")
	}
}
