package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

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
		assert.Contains(t, strings.ReplaceAll(brief, ",", ""), fmt.Sprintf("Task starts: %d planned %d started %d missed %d dropped; %d tasks unfinished and %d requests cut off",
			c.Planned, c.Started, c.Missed, c.Dropped, c.Unfinished, c.CutOff))
		assert.Contains(t, strings.ReplaceAll(out.String(), ",", ""), fmt.Sprintf("%d task starts planned %d started", c.Planned, c.Started))
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

// whole reads a number whose thousands may be set apart.
func whole(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(regexp.MustCompile(`\D`).ReplaceAllString(text, ""), 10, 64)
	require.NoError(t, err)
	return n
}
