package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

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

// TestNoOutputShowsASecret runs a load whose target, password and token hold it,
// and looks into the log, the tables and all files.
func TestNoOutputShowsASecret(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	env := map[string]string{
		"LOCUST_HOST": "http://u:" + planted + "@127.0.0.1:1", "LOAD_WEB_PASSWORD": planted, "LOAD_WEB_TOKEN": `"` + planted + `"`,
	}
	got, _ := virtual(t, market(errors.New("sold out")), env, "-t", "30", "-L", "DEBUG", "--summary-file", "s.json", "--html", "h.html", "--markdown", "m.md",
		"--junit", "j.xml", "--csv", "c", "--json", "--json-file", "l", "--logfile", "log", "--profile", "x")
	assert.Equal(t, 1, got.code)
	assert.NotContains(t, got.stdout+got.stderr, planted)
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	assert.Len(t, names, 10)
	for _, name := range names {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.NotContains(t, string(content), planted, name)
	}
	got = start(t, market(nil), env, "--plan", "-t", "30")
	assert.NotContains(t, got.stdout+got.stderr, planted)
}

// fickle is a user whose requests end in one of several ways, in turn.
type fickle struct {
	calls *atomic.Int64
	ways  []string
}

// Tasks are two, of one operation each.
func (f fickle) Tasks() []scenario.Task {
	task := func(name string) scenario.Task {
		return scenario.Task{Name: name, Weight: 1, Do: func(ctx context.Context) error {
			way := f.ways[int(f.calls.Add(1))%len(f.ways)]
			err := measure.Do(ctx, report.Op{Method: "GET", Name: "/" + name}, func(ctx context.Context) error {
				took := 30 * time.Millisecond
				switch way {
				case "slow":
					took = 4 * time.Second
				case "hang":
					took = time.Hour
				case "fail":
					return errors.New("http 500")
				}
				select {
				case <-time.After(took):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
			if way == "panic" {
				panic("fickle")
			}
			return err
		}}
	}
	return []scenario.Task{task("list"), task("buy")}
}

// A run of random length, load and end has the same counts in every format.
// That those of the summary file are right is tested in package loadgen.
func TestEveryFormatTellsTheSameCounts(t *testing.T) {
	long(t)
	all := []string{"good", "good", "good", "slow", "fail", "panic", "hang"}
	for seed := range uint64(12) {
		dice, dir := rand.New(rand.NewPCG(seed, 0)), t.TempDir()
		f := fickle{calls: new(atomic.Int64), ways: []string{"good"}}
		for range dice.IntN(7) {
			f.ways = append(f.ways, all[dice.IntN(len(all))])
		}
		app := market(nil)
		app.New = func(context.Context, Settings) (*Job, error) {
			return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return f, nil }}, nil
		}
		args := words(fmt.Sprintf("--headless --always-on --think 1s -u %d -r %d -t %d --warmup-duration %d --stop-timeout %d --reset-stats=false --only-summary",
			1+dice.IntN(100), 1+dice.IntN(50), 10+dice.IntN(50), dice.IntN(10), 3*dice.IntN(2)))
		for flag, name := range map[string]string{"summary-file": "s.json", "json-file": "locust", "csv": "run", "html": "r.html", "markdown": "r.md", "junit": "r.xml"} {
			args = append(args, "--"+flag, filepath.Join(dir, name))
		}
		var out bytes.Buffer
		code := 0
		synctest.Test(t, func(t *testing.T) {
			signals := make(chan os.Signal, 2)
			if dice.IntN(2) == 0 {
				defer time.AfterFunc(time.Duration(1+dice.IntN(60))*time.Second, func() { signals <- syscall.SIGTERM }).Stop()
			}
			code = app.run(process{args: args, dir: dir, stdout: &out, stderr: &out, signals: signals, exit: func(int) {}, width: func() int { return 0 }})
		})
		sum := summaryIn(t, filepath.Join(dir, "s.json"))
		t.Logf("seed %d: %v, %d requests, %d failed, %d cut off", seed, f.ways, sum.Total.Requests, sum.Total.Failures, sum.Total.Counters.CutOff)
		if sum.Total.Failures > 0 || len(sum.Exceptions) > 0 {
			assert.Equal(t, 1, code, "seed %d: failures and panics show in the exit code", seed)
		}
		for name, told := range told(t, dir, out.String()) {
			assert.Equal(t, [2]int64{sum.Total.Requests, sum.Total.Failures}, told, "seed %d: %s", seed, name)
		}
		c, brief := sum.Total.Counters, between(t, read(t, dir, "r.md"), "## Phases", "## Configuration")
		assert.Equal(t, sum.Total.Requests, whole(t, strings.Split(between(t, brief, "\n| total |", "\n"), "|")[5]), "Markdown")
		assert.Contains(t, strings.ReplaceAll(brief, ",", ""), fmt.Sprintf("Task starts: %d planned %d started %d missed %d dropped; %s unfinished and %s cut off",
			c.Planned, c.Started, c.Missed, c.Dropped, say.Plural(c.Unfinished, "task"), say.Plural(c.CutOff, "request")))
		assert.Contains(t, strings.ReplaceAll(out.String(), ",", ""), fmt.Sprintf("%d task starts planned %d started", c.Planned, c.Started))
	}
}

// TestWhatAReaderSeesFirst of a run: on a terminal the verdict, the claims and the failures, and Locust's tables only where a
// flag about them was given; to a file these always, at the end as Locust has them.
func TestWhatAReaderSeesFirst(t *testing.T) {
	end := func(width int, args string) string {
		var stderr bytes.Buffer
		synctest.Test(t, func(t *testing.T) {
			wire, app := newWire(), market(errors.New("sold out"))
			app.run(process{args: append(words(args), "-t", "30", "--assert", "p95 < 1ms"), dir: t.TempDir(), stdout: io.Discard, stderr: &stderr,
				exit: func(int) {}, width: func() int { return width }, listen: func(string, string) (net.Listener, error) { return wire, nil }})
		})
		first := "The claim does not hold."
		_, rest, found := strings.Cut(stderr.String(), first)
		require.True(t, found, stderr.String())
		before, _, found := strings.Cut(rest, "[20") // the next line of the log
		require.True(t, found, rest)
		return first + before
	}
	own := []string{"The claim does not hold.", "\nClaims\n", "broken: p95 < 1ms", "\nFailures\n", "sold out", "\nPhase intervention"}
	locusts := []string{"\nType     Name", "\nResponse time percentiles (approximated)\n", "\nError report\n"}
	for _, c := range []struct {
		width int
		args  string
		want  []string
	}{
		{0, "--headless", slices.Concat(own, locusts)},
		{0, "--autoquit 0", slices.Concat(own, locusts)},
		{80, "--headless", slices.Concat(own, locusts)},
		{80, "--autoquit 0 --print-stats", slices.Concat(own, locusts)},
		{80, "--autoquit 0 --only-summary", slices.Concat(own, locusts)},
		{80, "--autoquit 0", own},
	} {
		text := end(c.width, c.args)
		inOrder(t, text, c.want...)
		if len(c.want) == len(own) {
			for _, part := range locusts {
				assert.NotContains(t, text, part, c.args)
			}
		}
		text, _, _ = strings.Cut(text, "\nType ")
		for line := range strings.Lines(text) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\r\n")), 80, line)
		}
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(text)
}

// told are the requests and failures of the whole run in every format.
func told(t *testing.T, dir, terminal string) map[string][2]int64 {
	sheetTotal := func(name string, requests, failures int) [2]int64 {
		rows := sheet(t, filepath.Join(dir, name))
		last := rows[len(rows)-1]
		return [2]int64{whole(t, last[requests]), whole(t, last[failures])}
	}
	page, tables := read(t, dir, "r.html"), regexp.MustCompile(`(?m)^  Aggregated(?:: ([\d,]+) failed)?\n +([\d,]+) +[<>\d]`).FindAllStringSubmatch(terminal, -1)
	require.NotEmpty(t, tables)
	sums := tables[len(tables)-1]
	found := map[string][2]int64{
		"_stats.csv":         sheetTotal("run_stats.csv", 2, 3),
		"_stats_history.csv": sheetTotal("run_stats_history.csv", 17, 18),
		"HTML table":         match(t, page, `All operations</th><td>([^<]+)</td><td[^>]*>([^<]+)</td>`),
		"Locust's table":     match(t, terminal, `Aggregated +(\d+) +(\d+)\(`),
		"table of the total": {whole(t, sums[2]), whole(t, "0"+sums[1])},
	}
	var entries []locustRow
	require.NoError(t, json.Unmarshal([]byte(read(t, dir, "locust.json")), &entries))
	var counts, seconds, rows, suite, drawn [2]int64
	for _, e := range entries {
		counts[0], counts[1] = counts[0]+e.NumRequests, counts[1]+e.NumFailures
		seconds[0], seconds[1] = seconds[0]+total(e.NumReqsPerSec), seconds[1]+total(e.NumFailPerSec)
	}
	found["Locust's JSON"], found["Locust's JSON by second"] = counts, seconds
	for _, row := range sheet(t, filepath.Join(dir, "run_stats.csv"))[1:] {
		if row[1] != report.Aggregated {
			rows[0], rows[1] = rows[0]+whole(t, row[2]), rows[1]+whole(t, row[3])
		}
	}
	found["_stats.csv by operation"] = rows
	var chart struct{ Rows [][]float64 }
	require.NoError(t, json.Unmarshal([]byte(between(t, page, `id="data">`, "</script>")), &chart))
	for _, row := range chart.Rows {
		drawn[0], drawn[1] = drawn[0]+int64(row[5]), drawn[1]+int64(row[6])
	}
	found["HTML chart"] = drawn
	for _, said := range regexp.MustCompile(`>([\d,]+) of ([\d,]+) requests failed, p50`).FindAllStringSubmatch(read(t, dir, "r.xml"), -1) {
		suite[0], suite[1] = suite[0]+whole(t, said[2]), suite[1]+whole(t, said[1])
	}
	found["JUnit"] = suite
	failures := [2]int64{rows[0], 0}
	for _, row := range sheet(t, filepath.Join(dir, "run_failures.csv"))[1:] {
		failures[1] += whole(t, row[3])
	}
	found["_failures.csv"] = failures
	return found
}

// between is the text between two others.
func between(t *testing.T, text, before, after string) string {
	_, text, ok := strings.Cut(text, before)
	require.True(t, ok, before)
	text, _, ok = strings.Cut(text, after)
	require.True(t, ok, after)
	return text
}

func total(counts map[int64]int64) (sum int64) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

// match returns the two numbers that the groups of a pattern take from a text.
func match(t *testing.T, text, pattern string) [2]int64 {
	t.Helper()
	groups := regexp.MustCompile(pattern).FindStringSubmatch(text)
	require.NotNil(t, groups, "%s in\n%.3000s", pattern, text)
	return [2]int64{whole(t, groups[1]), whole(t, groups[2])}
}
