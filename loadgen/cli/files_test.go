package cli

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/locust"
	"github.com/gensim/load-generator/report/record"
)

// sheet reads a CSV file.
func sheet(t *testing.T, path string) [][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, strings.Count(string(content), "\n"), strings.Count(string(content), "\r\n"), "lines end as Locust's do")
	rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	return rows
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

func number(n int64) string { return strconv.FormatInt(n, 10) }

func summaryIn(t *testing.T, path string) *report.Summary {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := new(report.Summary)
	require.NoError(t, json.Unmarshal(content, sum))
	return sum
}

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

// TestTwoFilesOfOneName: the second would replace the first at the end of the
// run, so there is none.
func TestTwoFilesOfOneName(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write(t, at("old"), "old")
	require.NoError(t, os.Symlink(at("old"), at("link")))
	require.NoError(t, os.Mkdir(at("folder"), 0o777))
	require.NoError(t, os.Symlink("folder", at("other")))
	for _, args := range [][]string{
		{"--summary-file", at("x"), "--html", dir + "/./x"},
		{"--markdown", at("old"), "--junit", at("link")},
		{"--csv", at("run"), "--html", at("run_stats_history.csv")},
		{"--json-file", at("x"), "--summary-file", at("x.json")},
		{"--logfile", at("log"), "--markdown", at("log")},
		{"--html", at("x{u}"), "--junit", at("x5"), "-u", "5"},
		{"--html", at("folder/x"), "--junit", at("other/x")},
		{"--html", at("folder/new/x"), "--junit", at("other/new/x")},
	} {
		got := start(t, market(nil), nil, append([]string{"--headless", "-t", "9"}, args...)...)
		assert.Equal(t, 2, got.code, args)
		assert.Contains(t, got.stderr, "both would write")
		assert.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
	}
	content, err := os.ReadFile(at("old"))
	require.NoError(t, err)
	assert.Equal(t, "old", string(content))
	got, _ := virtual(t, market(nil), nil, "-t", "9", "--markdown", os.DevNull, "--junit", os.DevNull)
	assert.Zero(t, got.code, "who throws both away may")
}

// TestStandardOutputIsNeverReplaced: redirected, /dev/stdout leads to a file, and
// who may write to /dev would put another one in its place.
func TestStandardOutputIsNeverReplaced(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "x"))
	require.NoError(t, err)
	defer file.Close()
	assert.True(t, output.IsFile(file.Name()))
	assert.False(t, output.IsFile(fmt.Sprintf("/dev/fd/%d", file.Fd())))
	assert.False(t, output.IsFile(os.DevNull))
	assert.True(t, output.IsFile("/dev/nothing"))
}

func TestHTMLFile(t *testing.T) {
	dir := t.TempDir()
	got, _ := virtual(t, market(nil), nil, "-t", "90", "-u", "7", "-r", "3.5", "--profile", "nightly <b>", "--html", filepath.Join(dir, "r_{u}_{r}_{t}.html"))
	assert.Zero(t, got.code)
	content, err := os.ReadFile(filepath.Join(dir, "r_7_3_90.html"))
	require.NoError(t, err)
	assert.Contains(t, string(content), "shop · nightly &lt;b&gt;")
	assert.Contains(t, string(content), "/list")
}

func TestFilesOfTheLastRunAreKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sum.json")
	got, _ := visiting(t, market(nil), "-t 10 --json --summary-file "+file, func(v *visit) {
		time.Sleep(11 * time.Second)
		assert.InDelta(t, 10, summaryIn(t, file).EndS, 0.1, "written when the run is over")
		v.swarm("user_count", "1", "spawn_rate", "1", "run_time", "20")
		time.Sleep(21 * time.Second)
		assert.InDelta(t, 20, summaryIn(t, file).EndS, 0.1, "the next one takes its place")
		v.terminate()
	})
	var entries []locustRow
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &entries), "one document, of the last run")
	var requests int64
	for _, e := range entries {
		requests += e.NumRequests
	}
	assert.Equal(t, summaryIn(t, file).Total.Requests, requests)
}

func TestAResetAfterTheRunClearsTheExitCode(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sum.json")
	got, _ := visiting(t, market(errors.New("sold out")), "-t 10 --summary-file "+file, func(v *visit) {
		time.Sleep(11 * time.Second)
		assert.Positive(t, summaryIn(t, file).Total.Failures)
		v.get("/stats/reset")
		v.terminate()
	})
	assert.Zero(t, got.code, "as with Locust")
	assert.Zero(t, summaryIn(t, file).Total.Failures, "files hold what the page shows")
}

func TestResetStats(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sum.json")
	got, _ := virtual(t, market(nil), nil, "-t", "100", "-u", "10", "-r", "1", "--reset-stats", "--summary-file", file)
	assert.Contains(t, got.stderr, "Resetting stats")
	sum := summaryIn(t, file)
	assert.InDelta(t, 10, sum.ResetS, 1.5, "when everybody is there")
	assert.Positive(t, sum.Total.Requests)
	got, _ = virtual(t, market(nil), nil, "-t", "100", "--warmup-duration", "50", "-u", "10", "-r", "1", "--intervention-users", "20", "--reset-stats")
	assert.Equal(t, 1, strings.Count(got.stderr, "Resetting stats"), "once a run, so that the baseline is kept")
}
