package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
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
	"github.com/gensim/load-generator/report/locust"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
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

func TestCSVFilesAgreeWithTheSummary(t *testing.T) {
	dir := t.TempDir()
	prefix, file := filepath.Join(dir, "deep", "run"), filepath.Join(dir, "sum.json")
	got, _ := virtual(t, market(errors.New("sold out")), nil, "-t", "30", "--csv", prefix, "--summary-file", file)
	assert.Equal(t, 1, got.code)
	sum := summaryIn(t, file)

	stats := sheet(t, prefix+"_stats.csv")
	last := stats[len(stats)-1]
	assert.Equal(t, []string{"", "Aggregated", number(sum.Total.Requests), number(sum.Total.Failures)}, last[:4])
	assert.Equal(t, 4, len(stats), "head, two operations, aggregate")

	history := sheet(t, prefix+"_stats_history.csv")
	assert.InDelta(t, 31, len(history), 1, "a head and a row each second")
	first, final := history[1], history[len(history)-1]
	assert.Equal(t, []string{number(sum.Total.Requests), number(sum.Total.Failures)}, final[17:19], "the final row is complete")
	began, err := strconv.ParseInt(first[0], 10, 64)
	require.NoError(t, err)
	assert.InDelta(t, sum.Start.Unix()+1, began, 1)
	for _, row := range history[1:] {
		assert.Equal(t, []string{"", "Aggregated"}, row[2:4])
	}

	failures := sheet(t, prefix+"_failures.csv")
	assert.Len(t, failures, 3)
	assert.Equal(t, []string{"Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen"}, failures[0])
	assert.Equal(t, [][]string{{"Count", "Message", "Traceback", "Nodes"}}, sheet(t, prefix+"_exceptions.csv")[:1])
	left, err := filepath.Glob(filepath.Join(dir, "deep", "*.part"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

// till is a user who counts what it sells, in a transaction.
type till struct{}

func (till) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "sell", Weight: 1, Do: func(ctx context.Context) error {
		return measure.Transaction("checkout").Do(ctx, func(ctx context.Context) error {
			measure.Counter("sold").Add(ctx, 2)
			return measure.Do(ctx, report.Op{Method: "GET", Name: "/buy"}, func(context.Context) error { return nil })
		})
	}}}
}

// The files of what Locust does not have are there if a run has such rows, or replace those that an earlier run has left.
func TestCSVFilesOfTheScriptsOwn(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "run")
	virtual(t, market(nil), nil, "-t", "10", "--csv", prefix)
	for _, name := range []string{"_transactions.csv", "_tags.csv", "_figures.csv"} {
		assert.NoFileExists(t, prefix+name)
	}

	app, file := market(nil), filepath.Join(t.TempDir(), "sum.json")
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return till{}, nil }}, nil
	}
	virtual(t, app, nil, "-t", "10", "--csv", prefix, "--summary-file", file)
	sum := summaryIn(t, file)
	assert.NoFileExists(t, prefix+"_tags.csv")
	assert.Equal(t, []string{"", "", "checkout", number(sum.Total.Transactions[0].Requests), "0"}, sheet(t, prefix+"_transactions.csv")[1][:5])
	assert.Equal(t, []string{"", "counter", "sold", "", number(2 * sum.Total.Requests)}, sheet(t, prefix+"_figures.csv")[1][:5])
	assert.Len(t, sheet(t, prefix+"_stats.csv"), 3, "a head, an operation, the aggregate")

	virtual(t, market(nil), nil, "-t", "10", "--csv", prefix)
	assert.Len(t, sheet(t, prefix+"_transactions.csv"), 1, "what the run before has left is not taken for this one's")

	got, _ := virtual(t, market(nil), nil, "-t", "10", "--csv", prefix, "--html", prefix+"_figures.csv")
	assert.Equal(t, 2, got.code)
	assert.Contains(t, got.stderr, "both would write")
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func TestFullHistory(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "run")
	got, _ := visiting(t, market(nil), "-t 10 --autoquit=0 --csv-full-history --csv "+prefix, func(v *visit) {
		time.Sleep(5500 * time.Millisecond)
		code, body := v.get("/stats/requests_full_history/csv")
		assert.Equal(t, 200, code)
		assert.Contains(t, body, ",GET,/list,")
	})
	assert.Zero(t, got.code)
	names := make(map[string]int)
	for _, row := range sheet(t, prefix+"_stats_history.csv")[1:] {
		names[row[3]]++
	}
	for _, name := range []string{"/list", "/buy", "Aggregated"} {
		assert.InDeltaf(t, 10, names[name], 2, "a row of %s each second", name)
	}
}

func TestCSVFilesExistBeforeTheFirstRun(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "run")
	visiting(t, market(nil), "--autostart=false --csv "+prefix, func(v *visit) {
		assert.Equal(t, "Aggregated", sheet(t, prefix+"_stats.csv")[1][1])
		for _, name := range []string{"_stats_history.csv", "_failures.csv", "_exceptions.csv"} {
			assert.Len(t, sheet(t, prefix+name), 1, name)
		}
		v.terminate()
	})
}

func TestCSVTroubleIsSaidOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	require.NoError(t, os.Mkdir(dir, 0o755))
	files, err := openCSV(filepath.Join(dir, "run"), false)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(dir))
	var out strings.Builder
	rec := record.New(record.Config{Shards: 1})
	for range 3 {
		files.add(time.Unix(0, 0), rec.Snapshot(time.Second, locust.Quantiles()...), slogTo(&out))
	}
	assert.Equal(t, 1, strings.Count(out.String(), "cannot be written"))
	require.ErrorContains(t, files.close(), "no such file")
	_, err = openCSV(filepath.Join(dir, "run"), false)
	require.Error(t, err)
}
