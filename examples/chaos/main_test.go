package main

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/scenario"
)

// The latency comes with the intervention and goes with it.
func TestChaosComesAndGoes(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	t.Parallel()
	const latency = time.Second
	j := job(t, latency)
	sum, err := short(j).Run(t.Context())
	require.NoError(t, err)
	require.Empty(t, sum.Exceptions)
	require.Empty(t, sum.Failures)
	assert.GreaterOrEqual(t, sum.Phases[1].Aggregated().ResponseMS.Max.Duration(), latency)
	for _, without := range []int{0, 2} { // most are, but a busy machine switches late
		assert.Less(t, sum.Phases[without].Aggregated().ResponseMS.Min.Duration(), latency)
	}
	r, err := effect.Analyze(sum, effect.Options{})
	require.NoError(t, err)
	assert.Equal(t, effect.ABA, r.Design)
	assert.Equal(t, effect.TooShort, r.Primary().Verdict)
}

// A proxy that cannot be told ends the run.
func TestRunEndsIfChaosCannotBeSwitched(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	j := job(t, time.Second)
	r := short(j)
	r.Schedule = disturbed(r.Schedule, "http://127.0.0.1:1/proxies/todo/toxics", time.Second)
	sum, err := r.Run(t.Context())
	require.ErrorIs(t, err, loadgen.ErrAborted)
	assert.Contains(t, err.Error(), "enter hook of phase intervention: POST http://127.0.0.1:1/proxies/todo/toxics: ")
	assert.NotEmpty(t, sum.Notes)
}

func TestBadHostIsRefused(t *testing.T) {
	latency := time.Second
	_, err := newJob(cli.Settings{Host: "http://[::1", Log: slog.New(slog.DiscardHandler)}, &latency)
	assert.Error(t, err)
}

// job starts backend and proxy for a test.
func job(t *testing.T, latency time.Duration) *cli.Job {
	t.Helper()
	j, err := newJob(cli.Settings{Seed: 1, Timeout: time.Minute, Log: slog.New(slog.DiscardHandler)}, &latency)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, j.Close()) })
	return j
}

func short(j *cli.Job) loadgen.Runner {
	part := phase.Phase{For: 3 * time.Second, Users: 10}
	return loadgen.Runner{
		NewUser: j.NewUser, Pace: scenario.Between(20*time.Millisecond, 60*time.Millisecond), Seed: 1, StopTimeout: time.Second,
		Schedule: j.Schedule(phase.ABA(part, part)),
	}
}
