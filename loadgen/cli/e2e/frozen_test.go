//go:build unix

package e2e

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
)

// TestAMasterThatStoodStill while another one took its workers over ends with one line and 1, in a run or between runs, although it
// has a page.
func TestAMasterThatStoodStill(t *testing.T) {
	for _, running := range []bool{false, true} {
		t.Run(fmt.Sprint(running), func(t *testing.T) {
			t.Parallel()
			if testing.Short() {
				t.Skip("builds programs")
			}
			bus, dir := natsServer(t), t.TempDir()
			first := visit(t, nil, "--master", "--bus", bus, "-u", "4", "-t", "5m", fmt.Sprintf("--autostart=%v", running))
			worker := start(t, nil, "--worker", "--bus", bus, "--journal", dir)
			if first.waitFor("1 workers connected."); running {
				first.waitFor("All users spawned")
			}
			first.freeze()
			second := visit(t, nil, "--master", "--bus", bus, "--autostart=false")
			second.waitFor("1 workers connected.")
			first.signal(syscall.SIGCONT)
			assert.Equal(t, 1, first.wait(), first.stderr.String())
			assert.Equal(t, 1, strings.Count(first.stderr.String(), "on this bus now, and this one ends"+"\n"), first.stderr.String())
			todotest.InOrder(t, first.stderr.String(), "and this one ends", "Shutting down (exit code 1)")
			second.signal(syscall.SIGTERM)
			assert.Zero(t, second.wait(), second.stderr.String())
			assert.Zero(t, worker.wait(), worker.stderr.String())
		})
	}
}

// freeze stops the process and returns when it stands still: the signal works once one of its threads gets a processor.
func (p *process) freeze() {
	p.t.Helper()
	p.signal(syscall.SIGSTOP)
	stat := fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid)
	require.Eventually(p.t, func() bool {
		text, err := os.ReadFile(stat)
		_, state, _ := strings.Cut(string(text), ") ")     // behind the name of the program
		return err != nil || strings.HasPrefix(state, "T") // other systems have no such file
	}, todotest.Patience, time.Millisecond)
}

// natsServer starts a server of NATS in this process, and returns its URL.
func natsServer(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(todotest.Patience))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s.ClientURL()
}
