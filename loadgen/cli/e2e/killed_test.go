package e2e

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
	"github.com/gensim/load-generator/report"
)

// A process that is killed, at whatever moment, leaves files that can be read.
// How old they are at most is tested in virtual time.
func TestKilledProcessLeavesItsFiles(t *testing.T) {
	for _, wait := range []time.Duration{0, 50 * time.Millisecond, 3 * time.Second} {
		t.Run(wait.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file, prefix := filepath.Join(dir, "sum.json"), filepath.Join(dir, "run")
			p := start(t, nil, "--headless", "-t", "5m", "-u", "20", "-r", "20", "--always-on", "--summary-file", file, "--csv", prefix)
			recorded(t, file, requested)
			<-time.After(wait)
			p.signal(syscall.SIGKILL)
			p.wait()

			sum := todotest.Summary(t, file)
			assert.Positive(t, sum.Total.Requests)
			require.NotEmpty(t, sum.Notes)
			assert.Contains(t, sum.Notes[0], "the run was not over")
			for _, name := range []string{"_stats.csv", "_stats_history.csv", "_failures.csv", "_exceptions.csv"} {
				text, err := os.ReadFile(prefix + name)
				require.NoError(t, err)
				rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
				require.NoError(t, err, "whole rows of one length in %s", name)
				assert.NotEmpty(t, rows)
			}
		})
	}
}

// docker stop sends SIGTERM, a terminal that is closed SIGHUP. All files are
// whole.
func TestTerminatedProcessWritesEverything(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file, page := filepath.Join(dir, "sum.json"), filepath.Join(dir, "run.html")
			p := start(t, nil, "--headless", "-t", "5m", "-u", "20", "-r", "20", "--always-on", "--summary-file", file, "--html", page)
			p.waitFor("All users spawned")
			recorded(t, file, requested)
			p.signal(signal)
			assert.Zero(t, p.wait(), p.stderr.String())
			assert.NotContains(t, strings.Join(todotest.Summary(t, file).Notes, "\n"), "the run was not over")
			assert.FileExists(t, page)
		})
	}
}

// Under nohup a terminal that is closed ends nothing.
func TestNohup(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sum.json")
	p := prepared(t, nil, "--headless", "-t", "3", "-u", "20", "-r", "20", "--summary-file", file)
	nohup, err := exec.LookPath("nohup")
	require.NoError(t, err)
	p.cmd.Path, p.cmd.Args = nohup, append([]string{nohup}, p.cmd.Args...)
	require.NoError(t, p.cmd.Start())
	p.waitFor("Ramping to 20 users")
	p.signal(syscall.SIGHUP)
	assert.Zero(t, p.wait(), p.stderr.String())
	assert.InDelta(t, 3, todotest.Summary(t, file).EndS, 1e-9)
}

// A target that freezes for all its users, while the generator is killed: the
// file that is left shows every user who waits, and for how long.
func TestKilledWhileTheTargetIsFrozen(t *testing.T) {
	t.Parallel()
	const users = 20
	thaw := make(chan struct{})
	var frozen atomic.Bool
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if frozen.Load() {
			select {
			case <-thaw:
			case <-r.Context().Done():
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			w.Header().Set("Location", "/api/todos/1")
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"id":1,"title":"x","completed":false}`)
			return
		}
		_, _ = io.WriteString(w, `[]`)
	}))
	t.Cleanup(target.Close)
	t.Cleanup(func() { close(thaw) })
	file := filepath.Join(t.TempDir(), "sum.json")
	p := start(t, nil, "--headless", "-t", "5m", "-u", "20", "-r", "20", "--always-on", "--think", "200ms", "--host", target.URL, "--summary-file", file)
	recorded(t, file, requested)
	frozen.Store(true)
	recorded(t, file, func(sum *report.Summary) bool { return sum.Total.Counters.InFlight == users })
	p.signal(syscall.SIGKILL)
	p.wait()

	sum := todotest.Summary(t, file)
	c, all := sum.Total.Counters, sum.Total.Aggregated()
	assert.EqualValues(t, users, c.InFlight)
	assert.EqualValues(t, users, c.Running)
	assert.Equal(t, c.Started, c.Finished+c.Unfinished)
	assert.Equal(t, c.Planned, c.Started+c.Missed+c.Dropped+c.Waiting)
	assert.Equal(t, c.Sent, sum.Total.Requests+c.CutOff+c.InFlight)
	assert.Positive(t, all.WaitingMS)
	assert.Equal(t, all.WaitingMS.Duration(), all.Waiting.Max())
	assert.Contains(t, sum.Notes[0], "the run was not over")
	assert.Contains(t, sum.Notes[0], "20 requests in flight, the oldest waiting for")
}

// requested: there are requests.
func requested(sum *report.Summary) bool { return sum.Total.Requests > 0 }
