package machines

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
)

// TestSeveralMachines: workers on three machines make one load, over TLS by the join string that the master
// logs. They begin it at the same instant by the target's clock, and the report is right about
// their clocks.
func TestSeveralMachines(t *testing.T) {
	t.Parallel()
	together(t, 0, 0)
}

// TestSeveralMachinesWithOtherClocks: the same with a machine that has been up for 1,000 s less, whose messages take 10 ms
// to the master and 30 ms back.
func TestSeveralMachinesWithOtherClocks(t *testing.T) {
	t.Parallel()
	around := []string{"unshare", "--time", "--fork", "--kill-child", "--monotonic", "-1000"}
	if out, err := exec.Command(around[0], append(around[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("this machine forbids time namespaces: unshare: %s", strings.TrimSpace(string(out)))
	}
	together(t, 10*time.Millisecond, 30*time.Millisecond, around...)
}

// together runs a load on three machines. around starts the worker on the last one, whose messages take a while to the
// master, and back.
func together(t *testing.T, there, back time.Duration, around ...string) {
	t.Helper()
	const workers, users, rate = 3, 60, 10
	n := network(t, workers)
	master, file, join := n.lead(workers, "-t", "12", "-u", strconv.Itoa(users), "-r", strconv.Itoa(rate), "--think", "1s")
	far := join
	if there > 0 || back > 0 {
		far = strings.Replace(join, masterIP, n.relay(there, back), 1)
	}
	crew := []*process{n.work(0, join), n.work(1, join), n.work(2, far, around...)}
	assert.Zero(t, master.wait(), master.stderr.String())
	for _, w := range crew {
		assert.Zero(t, w.wait(), w.stderr.String())
		assert.Contains(t, w.stderr.String(), "Got quit message from master")
	}
	sum := todotest.Summary(t, file)
	require.Len(t, sum.Workers, workers)
	n.balanced(sum)
	assert.NotContains(t, strings.Join(sum.Notes, "\n"), "lost") // a busy machine has notes on lag
	assert.GreaterOrEqual(t, sum.Workers[2].ClockBoundMS, float64((there+back).Milliseconds()/2))
	first := n.origin(0, workers, rate)
	for i, w := range sum.Workers {
		assert.LessOrEqual(t, math.Abs(w.ClockMS), w.ClockBoundMS, "%s has the clock of this machine", w.ID)
		assert.Len(t, n.target.began(workerIP(i)), users/workers)
		skew := n.origin(i, workers, rate).Sub(first)
		t.Logf("%s began %v after the first one, as the target saw it", w.ID, skew)
		assert.Less(t, skew.Abs(), 50*time.Millisecond+(back-there)/2)
	}
}

// origin is the offset 0 of worker i by the target's clock: its user k, from 0 on, begins at
// (i + k*workers)/rate. What delays its first request can only add to that, so the earliest counts.
func (n *lan) origin(i, workers, rate int) (earliest time.Time) {
	for k, at := range n.target.began(workerIP(i)) {
		began := at.Add(-time.Duration(i+k*workers) * time.Second / time.Duration(rate))
		if k == 0 || began.Before(earliest) {
			earliest = began
		}
	}
	return earliest
}

// TestAWorkerIsCutOffForAWhile: what the network takes from a worker for less than --orphan changes
// nothing. The load continues, and all figures come.
func TestAWorkerIsCutOffForAWhile(t *testing.T) {
	for name, cut := range map[string]func(*lan) func(){
		"unplugged":     func(n *lan) func() { return n.unplug(worker(1)) },
		"kept apart":    func(n *lan) func() { return n.part(1) },
		"hears nothing": func(n *lan) func() { return n.deafen(worker(1), masterIP) },
		"is not heard":  func(n *lan) func() { return n.deafen("master", workerIP(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := network(t, 2)
			master, file, join := n.lead(2, "-t", "14", "--orphan", "1m", "--exit-code-on-error", "0")
			crew := []*process{n.work(0, join), n.work(1, join)}
			master.waitFor("All users spawned")
			heal := cut(n)
			master.waitFor("setting state to missing")
			heal()
			assert.Zero(t, master.wait(), master.stderr.String())
			for _, w := range crew {
				assert.Zero(t, w.wait(), w.stderr.String())
			}
			todotest.InOrder(t, master.stderr.String(), "setting state to missing", "self-healed with heartbeat", "Shutting down (exit code 0)")
			assert.NotContains(t, master.stderr.String(), "is lost")
			sum := todotest.Summary(t, file)
			assert.Zero(t, sum.LostShare())
			if name == "unplugged" { // from the target, too: requests were lost on the wire
				assert.GreaterOrEqual(t, n.target.from(""), sum.Total.Requests-sum.Total.Failures)
				assert.LessOrEqual(t, n.target.from(""), sum.Total.Requests+sum.Total.Counters.CutOff+int64(sum.Phases[0].Users))
				return
			}
			n.balanced(sum)
			assert.Zero(t, sum.Total.Failures)
		})
	}
}

// TestAWorkerIsCutOffForTooLong: after --orphan it makes no more load, and the run says first that it
// is lost. What it has made till then counts when its figures come.
func TestAWorkerIsCutOffForTooLong(t *testing.T) {
	t.Parallel()
	n := network(t, 2)
	master, file, join := n.lead(2, "-t", "30", "--orphan", "8s")
	crew := []*process{n.work(0, join), n.work(1, join)}
	master.waitFor("All users spawned")
	heal := n.part(1)
	crew[1].waitFor("Didn't get heartbeat from master in over 8")
	at := n.target.from(workerIP(1))
	line := master.waitFor(" is lost")
	assert.Contains(t, line, "index 1")
	assert.LessOrEqual(t, n.target.from(workerIP(1)), at+12, "no user begins anything once the worker has stopped itself")
	heal()
	assert.Equal(t, 1, master.wait(), master.stderr.String())
	assert.Zero(t, crew[0].wait(), crew[0].stderr.String())
	assert.Zero(t, crew[1].wait(), "its master took it back: %s", crew[1].stderr.String())
	assert.Equal(t, 1, strings.Count(crew[1].stderr.String(), "Didn't get heartbeat"))
	sum := todotest.Summary(t, file)
	n.balanced(sum)
	require.NotEmpty(t, sum.Notes)
	assert.Contains(t, sum.Notes[0], "was lost")
	assert.InDelta(t, (1-sum.Workers[1].LostS/sum.EndS)/2, sum.LostShare(), .05, "half of the load from then on")
	assert.Positive(t, sum.LostShare())
}

// TestTheMasterIsKilled: its workers make load until --orphan is over, and then end and leave their
// figures, in which is every request that the target has seen of them. One whose disk is full by then says that its
// figures are lost.
func TestTheMasterIsKilled(t *testing.T) {
	t.Parallel()
	n := network(t, 3)
	master, _, join := n.lead(3, "-t", "5m", "--orphan", "5s")
	crew := []*process{n.work(0, join), n.work(1, join)}
	small := t.TempDir() // in whose place the worker sees a disk of one page
	full := n.work(2, join, "unshare", "--mount", "sh", "-c", `mount -t tmpfs -o size=4k tmpfs "$0" && cd "$0" && exec "$@"`, small)
	master.waitFor("All users spawned")
	disk := fmt.Sprintf("/proc/%d/cwd/", full.cmd.Process.Pid)
	require.NoError(t, os.WriteFile(disk+"other", make([]byte, 4096), 0o600))
	require.NoError(t, master.cmd.Process.Kill())
	master.wait()
	at := n.target.from("")
	for _, w := range append(crew, full) {
		w.waitFor("Didn't get heartbeat from master in over 5s")
	}
	stopped := n.target.from("")
	assert.Greater(t, stopped, at+12, "for some time they work without a master: more than the request of each user that was on its way")
	var left []string
	for _, w := range crew {
		assert.Equal(t, 1, w.wait(), w.stderr.String())
		files, err := filepath.Glob(filepath.Join(w.cmd.Dir, "*.lgd"))
		require.NoError(t, err)
		require.Len(t, files, 1)
		left = append(left, files...)
	}
	assert.LessOrEqual(t, n.target.from(""), stopped+12)
	assert.Equal(t, 1, full.wait(), full.stderr.String())
	assert.Regexp(t, "the figures that the master did not take are lost: .*no space left on device", full.stderr.String())
	assert.NotContains(t, full.stderr.String(), "takes no file")

	file := filepath.Join(t.TempDir(), "sum.json")
	out, err := exec.Command("go", append([]string{"run", "../../../../cmd/loadgen", "merge", "--summary-file", file}, left...)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	sum := todotest.Summary(t, file)
	assert.Contains(t, sum.Notes[0], "2 of 3 shares of the run")
	n.agrees(sum, n.target.from(workerIP(0))+n.target.from(workerIP(1)))
}

// TestTheMasterIsStartedAgain: its workers make load meanwhile, and the report of the run has every request that the target
// has seen.
func TestTheMasterIsStartedAgain(t *testing.T) {
	t.Parallel()
	n := network(t, 2)
	args := []string{"-t", "20", "--checkpoint", filepath.Join(t.TempDir(), "run.lgc"), "--resume"}
	master, _, join := n.lead(2, args...)
	crew := []*process{n.work(0, join), n.work(1, join)}
	master.waitFor("All users spawned")
	require.NoError(t, master.cmd.Process.Kill())
	master.wait()
	at := n.target.from("")
	crew[0].waitFor("the connection to the master is lost")
	require.Eventually(t, func() bool { return n.target.from("") > at+2*12 }, todotest.Patience, 20*time.Millisecond, "without a master they make more than each user had on its way")
	next, file, _ := n.lead(2, args...)
	assert.Zero(t, next.wait(), next.stderr.String())
	for _, w := range crew {
		assert.Zero(t, w.wait(), w.stderr.String())
	}
	sum := todotest.Summary(t, file)
	assert.Zero(t, sum.LostShare())
	assert.Zero(t, sum.Total.Failures)
	n.balanced(sum) // on a busy machine some requests are cut off
}
