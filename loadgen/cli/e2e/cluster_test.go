package e2e

import (
	"encoding/csv"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
	"github.com/gensim/load-generator/report"
)

// children are the processes that a process has started, as Linux lists them.
func (p *process) children() (pids []int) {
	p.t.Helper()
	tasks, err := filepath.Glob("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/task/*/children")
	require.NoError(p.t, err)
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has ended
		}
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			require.NoError(p.t, err)
			pids = append(pids, pid)
		}
	}
	return pids
}

// gone waits until processes have ended.
func gone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		require.Eventually(t, func() bool {
			stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
			return err != nil || strings.Contains(string(stat), ") Z ") // init has not looked yet
		}, todotest.Patience, 20*time.Millisecond, "process %d is left", pid)
	}
}

// aggregated is the number of requests in the last row of a CSV file.
func aggregated(t *testing.T, prefix string) int64 {
	t.Helper()
	file, err := os.Open(prefix + "_stats.csv")
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	last := rows[len(rows)-1]
	require.Equal(t, "Aggregated", last[1])
	n, err := strconv.ParseInt(last[2], 10, 64)
	require.NoError(t, err)
	return n
}

// TestProcesses: a master and two workers on this machine make one run, of which page, CSV and summary say
// the same. It ends with them.
func TestProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, prefix := filepath.Join(dir, "sum.json"), filepath.Join(dir, "run")
	s := visit(t, nil, "--processes", "2", "-u", "10", "-t", "5", "--summary-file", file, "--csv", prefix)
	s.waitFor("All users spawned")
	pids := s.children()
	assert.Len(t, pids, 2)
	for _, pid := range pids {
		line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
		require.NoError(t, err)
		assert.Contains(t, string(line), "\x00--worker\x00")
	}
	s.until("stopped", 0)
	for _, path := range []string{"/stats/requests", "/worker-count"} { // one that a busy machine keeps silent for seconds is not among them
		require.Eventually(t, func() bool { return s.get(path)["worker_count"] == 2. }, todotest.Patience, 20*time.Millisecond, path)
	}
	stats := s.get("/stats/requests")
	assert.Len(t, stats["workers"], 2)
	require.Eventually(t, func() bool { // lines take a second or more to arrive
		logs := s.get("/logs")["workers"].(map[string]any)
		for _, lines := range logs {
			if !strings.Contains(fmt.Sprint(lines), "Starting Locust-compatible") {
				return false
			}
		}
		return len(logs) == 2
	}, todotest.Patience, 20*time.Millisecond)
	rows := stats["stats"].([]any)
	shown := int64(rows[len(rows)-1].(map[string]any)["num_requests"].(float64))
	s.waitFor("The page stays at")
	s.signal(syscall.SIGTERM)
	assert.Zero(t, s.wait(), s.stderr.String())
	gone(t, pids)

	sum := todotest.Summary(t, file)
	assert.Positive(t, sum.Total.Requests)
	assert.Equal(t, sum.Total.Requests, shown)
	assert.Equal(t, sum.Total.Requests, aggregated(t, prefix))
	require.Len(t, sum.Workers, 2)
	var parts int64
	for i, w := range sum.Workers {
		assert.Equal(t, i, w.Index)
		assert.Positive(t, w.Requests, w.ID)
		parts += w.Requests
	}
	assert.Equal(t, sum.Total.Requests, parts)
	todotest.InOrder(t, s.stderr.String(), "(index 0) reported as ready", "Sending spawn jobs of", "All users spawned", "reached, stopping test", "Shutting down (exit code 0)")
	assert.NotContains(t, s.stderr.String(), "panic")
}

// TestProcessesEndWithTheirMaster: at the first signal in order, and with one that is killed.
func TestProcessesEndWithTheirMaster(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "sum.json")
			p := start(t, nil, quickly("--processes", "2", "-t", "5m", "--summary-file", file)...)
			p.waitFor("All users spawned")
			recorded(t, file, worked)
			pids := p.children()
			require.Len(t, pids, 2)
			p.signal(signal)
			code := p.wait()
			gone(t, pids)
			if signal == syscall.SIGINT {
				assert.Zero(t, code, p.stderr.String())
				assert.Positive(t, todotest.Summary(t, file).Total.Requests)
				assert.NotContains(t, p.stderr.String(), "lost")
			}
		})
	}
}

// led starts a master on a free port, with workers that have joined.
func led(t *testing.T, workers int, args ...string) (master *process, crew []*process, port string) {
	t.Helper()
	port = freePort(t)
	master = start(t, nil, append([]string{"--master", "--master-bind-port", port, "--expect-workers", strconv.Itoa(workers)}, args...)...)
	master.waitFor("Waiting for workers at 127.0.0.1:" + port)
	return master, hire(t, workers, port, "-f", "-"), port
}

// hire starts workers of the master at a port.
func hire(t *testing.T, workers int, port string, args ...string) (crew []*process) {
	t.Helper()
	for range workers {
		crew = append(crew, start(t, nil, append([]string{"--worker", "--master-port", port}, args...)...))
	}
	return crew
}

// TestALostWorker: the run continues without one that is killed, and says so first, in the log, the exit
// code, the summary and the CSV files.
func TestALostWorker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, prefix := filepath.Join(dir, "sum.json"), filepath.Join(dir, "run")
	master, crew, _ := led(t, 2, quickly("-u", "10", "--orphan", "5s", "--summary-file", file, "--csv", prefix)...)
	master.waitFor("All users spawned")
	crew[1].signal(syscall.SIGKILL)
	crew[1].wait()
	id := regexp.MustCompile(`Worker (\S+) `).FindStringSubmatch(master.waitFor("setting state to missing"))[1]
	master.waitFor(" is lost")
	master.signal(syscall.SIGINT)
	assert.Equal(t, 1, master.wait(), master.stderr.String())
	assert.Zero(t, crew[0].wait(), crew[0].stderr.String())
	assert.Contains(t, crew[0].stderr.String(), "Got quit message from master")

	sum := todotest.Summary(t, file)
	require.NotEmpty(t, sum.Notes)
	assert.Contains(t, sum.Notes[0], "Worker "+id+" was lost")
	lost := slices.IndexFunc(sum.Workers, func(w report.Worker) bool { return w.ID == id })
	require.GreaterOrEqual(t, lost, 0)
	assert.InDelta(t, (1-sum.Workers[lost].LostS/sum.EndS)/2, sum.LostShare(), .02, "half of the load from then on")
	assert.Positive(t, sum.LostShare())
	assert.Equal(t, sum.Total.Requests, aggregated(t, prefix))
	todotest.InOrder(t, master.stderr.String(), "Worker "+id+" (index", "is lost", "of the load was lost with workers, and --accept-loss takes 0", "Shutting down (exit code 1)")
}

// TestWorkersThatCannotWork end at once with one line that says why, and never with a request.
func TestWorkersThatCannotWork(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	_, httpPort, err := net.SplitHostPort(strings.TrimPrefix(web.URL, "http://"))
	require.NoError(t, err)
	port := freePort(t)
	master := start(t, []string{"LOAD_CLUSTER_TOKEN=sesame-open"}, "--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--headless", "-t", "1m", "--seed", "7")
	master.waitFor("Waiting for workers at")
	var headers []string
	for i := range 9 {
		headers = append(headers, "--header", fmt.Sprintf("X-%d: %s", i, strings.Repeat("h", 125_000)))
	}
	tooLong := "--header: has 1.13 MB of the 1.13 MB of settings that each worker gets in one message, and several processes take at most 1 MB"
	for _, c := range []struct {
		env  []string
		args []string
		code int
		says string
	}{
		{[]string{"LOAD_CLUSTER_TOKEN=other"}, []string{"--worker", "--master-port", port}, 1, "the token or the password is not the right one"},
		{nil, []string{"--worker", "--master-port", port}, 1, "the token or the password is not the right one, as none was given"},
		{nil, []string{"--master", "--master-bind-port", "0", "--headless", "--cluster-tls-cert", "no.pem", "--cluster-tls-key", "no.key"}, 1, `--cluster-tls-cert="no.pem": certificate no.pem with key no.key: open no.pem`},
		{nil, []string{"--worker", "--master-port", httpPort}, 1, "is an HTTP server"},
		{nil, []string{"--worker", "--master-host", "no host"}, 2, `--master-host="no host": "no host:5557" does not name a host`},
		{[]string{"LOAD_CLUSTER_TOKEN=sesame-open"}, []string{"--worker", "--master-port", port, "--think", "soon"}, 2, `--think="soon": "soon" is not a duration`},
		{nil, []string{"--worker", "--master-port", port, "--journal", "/dev/null"}, 2, `--journal="/dev/null": not a directory; accepted: a folder that takes files`},
		{nil, []string{"--master", "--worker"}, 255, `--worker="true": cannot go with --master="true"`},
		{nil, []string{"--processes", "0"}, 1, `--processes="0"; accepted`},
		{nil, []string{"--master", "--master-bind-port", port, "--headless"}, 1, `--master-bind-port="` + port + `"`},
		{nil, []string{"--master", "--master-bind-host", "*", "--master-bind-port", "0", "--headless"}, 1, "give a token"},
		{nil, []string{"--master", "--master-bind-port", "0", "--headless", "-t", "1", "--expect-workers-max-wait", "1"}, 1, "Gave up waiting for workers to connect"},
		{nil, append([]string{"--master", "--master-bind-port", "0", "--headless", "-t", "1m"}, headers...), 2, tooLong},
		{nil, append([]string{"--processes", "2", "--headless", "-t", "1m"}, headers...), 2, tooLong},
		{nil, []string{"backend", "--master"}, 2, "--master"},
	} {
		p := run(t, c.env, c.args...)
		assert.Equal(t, c.code, p.code(), "%v: %s", c.args, p.stderr.String())
		assert.Equal(t, 1, strings.Count(p.stderr.String(), c.says), "%v: %s", c.args, p.stderr.String())
		assert.NotContains(t, p.stderr.String(), "goroutine")
	}
	assert.Zero(t, run(t, []string{"LOCUST_MODE_WORKER=true"}, "health").code(), "a worker has no page to ask")
	assert.NotContains(t, master.stderr.String(), "Ramping")
	master.signal(syscall.SIGTERM)
	assert.Zero(t, master.wait())
}

// TestAPlanThatDiffers: a worker that was given other settings of the load than its master is named, and
// no request is sent.
func TestAPlanThatDiffers(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	master := start(t, nil, quickly("--master", "--master-bind-port", port, "-t", "5")...)
	worker := start(t, nil, "--worker", "--master-port", port, "--seed", "8")
	assert.Equal(t, 1, master.wait(), master.stderr.String())
	assert.Contains(t, master.stderr.String(), "has another plan")
	assert.NotContains(t, master.stderr.String(), "Ramping")
	worker.wait()
	assert.Contains(t, worker.stderr.String(), `--seed="8" stands here in place of what the master has`)
}

// TestAMasterWithoutWorkers refuses a start from the page, in Locust's words, and takes one when a worker
// has come; its workers of one machine end with it.
func TestAMasterWithoutWorkers(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := visit(t, nil, "--master", "--master-bind-port", port, "--autostart=false", "-u", "4")
	refused := s.swarm("user_count", "4", "spawn_rate", "50")
	assert.Equal(t, false, refused["success"])
	assert.Contains(t, refused["message"], "before at least one worker processes has connected")
	assert.InDelta(t, 0, s.get("/worker-count")["worker_count"], 0)
	crew := start(t, nil, "--worker", "--processes", "2", "--master-port", port)
	s.waitFor("2 workers connected.")
	assert.Equal(t, true, s.swarm("user_count", "4", "spawn_rate", "50")["success"])
	s.until("running", 4)
	s.requests()
	pids := crew.children()
	assert.Len(t, pids, 2)
	code, _, _ := s.ask("GET", "/stop")
	assert.Equal(t, 200, code)
	s.until("stopped", 0)
	s.signal(syscall.SIGTERM)
	assert.Zero(t, s.wait(), s.stderr.String())
	assert.Zero(t, crew.wait(), crew.stderr.String())
	gone(t, pids)
}

// TestAChildThatIsKilled is lost at once, however long workers of other machines may be silent.
func TestAChildThatIsKilled(t *testing.T) {
	for policy, ends := range map[string]bool{"stop": true, "never": false} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			p := start(t, nil, quickly("--processes", "2", "-t", "1h", "--orphan", "1h", "--on-worker-loss", policy)...)
			p.waitFor("All users spawned")
			pids := p.children()
			require.Len(t, pids, 2)
			child, err := os.FindProcess(pids[0])
			require.NoError(t, err)
			require.NoError(t, child.Kill())
			line := p.waitFor(" is lost")
			assert.Contains(t, line, "of this machine ended: signal: killed")
			if !ends {
				p.signal(syscall.SIGINT)
			}
			assert.Equal(t, 1, p.wait(), p.stderr.String())
			gone(t, pids)
			todotest.InOrder(t, p.stderr.String(), "of this machine ended: signal: killed", "quit. 1 workers ready.", " is lost", "of the load was lost with workers")
		})
	}
}

// TestASignalEndsTheWaitForAWorker that is missing, and the report says what that may mean.
func TestASignalEndsTheWaitForAWorker(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sum.json")
	master, crew, _ := led(t, 2, quickly("-u", "10", "-t", "1h", "--orphan", "1h", "--summary-file", file)...)
	master.waitFor("All users spawned")
	crew[1].signal(syscall.SIGKILL)
	crew[1].wait()
	master.waitFor("setting state to missing")
	master.signal(syscall.SIGINT)
	assert.Equal(t, 1, master.wait(), master.stderr.String())
	assert.Zero(t, crew[0].wait(), crew[0].stderr.String())
	sum := todotest.Summary(t, file)
	require.NotEmpty(t, sum.Notes)
	assert.Regexp(t, `was lost at .*when the run was stopped, and may make load for another`, sum.Notes[0])
	assert.Positive(t, sum.LostShare())
}

// TestWhatWorkersLeave: those whose master is killed stop by themselves and leave their figures, which
// loadgen merge makes a summary of.
func TestWhatWorkersLeave(t *testing.T) {
	t.Parallel()
	dir, port := t.TempDir(), freePort(t)
	master := start(t, nil, quickly("--master", "--master-bind-port", port, "--expect-workers", "2", "-t", "5m", "--orphan", "5s")...)
	master.waitFor("Waiting for workers")
	crew := hire(t, 2, port, "--journal", dir)
	master.waitFor("All users spawned")
	master.signal(syscall.SIGKILL)
	master.wait()
	for _, p := range crew {
		assert.Equal(t, 1, p.wait(), p.stderr.String())
		assert.Equal(t, 1, strings.Count(p.stderr.String(), "Didn't get heartbeat from master in over"), p.stderr.String())
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.lgd"))
	require.NoError(t, err)
	require.Len(t, left, 2)

	tool := filepath.Join(t.TempDir(), "loadgen")
	out, err := exec.Command("go", "build", "-o", tool, "../../../cmd/loadgen").CombinedOutput()
	require.NoError(t, err, string(out))
	file := filepath.Join(dir, "sum.json")
	text, err := exec.Command(tool, append([]string{"merge", "--summary-file", file}, left...)...).CombinedOutput()
	require.NoError(t, err, string(text))
	sum := todotest.Summary(t, file)
	assert.Regexp(t, `^Merged afterwards from what workers left: 2 of 2 shares of the run. They stopped \S+ after its start, before its end at \S+\.$`, sum.Notes[0])
	assert.Contains(t, strings.Join(strings.Fields(string(text)), " "), sum.Notes[0])
	assert.Positive(t, sum.Total.Requests)
	assert.Len(t, sum.Workers, 2)

	alone := exec.Command(tool, "merge", left[0])
	json, err := alone.Output()
	require.NoError(t, err)
	assert.Contains(t, string(json), "1 of 2 shares of the run")
}

// TestAMasterThatIsStartedAgain continues the run of the one that was killed: no worker notices more than that, and no figure is
// missing.
func TestAMasterThatIsStartedAgain(t *testing.T) {
	t.Parallel()
	dir, port := t.TempDir(), freePort(t)
	kept, file, prefix := filepath.Join(dir, "run.lgc"), filepath.Join(dir, "sum.json"), filepath.Join(dir, "run")
	host := address(start(t, nil, "backend", "--port=0").waitFor("Serving")) // the one that a master starts ends with it
	args := quickly("--host", host, "--master", "--master-bind-port", port, "--expect-workers", "2", "-u", "10", "-t", "12", "--orphan", "4m",
		"--checkpoint", kept, "--resume", "--summary-file", file, "--csv", prefix)
	master := start(t, nil, args...)
	master.waitFor("Waiting for workers")
	crew := hire(t, 2, port, "--journal", dir)
	master.waitFor("All users spawned")
	master.signal(syscall.SIGKILL)
	master.wait()
	refused := start(t, nil, slices.DeleteFunc(slices.Clone(args), func(s string) bool { return s == "--resume" })...)
	assert.Equal(t, 2, refused.wait())
	assert.Contains(t, refused.stderr.String(), "it holds a run that has not ended; resume that, or remove the file")

	next := start(t, nil, args...)
	next.waitFor("another one continued the run from")
	assert.Zero(t, next.wait(), next.stderr.String())
	for _, p := range crew {
		assert.Zero(t, p.wait(), p.stderr.String())
		assert.Contains(t, p.stderr.String(), "another master has taken over the run")
		assert.Contains(t, p.stderr.String(), "Got quit message from master")
	}
	sum := todotest.Summary(t, file)
	assert.Equal(t, 1, strings.Count(strings.Join(sum.Notes, "\n"), "another one continued the run"), "of %q, some of which are about a busy machine", sum.Notes)
	assert.Zero(t, sum.LostShare())
	assert.Equal(t, sum.Total.Requests, aggregated(t, prefix))
	done := int64(0)
	for _, w := range sum.Workers {
		done += w.Requests
	}
	assert.Equal(t, done, sum.Total.Requests)
	assert.NoFileExists(t, kept)
	left, err := filepath.Glob(filepath.Join(dir, "*.lgd"))
	require.NoError(t, err)
	assert.Empty(t, left)
}
