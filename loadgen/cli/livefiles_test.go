package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// At any moment the summary file can be read and lacks no more than the last
// seconds, also while the run waits for its last tasks.
func TestSummaryFileOfARunThatGoesOn(t *testing.T) {
	app := market(nil)
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return halfHung{}, nil }}, nil
	}
	file := filepath.Join(t.TempDir(), "sum.json")
	var mu sync.Mutex
	seen := map[time.Duration]*report.Summary{}
	var got outcome
	synctest.Test(t, func(t *testing.T) {
		for _, at := range []time.Duration{1, 7, 16, 29, 38, 44} {
			time.AfterFunc(at*time.Second+time.Second/2, func() {
				mu.Lock()
				defer mu.Unlock()
				seen[at] = summaryIn(t, file)
			})
		}
		got = start(t, app, nil, "--headless", "-t", "30", "--stop-timeout", "15", "--summary-file", file)
	})
	for at, sum := range seen {
		end := min(30, float64(at)+0.5)
		assert.InDelta(t, end-2.5, sum.EndS, 2.5, "read after %v", at)
		require.NotEmpty(t, sum.Notes)
		assert.Contains(t, sum.Notes[0], "the run was not over: these are its figures after ")
		assert.Positive(t, sum.Total.Requests)
		assert.Len(t, sum.Timeline, int(sum.EndS+0.5))
	}
	assert.Len(t, seen, 6)
	last := summaryIn(t, file)
	assert.InDelta(t, 30, last.EndS, 1e-9)
	assert.Empty(t, last.Notes)
	assert.NotContains(t, got.stderr, "cannot be written")
}

// A pipe gets one document, and what cannot be written is reported once.
func TestInterimStatesThatAreNotWritten(t *testing.T) {
	got, _ := virtual(t, market(nil), nil, "-t", "30", "--summary-file", os.DevNull)
	assert.Zero(t, got.code)
	l := &load{session: &session{values: new(values)}}
	l.values.output.summaryFile.V = os.DevNull
	l.interim.start(l)
	l.interim.loop.Wait() // it does not run
	l.interim.stop()

	dir := filepath.Join(t.TempDir(), "out")
	synctest.Test(t, func(t *testing.T) {
		time.AfterFunc(3*time.Second, func() { assert.NoError(t, os.RemoveAll(dir)) })
		got = start(t, market(nil), nil, "--headless", "-t", "30", "--summary-file", filepath.Join(dir, "sum.json"))
	})
	assert.Equal(t, 1, got.code)
	assert.Equal(t, 1, strings.Count(got.stderr, "the summary file cannot be written; the run continues"))
	inOrder(t, got.stderr, "Aggregated", "not everything could be written", "Shutting down (exit code 1)")
}

// full makes every write of what is not finished end on a full disk.
func full(t *testing.T, path string) { require.NoError(t, os.Symlink("/dev/full", output.Part(path))) }

// A disk that is full is reported before the run; one that fills up costs the
// files and not the report on the terminal.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	fresh, old, device := filepath.Join(dir, "new.json"), filepath.Join(dir, "old.json"), filepath.Join(dir, "full.json")
	require.NoError(t, os.WriteFile(old, []byte("old"), 0o600))
	require.NoError(t, os.Symlink("/dev/full", device))
	for _, flag := range []string{"--summary-file", "--logfile"} {
		for _, path := range []string{fresh, old} {
			full(t, path)
			got := start(t, market(nil), nil, "--headless", "-t", "30", flag, path)
			assert.Equal(t, 2, got.code)
			assert.Contains(t, got.stderr, "no space left on device")
			assert.Equal(t, 1, strings.Count(got.stderr, "\n"))
		}
	}
	got, _ := virtual(t, market(nil), nil, "-t", "30", "--summary-file", device, "--junit", device)
	assert.Equal(t, 1, got.code)
	inOrder(t, got.stderr, "Aggregated", "not everything could be written", "no space left on device", "Shutting down (exit code 1)")

	got, _ = virtual(t, market(nil), nil, "-t", "30", "--logfile", device, "--junit", device)
	assert.Equal(t, 1, got.code)
	inOrder(t, got.stderr, "Aggregated", "not everything could be written", "Shutting down (exit code 1)") // where else

	full(t, old)
	text := func(text string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	}
	require.ErrorIs(t, output.Write(t.Context(), old, text("new")), syscall.ENOSPC)
	content, err := os.ReadFile(old)
	require.NoError(t, err)
	assert.Equal(t, "old", string(content), "left as it was")
	require.NoError(t, os.Mkdir(output.Part(old), 0o700))
	require.NoError(t, output.Write(t.Context(), old, text("in place")), "a folder that takes no new file")
	content, err = os.ReadFile(old)
	require.NoError(t, err)
	assert.Equal(t, "in place", string(content))
	require.Error(t, output.Write(t.Context(), filepath.Join(dir, "absent", "file"), text("new")))
	require.ErrorContains(t, output.Write(t.Context(), fresh, func(io.Writer) error { return errors.New("no figures") }), "no figures")
	assert.NoFileExists(t, fresh)
}
