package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
	"github.com/gensim/load-generator/todo"
)

// broker is a nats-server on loopback while it runs.
type broker struct {
	cmd     *exec.Cmd
	url     string
	monitor string // its own page
}

// broke starts a nats-server and waits until it serves.
func broke(t *testing.T, path string, args ...string) *broker {
	t.Helper()
	client, monitor := freePort(t), freePort(t)
	b := &broker{cmd: exec.CommandContext(t.Context(), path, append([]string{"-a", "127.0.0.1", "-p", client, "-m", monitor}, args...)...)}
	b.url, b.monitor = "nats://127.0.0.1:"+client, "http://127.0.0.1:"+monitor
	require.NoError(t, b.cmd.Start())
	t.Cleanup(func() { _ = b.cmd.Process.Kill(); _ = b.cmd.Wait() })
	require.Eventually(t, func() bool { _, err := b.count("connections"); return err == nil }, todotest.Patience, 20*time.Millisecond)
	return b
}

// count is a number of the server's own page.
func (b *broker) count(field string) (int, error) {
	answer, err := http.Get(b.monitor + "/varz")
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	var page map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&page); err != nil {
		return 0, err
	}
	n, _ := page[field].(float64)
	return int(n), nil
}

// brokers starts three of this module's nats-server as one cluster.
func brokers(t *testing.T) (all []*broker, urls string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nats-server")
	out, err := exec.Command("go", "build", "-o", path, "github.com/nats-io/nats-server/v2").CombinedOutput()
	require.NoError(t, err, "%s", out)
	first := "nats://127.0.0.1:" + freePort(t)
	listen, texts := first, []string(nil)
	for i := range 3 {
		b := broke(t, path, "--name", fmt.Sprintf("n%d", i), "--cluster_name", "c", "--cluster", listen, "--routes", first)
		all, texts = append(all, b), append(texts, b.url)
		listen = "nats://127.0.0.1:" + freePort(t)
	}
	for _, b := range all {
		require.Eventually(t, func() bool { n, err := b.count("routes"); return err == nil && n >= 2 }, todotest.Patience, 20*time.Millisecond)
	}
	return all, strings.Join(texts, ",")
}

// busiest is the server that most are connected to.
func busiest(t *testing.T, all []*broker) (found *broker) {
	t.Helper()
	most := 0
	for _, b := range all {
		n, err := b.count("connections")
		require.NoError(t, err)
		if n > most {
			most, found = n, b
		}
	}
	require.NotNil(t, found)
	return found
}

// TestABusOfServers: master and workers meet on a cluster of NATS servers. When the one that most of them use is
// killed in the run, they meet again on the others, and no figure is lost.
func TestABusOfServers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds programs")
	}
	all, urls := brokers(t)
	over(t, urls, func(log []*process) {
		require.NoError(t, busiest(t, all).cmd.Process.Kill())
		require.Eventually(t, func() bool {
			for _, p := range log {
				if strings.Contains(p.stderr.String(), "is back") {
					return true
				}
			}
			return false
		}, todotest.Patience, 20*time.Millisecond)
	})
}

// TestABusOfDebian: the same over the server that Debian installs, which is years older than the one that the master
// has in itself.
func TestABusOfDebian(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("nats-server")
	if testing.Short() || err != nil {
		t.Skip("needs nats-server (Debian: apt-get install nats-server)")
	}
	over(t, broke(t, path).url, func([]*process) {})
}

// over makes a run over a bus, with something that happens to it. Another master of the cluster is refused meanwhile.
func over(t *testing.T, bus string, meanwhile func([]*process)) {
	t.Helper()
	var sent atomic.Int64
	backend, err := todo.NewBackend(todo.BackendConfig{})
	require.NoError(t, err)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(target.Close)
	file := filepath.Join(t.TempDir(), "sum.json")
	args := quickly("--master", "--bus", bus, "--cluster", "soak", "--expect-workers", "2", "-t", "24", "--host", target.URL)
	master := start(t, nil, append(args, "--summary-file", file)...)
	master.waitFor("Workers join over")
	crew := []*process{start(t, nil, "--worker", "--bus", bus, "--cluster", "soak"), start(t, nil, "--worker", "--bus", bus, "--cluster", "soak")}
	master.waitFor("All users spawned")
	other := run(t, nil, args...)
	assert.Equal(t, 1, other.code(), other.stderr.String())
	assert.Equal(t, 1, strings.Count(other.stderr.String(), `leads the cluster "soak" on this bus; stop it, or give this one another name with --cluster`), other.stderr.String())
	meanwhile(append([]*process{master}, crew...))
	assert.Zero(t, master.wait(), master.stderr.String())
	for _, w := range crew {
		assert.Zero(t, w.wait(), w.stderr.String())
		assert.Contains(t, w.stderr.String(), "Got quit message from master")
	}
	sum := todotest.Summary(t, file)
	c, parts := sum.Total.Counters, int64(0)
	require.Len(t, sum.Workers, 2)
	for _, w := range sum.Workers {
		assert.Positive(t, w.Requests, w.ID)
		parts += w.Requests
	}
	assert.Equal(t, sum.Total.Requests, parts)
	assert.InDelta(t, sent.Load(), sum.Total.Requests+c.CutOff, float64(2*sum.Phases[0].Users), "what begins at the end itself is in no figure")
	assert.Equal(t, c.Planned, c.Started+c.Missed+c.Dropped+c.Lost)
	assert.Zero(t, sum.LostShare())
	assert.Zero(t, sum.Total.Failures)
	assert.NotContains(t, master.stderr.String(), "is lost, from")
}

// TestAMasterOfAnotherKind: a worker that finds another server at its master's address says in one line what it is.
func TestAMasterOfAnotherKind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ greeting, says string }{
		{"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL" + strings.Repeat("\x00", 48), "is a master of Locust in Python (ZeroMQ), not a master of this program"},
		{"SSH-2.0-OpenSSH_9.2p1\r\n", `is a server of another protocol (it says "SSH-2.0-OpenSSH_`},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					_, _ = io.WriteString(conn, c.greeting)
					_, _ = io.Copy(io.Discard, conn)
				}()
			}
		}()
		w := run(t, nil, "--worker", "--master-host", listener.Addr().String())
		assert.Equal(t, 1, w.code(), w.stderr.String())
		assert.Equal(t, 1, strings.Count(w.stderr.String(), c.says), w.stderr.String())
		assert.Equal(t, 1, strings.Count(w.stderr.String(), "/ERROR/"), w.stderr.String())
	}
}

// TestAWorkerOfAnotherKind: one of Locust in Python finds its connection closed, and the master's log has a line about it.
func TestAWorkerOfAnotherKind(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	master := start(t, nil, quickly("--master", "--master-bind-port", port, "-t", "5")...)
	master.waitFor("Waiting for workers at")
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(todotest.Patience)))
	_, err = io.WriteString(conn, "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL"+strings.Repeat("\x00", 48))
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, conn)
	assert.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	master.waitFor("a worker of Locust (ZeroMQ) cannot join")
}
