package rig

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseServed(t *testing.T) {
	n, err := parseServed("Active connections: 2 \nserver accepts handled requests\n 5 5 1234 \nReading: 0 Writing: 1 Waiting: 1 \n")
	require.NoError(t, err)
	assert.Equal(t, int64(1234), n)
	_, err = parseServed("<html>")
	assert.ErrorContains(t, err, "not the status of nginx")
}

func TestRunTellsTheCost(t *testing.T) {
	u, err := Run(t.Context(), "0", Command{Name: "sh", Args: []string{"-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"}})
	require.NoError(t, err)
	assert.Positive(t, u.CPU)
	assert.Positive(t, u.PeakRSS)
	assert.Less(t, u.PeakRSS, int64(8<<20), "the shell's own memory, not that of its parent")
}

func TestFailureShowsWhatWasPrinted(t *testing.T) {
	_, err := Run(t.Context(), "0", Command{Name: "sh", Args: []string{"-c", "echo no such luck >&2; exit 3"}})
	assert.ErrorContains(t, err, "sh: exit status 3: no such luck")
}

func TestStopEndsTheWholeGroup(t *testing.T) {
	p, err := Start(t.Context(), "0", Command{Name: "sh", Args: []string{"-c", "sleep 100 & wait"}})
	require.NoError(t, err)
	p.Stop()
	assert.True(t, p.Ended())
}

func TestPausedProcessCostsNothing(t *testing.T) {
	p, err := Start(t.Context(), "0", Command{Name: "sh", Args: []string{"-c", "while :; do :; done"}})
	require.NoError(t, err)
	defer p.Stop()
	before, err := p.Pause()
	require.NoError(t, err)
	after, err := p.Pause()
	require.NoError(t, err)
	assert.Equal(t, before, after)
	require.NoError(t, p.Resume())
	assert.Eventually(t, func() bool { return p.Usage().CPU > after }, time.Minute, time.Millisecond)
}

func TestContextEndsAProcess(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Run(ctx, "0", Command{Name: "sleep", Args: []string{"100"}})
	assert.Error(t, err)
}

func TestSleepNoticesAnEarlyEnd(t *testing.T) {
	p, err := Start(t.Context(), "0", Command{Name: "sh", Args: []string{"-c", "echo bye; exit 0"}})
	require.NoError(t, err)
	assert.ErrorContains(t, p.Sleep(t.Context(), time.Minute), "sh ended early: bye")
}

func TestOwnCostCanBeRead(t *testing.T) {
	assert.Positive(t, statusBytes(os.Getpid(), "VmHWM:"))
	assert.Zero(t, statusBytes(1<<30, "VmHWM:"))
	cpu, err := cpuOf(os.Getpid())
	require.NoError(t, err)
	assert.Positive(t, cpu)
	_, err = cpuOf(1 << 22)
	assert.ErrorContains(t, err, "CPU time of process 4194304")
}

func TestTailKeepsTheEnd(t *testing.T) {
	var x tail
	for range 100 {
		_, _ = x.Write([]byte("0123456789\n"))
	}
	_, _ = x.Write([]byte("end"))
	assert.Len(t, x.text, 600)
	assert.True(t, strings.HasSuffix(x.String(), "end"))
}

func TestMachineIsDescribed(t *testing.T) {
	assert.Regexp(t, `.+, \d+ cores, \d+ GiB, Linux .+, go1\.`, Machine())
	assert.GreaterOrEqual(t, OpenFiles(), uint64(64))
}
